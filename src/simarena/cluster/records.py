"""Rows of the simulated cluster: one dtype for each kind of thing, and the World made of them.

Field names carry their units. Fields named after a table hold a row of it, or NONE.
"""

from __future__ import annotations

from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from simarena.cluster.codes import MAX_METRICS, MAX_POLICIES

Rows: TypeAlias = NDArray[np.void]
"""Records of one of the dtypes below."""

STATE = np.dtype(
    [
        ("now_ms", np.int64),  # virtual time since the cluster began
        ("sequence", np.int64),  # numbers heap entries, so that equal times keep their order
        ("random", np.uint64),  # state of the generator; never 0
        ("uid_seed", np.uint64),  # mixed with a pod's number into its uid
        ("next_uid", np.int64),  # number of the next pod
        ("num_events", np.int64),  # handled since the start
        ("num_attempts", np.int64),  # scheduling cycles since the start
        ("num_nodes", np.int32),  # nodes that exist, so many are listed
        ("num_node_rows", np.int32),  # rows of nodes ever used
        ("num_timeline", np.int32),
        ("next_timeline", np.int32),  # first row that has not happened
        ("num_pods", np.int32),  # rows of pods ever used
        ("free_pod", np.int32),  # head of the list of free rows
        ("num_workloads", np.int32),  # rows of workloads ever used
        ("free_workload", np.int32),
        ("num_specs", np.int32),
        ("num_templates", np.int32),
        ("num_bare", np.int32),  # rows of bare pods in use
        ("num_autoscalers", np.int32),  # rows of autoscalers in use
        ("num_heap", np.int32),
        ("num_active", np.int32),  # entries of the active queue, stale ones too
        ("num_backoff", np.int32),
        ("first_unschedulable", np.int32),  # list through pods
        ("last_unschedulable", np.int32),
        ("next_start_node", np.int32),  # where the next search for feasible nodes begins
        ("only_node", np.int32),  # where the pod that is being scheduled must go; NONE: anywhere
        ("first_nominated", np.int32),  # list through pods that wait for their victims' room
        ("num_counters", np.int32),
        ("num_terms", np.int32),
        ("num_budgets", np.int32),
        ("num_usage", np.int32),
        ("num_log", np.int32),
        ("scheduler_awake", np.int8),  # a SCHEDULE entry is in the heap
        ("flush_awake", np.int8),  # a FLUSH_UNSCHEDULABLE entry is in the heap
        ("priorities_differ", np.int8),  # of any two templates: else nothing can be preempted
        ("pods_awaited", np.int8),  # some pod was rejected because of the pods around it
    ],
    align=True,
)

SETTINGS = np.dtype(
    [
        ("deployment_sync_ms", np.int32),
        ("deployment_sync_jitter_ms", np.int32),
        ("replicaset_sync_ms", np.int32),
        ("replicaset_sync_jitter_ms", np.int32),
        ("create_pod_ms", np.int32),  # between pods of one slow-start batch
        ("create_pod_jitter_ms", np.int32),
        ("create_batch_ms", np.int32),  # between slow-start batches of one ReplicaSet
        ("create_batch_jitter_ms", np.int32),
        ("scheduling_ms", np.int32),  # one scheduling cycle, binding included
        ("scheduling_jitter_ms", np.int32),
        ("image_pull_ms", np.int32),
        ("image_pull_jitter_ms", np.int32),
        ("pod_startup_ms", np.int32),
        ("pod_startup_jitter_ms", np.int32),
        ("job_run_ms", np.int32),
        ("termination_ms", np.int32),
        ("termination_jitter_ms", np.int32),
        ("container_restart_ms", np.int32),  # from a container's end to the kubelet's notice of it
        ("crash_backoff_ms", np.int32),  # the first wait before another restart
        ("crash_backoff_max_ms", np.int32),
        ("eviction_check_ms", np.int32),
        ("pressure_transition_ms", np.int32),  # pressure is over when unseen for so long
        ("eviction_memory_bytes", np.int64),  # available memory below this is pressure
        ("real_kubelet", np.int8),  # 0: none of the four below either
        ("oom_kills", np.int8),
        ("throttles", np.int8),
        ("evicts", np.int8),
        ("probes", np.int8),
        ("hpa_sync_ms", np.int32),
        ("hpa_downscale_ms", np.int32),  # stabilisation where no behaviour says otherwise
        ("hpa_cpu_start_ms", np.int32),  # CPU of pods younger than this is read with care
        ("hpa_readiness_ms", np.int32),  # readiness that changes later than this is not new
        ("hpa_window_ms", np.int32),  # over which usage is measured
        ("random_ties", np.int8),  # 0: the first node of the best
        ("release_136", np.int8),  # 0: scores of 1.34
    ],
    align=True,
)

