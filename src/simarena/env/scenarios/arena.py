"""The suites `arena-v1` and `arena-v2`, which never change; and errata."""

from __future__ import annotations

import hashlib
import json
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final

from simarena.cluster.config import ClusterConfig
from simarena.env.scenarios.scenario import Goal, Scenario
from simarena.trace import Trace

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

ARENA_V1: Final = "arena-v1"
"""Name of the first suite, and beginning of its scenarios' names."""

ARENA_V2: Final = "arena-v2"
"""The second, drawn under the rule that no other workload may be harmed."""

ARENAS: Final = (ARENA_V1, ARENA_V2)
"""The fixed suites, the newest last."""

ERRATA: Final[Mapping[str, str]] = dict.fromkeys(
    (f"{ARENA_V1}-{number:03}" for number in (9, 12, 19, 90, 92, 98)),
    "what solves it gets healthy neighbours evicted, and nothing else does",
)
"""Scenarios that were found to be wrong after they were published, each with what is wrong. They
stay playable, but count in no rate."""


@cache
def arena_scenarios(suite: str) -> tuple[Scenario, ...]:
    """Return the scenarios of one of the `ARENAS`, in order of their names."""
    text = files(__package__).joinpath(f"suites/{suite}.jsonl").read_text("utf-8")
    return tuple(_scenario(json.loads(line)) for line in text.splitlines())


def scenario_line(scenario: Scenario) -> str:
    """Return the line of JSON that a scenario is kept as."""
    values = {
        **{name: getattr(scenario, name) for name in _PLAIN},
        "goal": {name: getattr(scenario.goal, name) for name in _GOAL} | _rule(scenario),
        "config": {name: getattr(scenario.config, name) for name in _CONFIG},
        "nodes": scenario.nodes,
        "trace": json.loads(scenario.trace.to_json_bytes()),
    }
    return json.dumps(values, separators=(",", ":"))


def digest(scenarios: Iterable[Scenario]) -> str:
    """Return a hash of all that decides how scenarios play: traces, nodes, goals and lengths."""
    total = hashlib.sha256()
    for scenario in scenarios:
        total.update(scenario.trace.to_bytes())
        values = json.loads(scenario_line(scenario))
        del values["trace"]
        total.update(json.dumps(values, sort_keys=True).encode())
    return total.hexdigest()


_PLAIN: Final = (
    *("name", "family", "severity", "split", "deploy", "namespace", "target", "max_steps"),
    *("duration_s", "seed", "optimal_steps"),
)
_GOAL: Final = ("max_waste", "max_failures")
_CONFIG: Final = ("kubelet", "node_pressure_eviction")


def _rule(scenario: Scenario) -> dict[str, bool]:
    """Return what of the goal the lines of `arena-v1` do not tell: there it is False."""
    return {"harmless": True} if scenario.goal.harmless else {}


def _scenario(values: dict[str, Any]) -> Scenario:
    trace = json.dumps(values["trace"]).encode()
    return Scenario(
        **{name: values[name] for name in _PLAIN},
        goal=Goal(**{"harmless": False} | values["goal"]),
        config=ClusterConfig(**values["config"]),
        nodes=tuple(values["nodes"]),
        trace=Trace.from_bytes(trace, source=values["name"]),
    )
