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

    Columns that fold take as many lines as they need. Where a terminal is too narrow even so, the
    lines of the table go on in its next line.
    """
    for column in table.columns:
        if column.overflow != "fold":
            whole = _longest(column, lambda text: [text]) if column.no_wrap else 0
            column.min_width = max(whole, _longest(column, str.split), column.min_width or 0)
    needed = sum(_least(column) for column in table.columns) + 2 * len(table.columns)
    before = console.width
    console.width = max(before, needed)
    console.print(table, highlight=False)
    console.width = before


def _least(column: Column) -> int:
    if column.overflow == "fold":
        return max(_LEAST, column.min_width or 0)
    return column.min_width or 0


def _longest(column: Column, parts: Callable[[str], list[str]]) -> int:
    cells = [_text(cell) for cell in (column.header, *column.cells)]
    return max((cell_len(part) for cell in cells for part in parts(cell)), default=0)


def _text(cell: object) -> str:
    return cell.plain if isinstance(cell, Text) else Text.from_markup(str(cell)).plain
