"""The subresource `binding`: a scheduler says on which node a pod is to run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from simarena.apiserver.rest.updating import uid_conflict
from simarena.apiserver.status import Named, bad_request, conflict, not_found
from simarena.cluster.manifests.fields import copied

if TYPE_CHECKING:
    from collections.abc import Mapping

    from simarena.apiserver.api import Api
    from simarena.apiserver.resources.resource import Resource
    from simarena.apiserver.store.kept import Place
    from simarena.cluster.manifests.fields import Manifest

_TOPOLOGY: Final = ("topology.kubernetes.io/zone", "topology.kubernetes.io/region")


def bind(
    api: Api, pods: Resource, place: Place, binding: Mapping[str, Any], *, dry_run: bool
) -> Manifest:
    """Bind a pod to a node; return what that is answered with. Raises ApiError."""
    metadata = binding.get("metadata") or {}
    if metadata.get("name") not in {None, "", place.name}:
        message = "name in URL does not match name in Binding object"
        raise bad_request(message)
    pod = api.get(pods, place)
    if pod is None:
        raise not_found(pods.named(place.name))
    if metadata.get("uid") and metadata["uid"] != pod.metadata["uid"]:
        raise uid_conflict(pods, pod, metadata["uid"])
    if node := pod.manifest["spec"].get("nodeName"):
        why = f'pod {place.name} is already assigned to node "{node}"'
        raise conflict(Named("pods/binding", "", place.name), why)
    new = copied(pod.manifest)
    new["spec"]["nodeName"] = (binding.get("target") or {}).get("name", "")
    if metadata.get("annotations"):
        new["metadata"].setdefault("annotations", {}).update(metadata["annotations"])
    labels = {
        key: value for key, value in (metadata.get("labels") or {}).items() if key in _TOPOLOGY
    }
    if labels:
        new["metadata"].setdefault("labels", {}).update(labels)
    conditions = new.setdefault("status", {}).setdefault("conditions", [])
    kept = [each for each in conditions if each["type"] != "PodScheduled"]
    scheduled = {
        "type": "PodScheduled",
        "status": "True",
        "lastProbeTime": None,
        "lastTransitionTime": api.now,
    }
    new["status"]["conditions"] = [*kept, scheduled]
    if not dry_run:
        api.store.put(pods.collection, place, new)
    return {
        "kind": "Status",
        "apiVersion": "v1",
        "metadata": {},
        "status": "Success",
        "code": 201,
    }
