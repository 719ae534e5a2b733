"""CustomResourceDefinitions: what comes of them when they are written."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from simarena.apiserver.api import Api
    from simarena.apiserver.resources.resource import Resource
    from simarena.apiserver.store.kept import Kept
    from simarena.cluster.manifests.fields import Manifest

KIND: Final = "CustomResourceDefinition"


def begun(manifest: Manifest) -> Manifest:
    """Return a definition that was just created: completed, and not yet looked at."""
    spec = {**manifest["spec"]}
    names = {**spec.get("names", {})}
    names.setdefault("singular", str(names.get("kind", "")).lower())
    names.setdefault("listKind", f"{names.get('kind', '')}List")
    spec["names"] = names
    spec.setdefault("conversion", {"strategy": "None"})
    stored = [each["name"] for each in spec.get("versions") or () if each.get("storage")]
    status = {
        "conditions": None,
        "acceptedNames": {"plural": "", "kind": ""},
        "storedVersions": stored,
    }
    return {**manifest, "spec": spec, "status": status}


def accepted(api: Api, manifest: Manifest) -> Manifest:
    """Return a definition whose names the API's own controllers have accepted."""
    condition = {"status": "True", "lastTransitionTime": api.now}
    status = {
        **manifest["status"],
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
        "acceptedNames": manifest["spec"]["names"],
    }
    return {**manifest, "status": status}


def defined(api: Api, resource: Resource, before: Kept | None, now: Kept | None) -> None:
    """Serve what a definition that was written describes, and no longer what it did before."""
    if resource.kind != KIND:
        return
    if before is not None:
        api.registry.undefine(before.manifest)
    if now is not None:
        api.registry.define(now.manifest)
        if before is None:
            api.store.put(resource.collection, now.place, accepted(api, now.manifest))
    elif before is not None:
        spec = before.manifest["spec"]
        collection = f"{spec['names']['plural']}.{spec['group']}"
        for place in tuple(api.store.collection(collection).objects):
            api.store.remove(collection, place)
