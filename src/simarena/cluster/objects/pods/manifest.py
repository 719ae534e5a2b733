"""A pod as the API returns it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv4Address
from typing import TYPE_CHECKING, Final

from simarena.cluster.codes import NONE, Containers, Disruption, Failure, Phase
from simarena.cluster.manifests.fields import copied
from simarena.cluster.manifests.owners import is_controller
from simarena.cluster.manifests.pods.qos import fill_requests, qos_class
from simarena.cluster.manifests.pods.taints import add_default_tolerations
from simarena.cluster.messages.clock import timestamp
from simarena.cluster.messages.control_plane import GATED
from simarena.cluster.messages.kubelet import FAILURE_REASONS
from simarena.cluster.objects.pods.container_status import container_id, container_status

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from simarena.cluster.manifests.fields import Fields, Manifest
    from simarena.cluster.manifests.pods.qos import QosClass
    from simarena.cluster.objects.pods.container_status import ContainerLife

PHASES: Final = {
    Phase.PENDING: "Pending",
    Phase.RUNNING: "Running",
    Phase.SUCCEEDED: "Succeeded",
    Phase.FAILED: "Failed",
}
"""`status.phase` by code."""

FAILED_EXIT_CODE: Final = 1

# Members of an enum are looked up in its metaclass, which takes as long as the rest of a condition.
_PENDING, _RUNNING, _SUCCEEDED, _FAILED = Phase

_DISRUPTIONS = {
    Disruption.PREEMPTED: (
        "PreemptionByScheduler",
        "default-scheduler: preempting to accommodate a higher priority pod",
    ),
    Disruption.EVICTED: ("EvictionByEvictionAPI", "Eviction API: evicting"),
    Disruption.TAINTED: (
        "DeletionByTaintManager",
        "Taint manager: deleting due to NoExecute taint",
    ),
}
"""Reason and message of the condition DisruptionTarget."""

_NODE_NETWORK = int(IPv4Address("172.16.0.0"))
_NODE_ADDRESSES = 1 << 20
_POD_NETWORK = int(IPv4Address("10.64.0.0"))
_POD_ADDRESSES = 1 << 22


@dataclass(frozen=True, slots=True, kw_only=True)
class PodStatus:
    """What a simulated pod has come to. Times are virtual; NONE where it has not happened."""

    phase: Phase = Phase.PENDING
    ready: bool = False
    created_ms: int = 0
    bound_ms: int = NONE
    ready_ms: int = NONE
    """When it became Ready; kept after it has finished."""
    finished_ms: int = NONE
    deleted_ms: int = NONE
    """When its deletion was asked for."""
    node_name: str = ""
    node_row: int = NONE
    nominated_node: str = ""
    disruption: Disruption = Disruption.NONE
    """Who deletes it, though it is in nobody's way itself."""
    number: int = 0
    """The pod's number, which its address follows from."""
    num_restarts: int = 0
    message: str = ""
    """Why the last attempt to schedule it failed; empty before the first."""
    attempted_ms: int = NONE
    """When it was first found to be unschedulable."""
    life: ContainerLife | None = None
    """How its containers fare, once a kubelet that lets them fail has bound it."""


@dataclass(frozen=True, slots=True)
class PodMold:
    """What all pods of a template have in common. Pods share it: nobody changes it."""

    metadata: Manifest
    spec: Manifest
    """Completed as the API completes it."""
    qos: QosClass
    tolerations: list[Manifest] | None
    """In place of the spec's; None: those stay."""


def pod_mold(template: Fields, *, default_tolerations: bool) -> PodMold:
    """Return what pods of a template (metadata and spec) have in common."""
    metadata: Manifest = copied(dict(template.get("metadata") or {}))
    for left_out in ("generateName", "creationTimestamp"):
        metadata.pop(left_out, None)
    spec: Manifest = copied(dict(template["spec"]))
    fill_requests(spec)
    tolerant = dict(spec)
    if default_tolerations:
        add_default_tolerations(tolerant)
    added = tolerant.get("tolerations") if tolerant != spec else None
    return PodMold(metadata, spec, qos_class(spec), added)


