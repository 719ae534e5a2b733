"""Traces and lists of nodes written as they are made, whole or not at all."""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

import msgspec

from simarena.errors import StorageError, TraceError, shown
from simarena.files.bounded import MAX_BYTES, bound, how_to_raise
from simarena.trace.check import check_events
from simarena.trace.model import VERSION
from simarena.trace.version1 import config_for

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path
    from typing import BinaryIO

    from simarena.trace.kinds import Manifest
    from simarena.trace.model import TraceEvent

_MAP_OF_5: Final = b"\x85"
_LIST_32: Final = b"\xdd"
_NO_LENGTH: Final = bytes(4)


def write_trace(path: Path, events: Iterable[TraceEvent], source: str) -> tuple[int, int]:
    """Write a trace of pods; return how many pods come and how many events there are.

    Raises TraceError, having written nothing, if an event is not sound or the file would be larger
    than any that is read.
    """
    encode = msgspec.msgpack.encode
    config = config_for([{"apiVersion": "v1", "kind": "Pod"}])
    num_pods = num_events = 0
    with _new_file(path) as file:
        file.write(_MAP_OF_5)
        for value in ("version", VERSION, "config", config, "events"):
            file.write(encode(value))
        begin = file.tell()
        file.write(_LIST_32 + _NO_LENGTH)
        for event in events:
            check_events([event], source)
            values = {
                "ts": event.ts,
                "applied_objs": event.applied_objs,
                "deleted_objs": event.deleted_objs,
            }
            file.write(encode(values))
            num_events += 1
            num_pods += len(event.applied_objs)
            if file.tell() > bound(MAX_BYTES):
                message = (
                    f"{source}: its trace is larger than the {bound(MAX_BYTES) >> 20:,} MiB that "
                    "are read; take less with --limit or --until; "
                    f"{how_to_raise(2 * file.tell(), MAX_BYTES)}"
                )
                raise TraceError(message)
        for value in ("index", {}, "pod_lifecycles", {}):
            file.write(encode(value))
        file.seek(begin)
        file.write(_LIST_32 + num_events.to_bytes(4, "big"))
    return num_pods, num_events


def write_nodes(path: Path, nodes: Iterable[Manifest]) -> int:
    """Write nodes as a JSON list of Kubernetes objects; return how many there are."""
    number = 0
    with _new_file(path) as file:
        file.write(b'{"apiVersion": "v1", "kind": "List", "items": [')
        for node in nodes:
            file.write(b",\n" if number else b"\n")
            file.write(msgspec.json.encode(node))
            number += 1
        file.write(b"\n]}\n")
    return number


@contextmanager
def _new_file(path: Path) -> Iterator[BinaryIO]:
    """Yield a file that takes the place of what is at a path once all of it is written."""
    temporary = path.with_name(f".{path.name[:200]}.{os.urandom(6).hex()}.tmp")
    try:
        with temporary.open("xb") as file:
            yield file
        temporary.replace(path)
    except OSError as error:
        message = f"{shown(str(path))}: cannot be written: {error.strerror or error}"
        raise StorageError(message) from error
    finally:
        temporary.unlink(missing_ok=True)
