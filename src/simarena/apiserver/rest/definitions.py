"""CustomResourceDefinitions: what comes of them when they are written."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from simarena.apiserver.api import Api
    from simarena.apiserver.resources.resource import Resource
    from simarena.apiserver.store.kept import Kept
    from simarena.cluster.manifests.fields import Manifest

KIND: Final = "CustomResourceDefinition"


def with_names_accepted(api: Api, manifest: Manifest) -> Manifest:
    """Return a definition completed, its names accepted, as the API's own controllers have it."""
    spec = {**manifest["spec"]}
    names = {**spec.get("names", {})}
    names.setdefault("singular", str(names.get("kind", "")).lower())
    names.setdefault("listKind", f"{names.get('kind', '')}List")
    spec["names"] = names
    spec.setdefault("conversion", {"strategy": "None"})
    condition = {"status": "True", "lastTransitionTime": api.now}
    stored = [each["name"] for each in spec.get("versions") or () if each.get("storage")]
    status = {
        "conditions": [
            {
                "type": "NamesAccepted",
                **condition,
                "reason": "NoConflicts",
                "message": "no conflicts found",
            },
            {
                "type": "Established",
                **condition,
                "reason": "InitialNamesAccepted",
                "message": "the initial names have been accepted",
            },
        ],
        "acceptedNames": names,
        "storedVersions": stored,
    }
    return {**manifest, "spec": spec, "status": status}


def defined(api: Api, resource: Resource, before: Kept | None, now: Kept | None) -> None:
    """Serve what a definition that was written describes, and no longer what it did before."""
    if resource.kind != KIND:
        return
    if before is not None:
        api.registry.undefine(before.manifest)
    if now is not None:
        api.registry.define(now.manifest)
    elif before is not None:
        spec = before.manifest["spec"]
        collection = f"{spec['names']['plural']}.{spec['group']}"
        for place in tuple(api.store.collection(collection).objects):
            api.store.remove(collection, place)
