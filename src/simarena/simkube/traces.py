"""Where the edited trace is put, and under which URI the driver reads it."""

from __future__ import annotations

import os
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from simarena.errors import StorageError
from simarena.files.storage import delete_bytes, is_remote, read_bytes, write_bytes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from simarena.simkube.settings import SimKubeSettings
    from simarena.trace import Trace

_DRIVER_FOLDER = "file:///data"


def trace_name(simulation: str) -> str:
    """Return the name of the trace of a simulation, the same on both sides."""
    return f"{simulation}.sktrace"


def written_to(settings: SimKubeSettings, simulation: str) -> str:
    """Return where the trace of a simulation is written: a path or a URI."""
    folder = settings.traces
    name = trace_name(simulation)
    if is_remote(folder):
        return f"{folder.rstrip('/')}/{name}"
    if folder.startswith("file://"):
        folder = urlsplit(folder).path
    return os.fspath(Path(folder) / name)


def driver_uri(settings: SimKubeSettings, simulation: str) -> str:
    """Return the URI under which the driver finds the trace of a simulation."""
    folder = settings.driver_traces
    if not folder:
        folder = settings.traces if is_remote(settings.traces) else _DRIVER_FOLDER
    return f"{folder.rstrip('/')}/{trace_name(simulation)}"


@contextmanager
def placed(settings: SimKubeSettings, simulation: str, trace: Trace) -> Iterator[str]:
    """Put a trace where the driver reads it; give its URI there, and take it away at the end.

    Raises StorageError if it cannot be written.
    """
    where = written_to(settings, simulation)
    write_bytes(where, trace.to_bytes())
    if not is_remote(where):  # the driver is another user, on the other side of a mount
        Path(where).chmod(0o644)
    try:
        yield driver_uri(settings, simulation)
    finally:
        with suppress(StorageError):
            delete_bytes(where)


def check_writable(settings: SimKubeSettings, probe: str) -> None:
    """Write, read and delete a small object beside the traces. Raises StorageError."""
    where = written_to(settings, probe)
    write_bytes(where, b"probe")
    try:
        if read_bytes(where, max_bytes=16) != b"probe":
            message = f"{where}: what was written is not what is read"
            raise StorageError(message)
    finally:
        with suppress(StorageError):
            delete_bytes(where)
