"""Answers of tools: compact text under a header line, and the same as data, both bounded."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

MAX_BYTES: Final = 15_000
"""Most bytes of an answer, text and data together; clients cut off what is longer than 16 KB."""

_SEPARATOR: Final = "   "


@dataclass(frozen=True, slots=True)
class Answer:
    """What a tool says."""

    text: str
    data: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Row:
    """One object of a list."""

    cells: Sequence[str]
    data: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Table:
    """A list as kubectl prints it, cut to the size of an answer."""

    columns: Sequence[str]
    rows: Sequence[Row]
    """As many as may be shown."""
    total: int
    """How many there are."""

    def fitting(self, taken: int = 0) -> Sequence[Row]:
        """Return the rows that are shown, if `taken` bytes are used for other things."""
        left = MAX_BYTES - taken - 400
        fitting: list[Row] = []
        widths = [len(column) for column in self.columns]
        for row in self.rows:
            widths = [max(width, len(cell)) for width, cell in zip(widths, row.cells, strict=True)]
            text = (sum(widths) + len(_SEPARATOR) * len(widths)) * (len(fitting) + 2)
            left -= size(row.data) + 2
            if text > left:
                break
            fitting.append(row)
        return fitting

    def render(self, rows: Sequence[Row]) -> str:
        """Return rows as text, the columns' names above them."""
        lines = [self.columns, *(row.cells for row in rows)]
        widths = [max(map(len, cells)) for cells in zip(*lines, strict=True)]
        return "\n".join(
            _SEPARATOR.join(
                cell.ljust(width) for cell, width in zip(line, widths, strict=True)
            ).rstrip()
            for line in lines
        )


def listed(
    what: str,
    table: Table,
    *,
    order: str = "newest first",
    note: str = "",
    hint: str = "",
    **data: object,
) -> Answer:
    """Return the answer of a tool that lists something.

    `what` names the objects and where they are; `note` sums all of them up; `hint` says how to see
    the others where not all are shown.
    """
    total = table.total
    rows = table.fitting(size(data) + len(note.encode()))
    header = f"{what}, {order}: showing {len(rows)} of {total}"
    if note:
        header += f" ({note})"
    if len(rows) < total and hint:
        header += f"; {hint}"
    items = [row.data for row in rows]
    told = {"total": total, "shown": len(rows), **data, "items": items}
    return Answer(f"{header}\n{table.render(rows)}" if rows else header, told)


def clipped(text: str, most_bytes: int = MAX_BYTES) -> str:
    """Return a text, or its beginning and a line that says how much is left out."""
    encoded = text.encode()
    if len(encoded) <= most_bytes:
        return text
    kept = encoded[: most_bytes - 80].decode(errors="ignore")
    return f"{kept}\n... {len(encoded) - len(kept.encode())} bytes left out"


def clipped_start(text: str, most_bytes: int = MAX_BYTES) -> str:
    """Return a text, or its last whole lines below a line that says how much is left out."""
    encoded = text.encode()
    if len(encoded) <= most_bytes:
        return text
    kept = encoded[-(most_bytes - 80) :].decode(errors="ignore").partition("\n")[2]
    return f"... {len(encoded) - len(kept.encode())} bytes left out\n{kept}"


def size(data: object) -> int:
    """Return how many bytes data takes as JSON."""
    return len(json.dumps(data, ensure_ascii=False).encode())
