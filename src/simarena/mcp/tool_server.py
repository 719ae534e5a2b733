"""The common part of all tools: turns, counts, errors, and the form of answers."""

from __future__ import annotations

import inspect
from functools import wraps
from typing import TYPE_CHECKING, Any, Final, cast

import anyio
import anyio.to_thread
from mcp.server.mcpserver.exceptions import ToolError
from mcp.server.mcpserver.tools import Tool
from mcp.types import CallToolResult, TextContent, ToolAnnotations

from simarena.errors import SimArenaError, SimulationError
from simarena.mcp.kubectl_words import error_text

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import CodeType, FunctionType

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


_DESCRIBED: Final[dict[CodeType, Tool]] = {}
"""Tools by the code of their functions: names and arguments are the same in every session."""


class ToolServer:
    """The tools of a session, each of which has the session to itself while it runs.

    Tools are plain functions that return an Answer. They run in a worker thread, in the order in
    which they were called, so that the server goes on answering while one computes or waits.
    """

    def __init__(self, session: Session) -> None:
        self.session = session
        self.tools: list[Tool] = []
        """What an MCP server is to serve."""
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

        code = cast("FunctionType", tool).__code__
        if code not in _DESCRIBED:
            signature = inspect.signature(tool, eval_str=True)
            vars(serve)["__signature__"] = signature.replace(return_annotation=CallToolResult)
            _DESCRIBED[code] = Tool.from_function(
                serve,
                name=name,
                title=title,
                description=inspect.cleandoc(tool.__doc__ or ""),
                annotations=annotations,
                structured_output=False,
            )
        self.tools.append(_DESCRIBED[code].model_copy(update={"fn": serve}))

    def _answer(self, tool: Callable[..., Answer], arguments: dict[str, Any]) -> CallToolResult:
        try:
            self.session.before_call()
            answer = tool(**arguments)
        except SimArenaError as error:
            if isinstance(error, SimulationError):
                self.session.fault = error
            raise ToolError(error_text(error)) from error
        except Exception as error:
            self.session.fault = error
            raise
        return CallToolResult(
            content=[TextContent(type="text", text=answer.text)],
            structured_content=answer.data or None,
        )
