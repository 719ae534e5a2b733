"""What one MCP server serves: a cluster, where its tools look first, and what was asked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections import Counter

    from simarena.mcp.backend import Backend


class Session(Protocol):
    """The state behind a server."""

    one_at_a_time: bool
    """Whether even tools that only look must not run at the same time."""

    @property
    def backend(self) -> Backend:
        """The cluster that the tools look at."""

    @property
    def namespace(self) -> str:
        """Where tools look if no namespace is named."""

    @property
    def instructions(self) -> str:
        """What a client is told about this cluster before it calls anything."""

    @property
    def tool_calls(self) -> Counter[str]:
        """How often each tool was called, failures included; the server counts them here."""

    fault: Exception | None
    """What a tool broke on, if it was no refusal: whoever called it is not to blame."""

    def open(self) -> None:
        """Do beforehand what takes long once, such as compiling; safe to call at any time."""

    def before_call(self) -> None:
        """Prepare for a tool call; where time passes by itself, it passes here."""
