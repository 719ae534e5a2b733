"""Endings of replays that were run before: the same edits of the same scenario end the same.

Where an ending is kept follows from a hash of the edits; what is kept there is compared field by
field, so that an ending is only used for the very state that it belongs to. A newer one takes the
place of an older one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from simarena.cluster.kernel.ground.random import mix
from simarena.env.codes import Room
from simarena.env.kernel.deployment.components import DeploymentComponent as Seen
from simarena.env.records.deployment import NUM_EDITED
from simarena.jit.decorators import inner
from simarena.jit.memory import copy_shared

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from simarena.cluster.records import World
    from simarena.env.records.deployment import Seat
    from simarena.env.records.episode import Row


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
    """Return where the ending of an environment's edits is kept, or would be."""
    num_slots = seat.endings.shape[1]
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
    """Return whether the ending in a slot is that of an environment's edits."""
    return bool(
        seat.endings[part, slot]["scenario"] == scenario
        and _are_equal(seat.kept_edits[part, slot], seat.edits[env])
    )


@inner
def recall(ending: Row, episode: Row, vector: NDArray[np.float32], rooms: int) -> None:
    """Write into an episode, and into a vector what nodes have room for, as a replay would."""
    copy_shared(ending, episode)
    if rooms:
        kept = ending["rooms"]
        for room in range(Room.NODES):
            vector[Seen.CPU_OF_LARGEST_NODE + room] = kept[room]
        vector[Seen.NODES] = kept[Room.NODES]


@inner
def keep(seat: Seat, part: int, slot: int, env: int, rooms: int) -> None:
    """Keep the ending of a replay that has ended and been looked at."""
    episode = seat.episodes[env]
    ending = seat.endings[part, slot]
    copy_shared(episode, ending)
    for column in range(seat.edits.shape[1]):
        seat.kept_edits[part, slot, column] = seat.edits[env, column]
    if rooms:
        vector = seat.observations[env]
        kept = ending["rooms"]
        for room in range(Room.NODES):
            kept[room] = vector[Seen.CPU_OF_LARGEST_NODE + room]
        kept[Room.NODES] = vector[Seen.NODES]
