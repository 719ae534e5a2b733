"""Rows of a batch of environments. Field names carry their units."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, TypeAlias

import numpy as np

from simarena.trace import Action

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from simarena.cluster.records import Rows

Row: TypeAlias = np.void
"""One record of one of the dtypes below."""

NUM_ACTIONS = len(Action)
"""What can be done to one Deployment, nothing included."""

RULES = np.dtype(
    [
        ("noise", np.float64),  # standard deviation, in pods, of the counts that an agent sees
        ("step_penalty", np.float64),
        ("min_return", np.float64),
        ("min_cpu_milli", np.int64),
        ("max_cpu_milli", np.int64),
        ("min_memory_bytes", np.int64),
        ("max_memory_bytes", np.int64),
        ("min_replicas", np.int64),
        ("max_replicas", np.int64),
        ("num_envs", np.int64),
        ("num_scenarios", np.int64),
        ("max_pods", np.int64),  # counts of pods are clipped to this when observed
        ("observation", np.int8),  # ObservationKind
        ("reward", np.int8),  # RewardKind
        ("sampling", np.int8),  # Sampling
        ("autoreset", np.int8),  # Autoreset
    ],
    align=True,
)

TASK = np.dtype(
    [
        ("duration_ms", np.int64),
        ("workload", np.int32),  # the Deployment to look after
        ("spec", np.int32),  # what its last event within the duration applies
        ("target", np.int32),  # replicas
        ("max_steps", np.int32),
        ("max_waste", np.float64),  # most requested for each unit used; 0: no ceiling, no floor
        ("max_failures", np.int32),  # most restarts and evictions; NONE: any number
        ("harmless", np.int8),  # no other workload may fare worse than without edits
    ],
    align=True,
)

EPISODE = np.dtype(
    [
        ("seed", np.uint64),
        ("num_episodes", np.int64),  # begun since the seed was set
        ("num_noise", np.int64),  # numbers drawn for noise since the seed was set
        ("scenario", np.int32),
        ("step", np.int32),
        ("ready", np.int32),  # pods of the workload, at the end of the replay
        ("pending", np.int32),
        ("total", np.int32),
        ("target", np.int32),
        ("cpu_milli", np.int64),  # request of the workload's first container, 0 without one
        ("memory_bytes", np.int64),
        ("replicas", np.int32),  # wanted by the last event within the duration
        ("waiting", np.int32),  # pods without a node
        ("terminating", np.int32),
        ("short_cpu", np.int32),  # waiting pods for which some node lacks CPU
        ("short_memory", np.int32),
        ("failures", np.int32),  # ends of the workload's containers that were not asked for
        ("oom_killed", np.int32),  # pods whose container ended last for want of memory
        ("evicted", np.int32),  # pods that were evicted, or failed otherwise
        ("harmed", np.int32),  # other workloads that fare worse than without edits
        ("cpu_used_milli", np.int64),  # the most that one container uses, NONE: not known
        ("memory_used_bytes", np.int64),
        ("memory_limit_bytes", np.int64),  # of the first container, NONE without one
        ("waste", np.float64),  # requested for each unit used, the larger of both; 0: not known
        ("blocked", np.bool_),  # the last action would have crossed a limit
        ("solved", np.bool_),
        ("terminated", np.bool_),
        ("truncated", np.bool_),
        ("reward", np.float64),
        ("episode_return", np.float64),
        ("short_cpu_nodes", np.int32),  # over waiting pods: nodes that lack CPU
        ("short_memory_nodes", np.int32),
        ("other_nodes", np.int32),  # over waiting pods: nodes that refuse for another reason
        ("seen_nodes", np.int32),  # over waiting pods: nodes that were looked at
        ("max_steps", np.int32),
        ("forced_scenario", np.int32),  # of the next episode; NONE: sampled
        ("status", np.int32),  # cluster Status with which the replay stopped
        ("stage", np.int8),  # Stage
        ("finished", np.int8),  # the episode is over; nothing more happens before a reset
        ("action_mask", np.int8, (NUM_ACTIONS,)),  # 0: the next step would block this action
    ],
    align=True,
)

NUM_EDITED = 5
"""Numbers that actions change in each spec that is applied to a workload."""
NUM_ROOMS = 12
"""Components of an observation for which the nodes are looked at: 10 to 20, and 26."""

OUTCOME = np.dtype(
    [
        ("scenario", np.int32),  # NONE: nothing is kept here
        # What follows is as in EPISODE.
        ("ready", np.int32),
        ("pending", np.int32),
        ("total", np.int32),
        ("waiting", np.int32),
        ("terminating", np.int32),
        ("short_cpu", np.int32),
        ("short_memory", np.int32),
        ("short_cpu_nodes", np.int32),
        ("short_memory_nodes", np.int32),
        ("other_nodes", np.int32),
        ("seen_nodes", np.int32),
        ("failures", np.int32),
        ("oom_killed", np.int32),
        ("evicted", np.int32),
        ("harmed", np.int32),
        ("action_mask", np.int8, (NUM_ACTIONS,)),
        ("rooms", np.float32, (NUM_ROOMS,)),
    ],
    align=True,
)

INFO_KEYS = (
    "scenario",
    "step",
    "ready",
    "pending",
    "total",
    "target",
    "cpu_milli",
    "memory_bytes",
    "replicas",
    "waiting",
    "terminating",
    "short_cpu",
    "short_memory",
    "failures",
    "oom_killed",
    "evicted",
    "harmed",
    "cpu_used_milli",
    "memory_used_bytes",
    "memory_limit_bytes",
    "waste",
    "blocked",
    "solved",
)
"""Fields of EPISODE that an info holds, in the dtype's order."""


