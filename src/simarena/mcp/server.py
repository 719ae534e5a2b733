"""Builds the MCP server of a session."""

from __future__ import annotations

from difflib import get_close_matches
from importlib.metadata import version
from typing import TYPE_CHECKING, Any, Literal

from mcp.server import MCPServer
from mcp.server.mcpserver.exceptions import ToolError

from simarena.mcp.answers.arguments import quoted
from simarena.mcp.live.session import KubeSession
from simarena.mcp.simulated.living_session import LivingSession
from simarena.mcp.simulated.scenario_session import ScenarioSession
from simarena.mcp.tools.edit import add_edit_tools
from simarena.mcp.tools.maintenance import add_maintenance_tools
from simarena.mcp.tools.objects import add_object_tools
from simarena.mcp.tools.operate import add_operate_tools, add_trial_tool
from simarena.mcp.tools.read import add_read_tools
from simarena.mcp.tools.rollouts import add_rollout_tools, add_rollout_views
from simarena.mcp.tools.scenario import add_scenario_tools
from simarena.mcp.tools.tool_server import ToolServer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mcp.server.mcpserver.context import Context
    from mcp.server.mcpserver.tools import Tool
    from mcp.types import CallToolResult, InputRequiredResult

    from simarena.mcp.session import Session

_MAX_NAME_CHARS = 100

LogLevel = Literal["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"]


class ArenaServer(MCPServer[Any]):
    """An MCP server that answers in a line to who calls a tool that there is none of."""

    def __init__(self, tools: Sequence[Tool], **settings: Any) -> None:  # noqa: ANN401 - the SDK's
        super().__init__("simarena", tools=list(tools), **settings)
        self._known = [tool.name for tool in tools]

    async def call_tool(
        self, name: str, arguments: dict[str, Any], context: Context[Any, Any] | None = None
    ) -> CallToolResult | InputRequiredResult:
        """Return what a tool answers. Raises ToolError if there is none, or if it refuses to."""
        if name not in self._known:
            near = get_close_matches(name[:_MAX_NAME_CHARS].lower(), self._known, n=1)
            hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(self._known)}"
            message = f"Unknown tool: {quoted(name)}; {hint}"
            raise ToolError(message)
        return await super().call_tool(name, arguments, context)


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
    return ArenaServer(
        tools.tools,
        title="SimArena",
        description="A Kubernetes cluster to look at and to act on.",
        instructions=session.instructions,
        version=version("simarena"),
        log_level=log_level,
    )
