"""Rows of pods."""

from __future__ import annotations

import numpy as np

from simarena.cluster.records.blank import blank

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
        ("next_in_queue", np.int32),  # unschedulable pods; also the list of free rows
        ("previous_in_queue", np.int32),
        ("next_nominated", np.int32),
        ("disrupted", np.int8),  # Disruption
        ("given_up", np.int8),  # being deleted by its controller
        ("counted", np.int8),  # pod of a Job: Counted
        ("fails_index", np.int8),  # its index is given up with it
        ("index_failures", np.int32),  # of pods before it: of its index, of a DaemonSet on its node
        ("index_ignored", np.int32),  # those that the policy ignored
        ("victim", np.int8),  # would be evicted; scratch
        ("present", np.int8),
        ("phase", np.int8),
        ("ready", np.int8),
        ("deleting", np.int8),
        ("queue", np.int8),
    ],
    align=True,
)

BLANK_POD = blank(
    POD,
    *("bound_ms", "ready_ms", "deleted_ms", "unready_ms", "finished_ms"),
    *("started_ms", "last_started_ms", "all_started_ms", "container"),
    *("eviction", "ticket", "template", "spec", "owner", "bare", "node", "nominated_node"),
    *("ordinal", "next_of_owner", "previous_of_owner", "next_on_node", "previous_on_node"),
    *("next_in_queue", "previous_in_queue", "next_nominated"),
)

BARE = np.dtype(
    [
        ("pod", np.int32),  # its row while it exists
        ("spec", np.int32),  # row of specs of its next clone
        ("clone", np.int32),  # number of its next clone
        ("num_lost", np.int32),  # how often it, or a clone, was evicted or preempted
    ],
    align=True,
)

BLANK_BARE = blank(BARE, "pod")
