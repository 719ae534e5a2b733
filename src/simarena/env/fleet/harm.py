"""How all workloads but those to look after fare in a cluster that nobody acts on.

Theirs is the bar for whoever acts: the definition of harm is the environments' own
(`kernel/playing/harm.py`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from simarena.cluster.codes import NONE
from simarena.env.kernel.playing.harm import LOST, WELL
from simarena.env.playing.batch import CHANGING, EnvironmentBatch, new_progress

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from simarena.env.fleet.batch import ClusterBatch
    from simarena.env.living.start import LiveStart
    from simarena.env.records.bank import Bank

_FAR = 1 << 20


def most_others(bank: Bank, starts: Sequence[LiveStart]) -> int:
    """Return room for the tally of a scenario's workloads and bare pods; 0: all are members."""
    numbers = bank.state[:, 0]["num_workloads"] + bank.state[:, 0]["num_bare"]
    members = np.array([len(start.workloads) for start in starts])
    return int(numbers.max()) if (numbers > members).any() else 0


def unedited_of(batch: ClusterBatch, num_steps: int) -> NDArray[np.int32]:
    """Return how everybody fares after each step without an action, from 0 on.

    (num_scenarios, num_steps + 1, num_others, 2). A member's tally is one that nobody falls short
    of: what becomes of it is for the goal to say.
    """
    seat = batch.seat
    num_scenarios, _, num_others, _ = seat.unedited.shape
    unedited = np.zeros((num_scenarios, num_steps + 1, num_others, 2), np.int32)
    lone = _alone(batch)
    for scenario in range(num_scenarios):
        lone.episodes["forced_scenario"] = scenario
        lone.reset(np.ones(1, np.bool_))
        for step in range(num_steps + 1):
            if step:
                lone.step()
            unedited[scenario, step] = lone.seat.others[0]
        members = seat.members[scenario]["workload"]
        exempt = members[members != NONE]
        unedited[scenario][:, exempt, WELL] = NONE
        unedited[scenario][:, exempt, LOST] = np.iinfo(np.int32).max
    return unedited


def _alone(batch: ClusterBatch) -> Any:  # noqa: ANN401 - a batch of the same class
    """Return one environment of the same scenarios that never ends, for nobody is harmed in it.

    Its targets are out of reach, so that it is never solved either.
    """
    seat = batch.seat
    members = seat.members.copy()
    members["target"] += _FAR
    rules = seat.rules.copy()
    rules["max_steps"] = _FAR
    nobody = np.zeros_like(seat.unedited)
    nobody[..., WELL] = NONE
    nobody[..., LOST] = np.iinfo(np.int32).max
    alone = seat._replace(
        members=members,
        rules=rules,
        unedited=nobody,
        progress=new_progress(1, 1),
        **{
            name: np.zeros_like(getattr(seat, name)[:1])
            for name in seat._fields
            if name in CHANGING
        },
    )
    lone = type(batch).__new__(type(batch))
    EnvironmentBatch.__init__(lone, batch._bank, alone, 1, 1)  # noqa: SLF001 - of its own kind
    return lone
