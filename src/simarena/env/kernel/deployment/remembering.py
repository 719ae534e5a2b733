"""Outcomes of replays that were run before: the same edits of the same scenario end the same.

Where an outcome is kept follows from a hash of the edits; what is kept there is compared field by
field, so that an outcome is only used for the very state that it belongs to. A newer one takes the
place of an older one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from simarena.cluster.kernel.ground.random import mix
from simarena.env.records.replaying import NUM_EDITED, NUM_ROOMS
from simarena.jit.decorators import inner

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from simarena.cluster.records import World
    from simarena.env.records.replaying import Row, Seat


_13 = np.uint64(13)
_29 = np.uint64(29)


@inner
def _write_edits(world: World, specs: NDArray[np.int32], edits: NDArray[np.int64]) -> None:
    """Write down all that actions have changed: `NUM_EDITED` numbers for each spec."""
    column = 0
    for index in range(specs.shape[0]):
        spec = world.specs[specs[index]]
        template = world.templates[spec["template"]]
        edits[column] = spec["replicas"]
        edits[column + 1] = template["first_cpu_milli"]
        edits[column + 2] = template["first_memory_bytes"]
        edits[column + 3] = template["first_cpu_limit_milli"]
        edits[column + 4] = template["first_memory_limit_bytes"]
        column += NUM_EDITED


@inner
def _are_equal(first: NDArray[np.int64], second: NDArray[np.int64]) -> bool:
    for column in range(first.shape[0]):
        if first[column] != second[column]:
            return False
    return True


@inner
def find_slot(world: World, seat: Seat, env: int, scenario: int) -> int:
    """Return where the outcome of an environment's edits is kept, or would be."""
    num_slots = seat.outcomes.shape[1]
    edits = seat.edits[env]
    _write_edits(world, seat.edited_specs[scenario], edits)
    place = np.uint64(scenario)
    for column in range(edits.shape[0]):
        place = place ^ np.uint64(edits[column] + 1)
        place = place ^ (place << _13)
        place = place ^ (place >> _29)
    return int(mix(place, 0) & np.uint64(num_slots - 1))


@inner
def is_known(seat: Seat, part: int, slot: int, env: int, scenario: int) -> bool:
    """Return whether the outcome in a slot is that of an environment's edits."""
    return bool(
        seat.outcomes[part, slot]["scenario"] == scenario
        and _are_equal(seat.kept_edits[part, slot], seat.edits[env])
    )


@inner
def _copy_mask(source: Row, target: Row) -> None:
    source_mask = source["action_mask"]
    target_mask = target["action_mask"]
    for action in range(source_mask.shape[0]):
        target_mask[action] = source_mask[action]


@inner
def recall(outcome: Row, episode: Row, vector: NDArray[np.float32], rooms: int) -> None:
    """Write into an episode, and from 10 on into a vector, what a replay would."""
    episode["ready"] = outcome["ready"]
    episode["pending"] = outcome["pending"]
    episode["total"] = outcome["total"]
    episode["waiting"] = outcome["waiting"]
    episode["terminating"] = outcome["terminating"]
    episode["short_cpu"] = outcome["short_cpu"]
    episode["short_memory"] = outcome["short_memory"]
    episode["short_cpu_nodes"] = outcome["short_cpu_nodes"]
    episode["short_memory_nodes"] = outcome["short_memory_nodes"]
    episode["other_nodes"] = outcome["other_nodes"]
    episode["seen_nodes"] = outcome["seen_nodes"]
    episode["failures"] = outcome["failures"]
    episode["oom_killed"] = outcome["oom_killed"]
    episode["evicted"] = outcome["evicted"]
    episode["harmed"] = outcome["harmed"]
    _copy_mask(outcome, episode)
    if rooms:
        kept = outcome["rooms"]
        for index in range(NUM_ROOMS - 1):
            vector[10 + index] = kept[index]
        vector[26] = kept[NUM_ROOMS - 1]


@inner
def keep(seat: Seat, part: int, slot: int, env: int, rooms: int) -> None:
    """Keep the outcome of a replay that has ended and been looked at."""
    episode = seat.episodes[env]
    outcome = seat.outcomes[part, slot]
    outcome["scenario"] = episode["scenario"]
    for column in range(seat.edits.shape[1]):
        seat.kept_edits[part, slot, column] = seat.edits[env, column]
    outcome["ready"] = episode["ready"]
    outcome["pending"] = episode["pending"]
    outcome["total"] = episode["total"]
    outcome["waiting"] = episode["waiting"]
    outcome["terminating"] = episode["terminating"]
    outcome["short_cpu"] = episode["short_cpu"]
    outcome["short_memory"] = episode["short_memory"]
    outcome["short_cpu_nodes"] = episode["short_cpu_nodes"]
    outcome["short_memory_nodes"] = episode["short_memory_nodes"]
    outcome["other_nodes"] = episode["other_nodes"]
    outcome["seen_nodes"] = episode["seen_nodes"]
    outcome["failures"] = episode["failures"]
    outcome["oom_killed"] = episode["oom_killed"]
    outcome["evicted"] = episode["evicted"]
    outcome["harmed"] = episode["harmed"]
    _copy_mask(episode, outcome)
    if rooms:
        vector = seat.observations[env]
        kept = outcome["rooms"]
        for index in range(NUM_ROOMS - 1):
            kept[index] = vector[10 + index]
        kept[NUM_ROOMS - 1] = vector[26]
