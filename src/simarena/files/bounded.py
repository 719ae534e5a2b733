"""Local files read within bounds: never more than a limit, and nothing that has no end.

Devices and named pipes are refused before they are opened, as they may give bytes for ever, or
none and keep their reader waiting. Every limit can be raised by one factor, in the environment.
"""

from __future__ import annotations

import os
import re
import stat
from typing import TYPE_CHECKING, Final

from simarena.errors import ConfigError, StorageError

if TYPE_CHECKING:
    from pathlib import Path
    from typing import BinaryIO

FACTOR_VARIABLE: Final = "SIMARENA_LIMIT_FACTOR"
"""Environment variable whose value, a whole number, multiplies every limit on what is read."""

MAX_BYTES: Final = 128 << 20
"""Largest file that is read where no other limit is given, in bytes."""

_OPEN_PIPES: Final = re.compile(r"/dev/(?:stdin|fd/\d+)|/proc/(?:self|\d+)/fd/\d+")
"""What a shell opened for this process, such as `<(zcat trace.gz)`; whoever writes there is at it.
"""

_FACTOR: Final = re.compile(r"[1-9]\d{0,8}")


def bound(limit: int) -> int:
    """Return a limit, multiplied by the factor that the environment names, if it names one.

    Raises:
        ConfigError: the factor is not a whole number from 1 on.
    """
    factor = os.environ.get(FACTOR_VARIABLE, "1")
    if not _FACTOR.fullmatch(factor):
        message = (
            f"{FACTOR_VARIABLE}={factor!r}: the factor on limits is a whole number from 1 to "
            "999999999; correct it, or unset it"
        )
        raise ConfigError(message)
    return limit * int(factor)


def how_to_raise(needed: int, limit: int) -> str:
    """Return the words that tell how a limit is raised so far that `needed` is within it."""
    return f"to raise it, set {FACTOR_VARIABLE}={max(2, -(-needed // limit))}"


def require_file(path: Path, limit: int = MAX_BYTES) -> None:
    """Refuse what is no regular file, or is larger than `limit` bytes, before anything reads it.

    Raises:
        StorageError: it is so, or does not exist.
    """
    try:
        status = path.stat()
    except (OSError, ValueError) as error:
        raise unreadable(path, error) from error
    if stat.S_ISDIR(status.st_mode):
        message = f"{_shown(path)}: cannot be read: is a directory; name a file"
        raise StorageError(message)
    if not stat.S_ISREG(status.st_mode) and not _is_open_pipe(path, status.st_mode):
        message = (
            f"{_shown(path)}: is {_kind(status.st_mode)}, not a file; write what it gives to a file"
        )
        raise StorageError(message)
    if status.st_size > bound(limit):
        raise too_large(_shown(path), status.st_size, limit)


def open_file(path: Path, limit: int = MAX_BYTES) -> BinaryIO:
    """Return a regular file of at most `limit` bytes, open for reading.

    Raises:
        StorageError: it is none, or cannot be opened.
    """
    require_file(path, limit)
    try:
        return path.open("rb")
    except (OSError, ValueError) as error:
        raise unreadable(path, error) from error


def read_file(path: Path, limit: int = MAX_BYTES) -> bytes:
    """Return all that a regular file holds.

    Raises:
        StorageError: it is none, larger than `limit` bytes, or cannot be read.
    """
    most = bound(limit)
    with open_file(path, limit) as file:
        try:
            data = file.read(most + 1)
        except OSError as error:
            raise unreadable(path, error) from error
    if len(data) > most:  # a pipe, or a file that has just grown
        raise too_large(_shown(path), len(data), limit)
    return data


def read_text(path: Path, limit: int = MAX_BYTES) -> str:
    """Return all that a regular file of UTF-8 text holds.

    Raises:
        StorageError: it is none, larger than `limit` bytes, or cannot be read.
    """
    try:
        return read_file(path, limit).decode("utf-8")
    except UnicodeDecodeError as error:
        message = f"{_shown(path)}: cannot be read: it is not UTF-8 text; name another file"
        raise StorageError(message) from error


def too_large(where: str, size: int, limit: int) -> StorageError:
    """Return the error that something of `size` bytes is above `limit`, and how to raise that."""
    return StorageError(
        f"{where}: is larger than {_mebibytes(bound(limit))} MiB, the limit; "
        f"{how_to_raise(size, limit)}"
    )


def unreadable(path: Path, error: OSError | ValueError) -> StorageError:
    """Return the error that a file cannot be read, with the system's reason."""
    said = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return StorageError(f"{_shown(path)}: cannot be read: {said[:1].lower()}{said[1:]}")


def _is_open_pipe(path: Path, mode: int) -> bool:
    return stat.S_ISFIFO(mode) and _OPEN_PIPES.fullmatch(os.fspath(path)) is not None


def _kind(mode: int) -> str:
    if stat.S_ISFIFO(mode):
        return "a named pipe"
    if stat.S_ISSOCK(mode):
        return "a socket"
    return "a device"


def _mebibytes(num_bytes: int) -> str:
    return f"{num_bytes / 2**20:,.3f}".rstrip("0").rstrip(".")


def _shown(path: Path) -> str:
    text = os.fspath(path)
    return text if text.isprintable() else ascii(text)
