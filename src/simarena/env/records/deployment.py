"""Rows of `SimArena/Deployment-v0`, whose steps replay. Field names carry their units."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from simarena.env.codes import Room
from simarena.env.records.episode import (
    ENDS,
    MASK,
    PODS,
    SEEN_NODES,
    WAITING,
    episode_dtype,
    info_keys,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from simarena.cluster.records import Rows

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

EPISODE = episode_dtype(
    shown=[
        *PODS,  # at the end of the replay
        ("target", np.int32),
        ("cpu_milli", np.int64),  # request of the workload's first container, 0 without one
        ("memory_bytes", np.int64),
        ("replicas", np.int32),  # wanted by the last event within the duration
        *WAITING,
        *ENDS,
        ("harmed", np.int32),  # other workloads that fare worse than without edits
        ("cpu_used_milli", np.int64),  # the most that one container uses, NONE: not known
        ("memory_used_bytes", np.int64),
        ("memory_limit_bytes", np.int64),  # of the first container, NONE without one
        ("waste", np.float64),  # requested for each unit used, the larger of both; 0: not known
    ],
    kept=[*SEEN_NODES, MASK],
)
INFO_KEYS = info_keys(EPISODE)

NUM_EDITED = 5
"""Numbers that actions change in each spec that is applied to a workload."""

ENDING = np.dtype(
    [
        # All but the rooms is as in EPISODE, from which it is copied and to which it goes back.
        ("scenario", np.int32),  # NONE: nothing is kept here
        *PODS,
        *WAITING,
        *SEEN_NODES,
        *ENDS,
        ("harmed", np.int32),
        MASK,
        ("rooms", np.float32, (len(Room),)),
    ],
    align=True,
)
"""What came of a replay, kept for when the same edits come back."""


class Seat(NamedTuple):
    """Everything that a batch of `SimArena/Deployment-v0` reads and writes beside clusters."""

    tasks: Rows  # (num_scenarios,) of TASK
    rules: Rows  # (1,) of RULES
    actions: NDArray[np.int64]  # (num_envs,)
    mask: NDArray[np.bool_]  # (num_envs,): which environments a reset is for
    progress: NDArray[np.int64]  # (num_parts + 1, NUM_COLUMNS): see kernel/playing/sharing.py
    episodes: Rows  # (num_envs,) of EPISODE
    finals: Rows  # (num_envs,) of EPISODE: ends of episodes, where the next began in the same step
    observations: NDArray[np.float32]  # (num_envs, observation size)
    final_observations: NDArray[np.float32]  # (num_envs, observation size)
    endings: Rows  # (num_parts, num_slots) of ENDING; no slots: nothing is remembered
    kept_edits: NDArray[np.int64]  # (num_parts, num_slots, num_edits): what an ending is of
    edits: NDArray[np.int64]  # (num_envs, num_edits): the same, now; scratch
    edited_specs: NDArray[np.int32]  # (num_scenarios, num_specs): what the actions change
    num_replays: NDArray[np.int64]  # (num_parts, 8): replays that were run; seven are for distance
    unedited: NDArray[np.int32]  # (num_parts, num_scenarios, num_others + 1, 2): tallies of the
    # scenarios without edits, see kernel/playing/harm.py; the last row says whether it is known
