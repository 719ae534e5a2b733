"""Rows of workloads and of what scales them."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from simarena.cluster.codes import MAX_METRICS, MAX_POLICIES, NUM_POD_ENDS
from simarena.cluster.records.blank import blank

if TYPE_CHECKING:
    from collections.abc import Mapping

_Fields: TypeAlias = tuple[tuple[object, ...], ...]

_OF_WORKLOADS: _Fields = (
    ("template", np.int32),  # bare pods have one, too
    ("replicas", np.int32),  # Job: parallelism
    ("min_ready_ms", np.int64),
    ("paused", np.int8),  # Deployment; Job and CronJob: suspended
    ("lifecycle", np.int32),  # row whose run_ms its first pod takes; NONE: no end
)
_OF_UPDATES: _Fields = (
    ("max_surge", np.int32),  # pods, or per cent
    ("max_unavailable", np.int32),
    ("surge_is_percent", np.int8),
    ("unavailable_is_percent", np.int8),
    ("recreate", np.int8),  # Deployment: strategy Recreate
    ("revision_history_limit", np.int32),  # Deployment
    ("on_delete", np.int8),  # others: pods are not updated before somebody deletes them
    ("parallel", np.int8),  # StatefulSet: pods need not wait for each other
    ("start_ordinal", np.int32),  # StatefulSet
    ("partition", np.int32),  # StatefulSet: lower ordinals keep the current template
)
_OF_JOBS: _Fields = (
    ("indexed", np.int8),  # each pod has an index
    ("completions", np.int32),  # NONE: any pod that succeeds ends it
    ("backoff_limit", np.int32),
    ("index_backoff_limit", np.int32),  # failures of one index; NONE: no such limit
    ("max_failed_indexes", np.int32),  # NONE: all may fail
    ("replaces_failed", np.int8),  # a pod is replaced once it is gone, not before
    ("on_end", np.int8, (NUM_POD_ENDS,)),  # FailureAction by PodEnd
    ("success_rule", np.int32),  # first part of its success policy, or NONE
    ("deadline_ms", np.int64),  # how long it may run; CronJob: how late it may start
    ("ttl_ms", np.int64),  # how long it stays once finished; NONE: for ever
)
_OF_CRONJOBS: _Fields = (
    ("concurrency", np.int8),  # Concurrency
    ("success_history", np.int32),  # finished Jobs that it keeps
    ("failure_history", np.int32),
    ("job_spec", np.int32),  # row of its Jobs
    ("due_ms", np.int64),  # when it was due last at the time it is applied, or NONE
)
_OF_PODS: _Fields = (
    ("run_ms", np.int64),  # time from Ready to Succeeded; NONE: no end
    ("next_lifecycle", np.int32),  # row that the next pod, or clone, takes, in a ring
    ("node", np.int32),  # bare pods that arrive bound; else NONE
    ("reschedules", np.int8),  # bare pods: deleted while it runs, it comes back as a clone
)
_OF_SUCCESS_RULES: _Fields = (
    ("next_rule", np.int32),  # the next part, or NONE
    ("rule", np.int32),  # rule that the part belongs to
    ("num_needed", np.int32),  # successes that the rule needs among all of its indexes
    ("first_index", np.int32),  # indexes that count
    ("last_index", np.int32),
)
SPEC_PARTS: Mapping[str, _Fields] = {
    "workloads": _OF_WORKLOADS,
    "updates": _OF_UPDATES,
    "jobs": _OF_JOBS,
    "cronjobs": _OF_CRONJOBS,
    "pods": _OF_PODS,
    "success rules": _OF_SUCCESS_RULES,
}
"""What a row of specs says, by what it says it of.

