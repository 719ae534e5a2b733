"""Answers of tools: compact text under a header line, and the same as data, both bounded."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Generic, TypedDict, TypeVar

from simarena.mcp.answers.bounds import (
    MAX_BYTES,
    MAX_CELL_CHARS,
    shortened,
    shrunk,
    size,
    within_bounds,
)
from simarena.mcp.answers.cursor import Cursor
from simarena.mcp.answers.escaping import escaped, escaped_data, escaped_lines

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from simarena.cluster.manifests.fields import Fields

Data = TypeVar("Data", bound=Mapping[str, object])
Each = TypeVar("Each")

_SEPARATOR: Final = "   "
_HEADER_BYTES: Final = 400
"""Room for what a list says above its table."""


@dataclass(frozen=True, slots=True)
class Answer(Generic[Data]):
    """What a tool says. The type of its data is what the tool declares to clients."""

    text: str
    data: Data

    def fitted(self) -> Answer[Any]:
        """Return this answer with nothing in it that cannot be printed, and within bounds."""
        return Answer(*within_bounds(escaped_lines(self.text), escaped_data(self.data)))


class Listed(TypedDict):
    """What every list says beside its `items`."""

    total: int
    """How many there are."""
    shown: int
    """How many of them are in this answer."""
    next_cursor: str
    """What to give as `cursor` to see the next ones; empty at the end."""


@dataclass(frozen=True, slots=True)
class Row:
    """One object of a list."""

    cells: Sequence[str]
    data: Any
    """The same as a record."""

    def fitted(self, most_bytes: int) -> Row:
        """Return a row of cells that are short and hold no line ends."""
        cells = [shortened(escaped(cell), MAX_CELL_CHARS) for cell in self.cells]
        data = escaped_data(self.data)
        if sum(map(len, cells)) + size(data) > most_bytes:
            each = most_bytes // (4 * len(cells))
            cells = [shortened(cell, each) for cell in cells]
            data = shrunk(data, most_bytes // 2)
        return Row(cells, data)


def rendered(columns: Sequence[str], rows: Sequence[Row]) -> str:
    """Return rows as text, the columns' names above them."""
    lines = [columns, *(row.cells for row in rows)]
    widths = [max(map(len, cells)) for cells in zip(*lines, strict=True)]
    return "\n".join(
        _SEPARATOR.join(
            cell.ljust(width) for cell, width in zip(line, widths, strict=True)
        ).rstrip()
        for line in lines
    )


def name_of(manifest: Fields) -> str:
    """Return what tells an object from others of its kind: namespace and name."""
    metadata = manifest["metadata"]
    return f"{metadata.get('namespace') or ''}/{metadata['name']}"


def listed(  # noqa: PLR0913 - a list has as many sides
    what: str,
    columns: Sequence[str],
    found: Sequence[Each],
    row: Callable[[Each], Row],
    *,
    limit: int,
    cursor: str = "",
    identity: Callable[[Any], str] = name_of,
    order: str = "newest first",
    note: str = "",
    hint: str = "",
    **data: object,
) -> Answer[Any]:
    """Return the answer of a tool that lists something: Listed, `items`, and `data`.

    `what` names the objects and where they are; `note` sums all of them up; `hint` says how to ask
    for fewer of them. The list begins after the object that `cursor` stands for, and ends where
    `limit` or the size of an answer is reached. `row` is asked only for what is shown; `identity`
    tells one object from the others.
    """
    first = Cursor.read(cursor).position(found, identity)
    note = shortened(escaped(note), MAX_CELL_CHARS)
    what = shortened(escaped(what), MAX_CELL_CHARS)
    data = shrunk(escaped_data(data), MAX_BYTES // 3)
    taken = size(data) + len(note.encode()) + len(what.encode()) + _HEADER_BYTES
    rows = _fitting(columns, found[first : first + limit], row, MAX_BYTES - taken)
    end = first + len(rows)
    total = len(found)
    shown = f"{len(rows)} of {total}" if not first else f"{first + 1} to {end} of {total}"
    header = f"{what}, {order}: showing {shown}" + (f" ({note})" if note else "")
    following = ""
    if rows and end < total:
        following = str(Cursor.after(end, identity(found[end - 1])))
        header += f"; the next ones: cursor={following}"
    if len(rows) < total and hint:
        header += f"; {hint}"
    items = [each.data for each in rows]
    told = {"total": total, "shown": len(rows), "next_cursor": following, **data, "items": items}
    return Answer(f"{header}\n{rendered(columns, rows)}" if rows else header, told)


def none_listed(text: str, **data: object) -> Answer[Any]:
    """Return the answer of a tool that has found nothing to list."""
    return Answer(text, {"total": 0, "shown": 0, "next_cursor": "", **data, "items": []})


def _fitting(
    columns: Sequence[str], found: Sequence[Each], row: Callable[[Each], Row], room: int
) -> list[Row]:
    """Return rows as text and data of which fit into so many bytes; one at least."""
    rows: list[Row] = []
    widths = [len(column.encode()) for column in columns]
    for each in found:
        one = row(each).fitted(room // 2)
        widths = [
            max(width, len(cell.encode())) for width, cell in zip(widths, one.cells, strict=True)
        ]
        text = (sum(widths) + len(_SEPARATOR) * len(widths)) * (len(rows) + 2)
        room -= size(one.data) + 2
        if text > room and rows:
            break
        rows.append(one)
    return rows
