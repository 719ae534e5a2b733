"""What the kernels write down as it happens."""

from __future__ import annotations

from enum import IntEnum


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
    """`value` is its Outcome; `other` the number of the pod, or of the rule, that decided it,
    `code` how that pod ended (PodEnd), `ordinal` its index."""
    JOB_DELETED = 19
    """By its CronJob: too old, or replaced."""
    JOB_SKIPPED = 20
    """A CronJob did not start its Job because one still ran."""
    JOB_SUSPENDED = 50
    """`value` is 1 where a Job was suspended, 0 where it goes on."""
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
