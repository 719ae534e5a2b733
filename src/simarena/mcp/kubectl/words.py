"""Errors in the words of kubectl."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simarena.errors import ApiRefusalError, NotFoundError

if TYPE_CHECKING:
    from simarena.errors import SimArenaError


def error_text(error: SimArenaError) -> str:
    """Return an error as kubectl prints it."""
    text = str(error)
    if text.startswith(("Error from server", "error:")):
        return text
    if isinstance(error, NotFoundError):
        return f"Error from server (NotFound): {text}"
    if isinstance(error, ApiRefusalError):
        kind, name = (error.details or {}).get("kind"), (error.details or {}).get("name")
        begin, found, causes = text.partition(f'"{name}" is invalid: ')
        if error.reason == "Invalid" and kind and found and begin:
            return f'The {kind} "{name}" is invalid: {causes}'
        return f"Error from server ({error.reason}): {text}"
    return f"error: {text}"