NODE = np.dtype(
    [
        ("cpu_milli", np.int64),  # allocatable
        ("memory_bytes", np.int64),  # allocatable
        ("ephemeral_bytes", np.int64),  # allocatable
        ("cpu_requested_milli", np.int64),
        ("memory_requested_bytes", np.int64),
        ("ephemeral_requested_bytes", np.int64),
        ("cpu_nonzero_milli", np.int64),  # requests, defaults filled in where a container has none
        ("memory_nonzero_bytes", np.int64),
        ("max_pods", np.int32),
        ("num_pods", np.int32),
        ("first_pod", np.int32),  # list through pods
        ("listed", np.int32),  # at index i: the row that is i-th in the scheduler's node list
        ("num_related", np.int32),  # pods of one Deployment or ReplicaSet; scratch
        ("old_pod", np.int32),  # of the DaemonSet that is being looked at, or NONE; scratch
        ("new_pod", np.int32),  # the same, of its newest template; scratch
        ("reasons", np.int64),  # why the node rejected the pod that was tried last; scratch
        ("memory_capacity_bytes", np.int64),
        ("pressure_ms", np.int64),  # when it was last short of memory
        ("memory_pressure", np.int8),
        ("watched", np.int8),  # a CHECK_PRESSURE entry is in the heap
        ("exists", np.int8),
        ("not_ready", np.int8),  # no pod on it counts as ready
        ("unreachable", np.int8),  # its kubelet does nothing either
    ],
    align=True,
)

TEMPLATE = np.dtype(
    [
        ("cpu_milli", np.int64),  # request of the whole pod; derived from the fields below
        ("memory_bytes", np.int64),
        ("ephemeral_bytes", np.int64),
        ("cpu_nonzero_milli", np.int64),
        ("memory_nonzero_bytes", np.int64),
        ("first_cpu_milli", np.int64),  # first container's request, NONE where it has none
        ("first_memory_bytes", np.int64),
        ("first_cpu_limit_milli", np.int64),  # NONE: no limit
        ("first_memory_limit_bytes", np.int64),
        ("limited_memory_bytes", np.int64),  # smallest memory limit of another container, or NONE
        ("limited_cpu_milli", np.int64),  # CPU limit of that container, or NONE
        ("exit_ms", np.int64),  # containers end of themselves so long after their start, or NONE
        ("cpu_usage", np.int32),  # first row of usage; no rows: that of KWOK's default
        ("num_cpu_usage", np.int32),
        ("memory_usage", np.int32),
        ("num_memory_usage", np.int32),
        ("readiness_ms", np.int32),  # from a container's start to its readiness probe's success
        ("grace_ms", np.int32),  # most that a deletion may take
        ("exit_code", np.int16),
        ("limited_container", np.int16),  # the container that limited_memory_bytes is of
        ("num_containers", np.int16),
        ("restart_policy", np.int8),
        ("tolerates_pressure", np.int8),  # the taint of nodes under memory pressure
        ("others_cpu_milli", np.int64),  # other containers and sidecars
        ("others_memory_bytes", np.int64),
        ("others_cpu_nonzero_milli", np.int64),
        ("others_memory_nonzero_bytes", np.int64),
        ("init_cpu_milli", np.int64),  # peak while init containers run
        ("init_memory_bytes", np.int64),
        ("init_cpu_nonzero_milli", np.int64),
        ("init_memory_nonzero_bytes", np.int64),
        ("overhead_cpu_milli", np.int64),
        ("overhead_memory_bytes", np.int64),
        ("priority", np.int32),
        ("deletion_cost", np.int32),
        ("first_term", np.int32),  # list through terms: what it asks of the pods around it
        ("first_counted", np.int32),  # list through terms: counters in which its pods count
        ("first_budget", np.int32),  # list through terms: its disruption budgets
        ("gated", np.int8),  # has scheduling gates
        ("preempts", np.int8),  # 0: preemptionPolicy Never
        ("scores_taints", np.int8),  # some node has PreferNoSchedule taints it does not tolerate
        ("scores_affinity", np.int8),  # has preferred node affinity
        ("has_extended", np.int8),  # requests extended resources
        ("tolerates_unschedulable", np.int8),
        ("has_ports", np.int8),  # terms of HOST_PORT
        ("filters_pods", np.int8),  # terms of SPREAD, AFFINITY, ANTI_AFFINITY or EXISTING_...
        ("scores_spread", np.int8),  # terms of SPREAD_SCORE
        ("scores_pods", np.int8),  # terms of PREFERENCE
        ("spreads_by_default", np.int8),  # nodes need not have the labels of all constraints
        ("names_nodes", np.int8),  # its affinity names the only nodes that are looked at
        ("affinity_conflict", np.int8),  # and names none that could be
        ("affine_to_itself", np.int8),  # its pods satisfy all of its own required affinity terms
        ("unrequested", np.int8),  # bits of Resource that a container but the first says nothing of
    ],
    align=True,
)

