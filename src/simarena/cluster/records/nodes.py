"""Rows of nodes, and of what a scheduling cycle finds out about each."""

from __future__ import annotations

import numpy as np

from simarena.cluster.records.blank import blank

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
        ("num_nominated", np.int32),  # pods that wait for room here
        ("num_related", np.int32),  # pods of one Deployment or ReplicaSet; scratch
        ("old_pod", np.int32),  # of the DaemonSet that is being looked at, or NONE; scratch
        ("new_pod", np.int32),  # the same, of its newest template; scratch
        ("reasons", np.int64),  # why the node rejected the pod that was tried last; scratch
        ("memory_capacity_bytes", np.int64),
        ("pressure_ms", np.int64),  # when it was last short of memory
        ("memory_pressure", np.int8),
        ("watched", np.int8),  # a CHECK_PRESSURE entry is in the heap
        ("exists", np.int8),
        ("not_ready", np.int8),  # its condition Ready is not True
        ("unreachable", np.int8),  # its kubelet does nothing either
        ("sort", np.int32),  # nodes of one sort are the same to every template: column of verdicts
        ("image_sort", np.int32),  # the same for images: column of image_scores
    ],
    align=True,
)

BLANK_NODE = blank(NODE, "first_pod")

VERDICT = np.dtype(
    [
        ("reasons", np.int64),  # mask of the first static filter that fails; 0: none does
        ("num_preferred_taints", np.int32),  # untolerated PreferNoSchedule taints
        ("affinity_weight", np.int32),  # sum of matching preferred terms
        ("evicted_after_s", np.int32),  # by NoExecute taints, 1 added; 0: never
    ],
    align=True,
)

FIT = np.dtype(
    [
        ("stamp", np.int32),  # when the node was judged; in row 0: when it changed last
        ("score", np.int32),  # what the node alone scores; NONE: it cannot take the pod
    ],
    align=True,
)

FIT_KEY = np.dtype(
    [
        ("cpu_milli", np.int64),  # of the templates that a row of fits is about
        ("memory_bytes", np.int64),
        ("ephemeral_bytes", np.int64),
        ("cpu_nonzero_milli", np.int64),
        ("memory_nonzero_bytes", np.int64),
        ("ask", np.int32),
        ("image_ask", np.int32),
        ("template", np.int32),  # NONE: all with the same in the other fields
        ("since", np.int32),  # stamp from which on; in row 0: when all was forgotten last
        ("stamp", np.int32),  # in row 0: the next
        ("tolerates_pressure", np.int8),
        ("scores_taints", np.int8),
    ],
    align=True,
)

CANDIDATE = np.dtype(
    [
        ("node", np.int32),
        ("total", np.int32),  # weighted sum of scores
        ("score", np.int64),  # of the plugin at work: raw, then normalised; scratch
        ("weighted", np.float64),  # weighted counts; negative: the node lacks a label; scratch
    ],
    align=True,
)

COST = np.dtype(
    [
        ("sum_priorities", np.int64),  # of the victims, each raised so that none is negative
        ("start_s", np.int64),  # earliest of the victims with top priority
        ("top_priority", np.int32),
        ("num_victims", np.int32),
        ("num_violations", np.int32),  # of PodDisruptionBudgets
        ("rank", np.int32),  # highest: the best; 0: no candidate
    ],
    align=True,
)