A workload's row has the first part and those of its kind. Pods take rows that have the part of pods
alone, bare ones with a template; a part of a success policy is a row of its own. One table holds
them all, for a start is copied into every environment by the table, and the rows are few.
"""

SPEC = np.dtype([field for part in SPEC_PARTS.values() for field in part], align=True)

BLANK_SPEC = blank(
    SPEC,
    *("lifecycle", "completions", "index_backoff_limit", "max_failed_indexes", "success_rule"),
    *("deadline_ms", "ttl_ms", "job_spec", "due_ms", "run_ms", "next_lifecycle", "node"),
    "next_rule",
)

WORKLOAD = np.dtype(
    [
        ("created_ms", np.int64),
        ("number", np.int64),  # order of creation, never used again
        ("kind", np.int8),  # WorkloadKind
        ("present", np.int8),  # exists in the API
        ("sync_queued", np.int8),  # a sync is in the heap
        ("watches_pods", np.int8),  # Deployment: a rollout is under way, changes of pods matter
        ("is_live", np.int8),  # ReplicaSet: in its Deployment's list of those that may have pods
        ("spec", np.int32),  # what was applied last; NONE for a ReplicaSet of a Deployment
        ("owner", np.int32),  # Deployment of a ReplicaSet
        ("template", np.int32),
        ("replicas", np.int32),  # wanted
        ("revision", np.int32),
        ("first_child", np.int32),  # Deployment: its ReplicaSets, oldest first
        ("next_sibling", np.int32),  # also the list of free rows
        ("num_children", np.int32),  # of all kinds of owners
        ("first_live", np.int32),  # Deployment: those of them that may have pods, oldest first
        ("next_live", np.int32),
        ("newest", np.int32),  # Deployment: the one that had its template when last looked for
        ("first_pod", np.int32),  # ReplicaSet: list through pods, newest first
        ("num_pods", np.int32),  # active pods: neither finished nor being deleted
        ("num_ready", np.int32),
        ("num_terminating", np.int32),
        ("batch", np.int32),  # size of the slow-start batch that is being created; 0: none
        ("batch_left", np.int32),  # its pods that do not exist yet
        # By a ReplicaSet's controller, to its Deployment's; Deployment: sums of them, scratch.
        # DaemonSet and Job: counts that its status shows, of its controller's last sync.
        ("reported_pods", np.int32),  # DaemonSet: nodes that have the pod they should have
        ("reported_ready", np.int32),
        ("reported_available", np.int32),
        ("reported_updated", np.int32),  # DaemonSet
        ("reported_misscheduled", np.int32),  # DaemonSet
        ("reported_terminating", np.int32),  # Job
        ("reported_succeeded", np.int32),  # Job
        ("reported_failed", np.int32),  # Job
        ("reported_ms", np.int64),  # Job: when that was; NONE before
        # Deployment, while its controller looks at it; see kernel/controllers/replicaset_sums.py.
        ("sum_replicas", np.int32),  # that ReplicaSets want
        ("num_active", np.int32),  # ReplicaSets that want pods
        ("num_behind", np.int32),  # of them: last scaled for another number of pods
        ("num_delayed", np.int32),  # ReplicaSets whose pods are available later than ready
        ("num_to_create", np.int32),  # pods that the batches under way still create
        ("desired", np.int32),  # ReplicaSet: its Deployment's replicas when it was last scaled
        ("max_replicas", np.int32),  # the same, surge included
        ("scaled_to", np.int32),  # scratch of proportional scaling
        ("min_ready_ms", np.int64),
        (
            "check_ms",
            np.int64,
        ),  # Deployment: when a pod becomes available, or NONE; others: next sync
        ("lifecycle", np.int32),  # row of specs that the next pod takes its end from, or NONE
        ("current", np.int32),  # StatefulSet: template before the update under way
        ("num_succeeded", np.int32),  # Job: pods that ended well
        ("num_failed", np.int32),  # Job: pods that failed or were deleted
        ("num_failures", np.int32),  # Job: the same since a pod last succeeded
        ("outcome", np.int8),  # JobOutcome
        ("suspended", np.int8),  # Job: its controller has seen so
        ("decided_end", np.int8),  # PodEnd of the pod that decided the outcome
        ("decided_ordinal", np.int32),  # its index
        ("decided_by", np.int32),  # number of that pod, or of a rule for success, or NONE
        ("num_failed_indexes", np.int32),
        ("decided_ms", np.int64),  # when the outcome was known; NONE before
        ("suspended_ms", np.int64),  # when `suspended` changed last; NONE: never
        ("last_failed_ms", np.int64),
        ("started_ms", np.int64),  # NONE before, and while it is suspended
        ("finished_ms", np.int64),  # NONE before
        ("scheduled_ms", np.int64),  # Job of a CronJob: the time that names it
        ("due_ms", np.int64),  # CronJob: when it was due last, or NONE
        ("due_every_ms", np.int64),  # CronJob: from the time before to that time
        ("num_due", np.int32),  # CronJob: times since the one for which a Job was started
        ("last_schedule_ms", np.int64),  # CronJob: the latest time for which a Job was started
        ("last_success_ms", np.int64),
        ("turn_ms", np.int64),  # when its controller may send the request that waits, or NONE
        # Pods that its controller was not let create; see kernel/pods/quotas.py.
        ("refused", np.int32),  # in the sync under way
        ("num_refusals", np.int32),  # syncs in a row in which there were any
        ("refused_number", np.int64),  # of the first such pod, by which it is told; NONE: none
        ("refused_ms", np.int64),  # when that was
        ("retry_ms", np.int64),  # when its controller tries again, or NONE
        ("num_rescaled", np.int32),  # by autoscalers, since it was created
        ("num_lost", np.int32),  # pods evicted or preempted, at the topmost owner; never set back
    ],
    align=True,
)

BLANK_WORKLOAD = blank(
    WORKLOAD,
    *("spec", "owner", "template", "lifecycle", "current", "check_ms", "first_pod"),
    *("first_child", "next_sibling", "first_live", "next_live", "newest"),
    *("decided_by", "decided_ms", "suspended_ms", "last_failed_ms", "started_ms", "finished_ms"),
    *("scheduled_ms", "due_ms", "last_schedule_ms", "last_success_ms", "reported_ms"),
    *("turn_ms", "refused_number", "refused_ms", "retry_ms"),
)

AUTOSCALER = np.dtype(
    [
        ("created_ms", np.int64),
        ("due_ms", np.int64),  # when the controller looks at it next
        ("ticket", np.int64),  # sequence of its live entry in the event heap
        ("target", np.int32),  # workloads; NONE: not there
        ("history", np.int32),  # row of autoscaler_samples
        ("status_row", np.int32),  # autoscalers: whose metrics and target its status tells of
        ("min_replicas", np.int32),
        ("max_replicas", np.int32),
        ("num_metrics", np.int32),
        ("metric_target", np.int64, (MAX_METRICS,)),  # per cent, or thousandths of cores or bytes
        ("metric_value", np.int64, (MAX_METRICS,)),  # read last, mean of a pod, in thousandths
        ("metric_utilisation", np.int32, (MAX_METRICS,)),  # read last, per cent
        ("metric_resource", np.int8, (MAX_METRICS,)),  # Resource
        ("metric_kind", np.int8, (MAX_METRICS,)),  # MetricKind
        ("metric_number", np.int32, (MAX_METRICS,)),  # of pods or containers: see TermKind.MEASURED
        ("metric_usage", np.int32, (MAX_METRICS,)),  # of objects, external: first row of usage
        ("metric_num_usage", np.int32, (MAX_METRICS,)),  # 0: nobody says what it is
        ("metric_is_value", np.int8, (MAX_METRICS,)),  # the target is of all pods together
        ("metric_is_utilisation", np.int8, (MAX_METRICS,)),
        ("metric_failure", np.int8, (MAX_METRICS,)),  # MetricFailure of the last sync
        # Template without a request, or without the container, or NONE.
        ("metric_template", np.int32, (MAX_METRICS,)),
        ("tolerance", np.float64, (2,)),  # by Direction
        ("window_ms", np.int64, (2,)),  # stabilisation, by Direction
        ("select", np.int8, (2,)),  # SelectPolicy, by Direction
        ("num_policies", np.int32, (2,)),
        ("policy_period_ms", np.int64, (2, MAX_POLICIES)),
        ("policy_value", np.int32, (2, MAX_POLICIES)),
        ("policy_is_percent", np.int8, (2, MAX_POLICIES)),
        ("num_samples", np.int32, (3,)),  # of recommendations, rescales up and down
        ("num_metrics_read", np.int32),  # pods with usage; scratch, like those below
        ("num_sampled", np.int32),  # pods whose usage counts
        ("num_unready", np.int32),
        ("num_missing", np.int32),  # without usage
        ("used", np.int64),  # in thousandths, by the pods whose usage counts
        ("requested", np.int64),  # by them
        ("unready_requested", np.int64),
        ("missing_requested", np.int64),
        ("missing_fallback", np.int64),  # what pods without usage may count for
        ("current", np.int32),  # replicas at the last sync
        ("desired", np.int32),
        ("best_metric", np.int32),  # the one that asked for most
        ("scaled_ms", np.int64),  # NONE before
        ("condition_ms", np.int64, (3,)),  # last transition of AbleToScale, -Active, -Limited
        ("condition", np.int8, (3,)),  # Scaling
        ("condition_status", np.int8, (3,)),
        ("has_behaviour", np.int8),
        ("present", np.int8),  # exists in the API
        ("observed", np.int8),  # the controller has looked at it
        ("selects", np.int8),  # the controller knows which pods it means
    ],
    align=True,
)

SAMPLE = np.dtype([("time_ms", np.int64), ("value", np.int64)], align=True)
