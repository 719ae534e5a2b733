"""SimArena: agents learn, and are measured at, operating Kubernetes."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from simarena.env.registration import register_envs_with_gymnasium

if TYPE_CHECKING:
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
]

_HOMES = {
    "Cluster": "simarena.cluster",
    "ClusterConfig": "simarena.cluster",
    "DeploymentEnv": "simarena.env",
    "DeploymentVectorEnv": "simarena.env",
    "Scenario": "simarena.env",
    "SimArenaError": "simarena.errors",
    "Trace": "simarena.trace",
    "load_suite": "simarena.env",
}

register_envs_with_gymnasium()


def __getattr__(name: str) -> object:
    """Load a public name when it is first used: `import simarena` alone costs nothing."""
    if name not in _HOMES:
        message = f"module 'simarena' has no attribute {name!r}"
        raise AttributeError(message)
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    """Return the public names."""
    return sorted(__all__)
