"""Rows for the cluster as a whole: its clock and settings, what will happen, what has happened."""

from __future__ import annotations

import numpy as np

from simarena.cluster.codes import Client
from simarena.cluster.records.blank import blank

STATE = np.dtype(
    [
        ("now_ms", np.int64),  # virtual time since the cluster began
        ("sequence", np.int64),  # numbers heap entries, so that equal times keep their order
        ("random", np.uint64),  # state of the generator; never 0
        ("uid_seed", np.uint64),  # mixed with a pod's number into its uid
        ("next_uid", np.int64),  # number of the next pod
        ("num_events", np.int64),  # handled since the start
        ("num_attempts", np.int64),  # scheduling cycles since the start
        ("client_us", np.int64, (len(Client),)),  # when each would send next if it had no burst
        ("epoch", np.int64),  # changes whenever anything does that filters look at
        ("rejected_epoch", np.int64),  # in which the pod below found no node
        ("rejected_uid", np.int64),  # it may be gone: its row then has another uid
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
        ("rejected_pod", np.int32),  # the pod that was rejected last
        ("num_counters", np.int32),
        ("num_terms", np.int32),
        ("num_budgets", np.int32),
        (
            "most_refused",
            np.int32,
        ),  # lines of the log that one refusal takes, at most
        ("num_selected", np.int32),  # terms of SELECTED; 0: autoscalers look at their own pods
        ("num_usage", np.int32),
        ("num_log", np.int32),
        ("num_ended", np.int32),  # pods that are there, though they succeeded or failed
        ("turn", np.int64),  # numbers searches, for unfolded counts
        ("num_cells", np.int32),  # counts that are not 0, where counts are folded
        ("num_tallies", np.int32),  # rows of tallies ever used
        ("free_tally", np.int32),  # head of the list of free rows
        ("hand", np.int32),  # the row of domain_counts that was given to another counter last
        ("most_counted", np.int32),  # counters in which one pod counts
        ("top_is_past", np.int8),  # the heap's first entry is being handled, and may be replaced
        ("scheduler_awake", np.int8),  # a SCHEDULE entry is in the heap
        ("flush_awake", np.int8),  # a FLUSH_UNSCHEDULABLE entry is in the heap
        ("gc_awake", np.int8),  # a COLLECT_PODS entry is in the heap
        ("priorities_differ", np.int8),  # of any two templates: else nothing can be preempted
        ("pods_awaited", np.int8),  # some pod was rejected because of the pods around it
    ],
    align=True,
)

BLANK_STATE = blank(
    STATE,
    *("only_node", "free_pod", "free_workload", "free_tally"),
    *("first_unschedulable", "last_unschedulable", "first_nominated"),
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
        ("terminated_pod_gc_threshold", np.int32),  # ended pods that may stay; 0: any number
        ("client_gap_us", np.int32),  # between a controller's requests; 0: they are not limited
        ("client_burst", np.int32),  # requests that may be sent at once
        ("binding_gap_us", np.int32),  # between bindings of the scheduler; 0: they are not limited
        ("binding_burst", np.int32),  # pods that may be bound at once
        ("random_ties", np.int8),  # 0: the first node of the best
        ("release_136", np.int8),  # 0: scores of 1.34
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

LOG = np.dtype(
    [
        ("time_ms", np.int64),
        ("subject", np.int64),  # what LogKind says, like `value`, `other` and `code`
        ("kind", np.int32),
        ("owner", np.int32),  # workloads
        ("template", np.int32),
        ("bare", np.int32),  # row of bare pods
        ("node", np.int32),
        ("code", np.int32),
        ("value", np.int64),
        ("other", np.int32),
        ("ordinal", np.int32),  # of the pod; WORKLOAD_APPLIED: row of specs
        ("minute", np.int32),  # time that names a CronJob's Job, in minutes; NONE: no such Job
    ],
    align=True,
)

BLANK_LOG = blank(LOG, "owner", "template", "bare", "node", "code", "ordinal", "minute")