TEMPLATE_NODE = np.dtype(
    [
        ("reasons", np.int64),  # mask of the first static filter that fails; 0: none does
        ("num_preferred_taints", np.int32),  # untolerated PreferNoSchedule taints
        ("affinity_weight", np.int32),  # sum of matching preferred terms
        ("image", np.int32),  # ImageLocality's score
        ("evicted_after_s", np.int32),  # by NoExecute taints, 1 added; 0: never
    ],
    align=True,
)

COUNTER = np.dtype(
    [
        ("key", np.int32),  # column of node_domains: what a domain is
        ("nodes", np.int32),  # column of node_domains: only pods on nodes that have it; NONE: any
        ("num_domains", np.int32),  # that those nodes make up
        ("total", np.int32),  # pods counted, in all domains
        ("least", np.int32),  # in the domain with fewest, at the last cycle that asked; scratch
        ("terminating", np.int8),  # pods that are being deleted count, too
    ],
    align=True,
)

TERM = np.dtype(
    [
        ("kind", np.int32),  # TermKind
        ("counter", np.int32),
        ("next", np.int32),  # of the same template
        ("key", np.int32),  # column of node_domains: a label that the node must have
        ("weight", np.int32),
        ("max_skew", np.int32),
        ("min_domains", np.int32),
        ("self_match", np.int32),  # 1: the pod itself would count
    ],
    align=True,
)

BUDGET = np.dtype(
    [
        ("value", np.int32),  # pods, or per cent
        ("kind", np.int8),  # Budget
        ("is_percent", np.int8),
        ("allowed", np.int32),  # disruptions, at the last preemption; scratch
        ("left", np.int32),  # of them, on the node that is looked at; scratch
        ("expected", np.int32),  # scratch
        ("healthy", np.int32),  # scratch
    ],
    align=True,
)

