"""The shortest way to a scenario's goal, found by trying all ways in the simulator.

Each replay begins at the trace's start, so what matters is how often each action was taken, not in
which order: states are points (CPU steps, memory steps, replica steps), and taking one back is
never part of a shortest way. The search goes through them by distance, each once, many replays in a
call.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from simarena.env.codes import Autoreset
from simarena.env.deployment.batch import DeploymentBatch
from simarena.env.deployment.options import Options
from simarena.env.playing.batch import Edits
from simarena.errors import ScenarioError
from simarena.trace import Action, Limits

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from simarena.env.scenarios.scenario import Scenario

_WAYS: Final = (
    (Action.DECREASE_CPU, Action.INCREASE_CPU),
    (Action.DECREASE_MEMORY, Action.INCREASE_MEMORY),
    (Action.DECREASE_REPLICAS, Action.INCREASE_REPLICAS),
)
_SIGNS: Final = (-1, 1)
_WIDTH: Final = 128


def shortest_solution(
    scenario: Scenario,
    limits: Limits | None = None,
    most: int | None = None,
    num_actions: int = len(Action),
) -> tuple[Action, ...] | None:
    """Return the shortest sequence of actions that meets the goal; None if there is none.

    At most `most` actions, by default as many as an episode has steps, each one of the first
    `num_actions`. A scenario that is healthy
    from the start is solved by doing nothing once. Of equally short ways: CPU, then memory, then
    replicas, and rather less than more. Raises ScenarioError if the scenario cannot be simulated.
    """
    return search_solution(scenario, limits, most, num_actions).way


class Found(NamedTuple):
    """What a search has come to."""

    way: tuple[Action, ...] | None
    """The shortest solution; None if none was found."""

    is_certain: bool
    """Whether there is no other outcome: no replay was left out."""


def search_solution(
    scenario: Scenario,
    limits: Limits | None = None,
    most: int | None = None,
    num_actions: int = len(Action),
    most_replays: int | None = None,
) -> Found:
    """Return what `shortest_solution` does, and whether that is certain.

    It is not where the search would have taken more than `most_replays`.
    """
    most = scenario.max_steps if most is None else min(most, scenario.max_steps)
    search = _Search(scenario, limits or Limits(), num_actions)
    if search.is_healthy:
        return Found((Action.NOOP,), is_certain=True)
    points, edits = np.zeros((1, 3), np.int64), search.start
    num_replays = 0
    for _ in range(most):
        if most_replays is not None and num_replays >= most_replays:
            return Found(None, is_certain=False)
        solved, points, edits = search.expand(points, edits)
        if solved is not None:
            return Found(_actions(solved), is_certain=True)
        if not len(points):
            break
        num_replays += len(points)
    return Found(None, is_certain=True)


def require_solvable(scenario: Scenario) -> tuple[Action, ...]:
    """Return the shortest solution; ScenarioError where no agent could solve the scenario."""
    found = shortest_solution(scenario)
    if found is None:
        message = (
            f"scenario {scenario.name!r}: no {scenario.max_steps} actions lead to its goal; change "
            "its target, its nodes, its goal or max_steps"
        )
        raise ScenarioError(message)
    return found


class _Search:
    """Environments that all play one scenario, each put wherever the search wants to go on."""

    def __init__(self, scenario: Scenario, limits: Limits, num_actions: int) -> None:
        self._num_actions = num_actions
        options = Options(scenarios=scenario, observation="base", reward="base", limits=limits)
        self._batch = DeploymentBatch(options, _WIDTH, Autoreset.DISABLED)
        self._batch.reset(np.ones(_WIDTH, np.bool_))
        self._fresh = self._batch.copy_of(self._batch.episodes[:1])
        self.is_healthy = bool(self._fresh["solved"][0])
        self.start = self._batch.edits(np.zeros(1, np.int64))

    def expand(
        self, points: NDArray[np.int64], edits: Edits
    ) -> tuple[NDArray[np.int64] | None, NDArray[np.int64], Edits]:
        """Take one step from each point in every way that leads to a point nobody else reaches.

        Returns the first solved point, if any, and the points reached with their edits.
        """
        parents, actions, children = _children(points, self._num_actions)
        reached: list[NDArray[np.int64]] = []
        templates, specs = [], []
        for low in range(0, len(children), _WIDTH):
            part = slice(low, min(low + _WIDTH, len(children)))
            rows = parents[part]
            envs = np.arange(len(rows))
            self._play(envs, Edits(edits.templates[rows], edits.specs[rows]), actions[part])
            episodes = self._batch.episodes[: len(rows)]
            hits = np.flatnonzero(episodes["solved"])
            if len(hits):
                return children[part][hits[0]], points, edits
            kept = np.flatnonzero(~episodes["blocked"])
            after = self._batch.edits(kept)
            reached.append(children[part][kept])
            templates.append(after.templates)
            specs.append(after.specs)
        if not reached:
            return None, np.zeros((0, 3), np.int64), edits
        return (
            None,
            np.concatenate(reached),
            Edits(np.concatenate(templates), np.concatenate(specs)),
        )

    def _play(self, envs: NDArray[np.int64], edits: Edits, actions: NDArray[np.int64]) -> None:
        """Step the first environments from these edits; the others rest."""
        self._batch.put_edits(envs, edits)
        self._batch.episodes["finished"] = 1
        self._batch.episodes[: len(envs)] = self._fresh
        self._batch.actions[: len(envs)] = actions
        self._batch.step()


def _children(
    points: NDArray[np.int64], num_actions: int
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Return parents' rows, actions and points one step further: CPU first, replicas last.

    A way goes on in its last direction or begins a later one, so that each point has one parent.
    """
    rows, actions, children = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)], [points[:0]]
    for axis, ways in enumerate(_WAYS):
        later_unused = ~points[:, axis + 1 :].any(axis=1)
        for sign, action in zip(_SIGNS, ways, strict=True):
            if action >= num_actions:
                continue
            chosen = np.flatnonzero(later_unused & (points[:, axis] * sign >= 0))
            moved = points[chosen].copy()
            moved[:, axis] += sign
            rows.append(chosen)
            actions.append(np.full(len(chosen), action, np.int64))
            children.append(moved)
    return np.concatenate(rows), np.concatenate(actions), np.concatenate(children)


def _actions(point: NDArray[np.int64]) -> tuple[Action, ...]:
    found: list[Action] = []
    for amount, ways in zip(point.tolist(), _WAYS, strict=True):
        found += [ways[amount > 0]] * abs(amount)
    return tuple(found)
