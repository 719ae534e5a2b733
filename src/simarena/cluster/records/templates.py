"""Rows of pod templates, and of what they ask of the pods around them."""

from __future__ import annotations

import numpy as np

from simarena.cluster.records.blank import blank

TEMPLATE = np.dtype(
    [
        ("cpu_milli", np.int64),  # request of the whole pod; derived from the fields below
        ("memory_bytes", np.int64),
        ("ephemeral_bytes", np.int64),
        ("cpu_nonzero_milli", np.int64),
        ("memory_nonzero_bytes", np.int64),
        ("cpu_scored_milli", np.int64),  # the same, what is set for the whole pod left out
        ("memory_scored_bytes", np.int64),
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
        ("readiness_ms", np.int32),  # from a container's start to its readiness; NONE: never comes
        ("grace_ms", np.int32),  # most that a deletion may take
        ("named_node", np.int32),  # row of the one node its affinity names, if it is there; NONE
        ("exit_code", np.int16),
        ("limited_container", np.int16),  # the container that limited_memory_bytes is of
        ("num_containers", np.int16),
        ("num_sidecars", np.int16),  # init containers that run on beside them
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
        ("others_cpu_scored_milli", np.int64),
        ("others_memory_scored_bytes", np.int64),
        ("init_cpu_scored_milli", np.int64),
        ("init_memory_scored_bytes", np.int64),
        ("overhead_cpu_milli", np.int64),
        ("overhead_memory_bytes", np.int64),
        ("priority", np.int32),
        ("deletion_cost", np.int32),
        ("first_term", np.int32),  # list through terms: what it asks of the pods around it
        ("first_counted", np.int32),  # list through terms: counters in which its pods count
        ("first_budget", np.int32),  # list through terms: its disruption budgets
        ("first_selected", np.int32),  # list through terms: workloads whose selectors mean its pods
        ("first_metric", np.int32),  # list through terms: what autoscalers ask of its pods
        ("first_charge", np.int32),  # list through charges: what quotas count its pods for
        ("refusal", np.int32),  # why none of its pods is admitted, as the log calls it, or NONE
        ("requests_whole", np.int8),  # spec.resources says what the pod as a whole asks for
        ("gated", np.int8),  # has scheduling gates, or another scheduler
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
        # Templates of one kin differ in the first container's CPU and memory alone; 0: not known.
        ("kin", np.int32),
        ("ask", np.int32),  # templates of one ask are the same to every node: row of verdicts
        ("image_ask", np.int32),  # the same for images: row of image_scores
    ],
    align=True,
)

BLANK_TEMPLATE = blank(
    TEMPLATE,
    *("first_term", "first_counted", "first_budget", "first_selected", "first_metric"),
    *("first_charge", "refusal", "named_node"),
)

COUNTER = np.dtype(
    [
        ("key", np.int32),  # column of node_domains: what a domain is
        ("nodes", np.int32),  # column of node_domains: only pods on nodes that have it; NONE: any
        ("num_nodes", np.int32),  # nodes that have it, and the key
        ("num_domains", np.int32),  # that those nodes make up
        ("total", np.int32),  # pods counted, in all domains
        ("least", np.int32),  # in the domain with fewest; holds while num_least is not 0
        ("num_least", np.int32),  # domains with so few; 0: to be found out
        ("terminating", np.int8),  # pods that are being deleted count, too
        # The rest means nothing where each counter has its row of domain_counts.
        ("row", np.int32),  # of domain_counts, where its counts are; NONE: they are folded
        ("first_tally", np.int32),  # list through tallies: its counts while they are folded
    ],
    align=True,
)

BLANK_COUNTER = blank(COUNTER, "row", "first_tally")

NUM_TOUCHED = 32

UNFOLDED = np.dtype(
    [
        ("turn", np.int64),  # in which it was needed last; such rows are not folded
        ("counter", np.int32),  # whose counts are in this row of domain_counts, or NONE
        ("num_touched", np.int32),  # more than there is room for: any domain may have pods
        ("touched", np.int32, (NUM_TOUCHED,)),  # all domains that may have pods
    ],
    align=True,
)

BLANK_UNFOLDED = blank(UNFOLDED, "turn", "counter")

TALLY = np.dtype(
    [
        ("domain", np.int32),
        ("count", np.int32),  # never 0
        ("next", np.int32),  # of the same counter; also the list of free rows
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
        ("others", np.int64),  # all but the first, and sidecars, each at most its CPU limit
    ],
    align=True,
)
