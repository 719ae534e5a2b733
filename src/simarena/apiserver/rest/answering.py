"""Resources without objects in the store: metrics, the clock; and events, told late."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from simarena.apiserver.clock import clock_object
from simarena.apiserver.selectors.labels import read_labels
from simarena.apiserver.status import method_not_allowed, not_found
from simarena.apiserver.store.kept import Place

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from simarena.apiserver.api import Api
    from simarena.apiserver.resources.resource import Resource
    from simarena.apiserver.rest.options import ListOptions
    from simarena.cluster.manifests.fields import Manifest

_METRICS: Final = "metrics.k8s.io"
_WINDOW: Final = "10.062s"


def is_answered(resource: Resource) -> bool:
    """Return whether objects of a resource are made when somebody asks."""
    return resource.group in {_METRICS, "simarena.dev"} or resource.kind == "ComponentStatus"


def one(api: Api, resource: Resource, place: Place) -> Manifest:
    """Return one such object. Raises ApiError."""
    if resource.group == "simarena.dev":
        return clock_object(api)
    if resource.group == _METRICS:
        for each in _metrics(api, resource, place.namespace):
            if each["metadata"]["name"] == place.name:
                return each
    raise not_found(resource.named(place.name))


def several(api: Api, resource: Resource, namespace: str, options: ListOptions) -> Manifest:
    """Return all such objects that are wanted, as a list."""
    if options.watch:
        raise method_not_allowed()
    if resource.group == "simarena.dev":
        return clock_object(api)
    items = []
    if resource.group == _METRICS:
        wanted = read_labels(options.labels)
        items = [
            each
            for each in _metrics(api, resource, namespace)
            if wanted.matches(each["metadata"].get("labels") or {})
        ]
    return {
        "kind": resource.kind_of_list,
        "apiVersion": resource.api_version,
        "metadata": {},
        "items": items,
    }


def refresh(api: Api, resource: Resource) -> None:
    """Bring what has happened in the cluster into the store, where events are asked for."""
    if resource.collection == "events":
        api.actors.tell_events()


def _metrics(api: Api, resource: Resource, namespace: str) -> Iterator[Manifest]:
    kind = "Pod" if resource.kind == "PodMetrics" else "Node"
    for sample in api.cluster.metrics(kind, namespace or None):
        place = Place(sample.namespace or "", sample.name)
        kept = api.store.get("pods" if kind == "Pod" else "nodes", place)
        if kept is None:
            continue
        metadata: Manifest = {"name": place.name}
        if place.namespace:
            metadata["namespace"] = place.namespace
        metadata["creationTimestamp"] = api.now
        if kept.metadata.get("labels"):
            metadata["labels"] = kept.metadata["labels"]
        head = {
            "kind": resource.kind,
            "apiVersion": resource.api_version,
            "metadata": metadata,
            "timestamp": api.now,
            "window": _WINDOW,
        }
        usage = {
            "cpu": f"{sample.cpu_milli}m",
            "memory": f"{-(-sample.memory_bytes // 1024)}Ki",
        }
        if kind == "Node":
            yield {**head, "usage": usage}
        else:
            yield {**head, "containers": _containers(kept.manifest, sample, usage)}


def _containers(pod: Mapping[str, Any], sample: Any, usage: Manifest) -> list[Manifest]:  # noqa: ANN401
    del sample
    names = [each["name"] for each in pod["spec"].get("containers") or ()]
    rest = [{"name": name, "usage": {"cpu": "0", "memory": "0"}} for name in names[1:]]
    return [{"name": names[0], "usage": usage}, *rest]
