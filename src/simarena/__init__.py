"""SimArena: agents learn, and are measured at, operating Kubernetes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simarena.env.registration import register_envs_with_gymnasium
from simarena.lazy_face import lazy_face

if TYPE_CHECKING:
    from simarena.apiserver import serve
    from simarena.cluster import Cluster, ClusterConfig
    from simarena.env import DeploymentEnv, DeploymentVectorEnv, Scenario, load_suite
    from simarena.errors import SimArenaError
    from simarena.trace import Trace

__all__ = [
    "Cluster",
    "ClusterConfig",
    "DeploymentEnv",
    "DeploymentVectorEnv",
    "Scenario",
    "SimArenaError",
    "Trace",
    "load_suite",
    "serve",
]

register_envs_with_gymnasium()

__getattr__, __dir__ = lazy_face(
    __name__,
    {
        "simarena.apiserver": ["serve"],
        "simarena.cluster": ["Cluster", "ClusterConfig"],
        "simarena.env": ["DeploymentEnv", "DeploymentVectorEnv", "Scenario", "load_suite"],
        "simarena.errors": ["SimArenaError"],
        "simarena.trace": ["Trace"],
    },
)
