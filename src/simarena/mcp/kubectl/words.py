"""Errors in the words of kubectl."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simarena.errors import NotFoundError

if TYPE_CHECKING:
    from simarena.errors import SimArenaError


def error_text(error: SimArenaError) -> str:
    """Return an error as kubectl prints it."""
    text = str(error)
    if text.startswith(("Error from server", "error:")):
        return text
    if isinstance(error, NotFoundError):
        return f"Error from server (NotFound): {text}"
    return f"error: {text}"
