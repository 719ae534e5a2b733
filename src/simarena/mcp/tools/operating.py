"""What tools can do to a cluster that lives."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from simarena.mcp.session import Session

if TYPE_CHECKING:
    from collections.abc import Iterator

    from simarena.mcp.answers.progress import Progress
    from simarena.mcp.change import Change
    from simarena.mcp.writing import Writer


class OperatedSession(Session, Protocol):
    """A session whose cluster lives, and can be changed."""

    @property
    def time_note(self) -> str:
        """How time passes, for those who have changed something."""

    @property
    def writer(self) -> Writer:
        """Changes the cluster in every other way."""

    def change(self, change: Change, *, dry_run: bool = False) -> None:
        """Change a Deployment; in a dry run only check that it would be changed.

        Raises RefusedError where that is not allowed.
        """

    def waiting(self, seconds: int) -> Iterator[Progress]:
        """Let time pass, a part of it before each Progress; who stops iterating stops it."""