class Bank(NamedTuple):
    """The compiled starts of all scenarios. Nothing here ever changes."""

    state: Rows  # (num_scenarios, 1) of STATE
    settings: Rows  # (num_scenarios, 1) of SETTINGS
    nodes: Rows  # (num_scenarios, num_nodes) of NODE
    node_extended: NDArray[np.int64]  # (num_scenarios, num_nodes, num_extended, 2)
    node_list: NDArray[np.int32]  # (num_scenarios, num_nodes)
    templates: Rows  # (num_scenarios, num_templates) of TEMPLATE
    template_extended: NDArray[np.int64]  # (num_scenarios, num_templates, num_extended)
    template_nodes: Rows  # (num_scenarios, num_templates, num_nodes) of TEMPLATE_NODE
    node_domains: NDArray[np.int32]  # (num_scenarios, num_nodes, num_keys)
    terms: Rows  # (num_scenarios, num_terms) of TERM
    usage: Rows  # (num_scenarios, num_usage) of USAGE
    specs: Rows  # (num_scenarios, num_specs) of SPEC
    timeline: Rows  # (num_scenarios, num_timeline) of TIMELINE
    workloads: Rows  # (num_scenarios, num_workloads) of WORKLOAD
    bare: Rows  # (num_scenarios, num_bare) of BARE
    counters: Rows  # (num_scenarios, num_counters) of COUNTER
    domain_counts: NDArray[np.int32]  # (num_scenarios, num_counters + 1, num_domains)
    budgets: Rows  # (num_scenarios, num_budgets) of BUDGET
    autoscalers: Rows  # (num_scenarios, num_autoscalers) of AUTOSCALER
    autoscaler_samples: Rows  # (num_scenarios, num_autoscalers, 3, NUM_SAMPLES) of SAMPLE


class Batch(NamedTuple):
    """What each environment changes: its own templates, specs and usage, and a cluster of them."""

    state: Rows  # (num_envs, 1) of STATE
    nodes: Rows  # (num_envs, num_nodes) of NODE
    node_extended: NDArray[np.int64]  # (num_envs, num_nodes, num_extended, 2)
    templates: Rows  # (num_envs, num_templates) of TEMPLATE
    specs: Rows  # (num_envs, num_specs) of SPEC
    usage: Rows  # (num_envs, num_usage) of USAGE
    workloads: Rows  # (num_envs, num_workloads) of WORKLOAD
    bare: Rows  # (num_envs, num_bare) of BARE
    counters: Rows  # (num_envs, num_counters) of COUNTER
    domain_counts: NDArray[np.int32]  # (num_envs, num_counters + 1, num_domains)
    budgets: Rows  # (num_envs, num_budgets) of BUDGET
    pods: Rows  # (num_envs, num_pods) of POD
    ranked: NDArray[np.int32]  # (num_envs, num_pods)
    heap: Rows  # (num_envs, num_heap) of ENTRY
    active: Rows  # (num_envs, num_queue) of ENTRY
    backoff: Rows  # (num_envs, num_queue) of ENTRY
    diagnoses: NDArray[np.int32]  # (num_envs, num_pods + 1, NUM_COUNTS)
    log: Rows  # (num_envs, 0) of LOG: nothing is logged
    log_counts: NDArray[np.int32]  # (num_envs, 0, NUM_COUNTS)
    fits: Rows  # (num_envs, num_templates + 1, num_nodes) of FIT; no rows where there are few nodes
    candidates: Rows  # (num_envs, num_nodes) of CANDIDATE
    scores: NDArray[np.int64]  # (num_envs, num_nodes, num_plugins)
    costs: Rows  # (num_envs, num_nodes) of COST
    autoscalers: Rows  # (num_envs, num_autoscalers) of AUTOSCALER
    autoscaler_samples: Rows  # (num_envs, num_autoscalers, 3, NUM_SAMPLES) of SAMPLE


class Edited(NamedTuple):
    """Those of the tables that actions edit."""

    templates: Rows
    specs: Rows
    usage: Rows


class Seat(NamedTuple):
    """Everything else that a batch of environments reads and writes."""

    tasks: Rows  # (num_scenarios,) of TASK
    rules: Rows  # (1,) of RULES
    actions: NDArray[np.int64]  # (num_envs,)
    mask: NDArray[np.bool_]  # (num_envs,): which environments a reset is for
    progress: NDArray[np.int64]  # (num_parts + 1, 8): see kernel/sharing.py
    episodes: Rows  # (num_envs,) of EPISODE
    finals: Rows  # (num_envs,) of EPISODE: ends of episodes, where the next began in the same step
    observations: NDArray[np.float32]  # (num_envs, observation size)
    final_observations: NDArray[np.float32]  # (num_envs, observation size)
    outcomes: Rows  # (num_parts, num_slots) of OUTCOME; no slots: nothing is remembered
    kept_edits: NDArray[np.int64]  # (num_parts, num_slots, num_edits): what an outcome is of
    edits: NDArray[np.int64]  # (num_envs, num_edits): the same, now; scratch
    edited_specs: NDArray[np.int32]  # (num_scenarios, num_specs): what the actions change
    num_replays: NDArray[np.int64]  # (num_parts, 8): replays that were run; seven are for distance
    unedited: NDArray[np.int32]  # (num_parts, num_scenarios, num_others + 1, 2): tallies of the
    # scenarios without edits, see kernel/harm.py; the last row says whether it is known


class Told(NamedTuple):
    """What a call is to write for its caller, who alone holds these arrays."""

    observations: NDArray[np.float32]  # (num_envs, observation size)
    episodes: Rows  # (num_envs,)
    rewards: NDArray[np.float64]  # (num_envs,)
    terminated: NDArray[np.bool_]  # (num_envs,)
    truncated: NDArray[np.bool_]  # (num_envs,)