def pod_manifest(
    mold: PodMold,
    *,
    name: str,
    namespace: str,
    uid: str,
    status: PodStatus,
    owner: Fields | None = None,
    is_generated: bool = True,
) -> Manifest:
    """Return a pod made from a template as the API would; what is the template's is not copied.

    `owner` is the owner reference of its controller, which named it if `is_generated`. Addresses
    are made up, but stay the same.
    """
    metadata = dict(mold.metadata)
    metadata.update(name=name, namespace=namespace, uid=uid, generation=1)
    metadata["creationTimestamp"] = timestamp(status.created_ms)
    if owner is not None:
        if is_generated and owner["kind"] != "StatefulSet":
            metadata["generateName"] = f"{owner['name']}-"
        others = metadata.get("ownerReferences") or ()
        metadata["ownerReferences"] = [*(each for each in others if not is_controller(each))]
        metadata["ownerReferences"].append(dict(owner))
    spec = dict(mold.spec)
    if status.node_name:
        spec["nodeName"] = status.node_name
    if status.deleted_ms != NONE:
        grace_s: int = spec.get("terminationGracePeriodSeconds", 30)
        metadata["deletionTimestamp"] = timestamp(status.deleted_ms + 1000 * grace_s)
        metadata["deletionGracePeriodSeconds"] = grace_s
        metadata["generation"] = 2
    if mold.tolerations is not None:
        spec["tolerations"] = mold.tolerations
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": metadata,
        "spec": spec,
        "status": _status(spec, mold.qos, status, uid),
    }


def owner_reference(kind: str, name: str, uid: str, version: str = "apps/v1") -> Manifest:
    """Return the reference to what controls an object."""
    return {
        "apiVersion": version,
        "kind": kind,
        "name": name,
        "uid": uid,
        "controller": True,
        "blockOwnerDeletion": True,
    }


@lru_cache(maxsize=1 << 14)
def node_address(row: int) -> str:
    """Return the made-up address of the node in a row."""
    return str(IPv4Address(_NODE_NETWORK + (row + 2) % _NODE_ADDRESSES))


def pod_address(number: int) -> str:
    """Return the made-up address of a pod."""
    address = _POD_NETWORK + (number + 2) % _POD_ADDRESSES
    return f"{address >> 24}.{address >> 16 & 255}.{address >> 8 & 255}.{address & 255}"


def _status(spec: Fields, qos: QosClass, status: PodStatus, uid: str) -> Manifest:
    result: Manifest = {"phase": PHASES[status.phase], "qosClass": qos}
    if status.nominated_node:
        result["nominatedNodeName"] = status.nominated_node
    if not status.node_name:
        conditions = _unbound_conditions(spec, status)
        return {**result, "conditions": conditions} if conditions else result
    result["observedGeneration"] = 1
    life = status.life
    if life is not None and life.failure_text:
        result["reason"] = FAILURE_REASONS[life.failure]
        result["message"] = life.failure_text
    result["startTime"] = timestamp(status.bound_ms)
    if life is not None and life.failure not in {Failure.NONE, Failure.EVICTED}:
        return result
    result["conditions"] = _conditions(spec, status)
    host = node_address(status.node_row)
    result.update(hostIP=host, hostIPs=[{"ip": host}])
    if status.phase != _PENDING:
        address = host if spec.get("hostNetwork") else pod_address(status.number)
        result.update(podIP=address, podIPs=[{"ip": address}])
    if spec.get("initContainers"):
        result["initContainerStatuses"] = [
            _container(container, spec, status, uid) for container in spec["initContainers"]
        ]
    result["containerStatuses"] = [
        _container(container, spec, status, uid)
        if life is None or life.state == Containers.CREATING
        else container_status(
            container,
            index,
            life,
            uid=uid,
            num_restarts=status.num_restarts,
            pod_ready=status.ready
            or (bool(spec.get("readinessGates")) and _containers_run(status)),
            pod_ended=status.phase in {_SUCCEEDED, _FAILED},
        )
        for index, container in enumerate(spec["containers"])
    ]
    return result


def _unbound_conditions(spec: Fields, status: PodStatus) -> list[Manifest]:
    if spec.get("schedulingGates"):
        return [_condition("PodScheduled", NONE, "SchedulingGated", GATED)]
    if status.message:
        since_ms = status.created_ms if status.attempted_ms == NONE else status.attempted_ms
        return [_condition("PodScheduled", since_ms, "Unschedulable", status.message)]
    return []


def _conditions(spec: Fields, status: PodStatus) -> list[Manifest]:
    """Return the conditions of a bound pod in the kubelet's order."""
    started = status.phase == _RUNNING
    finished = status.phase in {_SUCCEEDED, _FAILED}
    initialised = started or finished or not spec.get("initContainers")
    times = (status.finished_ms, status.ready_ms)
    changed_ms = next(
        (time for time in (times[::-1] if status.ready else times) if time != NONE),
        status.bound_ms,
    )
    up_ms = status.ready_ms if status.ready_ms != NONE else status.bound_ms
    if status.life is not None and status.life.all_started_ms != NONE:
        up_ms = status.life.all_started_ms
    initialised_reason = "PodCompleted" if status.phase == _SUCCEEDED else ""
    if not initialised:
        initialised_reason = "ContainersNotInitialized"
    disruption = []
    if status.disruption != Disruption.NONE:
        told = _DISRUPTIONS[status.disruption]
        disruption = [_condition("DisruptionTarget", status.deleted_ms, *told, ok=True)]
    if status.life is not None and status.life.failure == Failure.EVICTED:
        text = status.life.failure_text
        reason = "TerminationByKubelet"
        disruption = [_condition("DisruptionTarget", status.finished_ms, reason, text, ok=True)]
    return [
        *disruption,
        _condition(
            "PodReadyToStartContainers",
            up_ms if started and status.life is not None else changed_ms,
            ok=started,
        ),
        _condition(
            "Initialized",
            up_ms if spec.get("initContainers") else status.bound_ms,
            initialised_reason,
            "" if initialised else _unready("incomplete", spec["initContainers"]),
            ok=initialised,
        ),
        *_readiness(spec, status, changed_ms, up_ms),
        _condition("PodScheduled", status.bound_ms, ok=True),
    ]


