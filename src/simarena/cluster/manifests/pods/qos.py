"""A pod's requests as the API completes them, and the class of service that follows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from simarena.cluster.manifests.fields import mapping, objects
from simarena.cluster.manifests.pods.requests import CPU, MEMORY
from simarena.trace.quantity import parse_quantity

if TYPE_CHECKING:
    from collections.abc import Iterator
    from fractions import Fraction

    from simarena.cluster.manifests.fields import Fields, Manifest

QosClass = Literal["Guaranteed", "Burstable", "BestEffort"]


def fill_requests(pod_spec: Manifest) -> None:
    """Give each container, in place, its limits as requests where it has none."""
    for group in ("containers", "initContainers"):
        for container in pod_spec.get(group) or ():
            resources = container.get("resources") or {}
            if resources.get("limits"):
                requests = {**resources["limits"], **(resources.get("requests") or {})}
                container["resources"] = {**resources, "requests": requests}


def qos_class(pod_spec: Fields) -> QosClass:
    """Return the class of service of a pod whose requests are filled in.

    Guaranteed: every container limits CPU and memory to what it requests. BestEffort: none asks
    for either.
    """
    any_asks = False
    all_limited = True
    for resources in _resources(pod_spec):
        requests = _positive(resources, "requests")
        limits = _positive(resources, "limits")
        any_asks = any_asks or bool(requests or limits)
        all_limited = all_limited and limits == requests and set(limits) == {CPU, MEMORY}
    if not any_asks:
        return "BestEffort"
    return "Guaranteed" if all_limited else "Burstable"


def _resources(pod_spec: Fields) -> Iterator[Fields]:
    whole_pod = mapping(pod_spec, "resources", "spec")
    if whole_pod:
        yield whole_pod
        return
    for group in ("containers", "initContainers"):
        for container in objects(pod_spec, group, "spec"):
            yield mapping(container, "resources", f"spec.{group}")


def _positive(resources: Fields, key: str) -> dict[str, int | Fraction]:
    amounts = resources.get(key) or {}
    found = {name: parse_quantity(amounts[name]) for name in (CPU, MEMORY) if name in amounts}
    return {name: amount for name, amount in found.items() if amount > 0}
