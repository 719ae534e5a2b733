"""`SimArena/Cluster-v0`: many Deployments in one cluster, to be made healthy.

Importing this package loads none of its modules; a name is loaded when it is first used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from simarena.lazy_face import lazy_face

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

__all__ = [
    "ClusterEnv",
    "ClusterOptions",
    "ClusterScenario",
    "ClusterVectorEnv",
    "Member",
    "cluster_scenario",
    "generate_cluster",
]

__getattr__, __dir__ = lazy_face(
    __name__,
    {
        "simarena.env.fleet.env": ["ClusterEnv"],
        "simarena.env.fleet.options": ["ClusterOptions"],
        "simarena.env.fleet.scenario": [
            "ClusterScenario",
            "Member",
            "cluster_scenario",
            "generate_cluster",
        ],
        "simarena.env.fleet.vector_env": ["ClusterVectorEnv"],
    },
)