USAGE = np.dtype(
    [
        ("since_ms", np.int64),  # after the container's start; the first row's is 0
        ("each", np.int64),  # what every container uses, or wants to: millicores or bytes
        ("others", np.int64),  # all but the first together, each at most its CPU limit
    ],
    align=True,
)

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
        ("min_ready_ms", np.int32),
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
        ("spec", np.int32),  # what was applied last; NONE for a ReplicaSet of a Deployment
        ("owner", np.int32),  # Deployment of a ReplicaSet
        ("template", np.int32),
        ("replicas", np.int32),  # wanted
        ("revision", np.int32),
        ("first_child", np.int32),  # Deployment: its ReplicaSets, oldest first
        ("next_sibling", np.int32),  # also the list of free rows
        ("first_pod", np.int32),  # ReplicaSet: list through pods, newest first
        ("num_pods", np.int32),  # active pods: neither finished nor being deleted
        ("num_ready", np.int32),
        ("num_terminating", np.int32),
        ("batch", np.int32),  # size of the slow-start batch that is being created; 0: none
        ("batch_left", np.int32),  # its pods that do not exist yet
        ("reported_pods", np.int32),  # by a ReplicaSet's controller, to its Deployment's
        ("reported_ready", np.int32),  # the same
        ("reported_available", np.int32),  # the same
        ("num_to_create", np.int32),  # pods that the batches under way still create
        ("desired", np.int32),  # ReplicaSet: its Deployment's replicas when it was last scaled
        ("max_replicas", np.int32),  # the same, surge included
        ("scaled_to", np.int32),  # scratch of proportional scaling
        ("min_ready_ms", np.int32),
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
        ("last_failed_ms", np.int64),
        ("started_ms", np.int64),  # NONE before, and while it is suspended
        ("finished_ms", np.int64),  # NONE before
        ("scheduled_ms", np.int64),  # Job of a CronJob: the time that names it
        ("due_ms", np.int64),  # CronJob: when it was due last, or NONE
        ("last_schedule_ms", np.int64),  # CronJob: the latest time for which a Job was started
        ("last_success_ms", np.int64),
        ("num_rescaled", np.int32),  # by autoscalers, since it was created
    ],
    align=True,
)

POD = np.dtype(
    [
        ("created_ms", np.int64),
        ("queued_ms", np.int64),  # last (re)entry into a scheduling queue
        ("bound_ms", np.int64),  # NONE before
        ("ready_ms", np.int64),  # NONE before
        ("deleted_ms", np.int64),  # NONE before
        ("unready_ms", np.int64),  # when it last ceased to be ready; NONE before
        ("eviction", np.int64),  # sequence of its EVICT_POD entry in the event heap, or NONE
        ("held", np.int8),  # event that waits until its node is ready, 1 added; 0: none
        ("unready_by_node", np.int8),  # it would be ready if its node were
        ("rejected_by", np.int64),  # mask of the reasons of its last failed attempt, over all nodes
        ("uid", np.int64),  # number, never used again
        ("uid_order", np.uint64),  # first half of the uid: decides where UIDs are compared
        ("ticket", np.int64),  # sequence of its live entry in a queue or in the event heap
        ("template", np.int32),
        ("spec", np.int32),  # bare pods
        ("owner", np.int32),  # workloads
        ("bare", np.int32),  # row of bare pods
        ("node", np.int32),
        ("nominated_node", np.int32),
        ("priority", np.int32),
        ("started_ms", np.int64),  # when the container that `container` names began; NONE before
        ("last_started_ms", np.int64),  # when it began the time before
        ("all_started_ms", np.int64),  # when the other containers did
        ("finished_ms", np.int64),  # when a container, or the whole pod, ended last
        ("figure", np.int64),  # see Failure
        ("backoff_ms", np.int32),  # before the next restart but one; 0: the next is immediate
        ("container", np.int16),  # the one that ended; NONE: all of them, always together
        ("containers", np.int8),  # Containers
        ("exit", np.int8),  # Exit
        ("failure", np.int8),  # Failure
        ("num_attempts", np.int32),  # failed ones: decide the back-off
        ("num_restarts", np.int32),
        ("ordinal", np.int32),  # StatefulSet; index of a Job's pod; node of a DaemonSet's; clone
        ("deletion_cost", np.int32),  # of two like pods the cheaper one is given up first
        ("next_of_owner", np.int32),
        ("previous_of_owner", np.int32),
        ("next_on_node", np.int32),
        ("previous_on_node", np.int32),
        ("ranked", np.int32),  # at index i: the i-th pod of a ReplicaSet that is to shrink; scratch
        ("next_in_queue", np.int32),  # unschedulable pods; also the list of free rows
        ("previous_in_queue", np.int32),
        ("next_nominated", np.int32),
        ("disrupted", np.int8),  # being deleted to make room for another
        ("victim", np.int8),  # would be evicted; scratch
        ("present", np.int8),
        ("phase", np.int8),
        ("ready", np.int8),
        ("deleting", np.int8),
        ("queue", np.int8),
    ],
    align=True,
)

TIMELINE = np.dtype(
    [
        ("time_ms", np.int64),
        ("operation", np.int32),
        ("subject", np.int32),
        ("spec", np.int32),
    ],
    align=True,
)

