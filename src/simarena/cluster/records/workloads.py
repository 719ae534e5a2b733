"""Rows of workloads and of what scales them."""

from __future__ import annotations

import numpy as np

from simarena.cluster.codes import MAX_METRICS, MAX_POLICIES, NUM_POD_ENDS

SPEC = np.dtype(
    [
        ("replicas", np.int32),
        ("template", np.int32),
        ("max_surge", np.int32),  # pods, or per cent
        ("max_unavailable", np.int32),
        ("surge_is_percent", np.int8),
        ("unavailable_is_percent", np.int8),
        ("recreate", np.int8),  # strategy Recreate
        ("paused", np.int8),
        ("node", np.int32),  # bare pods that arrive bound; else NONE
        ("min_ready_ms", np.int64),
        ("revision_history_limit", np.int32),
        ("run_ms", np.int64),  # pods that finish: time from Ready to Succeeded; else NONE
        ("lifecycle", np.int32),  # row of specs whose run_ms its first pod takes; NONE: no end
        ("next_lifecycle", np.int32),  # row that the next pod takes, in a ring
        ("reschedules", np.int8),  # bare pods: deleted while it runs, it comes back as a clone
        ("parallel", np.int8),  # StatefulSet: pods need not wait for each other
        ("on_delete", np.int8),  # pods are not updated before somebody deletes them
        ("indexed", np.int8),  # Job: each pod has an index
        ("concurrency", np.int8),  # CronJob: Concurrency
        ("start_ordinal", np.int32),
        ("partition", np.int32),  # StatefulSet: lower ordinals keep the current template
        ("completions", np.int32),  # Job; NONE: any pod that succeeds ends it
        ("backoff_limit", np.int32),
        ("index_backoff_limit", np.int32),  # Job: failures of one index; NONE: no such limit
        ("max_failed_indexes", np.int32),  # Job; NONE: all may fail
        ("replaces_failed", np.int8),  # Job: a pod is replaced once it is gone, not before
        ("on_end", np.int8, (NUM_POD_ENDS,)),  # Job: FailureAction by PodEnd
        ("success_rule", np.int32),  # Job: row of specs, first part of its success policy, or NONE
        ("next_rule", np.int32),  # part of a success policy: the next one, or NONE
        ("rule", np.int32),  # part of a success policy: rule that it belongs to
        ("num_needed", np.int32),  # successes that the rule needs among all of its indexes
        ("first_index", np.int32),  # part of a success policy: indexes that count
        ("last_index", np.int32),
        ("success_history", np.int32),  # finished Jobs that a CronJob keeps
        ("failure_history", np.int32),
        ("job_spec", np.int32),  # CronJob: row of specs of its Jobs
        ("deadline_ms", np.int64),  # Job: how long it may run; CronJob: how late it may start
        ("ttl_ms", np.int64),  # Job: how long it stays once finished; NONE: for ever
        ("due_ms", np.int64),  # CronJob: when it was due last at the time it is applied, or NONE
    ],
    align=True,
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
        ("reported_pods", np.int32),
        ("reported_ready", np.int32),
        ("reported_available", np.int32),
        # Deployment, while its controller looks at it; see kernel/survey.py.
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
        ("outcome", np.int8),  # Outcome
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
        ("last_schedule_ms", np.int64),  # CronJob: the latest time for which a Job was started
        ("last_success_ms", np.int64),
        ("num_rescaled", np.int32),  # by autoscalers, since it was created
        ("num_lost", np.int32),  # pods evicted or preempted, at the topmost owner; never set back
    ],
    align=True,
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
        ("metric_is_utilisation", np.int8, (MAX_METRICS,)),
        ("metric_failure", np.int8, (MAX_METRICS,)),  # MetricFailure of the last sync
        ("metric_template", np.int32, (MAX_METRICS,)),  # template without a request, or NONE
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
    ],
    align=True,
)

SAMPLE = np.dtype([("time_ms", np.int64), ("value", np.int64)], align=True)
