"""`SimArena/Cluster-v0`: many Deployments in one cluster, to be made healthy.

Importing this package loads none of its modules; a name is loaded when it is first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from simarena.env.fleet.env import ClusterEnv
    from simarena.env.fleet.options import ClusterOptions
    from simarena.env.fleet.scenario import (
        ClusterScenario,
        Member,
        cluster_scenario,
        generate_cluster,
    )
    from simarena.env.fleet.vector_env import ClusterVectorEnv

_HOMES = {
    "ClusterEnv": "env",
    "ClusterOptions": "options",
    "ClusterScenario": "scenario",
    "ClusterVectorEnv": "vector_env",
    "Member": "scenario",
    "cluster_scenario": "scenario",
    "generate_cluster": "scenario",
}

__all__ = [
    "ClusterEnv",
    "ClusterOptions",
    "ClusterScenario",
    "ClusterVectorEnv",
    "Member",
    "cluster_scenario",
    "generate_cluster",
]


def __getattr__(name: str) -> object:
    """Load the module that a public name is in."""
    if name not in _HOMES:
        message = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(message)
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
