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

from typing import TYPE_CHECKING

from simarena.lazy_face import lazy_face

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

__getattr__, __dir__ = lazy_face(
    __name__,
    {
        "simarena.mcp.backend": ["Backend"],
        "simarena.mcp.live.permissions": ["Permissions"],
        "simarena.mcp.live.session": ["KubeSession"],
        "simarena.mcp.server": ["build_server"],
        "simarena.mcp.session": ["Session"],
        "simarena.mcp.simulated.backend": ["SimulatedBackend"],
        "simarena.mcp.simulated.living_session": ["LivingSession", "Pace"],
        "simarena.mcp.simulated.judging": ["Counts", "Judgement", "Reason", "StepResult"],
        "simarena.mcp.simulated.scenario_session": ["ScenarioSession"],
    },
)
