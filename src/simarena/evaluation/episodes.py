"""What single episodes show: the best one step by step, and what an agent does in which state."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from simarena.trace import Action

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from simarena.evaluation.plays import Evaluation

_SEVERAL: Final = 2
SHORTAGES: Final = ("nothing short", "CPU short", "memory short", "both short")
COUNTS: Final = ("too few pods", "as many as wanted", "too many pods")


def best_episode(evaluation: Evaluation, idle: Evaluation) -> dict[str, Any]:
    """Return, step by step, the episode in which the agent made most pods ready.

    Counted are pods beyond those that are ready if nothing is done, which `idle` shows: the same
    plays of an agent that does nothing. Of equal ones, that with the most return beyond the idle
    one's. Only solved episodes count, where there are any, and of these only such as took several
    kinds of actions: one thing done again and again shows little.
    """
    pods = _ready_at_end(evaluation) - _ready_at_end(idle)
    counted = evaluation.solved | ~evaluation.solved.any()
    is_varied = counted & (_num_kinds(evaluation) >= _SEVERAL)
    counted = is_varied if is_varied.any() else counted
    pods = np.where(counted, pods, np.iinfo(np.int64).min)
    gains = np.where(pods == pods.max(), evaluation.returns - idle.returns, -np.inf)
    scenario, number = np.unravel_index(np.argmax(gains), gains.shape)
    steps = int(evaluation.steps[scenario, number])
    history = evaluation.histories[number]
    return {
        "agent": evaluation.agent,
        "scenario": evaluation.scenarios[scenario],
        "family": evaluation.families[scenario],
        "solved": bool(evaluation.solved[scenario, number]),
        "return": float(evaluation.returns[scenario, number]),
        "idle_return": float(idle.returns[scenario, number]),
        "actions": history.actions[:steps, scenario].tolist(),
        "rewards": history.rewards[:steps, scenario].tolist(),
        "blocked": history.blocked[:steps, scenario].tolist(),
        "seen": {
            name: values[: steps + 1, scenario].tolist() for name, values in history.seen.items()
        },
    }


def actions_by_state(evaluation: Evaluation, num_actions: int) -> NDArray[np.int64]:
    """Return how often each action was taken in each state, (4, 3, num_actions).

    States are what the pods were short of (`SHORTAGES`) by how their number compared with the
    target (`COUNTS`).
    """
    table = np.zeros((len(SHORTAGES), len(COUNTS), num_actions), dtype=np.int64)
    for number, history in enumerate(evaluation.histories):
        steps = np.arange(len(history.actions))[:, np.newaxis]
        played = steps < evaluation.steps[:, number]
        short, counts = _states({name: rows[:-1] for name, rows in history.seen.items()})
        np.add.at(table, (short[played], counts[played], history.actions[played]), 1)
    return table


def _ready_at_end(evaluation: Evaluation) -> NDArray[np.int64]:
    """Return the ready pods, of those wanted, when each episode ended."""
    ends = []
    for number, history in enumerate(evaluation.histories):
        rows, columns = evaluation.steps[:, number], np.arange(len(evaluation.scenarios))
        ready, target = (history.seen[name][rows, columns] for name in ("ready", "target"))
        ends.append(np.minimum(ready, target).astype(np.int64))
    return np.stack(ends, axis=1)


def _num_kinds(evaluation: Evaluation) -> NDArray[np.int64]:
    """Return how many kinds of actions each episode took, doing nothing aside."""
    kinds = []
    for number, history in enumerate(evaluation.histories):
        played = np.arange(len(history.actions))[:, np.newaxis] < evaluation.steps[:, number]
        taken = [
            (played & (history.actions == action)).any(axis=0)
            for action in Action
            if action != Action.NOOP
        ]
        kinds.append(np.sum(taken, axis=0, dtype=np.int64))
    return np.stack(kinds, axis=1)


def _states(seen: Mapping[str, NDArray[Any]]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    short = (seen["short_cpu"] > 0) + 2 * (seen["short_memory"] > 0)
    counts = np.sign(seen["total"].astype(np.int64) - seen["target"].astype(np.int64)) + 1
    return short.astype(np.int64), counts
