"""Files of records: JSON, one object a line."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeVar

import msgspec

from simarena.errors import RunError, StorageError
from simarena.files.bounded import read_file

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

Record = TypeVar("Record", bound=msgspec.Struct)

MAX_BYTES: Final = 1 << 30
"""Largest file of records that is read, in bytes."""

_ENCODER: Final = msgspec.json.Encoder()


def to_lines(records: Iterable[msgspec.Struct]) -> str:
    """Return the records as JSON, one object a line."""
    return "".join(_ENCODER.encode(each).decode() + "\n" for each in records)


def read_lines(path: Path, decoder: msgspec.json.Decoder[Record], what: str) -> list[Record]:
    """Return the records in the file at `path`, in its order; unknown keys are passed over.

    Raises:
        RunError: it cannot be read, or a line in it is not `what` it should be.
    """
    try:
        lines = read_file(path, MAX_BYTES).splitlines()
    except StorageError as error:
        message = f"{error}; measure the run again"
        raise RunError(message) from error
    records = []
    for number, line in enumerate(lines, 1):
        try:
            records.append(decoder.decode(line))
        except (msgspec.DecodeError, RecursionError) as error:
            reason = " ".join(str(error).split())
            message = f"{path}: line {number} is no {what} ({reason}); measure again"
            raise RunError(message) from error
    return records
