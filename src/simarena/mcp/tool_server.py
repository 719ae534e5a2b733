"""The common part of all tools: turns, counts, errors, and the form of answers."""

from __future__ import annotations

import inspect
from functools import wraps
from typing import TYPE_CHECKING, Any, Final

import anyio
import anyio.to_thread
from mcp.server.mcpserver.exceptions import ToolError
from mcp.types import CallToolResult, TextContent, ToolAnnotations

from simarena.errors import SimArenaError
from simarena.mcp.kubectl_words import error_text

if TYPE_CHECKING:
    from collections.abc import Callable

    from mcp.server import MCPServer

    from simarena.mcp.answer import Answer
    from simarena.mcp.session import Session

READS: Final = ToolAnnotations(
    read_only_hint=True, destructive_hint=False, idempotent_hint=True, open_world_hint=False
)
"""Of tools that change nothing."""

ACTS: Final = ToolAnnotations(
    read_only_hint=False, destructive_hint=True, idempotent_hint=False, open_world_hint=False
)
"""Of tools that change the cluster."""

WAITS: Final = ToolAnnotations(
    read_only_hint=False, destructive_hint=False, idempotent_hint=False, open_world_hint=False
)
"""Of tools that only let time pass."""


class ToolServer:
    """Adds tools to an MCP server, each of which has the session to itself while it runs.

    Tools are plain functions that return an Answer. They run in a worker thread, in the order in
    which they were called, so that the server goes on answering while one computes or waits.
    """

    def __init__(self, server: MCPServer[Any], session: Session) -> None:
        self.server = server
        self.session = session
        self._turn = anyio.Lock()

    def add(
        self, tool: Callable[..., Answer], title: str, annotations: ToolAnnotations = READS
    ) -> None:
        """Serve a function under its name; its docstring tells clients what it does."""
        name = tool.__name__

        @wraps(tool)
        async def serve(**arguments: Any) -> CallToolResult:  # noqa: ANN401 - the tool's own
            self.session.tool_calls[name] += 1
            async with self._turn:
                return await anyio.to_thread.run_sync(self._answer, tool, arguments)

        signature = inspect.signature(tool, eval_str=True)
        vars(serve)["__signature__"] = signature.replace(return_annotation=CallToolResult)
        self.server.add_tool(
            serve,
            name=name,
            title=title,
            description=inspect.cleandoc(tool.__doc__ or ""),
            annotations=annotations,
            structured_output=False,
        )

    def _answer(self, tool: Callable[..., Answer], arguments: dict[str, Any]) -> CallToolResult:
        try:
            self.session.before_call()
            answer = tool(**arguments)
        except SimArenaError as error:
            raise ToolError(error_text(error)) from error
        return CallToolResult(
            content=[TextContent(type="text", text=answer.text)],
            structured_content=answer.data or None,
        )
