"""The suite `arena-v1`: a hundred scenarios that never change."""

from __future__ import annotations

import hashlib
import json
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final

from simarena.cluster.config import ClusterConfig
from simarena.env.scenario import Goal, Scenario
from simarena.trace import Trace

if TYPE_CHECKING:
    from collections.abc import Iterable

ARENA_V1: Final = "arena-v1"
"""Name of the suite, and beginning of its scenarios' names."""


@cache
def arena_scenarios() -> tuple[Scenario, ...]:
    """Return the scenarios of `arena-v1`, in order of their names."""
    text = files(__package__).joinpath(f"suites/{ARENA_V1}.jsonl").read_text("utf-8")
    return tuple(_scenario(json.loads(line)) for line in text.splitlines())


def scenario_line(scenario: Scenario) -> str:
    """Return the line of JSON that a scenario is kept as."""
    values = {
        **{name: getattr(scenario, name) for name in _PLAIN},
        "goal": {name: getattr(scenario.goal, name) for name in _GOAL},
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


def _scenario(values: dict[str, Any]) -> Scenario:
    trace = json.dumps(values["trace"]).encode()
    return Scenario(
        **{name: values[name] for name in _PLAIN},
        goal=Goal(**values["goal"]),
        config=ClusterConfig(**values["config"]),
        nodes=tuple(values["nodes"]),
        trace=Trace.from_bytes(trace, source=values["name"]),
    )
