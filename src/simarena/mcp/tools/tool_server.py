"""The common part of all tools: turns, counts, errors, and the form of answers."""

from __future__ import annotations

import inspect
from collections.abc import Generator
from contextlib import nullcontext
from functools import partial, wraps
from typing import TYPE_CHECKING, Any, Final, cast

import anyio
import anyio.to_thread
from mcp.server.mcpserver.exceptions import ToolError
from mcp.server.mcpserver.tools import Tool
from mcp.types import CallToolResult, TextContent, ToolAnnotations

from simarena.errors import RefusedError, SimArenaError, SimulationError
from simarena.mcp.answers.answer import Answer
from simarena.mcp.answers.arguments import check_arguments
from simarena.mcp.answers.bounds import clipped
from simarena.mcp.answers.escaping import escaped
from simarena.mcp.answers.output_schema import output_schema
from simarena.mcp.answers.telling import Telling
from simarena.mcp.kubectl.words import error_text

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from types import CodeType, FunctionType

    from mcp.server.mcpserver.context import Context

    from simarena.mcp.answers.progress import Progress, Steps
    from simarena.mcp.session import Session

READS: Final = ToolAnnotations(
    read_only_hint=True, destructive_hint=False, idempotent_hint=True, open_world_hint=False
)
"""Of tools that change nothing."""

ACTS: Final = ToolAnnotations(
    read_only_hint=False, destructive_hint=True, idempotent_hint=False, open_world_hint=False
)
"""Of tools that change the cluster."""

SETS: Final = ToolAnnotations(
    read_only_hint=False, destructive_hint=True, idempotent_hint=True, open_world_hint=False
)
"""Of tools that bring something into a state, after which doing it again changes nothing."""

MARKS: Final = ToolAnnotations(
    read_only_hint=False, destructive_hint=False, idempotent_hint=True, open_world_hint=False
)
"""The same of tools by which nothing that runs is lost."""

WAITS: Final = ToolAnnotations(
    read_only_hint=False, destructive_hint=False, idempotent_hint=False, open_world_hint=False
)
"""Of tools that only let time pass."""

_CONTEXT: Final = "mcp_context"
"""Under which name a tool is told by the SDK who asks; no argument is called so."""

_MAX_ERROR_BYTES: Final = 3_000

_DESCRIBED: Final[dict[CodeType, CheckedTool]] = {}
"""Tools by the code of their functions: names and arguments are the same in every session."""


class CheckedTool(Tool):
    """A tool that refuses arguments it does not have, and errors that are too long to read."""

    async def run(
        self,
        arguments: dict[str, Any],
        context: Context[Any, Any],
        convert_result: bool = False,
    ) -> Any:  # noqa: ANN401
        """Return what the tool answers. Raises ToolError if it refuses to."""
        try:
            check_arguments(self.name, arguments, self.parameters, self.fn_metadata.arg_model)
        except RefusedError as error:
            message = f"Error executing tool {self.name}: {error}"
            raise ToolError(clipped(message, _MAX_ERROR_BYTES)) from error
        return await super().run(arguments, context, convert_result)


