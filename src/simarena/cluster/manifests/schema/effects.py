"""What becomes of each field of the simulated kinds: the one list, beside the published types.

A field that stands here decides something in the simulation, or is refused. All others of a type
are checked and kept as the API keeps them, and given back, but change nothing that happens. What
lies below a field that changes nothing changes nothing either.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from simarena.cluster.manifests.schema.published import field_names

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

ROOTS: Final = (
    "core.v1.Pod",
    "core.v1.Node",
    "core.v1.ReplicationController",
    "apps.v1.ReplicaSet",
    "apps.v1.Deployment",
    "apps.v1.StatefulSet",
    "apps.v1.DaemonSet",
    "batch.v1.Job",
    "batch.v1.CronJob",
    "autoscaling.v2.HorizontalPodAutoscaler",
)
"""Types of the kinds that are simulated, each before what only it uses."""

_OBJECT: Final = "apiVersion kind metadata spec status"
_WHOLE: Final = (
    "apps.v1.DaemonSetUpdateStrategy",
    "apps.v1.DeploymentSpec",
    "apps.v1.DeploymentStrategy",
    "apps.v1.ReplicaSetSpec",
    "apps.v1.RollingUpdateDaemonSet",
    "apps.v1.RollingUpdateDeployment",
    "apps.v1.StatefulSetOrdinals",
    "apps.v1.StatefulSetUpdateStrategy",
    "autoscaling.v2.ContainerResourceMetricSource",
    "autoscaling.v2.CrossVersionObjectReference",
    "autoscaling.v2.ExternalMetricSource",
    "autoscaling.v2.HPAScalingPolicy",
    "autoscaling.v2.HPAScalingRules",
    "autoscaling.v2.HorizontalPodAutoscalerBehavior",
    "autoscaling.v2.HorizontalPodAutoscalerSpec",
    "autoscaling.v2.MetricSpec",
    "autoscaling.v2.MetricTarget",
    "autoscaling.v2.ObjectMetricSource",
    "autoscaling.v2.PodsMetricSource",
    "autoscaling.v2.ResourceMetricSource",
    "batch.v1.CronJobSpec",
    "batch.v1.JobTemplateSpec",
    "batch.v1.PodFailurePolicy",
    "batch.v1.PodFailurePolicyOnExitCodesRequirement",
    "batch.v1.PodFailurePolicyOnPodConditionsPattern",
    "batch.v1.PodFailurePolicyRule",
    "batch.v1.SuccessPolicy",
    "batch.v1.SuccessPolicyRule",
    "core.v1.Affinity",
    "core.v1.NodeAffinity",
    "core.v1.NodeSelector",
    "core.v1.NodeSelectorRequirement",
    "core.v1.NodeSelectorTerm",
    "core.v1.PodAffinity",
    "core.v1.PodAffinityTerm",
    "core.v1.PodAntiAffinity",
    "core.v1.PodReadinessGate",
    "core.v1.PodSchedulingGate",
    "core.v1.PodTemplateSpec",
    "core.v1.PreferredSchedulingTerm",
    "core.v1.ReplicationControllerSpec",
    "core.v1.Taint",
    "core.v1.Toleration",
    "core.v1.TopologySpreadConstraint",
    "core.v1.WeightedPodAffinityTerm",
    "meta.v1.LabelSelector",
    "meta.v1.LabelSelectorRequirement",
)
"""Types each field of which decides something."""

_SIMULATED: Final[Mapping[str, str]] = {
    **dict.fromkeys(ROOTS, _OBJECT),
    "apps.v1.RollingUpdateStatefulSetStrategy": "partition",
    "apps.v1.DaemonSetSpec": "minReadySeconds selector template updateStrategy",
    "apps.v1.StatefulSetSpec": (
        "minReadySeconds ordinals podManagementPolicy replicas selector template updateStrategy"
    ),
    "autoscaling.v2.MetricIdentifier": "name",
    "batch.v1.JobSpec": (
        "activeDeadlineSeconds backoffLimit backoffLimitPerIndex completionMode completions "
        "maxFailedIndexes parallelism podFailurePolicy podReplacementPolicy selector "
        "successPolicy suspend template ttlSecondsAfterFinished"
    ),
    "core.v1.Container": (
        "image livenessProbe name ports readinessProbe resources restartPolicy startupProbe"
    ),
    "core.v1.ContainerPort": "containerPort hostIP hostPort protocol",
    "core.v1.EmptyDirVolumeSource": "medium",
    "core.v1.NodeSpec": "taints unschedulable",
    "core.v1.PodSpec": (
        "affinity containers hostNetwork initContainers nodeName nodeSelector overhead "
        "preemptionPolicy priority priorityClassName readinessGates resources restartPolicy "
        "runtimeClassName schedulerName schedulingGates terminationGracePeriodSeconds "
        "tolerations topologySpreadConstraints volumes"
    ),
    "core.v1.Probe": "failureThreshold initialDelaySeconds periodSeconds successThreshold",
    "core.v1.ResourceRequirements": "limits requests",
    "core.v1.Volume": "emptyDir hostPath name",
    "meta.v1.ObjectMeta": (
        "annotations creationTimestamp deletionTimestamp generateName generation labels name "
        "namespace ownerReferences resourceVersion uid"
    ),
    "meta.v1.OwnerReference": "controller kind name uid",
}
"""Fields that decide something, by type, of the types that have others too."""

_REFUSED: Final[Mapping[str, str]] = {
    "batch.v1.JobSpec": "managedBy",
}
"""Fields that the API takes and that cannot be simulated, by type."""


class Effects(NamedTuple):
    """What becomes of the fields of a type."""

    name: str
    simulated: tuple[str, ...]
    kept: tuple[str, ...]
    refused: tuple[str, ...]


def effects() -> Iterator[Effects]:
    """Yield the types that the simulated kinds consist of, down to fields that change nothing.

    Each comes once, after the types that use it. What a kind's `status` is made of is left out: it
    is written by the simulation, and of a manifest only a Node's is read.
    """
    seen: set[str] = set()
    for root in ROOTS:
        yield from _below(root, seen)


def named() -> Iterator[tuple[str, str]]:
    """Yield all types and fields of the lists above, for a look whether they exist."""
    for lists in (_SIMULATED, _REFUSED):
        for name, fields in lists.items():
            yield from ((name, field) for field in fields.split())
    for name in _WHOLE:
        yield from ((name, field) for field in field_names(name))


def _below(name: str, seen: set[str]) -> Iterator[Effects]:
    if name in seen:
        return
    seen.add(name)
    fields = field_names(name)
    simulated = set(fields) if name in _WHOLE else set(_SIMULATED.get(name, "").split())
    refused = set(_REFUSED.get(name, "").split())
    yield Effects(
        name,
        tuple(field for field in fields if field in simulated),
        tuple(field for field in fields if field not in simulated | refused),
        tuple(field for field in fields if field in refused),
    )
    for field in fields:
        below = fields[field].lstrip("[]{}")
        if field in simulated and field != "status" and "." in below:
            yield from _below(below, seen)
