"""What the kernels write down as it happens, and the events that the API makes of it."""

from __future__ import annotations

from enum import Enum, IntEnum, auto
from typing import Literal, NamedTuple


class LogKind(IntEnum):
    """What a row of the log says happened; `subject` is a uid (pods) or a workload row."""

    POD_CREATED = 0
    POD_SCHEDULED = 1
    POD_UNSCHEDULABLE = 2
    POD_READY = 3
    POD_COMPLETED = 4
    POD_DELETED = 5
    """The deletion was asked for (`metadata.deletionTimestamp`); `value` is 1 where the pod's own
    controller did."""
    POD_GONE = 6
    WORKLOAD_APPLIED = 7
    """`value` is the new, `other` the former number of replicas, `ordinal` the row of its spec."""
    WORKLOAD_DELETED = 8
    WORKLOAD_SCALED = 9
    """`value` is the new, `other` the former number of replicas of a ReplicaSet."""
    POD_PREEMPTED = 10
    CONTAINERS_STARTED = 11
    """`value` is the number of restarts, `other` the container, NONE for all of them."""
    CONTAINERS_ENDED = 12
    """`value` is an Exit, `other` the container, NONE for all of them."""
    CONTAINER_BACKOFF = 13
    """`value` is how long the container waits, in milliseconds, `other` which one it is."""
    POD_UNREADY = 14
    POD_FAILED = 15
    """`value` is what the pod's `figure` holds, `other` a Failure."""
    NODE_PRESSURE = 16
    """`value` is 1 where the node began to be short of memory, 0 where it no longer is."""
    JOB_CREATED = 17
    """By a CronJob, the `owner`; `minute` names the Job."""
    JOB_FINISHED = 18
    """`value` is its JobOutcome; `other` the number of the pod, or of the rule, that decided it,
    `code` how that pod ended (PodEnd), `ordinal` its index."""
    JOB_DELETED = 19
    """By its CronJob: too old, or replaced."""
    JOB_SKIPPED = 20
    """A CronJob did not start its Job because one still ran."""
    JOB_SUSPENDED = 50
    """`value` is 1 where a Job was suspended, 0 where it goes on."""
    JOBS_MISSED = 53
    """A CronJob has missed more times than it would look for one by one."""
    QUOTA_EXCEEDED = 51
    """By a pod that is refused for it, as the entry after those of this kind says: `value` is how
    much was used of what the charge `other` is for."""
    POD_FORBIDDEN = 52
    """Its controller was not let create it; `subject` is the number that names it, `other` why, or
    NONE where it would have exceeded a quota."""
    POD_EVICTED = 30
    """A NoExecute taint of its node drove it away."""
    EVICTION_CANCELLED = 31
    """The taint went away in time."""
    AUTOSCALER_SCALED = 32
    """`subject` is a row of autoscalers, `value` the new and `other` the former number of replicas,
    `code` the metric that asked for it or a `RescaleReason`."""
    AUTOSCALER_FAILED = 33
    """`code` is a `MetricFailure`, `other` the metric, `template` one without a request."""
    AUTOSCALER_INVALID = 34
    """So that nothing is scaled: `value` metrics failed, the first of them `other`, as above."""
    AUTOSCALER_AMBIGUOUS = 35
    """Nothing is scaled, as another autoscaler looks at the same pods."""


ONLY_IN_EVENTS = (
    LogKind.POD_UNSCHEDULABLE,
    LogKind.JOB_CREATED,
    LogKind.JOB_FINISHED,
    LogKind.JOB_DELETED,
    LogKind.JOB_SKIPPED,
    LogKind.JOBS_MISSED,
    LogKind.JOB_SUSPENDED,
    LogKind.AUTOSCALER_SCALED,
    LogKind.AUTOSCALER_FAILED,
    LogKind.AUTOSCALER_INVALID,
    LogKind.AUTOSCALER_AMBIGUOUS,
)
"""What is told as an event, and read by nobody else."""

