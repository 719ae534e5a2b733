"""Builds the MCP server of a session."""

from __future__ import annotations

from importlib.metadata import version
from typing import TYPE_CHECKING, Any, Literal

from mcp.server import MCPServer

from simarena.mcp.edit_tools import add_edit_tools
from simarena.mcp.kube_session import KubeSession
from simarena.mcp.living_session import LivingSession
from simarena.mcp.maintenance_tools import add_maintenance_tools
from simarena.mcp.object_tools import add_object_tools
from simarena.mcp.operate_tools import add_operate_tools, add_trial_tool
from simarena.mcp.read_tools import add_read_tools
from simarena.mcp.rollout_tools import add_rollout_tools, add_rollout_views
from simarena.mcp.scenario_session import ScenarioSession
from simarena.mcp.scenario_tools import add_scenario_tools
from simarena.mcp.tool_server import ToolServer

if TYPE_CHECKING:
    from simarena.mcp.session import Session

LogLevel = Literal["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"]


def build_server(session: Session, *, log_level: LogLevel = "WARNING") -> MCPServer[Any]:
    """Return an MCP server whose tools look at, and act on, one session's cluster.

    Connect to it in memory with `mcp.Client(server)`, or serve it with `simarena.mcp.serving`.
    Every client of a server shares the session; the session counts the tool calls.
    """
    tools = ToolServer(session)
    add_read_tools(tools)
    add_object_tools(tools)
    add_rollout_views(tools)
    if isinstance(session, ScenarioSession):
        add_scenario_tools(tools, session)
    elif isinstance(session, KubeSession | LivingSession):
        add_operate_tools(tools, session)
        add_rollout_tools(tools, session)
        add_maintenance_tools(tools, session)
        add_edit_tools(tools, session)
        if isinstance(session, LivingSession) and session.allow_what_if:
            add_trial_tool(tools, session)
    return MCPServer(
        "simarena",
        title="SimArena",
        description="A Kubernetes cluster to look at and to act on.",
        instructions=session.instructions,
        version=version("simarena"),
        tools=tools.tools,
        log_level=log_level,
    )
