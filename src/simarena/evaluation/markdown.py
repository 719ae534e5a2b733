"""Tables in Markdown whose cells may hold anything."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

_ESCAPES: Final = str.maketrans(
    {"\\": r"\\", "|": r"\|", "<": "&lt;", ">": "&gt;", "&": "&amp;", "`": r"\`"}
)
_CODE: Final = re.compile(r"(`[^`]+`)")


def plain(text: str) -> str:
    """Return the text on one line, with the signs that mean something in tables made harmless."""
    return _line(text).translate(_ESCAPES)


def with_code(text: str) -> str:
    """Return the text as `plain` does, but what stands between two backticks stays code."""
    return "".join(
        piece.replace("|", r"\|") if _CODE.fullmatch(piece) else piece.translate(_ESCAPES)
        for piece in _CODE.split(_line(text))
    )


def table_lines(
    titles: Sequence[str], rows: Iterable[Sequence[str]], cell: Callable[[str], str] = plain
) -> list[str]:
    """Return the lines of a table and an empty one after it. Cells are shown as they are read."""
    return [
        _row(titles),
        _row(["---"] * len(titles)),
        *(_row([cell(text) for text in row]) for row in rows),
        "",
    ]


def _line(text: str) -> str:
    return " ".join(text.split())


def _row(cells: Iterable[str]) -> str:
    return "| " + " | ".join(cells) + " |"
