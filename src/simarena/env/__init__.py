"""Gymnasium environments: scenarios, goals, observations, rewards; one physics for one or many.

    import gymnasium
    import simarena

    env = gymnasium.make("SimArena/Deployment-v0", scenarios="held-out", reward="guided")
    envs = gymnasium.make_vec("SimArena/Deployment-v0", num_envs=64)

Importing this package loads none of its modules; a name is loaded when it is first used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from simarena.lazy_face import lazy_face

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

__getattr__, __dir__ = lazy_face(
    __name__,
    {
        "simarena.cluster.manifests.node_words": ["make_node"],
        "simarena.env.deployment.env": ["DeploymentEnv"],
        "simarena.env.deployment.options": ["Options"],
        "simarena.env.deployment.vector_env": ["DeploymentVectorEnv"],
        "simarena.env.playing.sb3": ["Sb3VecEnv"],
        "simarena.env.registration": ["register_envs"],
        "simarena.env.scenarios.generator": ["CORE_FAMILIES", "FAMILIES", "generate"],
        "simarena.env.scenarios.oracle": ["require_solvable", "shortest_solution"],
        "simarena.env.scenarios.scenario": ["Goal", "Scenario", "scenario_from_trace"],
        "simarena.env.scenarios.suite": ["SUITES", "find_scenario", "load_suite", "suite_names"],
    },
)
