"""Feature gates of Kubernetes 1.36 that change what is simulated, as a default cluster has them.

Gates that cannot be told apart by anything simulated are left out. What is off by default is what a
cluster does not do, however valid the field is that asks for it.
"""

from __future__ import annotations

from typing import Final, NamedTuple


class Gate(NamedTuple):
    """A feature gate."""

    name: str
    stage: str
    effect: str
    """What it changes here, in words."""
    enabled: bool = True
    """By default, in 1.36."""


GATES: Final = (
    Gate("DeploymentReplicaSetTerminatingReplicas", "Beta", "status.terminatingReplicas"),
    Gate("HPAConfigurableTolerance", "Beta", "tolerance in an autoscaler's behavior"),
    Gate("HPAScaleToZero", "Alpha", "minReplicas 0 is refused", enabled=False),
    Gate("JobBackoffLimitPerIndex", "GA", "backoffLimitPerIndex and maxFailedIndexes"),
    Gate("JobManagedBy", "GA", "managedBy, which is refused here"),
    Gate("JobPodReplacementPolicy", "GA", "podReplacementPolicy, status.terminating"),
    Gate("JobSuccessPolicy", "GA", "successPolicy"),
    Gate("LogarithmicScaleDown", "GA", "ages of pods to give up are compared by powers of 2"),
    Gate("MatchLabelKeysInPodAffinity", "GA", "matchLabelKeys and mismatchLabelKeys"),
    Gate("MatchLabelKeysInPodTopologySpread", "Beta", "matchLabelKeys of spreading"),
    Gate(
        "MaxUnavailableStatefulSet",
        "Beta",
        "maxUnavailable of a StatefulSet is dropped: its pods are updated one by one",
        enabled=False,
    ),
    Gate(
        "NodeInclusionPolicyInPodTopologySpread",
        "GA",
        "nodeAffinityPolicy and nodeTaintsPolicy",
    ),
    Gate("PodDeletionCost", "Beta", "the annotation pod-deletion-cost"),
    Gate("PodLevelResources", "Beta", "spec.resources of a pod"),
    Gate(
        "ReduceDefaultCrashLoopBackOffDecay",
        "Alpha",
        "restarts wait for 10 s at first",
        enabled=False,
    ),
    Gate("SchedulerAsyncPreemption", "Beta", "a nominated pod waits for its victims' end"),
    Gate("SchedulerPopFromBackoffQ", "Beta", "an idle scheduler tries pods in back-off"),
    Gate("SchedulerQueueingHints", "GA", "only events that may help a pod wake it"),
    Gate("SidecarContainers", "GA", "init containers that are restarted always run on"),
    Gate(
        "StatefulSetSemanticRevisionComparison",
        "Beta",
        "a template that only spells defaults out is no new revision",
    ),
    Gate(
        "TaintTolerationComparisonOperators",
        "Alpha",
        "operators Lt and Gt are refused",
        enabled=False,
    ),
)
"""In the order of their names."""

_BY_NAME: Final = {gate.name: gate for gate in GATES}


def is_enabled(name: str) -> bool:
    """Return whether a gate of the table is on by default."""
    return _BY_NAME[name].enabled