OF_PODS = (
    LogKind.POD_CREATED,
    LogKind.POD_SCHEDULED,
    LogKind.POD_UNSCHEDULABLE,
    LogKind.POD_READY,
    LogKind.POD_UNREADY,
    LogKind.POD_COMPLETED,
    LogKind.POD_FAILED,
    LogKind.POD_DELETED,
    LogKind.POD_GONE,
    LogKind.POD_PREEMPTED,
    LogKind.POD_EVICTED,
    LogKind.POD_FORBIDDEN,
    LogKind.EVICTION_CANCELLED,
    LogKind.CONTAINERS_STARTED,
    LogKind.CONTAINERS_ENDED,
    LogKind.CONTAINER_BACKOFF,
)
"""Entries whose subject is the number of a pod."""


class Regarding(Enum):
    """What an event is about, found from the entry that it is told of."""

    POD = auto()
    POD_ON_NODE = auto()
    """The pod, as its kubelet tells of it."""
    CONTAINERS = auto()
    """Each container that the entry is about."""
    RUNNING_CONTAINERS = auto()
    """Each container of the pod that ran until now."""
    CONTROLLER = auto()
    """What controls the pod."""
    OWNER = auto()
    """The workload that a user applied."""
    JOB = auto()
    CRONJOB = auto()
    NODE = auto()
    AUTOSCALER = auto()


class EventReason(NamedTuple):
    """An event that is told of an entry of the log.

    Reason, message and component may have words in braces, which stand for what the entry says:
    those of `simarena.cluster.objects.event_words`.
    """

    kind: LogKind
    regarding: Regarding
    reason: str
    message: str
    component: str
    type: Literal["Normal", "Warning"] = "Normal"
    when: tuple[str, ...] = ()
    """Words that must all be true of the entry, or with "not " before them all false."""


_SCHEDULER = "default-scheduler"
_TAINTS = "taint-eviction-controller"
_OF_POD = "{controller}-controller"
_JOBS = "job-controller"
_CRONJOBS = "cronjob-controller"
_AUTOSCALERS = "horizontal-pod-autoscaler"
_KUBELET = "kubelet"

