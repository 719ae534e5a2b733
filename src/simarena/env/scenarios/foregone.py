"""Scenarios that are decided before they begin: solved already, or beyond every agent.

What can be said of one is said here, for whoever plays scenarios that somebody else wrote down:
the command line's traces, files and packages of scenarios. Suites that come with SimArena are
tested, and left alone; so is a scenario of the family "healthy", which is healthy on purpose.
"""

from __future__ import annotations

import hashlib
import warnings
from enum import StrEnum
from functools import lru_cache
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from simarena.cluster import Cluster
from simarena.cluster.replay.driver import virtual_namespace
from simarena.env.codes import Autoreset
from simarena.env.deployment.batch import DeploymentBatch
from simarena.env.deployment.options import Options
from simarena.env.scenarios.arena import scenario_line
from simarena.env.scenarios.oracle import search_solution
from simarena.errors import ScenarioError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from simarena.env.scenarios.scenario import Scenario

HEALTHY: Final = "healthy"
"""Family of scenarios in which nothing is wrong, on purpose."""

_MOST_TOLD: Final = 5
"""Scenarios of which a warning tells one by one."""

_WORK: Final = 100_000
"""Replays times objects and pods that the search for a solution may cost, all scenarios together:
some seconds. Beyond that nothing is said."""

_MOST_KEPT: Final = 4_096


class Fate(StrEnum):
    """What is certain of a scenario before anybody has acted."""

    AT_GOAL = "at-goal"
    NO_NODE = "no-node"
    """No node can take a pod of the workload, whatever it requests."""
    UNSOLVABLE = "unsolvable"


class Foregone(NamedTuple):
    """A scenario that is decided before it begins."""

    fate: Fate
    text: str
    """What is so, and what to do, in a line that begins with the scenario's name."""


def check_open(
    scenarios: Sequence[Scenario], where: str = "", *, must_be_open: bool = True
) -> None:
    """Warn of scenarios that are decided before they begin; raise where all of them are.

    Who learns from such, or is measured on them, would find out nothing. `where` stands before what
    is said. However many they are, there is one warning.

    Raises:
        ScenarioError: every scenario is decided, not one is healthy on purpose, and `must_be_open`.
    """
    share = _WORK // max(len(scenarios), 1)
    found = [(each, foregone(each, share)) for each in scenarios if each.family != HEALTHY]
    decided = [each for _, each in found if each is not None]
    before = f"{where}: " if where else ""
    if must_be_open and decided and len(decided) == len(scenarios):
        more = "" if len(decided) == 1 else f" (and so are the other {len(decided) - 1})"
        message = f"{before}{decided[0].text}{more}"
        raise ScenarioError(message)
    if decided:
        told = [each.text for each in decided[:_MOST_TOLD]]
        if len(decided) > _MOST_TOLD:
            told.append(f"{len(decided) - _MOST_TOLD:,} more scenarios are decided, too")
        warnings.warn(f"{before}{'; '.join(told)}", category=UserWarning, stacklevel=2)


def foregone(scenario: Scenario, work: int = _WORK) -> Foregone | None:
    """Return what is certain of a scenario before it begins, None if it is open or not known.

    `work` bounds the search for a solution: so many replays of one object with one pod.
    """
    key = hashlib.sha256(scenario.trace.to_bytes() + scenario_line(scenario).encode())
    key.update(repr((scenario.config, work)).encode())
    return _judged(_Keyed(scenario, key.digest(), work))


class _Keyed:
    """A scenario, which cannot be hashed, under a hash of all that it says."""

    def __init__(self, scenario: Scenario, key: bytes, work: int) -> None:
        self.scenario = scenario
        self.work = work
        self._key = key

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Keyed) and self._key == other._key

    def __hash__(self) -> int:
        return hash(self._key)


@lru_cache(maxsize=_MOST_KEPT)
def _judged(keyed: _Keyed) -> Foregone | None:
    scenario = keyed.scenario
    episode = _begun(scenario)
    name = f"scenario {scenario.name!r}"
    if episode["solved"]:
        text = (
            f"{name}: its goal is met before any step, so doing nothing solves it; choose another "
            "target, fewer nodes or another duration, or say that it is so on purpose with the "
            f"family {HEALTHY!r}"
        )
        return Foregone(Fate.AT_GOAL, text)
    said = _scheduler_says(scenario) if episode["waiting"] else ""
    is_refused = 0 < episode["seen_nodes"] == episode["other_nodes"]
    if said and episode["waiting"] == episode["total"] and is_refused:
        text = (
            f"{name}: no node can take a pod of {scenario.deploy}, whatever it requests: {said}; "
            "choose other nodes, or take what keeps the pods off out of the trace"
        )
        return Foregone(Fate.NO_NODE, text)
    found = search_solution(scenario, most_replays=max(keyed.work // _weight(scenario), 1))
    if found.way is not None or not found.is_certain:
        return None
    told = f" ({said})" if said else ""
    text = (
        f"{name}: no {scenario.max_steps} actions lead to its goal{told}; change its target, its "
        "nodes, its goal or max_steps"
    )
    return Foregone(Fate.UNSOLVABLE, text)


def _begun(scenario: Scenario) -> np.void:
    """Return the episode as it stands before any step."""
    batch = DeploymentBatch(Options(scenarios=scenario), 1, Autoreset.DISABLED)
    batch.reset(np.ones(1, np.bool_))
    episode: np.void = batch.episodes[0]
    return episode


def _weight(scenario: Scenario) -> int:
    """Return about how much a replay costs: objects that are applied, and their pods."""
    weight = 0
    for event in scenario.trace.events:
        for manifest in event.applied_objs:
            spec = manifest.get("spec")
            replicas = spec.get("replicas", 1) if isinstance(spec, dict) else 1
            weight += 1 + (replicas if isinstance(replicas, int) else 1)
    return max(weight, 1)


def _scheduler_says(scenario: Scenario) -> str:
    """Return why the scheduler has no node for a pod of the workload; empty where it has one."""
    cluster = Cluster(scenario.nodes, config=scenario.config, seed=scenario.seed)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what is not simulated was told of when it was compiled
        cluster.replay(scenario.trace, duration=scenario.duration_s)
    for pod in cluster.list("Pod", namespace=virtual_namespace(scenario.namespace)):
        owners = pod["metadata"].get("ownerReferences") or ()
        if not any(_is_of(owner["name"], scenario.deploy) for owner in owners):
            continue
        for condition in (pod.get("status") or {}).get("conditions") or ():
            if condition.get("type") == "PodScheduled" and condition.get("message"):
                return str(condition["message"]).rstrip(". ")
    return ""


def _is_of(owner: Any, deploy: str) -> bool:  # noqa: ANN401 - from a manifest
    return owner == deploy or str(owner).rpartition("-")[0] == deploy
