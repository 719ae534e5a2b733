"""`SimArena/Online-v0`: a Deployment under a load that changes while the agent looks after it.

Importing this package loads none of its modules; a name is loaded when it is first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from simarena.env.online.env import OnlineEnv
    from simarena.env.online.load import (
        PROFILES,
        LoadProfile,
        daily_load,
        load_from_csv,
        load_profile,
        ramp_load,
        spikes_load,
        steps_load,
    )
    from simarena.env.online.options import OnlineOptions, Weights
    from simarena.env.online.scenario import Hpa, OnlineScenario, Service, online_scenario
    from simarena.env.online.vector_env import OnlineVectorEnv

_HOMES = {
    "PROFILES": "load",
    "Hpa": "scenario",
    "LoadProfile": "load",
    "OnlineEnv": "env",
    "OnlineOptions": "options",
    "OnlineScenario": "scenario",
    "OnlineVectorEnv": "vector_env",
    "Service": "scenario",
    "Weights": "options",
    "daily_load": "load",
    "load_from_csv": "load",
    "load_profile": "load",
    "online_scenario": "scenario",
    "ramp_load": "load",
    "spikes_load": "load",
    "steps_load": "load",
}

__all__ = [
    "PROFILES",
    "Hpa",
    "LoadProfile",
    "OnlineEnv",
    "OnlineOptions",
    "OnlineScenario",
    "OnlineVectorEnv",
    "Service",
    "Weights",
    "daily_load",
    "load_from_csv",
    "load_profile",
    "online_scenario",
    "ramp_load",
    "spikes_load",
    "steps_load",
]


def __getattr__(name: str) -> object:
    """Load the module that a public name is in."""
    if name not in _HOMES:
        message = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(message)
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
