"""`SimArena/Online-v0`: a Deployment under a load that changes while the agent looks after it.

Importing this package loads none of its modules; a name is loaded when it is first used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from simarena.lazy_face import lazy_face

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

__getattr__, __dir__ = lazy_face(
    __name__,
    {
        "simarena.env.online.env": ["OnlineEnv"],
        "simarena.env.online.load": [
            "PROFILES",
            "LoadProfile",
            "daily_load",
            "load_from_csv",
            "load_profile",
            "ramp_load",
            "spikes_load",
            "steps_load",
        ],
        "simarena.env.online.options": ["OnlineOptions", "Weights"],
        "simarena.env.online.scenario": ["Hpa", "OnlineScenario", "Service", "online_scenario"],
        "simarena.env.online.vector_env": ["OnlineVectorEnv"],
    },
)
