"""Room for the endings of replays that may come again."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from simarena.cluster.codes import NONE, Operation
from simarena.env.records.deployment import ENDING, NUM_EDITED

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from simarena.cluster.records import Rows
    from simarena.env.records.bank import Bank

_BYTES_OF_ENV = 24 * 1024
_BYTES_OF_PART = 4 * 1024**2
_MAX_SPECS = 8
_CACHE_LINE = 8  # numbers; what threads write is apart by so much


class Memory(NamedTuple):
    """The fields of a Seat that remember, as described there."""

    endings: Rows
    kept_edits: NDArray[np.int64]
    edits: NDArray[np.int64]
    edited_specs: NDArray[np.int32]
    num_replays: NDArray[np.int64]


def new_memory(bank: Bank, tasks: Rows, num_envs: int, num_parts: int, *, wanted: bool) -> Memory:
    """Return an empty memory for environments played in so many slices.

    It has no slots unless it is wanted, nor where a workload is applied too often for the edits
    of an episode to be compared quickly.
    """
    specs = _edited_specs(bank, tasks)
    num_specs = specs.shape[1] if wanted and specs.shape[1] <= _MAX_SPECS else 0
    num_edits = NUM_EDITED * num_specs
    num_slots = 0
    if num_specs:
        slot_bytes = ENDING.itemsize + 8 * num_edits
        most = min(_BYTES_OF_ENV * -(-num_envs // num_parts), _BYTES_OF_PART) // slot_bytes
        num_slots = 1 << (most.bit_length() - 1)
    endings = np.zeros((num_parts, num_slots), ENDING)
    endings["scenario"] = NONE
    return Memory(
        endings=endings,
        kept_edits=np.zeros((num_parts, num_slots, num_edits), np.int64),
        edits=np.zeros((num_envs, num_edits), np.int64),
        edited_specs=np.ascontiguousarray(specs[:, :num_specs]),
        num_replays=np.zeros((num_parts, _CACHE_LINE), np.int64),
    )


def _edited_specs(bank: Bank, tasks: Rows) -> NDArray[np.int32]:
    """Return the specs that each scenario's events apply to its workload, (num_scenarios, most).

    A scenario with fewer names its first one again, which compares nothing new.
    """
    timeline = bank.timeline
    applied = (
        (np.arange(timeline.shape[1]) < bank.state["num_timeline"])
        & (timeline["operation"] == Operation.APPLY_WORKLOAD)
        & (timeline["subject"] == tasks["workload"][:, np.newaxis])
    )
    most = int(applied.sum(axis=1).max())
    order = np.argsort(~applied, axis=1, kind="stable")[:, :most]
    specs = np.take_along_axis(timeline["spec"], order, axis=1)
    is_one = np.take_along_axis(applied, order, axis=1)
    return np.where(is_one, specs, specs[:, :1]).astype(np.int32)
