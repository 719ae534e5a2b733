"""CSV files read line by line: columns by name, values checked, wrong ones named by their line."""

from __future__ import annotations

import csv
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NoReturn

from simarena.errors import TraceError, shown
from simarena.files.bounded import open_file, unreadable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path
    from typing import BinaryIO

    Progress = Callable[[int], None]
    """Told how many bytes have been read."""

_MAX_BYTES: Final = 1 << 40  # they are never in memory as a whole
_MAX_WHOLE: Final = 1 << 53


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a CSV file."""

    where: str
    """File and line, for messages."""
    values: Mapping[str, str]
    """By column."""
    absent: frozenset[str] = frozenset()
    """Columns that the file has not; their values are empty."""

    def refuse(self, column: str, reason: str) -> NoReturn:
        """Raise TraceError about a value."""
        message = f"{self.where}: {column} {reason}, got {shown(self.values[column])}"
        raise TraceError(message)

    def text(self, column: str) -> str:
        """Return text that must be there."""
        value = self.values[column].strip()
        if not value:
            self.refuse(column, "must not be empty")
        return value

    def number(self, column: str, *, least: float = -math.inf) -> float:
        """Return a finite number."""
        try:
            value = float(self.values[column])
        except ValueError:
            self.refuse(column, "must be a number")
        if not math.isfinite(value) or value < least:
            self.refuse(column, f"must be at least {least:g}" if value < least else "is not finite")
        return value

    def whole(self, column: str, *, least: int = 0) -> int:
        """Return a whole number; `8` may be written `8.0`."""
        value = self.number(column, least=least)
        if value != int(value) or value > _MAX_WHOLE:
            self.refuse(column, "must be a whole number")
        return int(value)

    def is_missing(self, column: str) -> bool:
        """Return whether there is no value: empty, or what databases and Pandas write for none."""
        return self.values[column].strip().lower() in {"", "nan", "null", "none"}


def lines(
    path: Path,
    columns: Sequence[str],
    progress: Progress | None = None,
    *,
    short: Sequence[str] = (),
) -> Iterator[Line]:
    """Yield the lines of a CSV file under its header; more columns than these may be there.

    One that has the `short` columns and no others has empty values for the rest.

    Raises StorageError if it cannot be read, TraceError if it is no such file.
    """
    with open_file(path, _MAX_BYTES) as file:
        reader = csv.reader(_decoded(file, path, progress), strict=True)
        header: list[str] | None = None
        absent: frozenset[str] = frozenset()
        where = f"{path}: line 1"
        try:
            for fields in reader:
                where = f"{path}: line {reader.line_num}"
                if header is None:
                    header = _header(fields, columns, where, short)
                    absent = frozenset(columns) - frozenset(header)
                elif fields:
                    if len(fields) != len(header):
                        message = (
                            f"{where}: has {len(fields)} values for {len(header)} columns; "
                            "correct it, or leave it out"
                        )
                        raise TraceError(message)
                    values = dict.fromkeys(absent, "") | dict(zip(header, fields, strict=True))
                    yield Line(where, values, absent)
        except csv.Error as error:
            message = f"{path}: line {reader.line_num}: is no CSV: {error}"
            raise TraceError(message) from error
        if header is None:
            message = f"{where}: the file is empty; its first line names {', '.join(columns)}"
            raise TraceError(message)


def _header(
    fields: list[str], columns: Sequence[str], where: str, short: Sequence[str]
) -> list[str]:
    header = [field.strip() for field in fields]
    if short and sorted(header) == sorted(short):
        return header
    missing = [column for column in columns if column not in header]
    if missing:
        message = f"{where}: there is no column {missing[0]}; needed are {', '.join(columns)}"
        raise TraceError(message)
    return header


def _decoded(file: BinaryIO, path: Path, progress: Progress | None) -> Iterator[str]:
    num_bytes = 0
    number = 0
    while True:
        try:
            data = file.readline(1 << 20)
        except OSError as error:
            raise unreadable(path, error) from error
        if not data:
            return
        number += 1
        num_bytes += len(data)
        try:
            text = data.decode("utf-8-sig" if number == 1 else "utf-8")
        except UnicodeDecodeError as error:
            message = f"{path}: line {number}: is not UTF-8 text"
            raise TraceError(message) from error
        if progress is not None and number & 0x3FF == 0:
            progress(num_bytes)
        yield text
