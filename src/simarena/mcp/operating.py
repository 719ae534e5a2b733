"""What tools can do to a cluster that lives."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from simarena.mcp.session import Session

if TYPE_CHECKING:
    from simarena.mcp.change import Change


class OperatedSession(Session, Protocol):
    """A session whose cluster lives, and can be changed."""

    @property
    def time_note(self) -> str:
        """How time passes, for those who have changed something."""

    def change(self, change: Change) -> None:
        """Change a Deployment. Raises RefusedError where that is not allowed."""

    def wait(self, seconds: int) -> None:
        """Let time pass."""
