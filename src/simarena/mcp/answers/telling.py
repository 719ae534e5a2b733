"""Progress notifications to the client of one call."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final, TypeVar

import anyio

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from mcp.server.mcpserver.context import Context

    from simarena.mcp.answers.progress import Progress

Result = TypeVar("Result")

SIGN_OF_LIFE_S: Final = 5.0
"""How often a client is told that a call goes on, where the tool itself tells nothing."""

_LEAST: Final = 0.001
"""By what progress grows if nothing is known of it; it has to grow."""


class Telling:
    """Tells a client how far its call is, if it wants to know."""

    def __init__(self, context: Context[Any, Any] | None) -> None:
        self._context = context
        self._told = 0.0

    async def tell(self, progress: Progress) -> None:
        """Notify the client, unless that would be no progress."""
        if progress.done > self._told:
            await self._report(progress.done, progress.total, progress.message)

    async def during(self, work: Callable[[], Awaitable[Result]]) -> Result:
        """Return what some work returns, with signs of life until then."""
        results: list[Result] = []
        failure: Exception | None = None
        async with anyio.create_task_group() as group:
            group.start_soon(self._live)
            try:
                results.append(await work())
            except Exception as error:  # noqa: BLE001 - raised below, outside of the group
                failure = error
            group.cancel_scope.cancel()
        if failure is not None:
            raise failure
        return results[0]

    async def _live(self) -> None:
        while True:
            await anyio.sleep(SIGN_OF_LIFE_S)
            await self._report(self._told + _LEAST, None, "still at work")

    async def _report(self, done: float, total: float | None, message: str) -> None:
        self._told = done
        if self._context is not None:
            with suppress(ValueError):  # called without a request: there is nobody to tell
                await self._context.report_progress(done, total, message)
