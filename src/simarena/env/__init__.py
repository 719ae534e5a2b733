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
    from simarena.cluster.manifests.node_words import make_node
    from simarena.env.deployment.env import DeploymentEnv
    from simarena.env.deployment.options import Options
    from simarena.env.deployment.vector_env import DeploymentVectorEnv
    from simarena.env.playing.sb3 import Sb3VecEnv
    from simarena.env.registration import register_envs
    from simarena.env.scenarios.generator import CORE_FAMILIES, FAMILIES, generate
    from simarena.env.scenarios.oracle import require_solvable, shortest_solution
    from simarena.env.scenarios.scenario import Goal, Scenario, scenario_from_trace
    from simarena.env.scenarios.suite import SUITES, find_scenario, load_suite, suite_names

_HOMES = {
    "CORE_FAMILIES": "simarena.env.scenarios.generator",
    "FAMILIES": "simarena.env.scenarios.generator",
    "SUITES": "simarena.env.scenarios.suite",
    "DeploymentEnv": "simarena.env.deployment.env",
    "DeploymentVectorEnv": "simarena.env.deployment.vector_env",
    "Goal": "simarena.env.scenarios.scenario",
    "Options": "simarena.env.deployment.options",
    "Sb3VecEnv": "simarena.env.playing.sb3",
    "Scenario": "simarena.env.scenarios.scenario",
    "find_scenario": "simarena.env.scenarios.suite",
    "generate": "simarena.env.scenarios.generator",
    "load_suite": "simarena.env.scenarios.suite",
    "make_node": "simarena.cluster.manifests.node_words",
    "register_envs": "simarena.env.registration",
    "require_solvable": "simarena.env.scenarios.oracle",
    "scenario_from_trace": "simarena.env.scenarios.scenario",
    "shortest_solution": "simarena.env.scenarios.oracle",
    "suite_names": "simarena.env.scenarios.suite",
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
    return getattr(import_module(_HOMES[name]), name)
