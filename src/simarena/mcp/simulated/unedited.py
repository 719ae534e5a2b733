"""How all fare in a scenario's cluster that nobody acts on: replayed once, however often asked."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from simarena.env.playing.harm import standing

if TYPE_CHECKING:
    from simarena.cluster import Cluster
    from simarena.env import Scenario
    from simarena.env.playing.harm import Standing
    from simarena.trace import Trace

_MOST_SCENARIOS = 256


def replayed(scenario: Scenario, trace: Trace) -> Cluster:
    """Return a scenario's cluster at the end of the replay of a trace."""
    from simarena.cluster import Cluster

    cluster = Cluster(scenario.nodes, config=scenario.config, seed=scenario.seed)
    cluster.replay(trace, duration=scenario.duration_s)
    return cluster


def standings(scenario: Scenario, pauses_s: tuple[int, ...]) -> tuple[Standing, ...]:
    """Return how all stand without any edit after each of these pauses, the replay ended.

    Nobody may change what comes back: it is kept for who judges the same scenario next.
    """
    return _standings(_Same(scenario), pauses_s)


class _Same:
    """Scenarios hold dicts and cannot be hashed; the same object is the same scenario."""

    def __init__(self, scenario: Scenario) -> None:
        self.scenario = scenario

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and self.scenario is other.scenario

    def __hash__(self) -> int:
        return id(self.scenario)


@lru_cache(maxsize=_MOST_SCENARIOS)
def _standings(same: _Same, pauses_s: tuple[int, ...]) -> tuple[Standing, ...]:
    cluster = replayed(same.scenario, same.scenario.trace)
    found = []
    for pause_s in pauses_s:
        cluster.advance(pause_s)
        found.append(standing(cluster))
    return tuple(found)