ENTRY = np.dtype(
    [
        ("first", np.int64),  # ordered by first, then second, then sequence
        ("second", np.int64),
        ("sequence", np.int64),
        ("kind", np.int32),
        ("subject", np.int32),
    ],
    align=True,
)

BARE = np.dtype(
    [
        ("pod", np.int32),  # its row while it exists
        ("spec", np.int32),  # row of specs of its next clone
        ("clone", np.int32),  # number of its next clone
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

LOG = np.dtype(
    [
        ("time_ms", np.int64),
        ("subject", np.int64),
        ("kind", np.int32),
        ("owner", np.int32),  # workloads
        ("template", np.int32),
        ("bare", np.int32),
        ("node", np.int32),
        ("value", np.int64),
        ("other", np.int32),
        ("ordinal", np.int32),  # of the pod
        ("minute", np.int32),  # time that names a CronJob's Job, in minutes; NONE: no such Job
    ],
    align=True,
)

CANDIDATE = np.dtype(
    [
        ("total", np.int64),  # weighted sum
        ("taint", np.int64),  # raw, then normalised
        ("affinity", np.int64),
        ("fit", np.int64),
        ("balanced", np.int64),
        ("spread", np.int64),
        ("pod_affinity", np.int64),
        ("image", np.int64),
        ("raw_spread", np.float64),  # weighted counts; negative: the node lacks a label
        ("node", np.int32),
        # At index i: what preemption would cost on the node in row i.
        ("sum_priorities", np.int64),  # of the victims, each raised so that none is negative
        ("start_s", np.int64),  # earliest of the victims with top priority
        ("top_priority", np.int32),
        ("num_victims", np.int32),
        ("num_violations", np.int32),  # of PodDisruptionBudgets
        ("rank", np.int32),  # highest: the best; 0: no candidate
    ],
    align=True,
)


class World(NamedTuple):
    """One cluster. All that changes as time passes is here: copying it saves the simulation.

    The tables of a batch have one more axis in front, for the environments. Column 0 of
    node_domains makes each node a domain of its own; others stand for labels, or for sets of nodes.
    """

    state: Rows  # (1,) of STATE
    settings: Rows  # (1,) of SETTINGS
    nodes: Rows  # (num_nodes,) of NODE
    node_extended: NDArray[np.int64]  # (num_nodes, num_extended, 2): allocatable, requested
    templates: Rows  # (num_templates,) of TEMPLATE
    template_extended: NDArray[np.int64]  # (num_templates, num_extended): requested
    template_nodes: Rows  # (num_templates, num_nodes) of TEMPLATE_NODE
    node_domains: NDArray[np.int32]  # (num_nodes, num_keys): domain by topology key, or NONE
    terms: Rows  # (num_terms,) of TERM
    usage: Rows  # (num_usage,) of USAGE: what containers use, as their age
    specs: Rows  # (num_specs,) of SPEC
    timeline: Rows  # (num_timeline,) of TIMELINE, by time
    workloads: Rows  # (num_workloads,) of WORKLOAD
    bare: Rows  # (num_bare,) of BARE
    counters: Rows  # (num_counters,) of COUNTER: pods that are counted together
    domain_counts: NDArray[np.int32]  # (num_counters + 1, num_domains): pods; last row: scratch, 0
    budgets: Rows  # (num_budgets,) of BUDGET
    pods: Rows  # (num_pods,) of POD
    heap: Rows  # (num_heap,) of ENTRY: what will happen
    active: Rows  # (num_queue,) of ENTRY: pods to schedule, a heap
    backoff: Rows  # (num_queue,) of ENTRY: pods that wait for their back-off, a heap
    diagnoses: NDArray[np.int32]  # (num_pods + 1, NUM_COUNTS): why the last attempt failed; scratch
    log: Rows  # (num_log,) of LOG; no rows: nothing is logged
    log_counts: NDArray[np.int32]  # (num_log, NUM_COUNTS): diagnoses of failed attempts
    candidates: Rows  # (num_nodes,) of CANDIDATE: feasible nodes of one scheduling cycle
    autoscalers: Rows  # (num_autoscalers,) of AUTOSCALER
    autoscaler_samples: Rows  # (num_autoscalers, 3, NUM_SAMPLES) of SAMPLE