def _readiness(spec: Fields, status: PodStatus, changed_ms: int, up_ms: int) -> Iterator[Manifest]:
    """Yield the conditions Ready and ContainersReady, and those of readiness gates.

    KWOK opens every gate; a real kubelet waits for somebody who does.
    """
    reason, message = _not_ready(_not_running(spec, status), status)
    gates = [each["conditionType"] for each in spec.get("readinessGates") or ()]
    if gates and _containers_run(status) and not status.ready:
        text = "\n".join(
            f'corresponding condition of pod readiness gate "{gate}" does not exist.'
            for gate in gates
        )
        yield _condition("Ready", up_ms, "ReadinessGatesNotReady", text)
        yield _condition("ContainersReady", up_ms, ok=True)
        return
    yield _condition("Ready", changed_ms, reason, message, ok=status.ready)
    yield _condition("ContainersReady", changed_ms, reason, message, ok=status.ready)
    if status.ready:
        for gate in gates:
            yield _condition(gate, changed_ms, ok=True)


def _containers_run(status: PodStatus) -> bool:
    life = status.life
    return status.phase == _RUNNING and life is not None and life.state == Containers.RUNNING


def _not_running(spec: Fields, status: PodStatus) -> Iterable[Fields]:
    """Return the containers because of which a pod is not Ready: all, or the one that ended."""
    life = status.life
    return [
        container
        for index, container in enumerate(spec["containers"])
        if life is None or life.is_special(index)
    ]


def _not_ready(containers: Iterable[Fields], status: PodStatus) -> tuple[str, str]:
    """Return why a pod is not Ready: reason and message, both empty where it is."""
    if status.ready:
        return "", ""
    if status.phase == _SUCCEEDED:
        return "PodCompleted", ""
    if status.phase == _FAILED:
        return "PodFailed", ""
    return "ContainersNotReady", _unready("unready", containers)


def _unready(what: str, containers: Iterable[Fields]) -> str:
    return f"containers with {what} status: [{' '.join(c['name'] for c in containers)}]"


def _condition(
    kind: str, since_ms: int, reason: str = "", message: str = "", *, ok: bool = False
) -> Manifest:
    condition: Manifest = {
        "type": kind,
        "status": "True" if ok else "False",
        "observedGeneration": 1,
        "lastProbeTime": None,
        "lastTransitionTime": None if since_ms == NONE else timestamp(since_ms),
    }
    if reason:
        condition["reason"] = reason
    if message:
        condition["message"] = message
    return condition


def _container(container: Fields, spec: Fields, status: PodStatus, uid: str) -> Manifest:
    """Return a container's status; init containers have done their work once the pod runs."""
    init = container in (spec.get("initContainers") or ())
    lasts = not init or container.get("restartPolicy") == "Always"
    waits = status.phase == _PENDING
    runs = lasts and status.phase == _RUNNING
    result: Manifest = {
        "name": container["name"],
        "state": {},
        "lastState": {},
        "ready": status.ready if lasts else not waits,
        "restartCount": 0 if init else status.num_restarts,
        "image": container.get("image", ""),
        "imageID": "",
        "started": runs,
    }
    if waits:
        reason = "PodInitializing" if spec.get("initContainers") else "ContainerCreating"
        result["state"] = {"waiting": {"reason": reason}}
        return result
    result["containerID"] = container_id(container, uid)
    up_ms = status.ready_ms if status.ready_ms != NONE else status.bound_ms
    if runs:
        result["state"] = {"running": {"startedAt": timestamp(up_ms)}}
    elif lasts:
        result["state"] = _ended(up_ms, status.finished_ms, failed=status.phase == _FAILED)
    else:
        result["state"] = _ended(status.bound_ms, up_ms, failed=False)
    if not runs:
        result["state"]["terminated"]["containerID"] = result["containerID"]
    return result


def _ended(started_ms: int, finished_ms: int, *, failed: bool) -> Manifest:
    return {
        "terminated": {
            "exitCode": FAILED_EXIT_CODE if failed else 0,
            "reason": "Error" if failed else "Completed",
            "startedAt": timestamp(started_ms),
            "finishedAt": timestamp(started_ms if finished_ms == NONE else finished_ms),
        }
    }
