"""Gymnasium environments: scenarios, goals, observations, rewards; one physics for one or many.

    import gymnasium
    import simarena

    env = gymnasium.make("SimArena/Deployment-v0", scenarios="held-out", reward="guided")
    envs = gymnasium.make_vec("SimArena/Deployment-v0", num_envs=64)

Importing this package loads none of its modules; a name is loaded when it is first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from simarena.cluster.node_spec import make_node
    from simarena.env.env import DeploymentEnv
    from simarena.env.generator import CORE_FAMILIES, FAMILIES, generate
    from simarena.env.options import Options
    from simarena.env.oracle import require_solvable, shortest_solution
    from simarena.env.registration import register_envs
    from simarena.env.sb3 import Sb3VecEnv
    from simarena.env.scenario import Goal, Scenario, scenario_from_trace
    from simarena.env.suite import SUITES, find_scenario, load_suite, suite_names
    from simarena.env.vector_env import DeploymentVectorEnv

_HOMES = {
    "CORE_FAMILIES": "generator",
    "FAMILIES": "generator",
    "SUITES": "suite",
    "DeploymentEnv": "env",
    "DeploymentVectorEnv": "vector_env",
    "Goal": "scenario",
    "Options": "options",
    "Sb3VecEnv": "sb3",
    "Scenario": "scenario",
    "find_scenario": "suite",
    "generate": "generator",
    "load_suite": "suite",
    "make_node": "simarena.cluster.node_spec",
    "register_envs": "registration",
    "require_solvable": "oracle",
    "scenario_from_trace": "scenario",
    "shortest_solution": "oracle",
    "suite_names": "suite",
}

__all__ = [
    "CORE_FAMILIES",
    "FAMILIES",
    "SUITES",
    "DeploymentEnv",
    "DeploymentVectorEnv",
    "Goal",
    "Options",
    "Sb3VecEnv",
    "Scenario",
    "find_scenario",
    "generate",
    "load_suite",
    "make_node",
    "register_envs",
    "require_solvable",
    "scenario_from_trace",
    "shortest_solution",
    "suite_names",
]


def __getattr__(name: str) -> object:
    """Load the module that a public name is in."""
    if name not in _HOMES:
        message = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(message)
    home = _HOMES[name]
    return getattr(import_module(home if "." in home else f"{__name__}.{home}"), name)
