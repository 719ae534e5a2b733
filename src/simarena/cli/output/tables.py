"""Tables in a terminal, of which no figure and no name is ever cut."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rich.cells import cell_len
from rich.text import Text

if TYPE_CHECKING:
    from collections.abc import Callable

    from rich.console import Console
    from rich.table import Column, Table

_LEAST: Final = 8  # letters of a name in a line, where names are folded


def print_table(console: Console, table: Table) -> None:
    """Print a table whole.

    Columns that fold, and words, take as many lines as they need. Where a terminal is too narrow
    even so, the lines of the table go on in its next line.
    """
    gaps = 2 * len(table.columns)
    whole = [_longest(column, str.splitlines) for column in table.columns]
    least = [_least(column) for column in table.columns]
    before = console.width
    console.width = max(before, sum(least) + gaps)
    spare = console.width - sum(least) - gaps
    if sum(whole) + gaps > console.width:
        for column, most, width in zip(table.columns, whole, least, strict=True):
            more = max(0, min(spare, most - width))
            column.width = width + more
            spare -= more
    console.print(table, highlight=False)
    console.width = before


def whole_width(table: Table) -> int:
    """Return the width of a table none of whose cells takes more than a line.

    What stands above names that are folded may do so.
    """
    widths = [
        max((cell_len(_text(cell)) for cell in column.cells), default=0)
        if column.overflow == "fold"
        else _longest(column, str.splitlines)
        for column in table.columns
    ]
    return sum(widths) + 2 * len(widths)


def _least(column: Column) -> int:
    """Return the least width of a column in which no figure, and no word, is cut."""
    if column.overflow == "fold":
        needed = _LEAST
    elif column.no_wrap:
        needed = _longest(column, str.splitlines)
    else:
        needed = _longest(column, str.split)
    return max(needed, column.min_width or 0)


def _longest(column: Column, parts: Callable[[str], list[str]]) -> int:
    cells = [_text(cell) for cell in (column.header, *column.cells)]
    return max((cell_len(part) for cell in cells for part in parts(cell)), default=0)


def _text(cell: object) -> str:
    return cell.plain if isinstance(cell, Text) else Text.from_markup(str(cell)).plain
