"""What the simulator does with each kind of objects: the one list of it.

What Kubernetes itself says of a kind (version, resource, scope, where its pods are described) is in
`simarena.trace.kinds`. Other layers keep what is theirs under the same names: `check.py` how a kind
is read, `objects/view.py` how it is told.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Final

from simarena.cluster.codes import WorkloadKind

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True, kw_only=True)
class Simulated:
    """A kind that is simulated."""

    code: WorkloadKind | None = None
    """What the kernel calls it; None for what is no workload."""
    makes: str = ""
    """Kind of what it makes, which controls its pods; empty where it does so itself."""


class Effect(Enum):
    """What comes, in a replay, of an object that is only kept and given back.

    `Cluster.apply` heeds more: its admission plugins (`operations/admission.py`) give pods what
    LimitRanges and RuntimeClasses say, and refuse what these or ResourceQuotas do not allow. A
    replay is without them.
    """

    NONE = "none"
    READ = "read"
    """The scheduler reads it."""
    UNHEEDED = "unheeded"
    """It would decide about pods in a real cluster, and in a replay does not, which says so."""


SIMULATED: Final[Mapping[str, Simulated]] = {
    "Node": Simulated(),
    "Pod": Simulated(),
    "ReplicaSet": Simulated(code=WorkloadKind.REPLICASET),
    "ReplicationController": Simulated(code=WorkloadKind.REPLICASET),
    "Deployment": Simulated(code=WorkloadKind.DEPLOYMENT, makes="ReplicaSet"),
    "StatefulSet": Simulated(code=WorkloadKind.STATEFULSET),
    "DaemonSet": Simulated(code=WorkloadKind.DAEMONSET),
    "Job": Simulated(code=WorkloadKind.JOB),
    "CronJob": Simulated(code=WorkloadKind.CRONJOB, makes="Job"),
    "HorizontalPodAutoscaler": Simulated(),
}
"""Kinds that are simulated, by name."""

STORED: Final[Mapping[str, Effect]] = {
    "ClusterRole": Effect.NONE,
    "ClusterRoleBinding": Effect.NONE,
    "ConfigMap": Effect.NONE,
    "ControllerRevision": Effect.NONE,
    "EndpointSlice": Effect.NONE,
    "Endpoints": Effect.NONE,
    "Ingress": Effect.NONE,
    "LimitRange": Effect.UNHEEDED,
    "Namespace": Effect.READ,
    "NetworkPolicy": Effect.NONE,
    "PersistentVolume": Effect.UNHEEDED,
    "PersistentVolumeClaim": Effect.UNHEEDED,
    "PodDisruptionBudget": Effect.READ,
    "PriorityClass": Effect.READ,
    "ResourceQuota": Effect.UNHEEDED,
    "RuntimeClass": Effect.UNHEEDED,
    "Role": Effect.NONE,
    "RoleBinding": Effect.NONE,
    "Secret": Effect.NONE,
    "Service": Effect.READ,
    "ServiceAccount": Effect.NONE,
    "StorageClass": Effect.UNHEEDED,
}
"""Kinds that are kept and given back, by name, with what a replay makes of them."""

SUPPORTED_KINDS: Final = frozenset(SIMULATED)
STORED_KINDS: Final = frozenset(STORED)
WORKLOAD_KINDS: Final = tuple(name for name, kind in SIMULATED.items() if kind.code is not None)

MAKERS: Final[Mapping[str, str]] = {
    kind.makes: name for name, kind in SIMULATED.items() if kind.makes
}
"""Kinds that make objects of another, by that other one."""


def with_effect(effect: Effect) -> frozenset[str]:
    """Return the kinds of which, when a replay keeps them, that much comes."""
    return frozenset(name for name, each in STORED.items() if each is effect)


def workload_code(kind: str) -> WorkloadKind:
    """Return what the kernel calls a kind; what nobody knows is run as a Job."""
    known = SIMULATED.get(kind)
    return WorkloadKind.JOB if known is None or known.code is None else known.code


def controller_kind(kind: str) -> str:
    """Return the kind of what controls the pods of a workload: itself, or what it makes."""
    known = SIMULATED.get(kind)
    return kind if known is None or not known.makes else known.makes
