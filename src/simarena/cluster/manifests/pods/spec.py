"""A pod's spec: read once, checked, and completed with the API's defaults."""

from __future__ import annotations

import copy
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from simarena.checks.bounds import MAX_INT32, MAX_INT64
from simarena.cluster.codes import Resource, RestartPolicy
from simarena.cluster.manifests.fields import choice, flag, objects, string, whole
from simarena.cluster.manifests.pods.containers import read_container
from simarena.cluster.manifests.pods.host_ports import host_ports
from simarena.cluster.manifests.pods.placement import read_placement
from simarena.cluster.manifests.pods.requests import CPU, MEMORY, total_requests
from simarena.cluster.manifests.priorities import AskedPriority
from simarena.errors import ManifestError, shown

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from simarena.cluster.manifests.fields import Manifest
    from simarena.cluster.manifests.pods.containers import Container
    from simarena.cluster.manifests.pods.host_ports import HostPort
    from simarena.cluster.manifests.pods.placement import Placement
    from simarena.cluster.manifests.pods.requests import PodRequests

DEFAULT_SCHEDULER: Final = "default-scheduler"
"""The one that is simulated."""

_LEAST_INT32: Final = -(2**31)
_POLICIES: Final = {
    "Always": RestartPolicy.ALWAYS,
    "OnFailure": RestartPolicy.ON_FAILURE,
    "Never": RestartPolicy.NEVER,
}
_DEFAULTS: Final[Mapping[str, Any]] = {
    "restartPolicy": "Always",
    "terminationGracePeriodSeconds": 30,
    "dnsPolicy": "ClusterFirst",
    "securityContext": {},
    "schedulerName": DEFAULT_SCHEDULER,
}
_RESOURCES: Final = {Resource.CPU: CPU, Resource.MEMORY: MEMORY}


@dataclass(frozen=True, slots=True, kw_only=True)
class PodSpec:
    """What a pod asks for."""

    containers: tuple[Container, ...]
    init_containers: tuple[Container, ...]
    requests: PodRequests
    """Of the whole pod."""
    restart_policy: RestartPolicy
    grace_s: int
    """How long its containers have to end when it is deleted."""
    on_host: bool
    """It uses the node's network."""
    is_gated: bool
    """It has scheduling gates."""
    scheduler: str
    """Which scheduler looks for a node for it."""
    readiness_gates: tuple[str, ...]
    """Conditions without which it is not ready, whatever its containers are."""
    priority: AskedPriority
    placement: Placement

    @property
    def sidecars(self) -> tuple[Container, ...]:
        """The init containers that run on beside its containers."""
        return tuple(each for each in self.init_containers if each.is_sidecar)

    @property
    def waits(self) -> bool:
        """Whether no scheduler that is there looks at it."""
        return self.is_gated or self.scheduler != DEFAULT_SCHEDULER

    @property
    def images(self) -> tuple[str, ...]:
        """The images of all its containers."""
        return tuple(each.image for each in (*self.init_containers, *self.containers))

    @property
    def host_ports(self) -> tuple[HostPort, ...]:
        """The ports of the node that its containers and sidecars ask for, each once."""
        running = (*self.sidecars, *self.containers)
        return host_ports((port for each in running for port in each.ports), on_host=self.on_host)

    def containers_without(self, resource: Resource) -> tuple[str, ...]:
        """Return the name of each container and sidecar that has no request for it, else "".

        Their utilisation means nothing.
        """
        name = _RESOURCES[resource]
        running = (*self.containers, *self.sidecars)
        return tuple("" if name in each.resources.requests else each.name for each in running)


def read_pod_spec(spec: Manifest, where: str) -> PodSpec:
    """Check a pod's spec and fill in defaults, in place; return what it says."""
    policy = choice(spec, "restartPolicy", where, tuple(_POLICIES), "Always")
    for name in ("nodeName", "priorityClassName", "schedulerName"):
        string(spec, name, where)
    grace_s = whole(spec, "terminationGracePeriodSeconds", where, 30, least=-MAX_INT64)
    grace_s = grace_s if grace_s >= 0 else 1  # as the API reads what is negative
    preemption = choice(spec, "preemptionPolicy", where, ("PreemptLowerPriority", "Never", ""), "")
    value = whole(spec, "priority", where, 0, least=_LEAST_INT32, most=MAX_INT32)
    on_host = flag(spec, "hostNetwork", where)
    gates = objects(spec, "schedulingGates", where)
    objects(spec, "volumes", where)
    for name, default in _DEFAULTS.items():
        if spec.get(name) is None:
            spec[name] = copy.copy(default)
    init_containers = _containers(spec, "initContainers", where)
    containers = _containers(spec, "containers", where)
    _check_unique((*init_containers, *containers), where)
    placement = read_placement(spec, where)
    return PodSpec(
        containers=containers,
        init_containers=init_containers,
        requests=total_requests(
            spec,
            where,
            [each.resources for each in containers],
            [(each.resources, each.is_sidecar) for each in init_containers],
        ),
        restart_policy=_POLICIES[policy],
        grace_s=grace_s,
        on_host=on_host,
        is_gated=bool(gates),
        scheduler=spec["schedulerName"],
        readiness_gates=tuple(
            string(each, "conditionType", f"{where}.readinessGates")
            for each in objects(spec, "readinessGates", where)
        ),
        priority=AskedPriority(
            class_name=spec.get("priorityClassName") or "",
            value=None if spec.get("priority") is None else value,
            preemption=preemption,
        ),
        placement=placement,
    )


def _containers(spec: Manifest, group: str, where: str) -> tuple[Container, ...]:
    given = objects(spec, group, where)
    if given:
        spec[group] = [dict(container) for container in given]
    return tuple(
        read_container(container, f"{where}.{group}[{index}]")
        for index, container in enumerate(spec.get(group) or ())
    )


def _check_unique(containers: Iterable[Container], where: str) -> None:
    seen: set[str] = set()
    for container in containers:
        if container.name in seen:
            message = f"{where}: two containers are named {shown(container.name)}; rename one"
            raise ManifestError(message)
        seen.add(container.name)
