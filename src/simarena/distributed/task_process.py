"""Work done in a process of its own, which is kept for the next piece and killed where needed."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from simarena.distributed.order_folder import (
    newest_checkpoint,
    read_checkpoint,
    read_end,
    so_far,
    write_order,
)
from simarena.distributed.work import Look

if TYPE_CHECKING:
    from collections.abc import Mapping

    from simarena.distributed.work import Order, WorkEnd

_SECRET_PREFIXES: Final = ("AWS_", "GOOGLE_", "AZURE_")
_MIB: Final = 1 << 20


class TaskProcess:
    """Does one order at a time in a process that is started when it is first needed.

    The process is given a folder with what an order begins with; it knows no bucket and no
    credentials.
    """

    def __init__(self, folder: Path) -> None:
        """Keep the folders of orders in `folder`."""
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None
        self._order: Order | None = None
        self._path: Path | None = None
        self._heard = b""
        self._seen: tuple[int, int] | None = None

    def begin(self, order: Order) -> None:
        """Begin a piece of work; there is none under way."""
        self._folder.mkdir(parents=True, exist_ok=True)
        self._path = Path(tempfile.mkdtemp(prefix="task-", dir=self._folder))
        self._order, self._seen, self._heard = order, None, b""
        write_order(self._path, order)
        process = self._started()
        assert process.stdin is not None  # noqa: S101 it was made with one
        try:
            process.stdin.write(os.fsencode(self._path) + b"\n")
            process.stdin.flush()
        except BrokenPipeError:
            self._process = None  # it died between two orders; `look` finds nobody at work

    def look(self) -> Look:
        """Return how the work stands."""
        assert self._order is not None  # noqa: S101 there is work under way
        assert self._path is not None  # noqa: S101 there is work under way
        answer = self._answer()
        checkpoint, number = self._new_checkpoint()
        if answer is not None or checkpoint is None:
            end = None if answer is None else self._end(answer)
            return Look(end=end)
        files = so_far(self._path, self._order.kind)
        return Look(checkpoint=checkpoint, checkpoint_number=number, files=files)

    def so_far(self) -> dict[str, bytes]:
        """Return metrics and log of what is under way, as they stand."""
        if self._path is None or self._order is None:
            return {}
        return so_far(self._path, self._order.kind)

    def stop(self) -> None:
        """Give up what is under way, with the process that does it."""
        if self._path is None:
            return
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._close()
        self._forget()

    def close(self) -> None:
        """End the process."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._close()
        self._forget()

    def _started(self) -> subprocess.Popen[bytes]:
        if self._process is not None and self._process.poll() is None:
            return self._process
        environment = {k: v for k, v in os.environ.items() if not k.startswith(_SECRET_PREFIXES)}
        with (self._folder / "process.log").open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "simarena.distributed.tasks"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                env=environment,
            )
        assert self._process.stdout is not None  # noqa: S101 it was made with one
        os.set_blocking(self._process.stdout.fileno(), False)
        return self._process

    def _answer(self) -> dict[str, Any] | None:
        """Return what the process says at the end of its work; None before."""
        process, order = self._process, self._order
        assert order is not None  # noqa: S101 there is work under way
        if process is None:
            return {"error": "the process that did the work was gone"}
        status = process.poll()  # before the last words are read
        self._heard += process.stdout.read() or b"" if process.stdout is not None else b""
        if b"\n" in self._heard:
            line, _, self._heard = self._heard.partition(b"\n")
            answer: dict[str, Any] = json.loads(line)
            return answer
        if status is not None:
            self._close()
            return {"error": f"the process that did the work ended with status {status}"}
        if _resident_mib(process.pid) > order.manifest.memory_mib:
            process.kill()
            process.wait()
            self._close()
            return {"error": f"took more memory than memory_mib={order.manifest.memory_mib}"}
        return None

    def _end(self, answer: Mapping[str, Any]) -> WorkEnd:
        """Return how the work ended, with the files that it made."""
        assert self._path is not None  # noqa: S101 there is work under way
        assert self._order is not None  # noqa: S101 there is work under way
        end = read_end(self._path, self._order.kind, answer)
        self._forget()
        return end

    def _new_checkpoint(self) -> tuple[bytes | None, int]:
        assert self._path is not None  # noqa: S101 there is work under way
        path = newest_checkpoint(self._path)
        try:
            status = path.stat()
        except OSError:
            return None, 0
        seen = (status.st_ino, status.st_mtime_ns)
        if self._seen is None and "checkpoint" in getattr(self._order, "files", {}):
            self._seen = seen  # the one that it goes on from
        if seen == self._seen:
            return None, 0
        self._seen = seen
        steps = [each.stem.removeprefix("step_") for each in path.parent.glob("step_*.npz")]
        number = max((int(each) for each in steps if each.isdigit()), default=0)
        return read_checkpoint(self._path), number

    def _close(self) -> None:
        if self._process is None:
            return
        for stream in (self._process.stdin, self._process.stdout):
            if stream is not None:
                try:
                    stream.close()
                except BrokenPipeError:
                    continue
        self._process = None

    def _forget(self) -> None:
        if self._path is not None:
            shutil.rmtree(self._path, ignore_errors=True)
        self._path = self._order = None


def _resident_mib(pid: int) -> int:
    """Return the memory that a process takes; 0 where the system does not tell."""
    try:
        fields = Path(f"/proc/{pid}/statm").read_text("ascii").split()
    except (OSError, UnicodeDecodeError):
        return 0
    return int(fields[1]) * os.sysconf("SC_PAGE_SIZE") // _MIB