EVENT_REASONS: tuple[EventReason, ...] = (
    EventReason(
        LogKind.POD_UNSCHEDULABLE,
        Regarding.POD,
        "FailedScheduling",
        "{diagnosis}",
        _SCHEDULER,
        type="Warning",
    ),
    EventReason(
        LogKind.POD_SCHEDULED,
        Regarding.POD,
        "Scheduled",
        "Successfully assigned {namespace}/{pod} to {node}",
        _SCHEDULER,
    ),
    EventReason(
        LogKind.POD_PREEMPTED,
        Regarding.POD,
        "Preempted",
        "Preempted by pod {preemptor_uid} on node {node}",
        _SCHEDULER,
    ),
    EventReason(
        LogKind.POD_EVICTED,
        Regarding.POD,
        "TaintManagerEviction",
        "Marking for deletion Pod {namespace}/{pod}",
        _TAINTS,
    ),
    EventReason(
        LogKind.EVICTION_CANCELLED,
        Regarding.POD,
        "TaintManagerEviction",
        "Cancelling deletion of Pod {namespace}/{pod}",
        _TAINTS,
    ),
    EventReason(
        LogKind.POD_CREATED,
        Regarding.CONTROLLER,
        "SuccessfulCreate",
        "Created pod: {pod}",
        _OF_POD,
        when=(
            "is_owned",
            "not of_statefulset",
        ),
    ),
    EventReason(
        LogKind.POD_CREATED,
        Regarding.CONTROLLER,
        "SuccessfulCreate",
        "{creates} Pod {pod} in StatefulSet {owner} successful",
        _OF_POD,
        when=(
            "is_owned",
            "of_statefulset",
        ),
    ),
    EventReason(
        LogKind.POD_FORBIDDEN,
        Regarding.CONTROLLER,
        "FailedCreate",
        "Error creating: {refusal}",
        _OF_POD,
        type="Warning",
        when=("not of_statefulset",),
    ),
    EventReason(
        LogKind.POD_FORBIDDEN,
        Regarding.CONTROLLER,
        "FailedCreate",
        "{creates} Pod {pod} in StatefulSet {owner} failed error: {refusal}",
        _OF_POD,
        type="Warning",
        when=("of_statefulset",),
    ),
    EventReason(
        LogKind.POD_DELETED,
        Regarding.RUNNING_CONTAINERS,
        "Killing",
        "Stopping container {container}",
        _KUBELET,
        when=(
            "real_kubelet",
            "on_node",
        ),
    ),
    EventReason(
        LogKind.POD_DELETED,
        Regarding.CONTROLLER,
        "SuccessfulDelete",
        "Deleted pod: {pod}",
        _OF_POD,
        when=(
            "is_owned",
            "value",
            "not of_statefulset",
        ),
    ),
    EventReason(
        LogKind.POD_DELETED,
        Regarding.CONTROLLER,
        "SuccessfulDelete",
        "{deletes} Pod {pod} in StatefulSet {owner} successful",
        _OF_POD,
        when=(
            "is_owned",
            "value",
            "of_statefulset",
        ),
    ),
    EventReason(
        LogKind.WORKLOAD_SCALED,
        Regarding.OWNER,
        "ScalingReplicaSet",
        "Scaled {direction} replica set {replicaset} from {other} to {value}",
        "deployment-controller",
        when=("is_owned",),
    ),
    EventReason(
        LogKind.JOB_CREATED,
        Regarding.CRONJOB,
        "SuccessfulCreate",
        "Created job {job}",
        _CRONJOBS,
    ),
    EventReason(
        LogKind.JOB_DELETED,
        Regarding.CRONJOB,
        "SuccessfulDelete",
        "Deleted job {job}",
        _CRONJOBS,
    ),
    EventReason(
        LogKind.JOB_SKIPPED,
        Regarding.CRONJOB,
        "JobAlreadyActive",
        "Not starting job because prior execution is running and concurrency policy is Forbid",
        _CRONJOBS,
    ),
    EventReason(
        LogKind.JOBS_MISSED,
        Regarding.CRONJOB,
        "TooManyMissedTimes",
        (
            "too many missed start times. Set or decrease .spec.startingDeadlineSeconds or check "
            "clock skew"
        ),
        _CRONJOBS,
        type="Warning",
    ),
    EventReason(
        LogKind.JOB_SUSPENDED,
        Regarding.JOB,
        "Suspended",
        "Job suspended",
        _JOBS,
        when=("value",),
    ),
    EventReason(
        LogKind.JOB_SUSPENDED,
        Regarding.JOB,
        "Resumed",
        "Job resumed",
        _JOBS,
        when=("not value",),
    ),
    EventReason(
        LogKind.JOB_FINISHED,
        Regarding.JOB,
        "Completed",
        "Job completed",
        _JOBS,
        when=("is_success",),
    ),
    EventReason(
        LogKind.JOB_FINISHED,
        Regarding.JOB,
        "{verdict_reason}",
        "{verdict}",
        _JOBS,
        type="Warning",
        when=("not is_success",),
    ),
    EventReason(
        LogKind.JOB_FINISHED,
        Regarding.CRONJOB,
        "SawCompletedJob",
        "Saw completed job: {job}, condition: {condition}",
        _CRONJOBS,
        when=("is_owned",),
    ),
    EventReason(
        LogKind.AUTOSCALER_SCALED,
        Regarding.AUTOSCALER,
        "SuccessfulRescale",
        "New size: {value}; reason: {rescale_reason}",
        _AUTOSCALERS,
    ),
    EventReason(
        LogKind.AUTOSCALER_FAILED,
        Regarding.AUTOSCALER,
        "FailedGetScale",
        "{missing_target}",
        _AUTOSCALERS,
        type="Warning",
        when=("not has_metric",),
    ),
    EventReason(
        LogKind.AUTOSCALER_FAILED,
        Regarding.AUTOSCALER,
        "{metric_failure_reason}",
        "{metric_failure}",
        _AUTOSCALERS,
        type="Warning",
        when=("has_metric",),
    ),
    EventReason(
        LogKind.AUTOSCALER_INVALID,
        Regarding.AUTOSCALER,
        "FailedComputeMetricsReplicas",
        (
            "invalid metrics ({value} invalid out of {num_metrics}), first error is: failed "
            "to get {metric_sought}: {metric_failure}"
        ),
        _AUTOSCALERS,
        type="Warning",
    ),
    EventReason(
        LogKind.AUTOSCALER_AMBIGUOUS,
        Regarding.AUTOSCALER,
        "AmbiguousSelector",
        "{ambiguity}",
        _AUTOSCALERS,
        type="Warning",
    ),
    EventReason(
        LogKind.AUTOSCALER_AMBIGUOUS,
        Regarding.AUTOSCALER,
        "FailedComputeMetricsReplicas",
        "{ambiguity}",
        _AUTOSCALERS,
        type="Warning",
    ),
    EventReason(
        LogKind.NODE_PRESSURE,
        Regarding.NODE,
        "EvictionThresholdMet",
        "Attempting to reclaim memory",
        _KUBELET,
        type="Warning",
        when=(
            "real_kubelet",
            "value",
        ),
    ),
    EventReason(
        LogKind.NODE_PRESSURE,
        Regarding.NODE,
        "NodeHasInsufficientMemory",
        "Node {node} status is now: NodeHasInsufficientMemory",
        _KUBELET,
        when=(
            "real_kubelet",
            "value",
        ),
    ),
    EventReason(
        LogKind.NODE_PRESSURE,
        Regarding.NODE,
        "NodeHasSufficientMemory",
        "Node {node} status is now: NodeHasSufficientMemory",
        _KUBELET,
        when=(
            "real_kubelet",
            "not value",
        ),
    ),
    EventReason(
        LogKind.CONTAINERS_STARTED,
        Regarding.CONTAINERS,
        "Pulled",
        'Container image "{image}" already present on machine and can be accessed by the pod',
        _KUBELET,
        when=(
            "real_kubelet",
            "release_136",
        ),
    ),
    EventReason(
        LogKind.CONTAINERS_STARTED,
        Regarding.CONTAINERS,
        "Pulled",
        'Container image "{image}" already present on machine',
        _KUBELET,
        when=(
            "real_kubelet",
            "not release_136",
        ),
    ),
    EventReason(
        LogKind.CONTAINERS_STARTED,
        Regarding.CONTAINERS,
        "Created",
        "Container created",
        _KUBELET,
        when=(
            "real_kubelet",
            "release_136",
        ),
    ),
    EventReason(
        LogKind.CONTAINERS_STARTED,
        Regarding.CONTAINERS,
        "Created",
        "Created container: {container}",
        _KUBELET,
        when=(
            "real_kubelet",
            "not release_136",
        ),
    ),
    EventReason(
        LogKind.CONTAINERS_STARTED,
        Regarding.CONTAINERS,
        "Started",
        "Container started",
        _KUBELET,
        when=(
            "real_kubelet",
            "release_136",
        ),
    ),
    EventReason(
        LogKind.CONTAINERS_STARTED,
        Regarding.CONTAINERS,
        "Started",
        "Started container {container}",
        _KUBELET,
        when=(
            "real_kubelet",
            "not release_136",
        ),
    ),
    EventReason(
        LogKind.CONTAINER_BACKOFF,
        Regarding.CONTAINERS,
        "BackOff",
        "Back-off restarting failed container {container} in pod {pod_reference}",
        _KUBELET,
        type="Warning",
        when=("real_kubelet",),
    ),
    EventReason(
        LogKind.POD_FAILED,
        Regarding.POD_ON_NODE,
        "{failure_reason}",
        "{failure}",
        _KUBELET,
        type="Warning",
        when=(
            "real_kubelet",
            "by_kubelet",
        ),
    ),
    EventReason(
        LogKind.POD_FAILED,
        Regarding.RUNNING_CONTAINERS,
        "Killing",
        "Stopping container {container}",
        _KUBELET,
        when=(
            "real_kubelet",
            "by_kubelet",
        ),
    ),
)
"""Every event that is told of the log; of one entry in this order, all of one object together.

What no kernel does (nodes that fail, the cluster autoscaler) is told by who does it.
"""
