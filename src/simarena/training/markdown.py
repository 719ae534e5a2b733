"""Tables in Markdown whose cells may hold anything."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_ESCAPES: Final = str.maketrans(
    {"\\": r"\\", "|": r"\|", "<": "&lt;", ">": "&gt;", "&": "&amp;", "`": r"\`"}
)


def table_lines(titles: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """Return the lines of a table and an empty one after it. Cells are shown as they are read."""
    return [
        _row(titles),
        _row(["---"] * len(titles)),
        *(_row([plain(cell) for cell in row]) for row in rows),
        "",
    ]


def plain(text: str) -> str:
    """Return the text on one line, with the signs that mean something in tables made harmless."""
    return " ".join(text.split()).translate(_ESCAPES)


def _row(cells: Iterable[str]) -> str:
    return "| " + " | ".join(cells) + " |"