class ToolServer:
    """The tools of a session, each of which has the session to itself while it runs.

    Tools are plain functions that return an Answer, or Steps that end with one. They run in a
    worker thread, in the order in which they were called, so that the server goes on answering
    while one computes. Between the steps of one, others have their turn, and a client that has
    given up ends it. Where a session allows it, those that only look wait for nobody.
    """

    def __init__(self, session: Session) -> None:
        self.session = session
        self.tools: list[Tool] = []
        """What an MCP server is to serve."""
        self._turn = anyio.Lock()

    def add(
        self,
        tool: Callable[..., Answer[Any] | Steps[Any]],
        title: str,
        annotations: ToolAnnotations = READS,
    ) -> None:
        """Serve a function under its name; its docstring tells clients what it does.

        Arguments come from its parameters; what it answers as data, from the type of the Answer
        that it says it returns.
        """
        name = tool.__name__
        alone = self.session.one_at_a_time or annotations is not READS

        @wraps(tool)
        async def serve(**arguments: Any) -> CallToolResult:  # noqa: ANN401 - the tool's own
            telling = Telling(arguments.pop(_CONTEXT, None))
            self.session.tool_calls[name] += 1
            answer = await self._answered(partial(tool, **arguments), telling, alone=alone)
            return CallToolResult(
                content=[TextContent(type="text", text=answer.text)],
                structured_content=answer.data,
            )

        code = cast("FunctionType", tool).__code__
        if code not in _DESCRIBED:
            _DESCRIBED[code] = _described(tool, serve, title, annotations)
        self.tools.append(_DESCRIBED[code].model_copy(update={"fn": serve}))

    async def _answered(
        self, tool: Callable[[], Any], telling: Telling, *, alone: bool
    ) -> Answer[Any]:
        in_turn = partial(self._in_turn, alone=alone)
        begun = await telling.during(lambda: in_turn(partial(self._begun, tool)))
        if not isinstance(begun, Generator):
            return cast("Answer[Any]", begun)
        try:
            while True:
                step = await in_turn(partial(self._step, begun))
                if isinstance(step, Answer):
                    return step
                await telling.tell(step)
                await anyio.sleep(step.pause_s)
        finally:
            with anyio.CancelScope(shield=True):
                await in_turn(begun.close)

    async def _in_turn(self, work: Callable[[], Any], *, alone: bool) -> Any:  # noqa: ANN401 - the work's own
        async with self._turn if alone else nullcontext():
            return await anyio.to_thread.run_sync(work)

    def _begun(self, tool: Callable[[], Any]) -> Answer[Any] | Steps[Any]:
        """Return what a tool answers, or its steps if it works in some."""

        def begin() -> Answer[Any] | Steps[Any]:
            self.session.before_call()
            begun = tool()
            return begun if isinstance(begun, Generator) else begun.fitted()

        return cast("Answer[Any] | Steps[Any]", self._guarded(begin))

    def _step(self, steps: Steps[Any]) -> Progress | Answer[Any]:
        """Return how far a tool has got, or its answer."""

        def proceed() -> Progress | Answer[Any]:
            try:
                return next(steps)
            except StopIteration as end:
                return cast("Answer[Any]", end.value).fitted()

        return cast("Progress | Answer[Any]", self._guarded(proceed))

    def _guarded(self, work: Callable[[], object]) -> object:
        """Return what some work returns; what it raises, as the client is to be told of it."""
        try:
            return work()
        except SimArenaError as error:
            if isinstance(error, SimulationError):
                self.session.fault = error
            raise ToolError(clipped(escaped(error_text(error)), _MAX_ERROR_BYTES)) from error
        except Exception as error:
            self.session.fault = error
            raise


def _described(
    tool: Callable[..., object],
    serve: Callable[..., object],
    title: str,
    annotations: ToolAnnotations,
) -> CheckedTool:
    """Return a tool as clients are told of it, arguments and data."""
    signature = inspect.signature(tool, eval_str=True)
    vars(serve)["__signature__"] = signature.replace(return_annotation=CallToolResult)
    described = CheckedTool.from_function(
        serve,
        name=tool.__name__,
        title=title,
        description=inspect.cleandoc(tool.__doc__ or ""),
        annotations=annotations,
        structured_output=False,
    )
    assert isinstance(described, CheckedTool)  # noqa: S101 - made by the class itself
    described.context_kwarg = _CONTEXT
    described.parameters = _closed(described.parameters)
    described.fn_metadata.output_schema = output_schema(signature.return_annotation)
    return described


def _closed(schema: Mapping[str, Any]) -> dict[str, Any]:
    """Return a schema of arguments that allows no others."""
    return {**schema, "additionalProperties": False}
