"""A Model Context Protocol server: a cluster for language models to look at and to act on.

    from mcp import Client
    from simarena.mcp import ScenarioSession, build_server

    session = ScenarioSession(scenario)
    async with Client(build_server(session)) as client:
        await client.call_tool("get_pods", {})
        await client.call_tool("act", {"action": "decrease_memory"})
    session.judgement()

Importing this package loads none of its modules; a name is loaded when it is first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from simarena.mcp.backend import Backend
    from simarena.mcp.live.permissions import Permissions
    from simarena.mcp.live.session import KubeSession
    from simarena.mcp.server import build_server
    from simarena.mcp.session import Session
    from simarena.mcp.simulated.backend import SimulatedBackend
    from simarena.mcp.simulated.judging import Counts, Judgement, Reason, StepResult
    from simarena.mcp.simulated.living_session import LivingSession, Pace
    from simarena.mcp.simulated.scenario_session import ScenarioSession

_HOMES = {
    "Backend": "backend",
    "Counts": "simulated.judging",
    "KubeSession": "live.session",
    "LivingSession": "simulated.living_session",
    "StepResult": "simulated.judging",
    "Pace": "simulated.living_session",
    "Permissions": "live.permissions",
    "Reason": "simulated.judging",
    "ScenarioSession": "simulated.scenario_session",
    "Session": "session",
    "SimulatedBackend": "simulated.backend",
    "Judgement": "simulated.judging",
    "build_server": "server",
}

__all__ = [
    "Backend",
    "Counts",
    "Judgement",
    "KubeSession",
    "LivingSession",
    "Pace",
    "Permissions",
    "Reason",
    "ScenarioSession",
    "Session",
    "SimulatedBackend",
    "StepResult",
    "build_server",
]


def __getattr__(name: str) -> object:
    """Load the module that a public name is in."""
    if name not in _HOMES:
        message = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(message)
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
