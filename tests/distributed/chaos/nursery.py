"""Processes that are forked off one which has imported everything, so that a start takes no time.

What is forked is a process as any other, with memory, connections and a group of its own: it is
killed and paused alone. What it is asked to do is a module's `main`, as `python -m` would do it.
"""

from __future__ import annotations

import contextlib
import importlib
import json
import os
import selectors
import signal
import socket
import subprocess
import sys
import tempfile
import traceback
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, Final, NoReturn

from tests.distributed.chaos import undisturbed

from simarena.distributed import task_process

if TYPE_CHECKING:
    import io
    from collections.abc import Iterator, Mapping

PLACE: Final = "SIMARENA_TEST_NURSERY"
"""Names the socket to those who were born here, and may ask for others."""
_ROOT: Final = Path(__file__).resolve().parents[3]
_READ: Final = (
    "simarena.cli.worker",
    "simarena.cli.coordinator",
    "simarena.distributed.bucket",
    "simarena.distributed.federated",
    "simarena.distributed.members",
    "simarena.distributed.tasks",
    "simarena.training.sb3.local_update",
    "simarena.training.worker",
    "torch._dynamo",
    "torch.optim.adam",
)
_REAP_S: Final = 0.02


class Process:
    """What `subprocess.Popen` is, of what is used here, for a process that was forked elsewhere."""

    def __init__(
        self, connection: socket.socket, stdin: io.RawIOBase | None, stdout: io.RawIOBase | None
    ) -> None:
        self.stdin, self.stdout = stdin, stdout
        self._connection = connection
        self._returncode: int | None = None
        self.pid = int(connection.recv(16))

    def poll(self) -> int | None:
        """Return its status if it has ended; negative if a signal has ended it."""
        return self._status(0.0)

    def wait(self) -> int:
        """Return its status when it has ended."""
        status = None
        while status is None:
            status = self._status(60.0)
        return status

    def kill(self) -> None:
        """End it at once."""
        if self.poll() is None:
            os.kill(self.pid, signal.SIGKILL)

    def _status(self, seconds: float) -> int | None:
        if self._returncode is None:
            self._connection.settimeout(seconds)
            with contextlib.suppress(TimeoutError, BlockingIOError):
                told = self._connection.recv(16)
                self._returncode = int(told or -signal.SIGKILL)
                self._connection.close()
        return self._returncode


def start(
    command: list[str],
    *,
    stdin: int = subprocess.DEVNULL,
    stdout: int | io.BufferedWriter = subprocess.DEVNULL,
    stderr: int | io.BufferedWriter = subprocess.DEVNULL,
    env: Mapping[str, str] | None = None,
    own_group: bool = False,
) -> Process:
    """Have `[python, -m, MODULE, ARGUMENTS]` done by a process that is forked off the warm one."""
    environment = dict(os.environ if env is None else env)
    begun = {
        "module": command[2],
        "arguments": command[3:],
        "env": environment,
        "group": 0 if own_group else os.getpgid(0),
    }
    theirs: list[int] = []
    mine: list[io.RawIOBase | None] = []
    for number, given in enumerate((stdin, stdout, stderr)):
        if given == subprocess.PIPE:
            ends = os.pipe()
            theirs.append(ends[number > 0])
            mine.append(os.fdopen(ends[number == 0], "rb" if number else "wb", buffering=0))
        elif isinstance(given, int):
            theirs.append(os.open(os.devnull, os.O_RDWR))
            mine.append(None)
        else:
            theirs.append(os.dup(given.fileno()))
            mine.append(None)
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    connection.connect(environment.get(PLACE) or os.environ[PLACE])
    socket.send_fds(connection, [json.dumps(begun).encode()], theirs)
    for descriptor in theirs:
        os.close(descriptor)
    return Process(connection, mine[0], mine[1])


@contextlib.contextmanager
def nursery() -> Iterator[dict[str, str]]:
    """Give the environment in which `start` works, while there is a process to fork others off."""
    with tempfile.TemporaryDirectory(prefix="simarena-nursery-") as folder:
        place = f"{folder}/socket"
        with subprocess.Popen(
            [sys.executable, "-m", "tests.distributed.chaos.nursery", place],
            cwd=_ROOT,
            env={**os.environ, "PYTHONPATH": f"{_ROOT}/src:{_ROOT}"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            start_new_session=True,  # a group is within one session
        ) as warm:
            try:
                assert warm.stdout is not None
                assert warm.stdout.readline(), "the process that forks has ended"
                yield {PLACE: place}
            finally:
                warm.kill()


def main() -> None:
    """Fork whenever asked to, and tell those who asked how it ended."""
    for name in _READ:
        importlib.import_module(name)
    undisturbed.compile_kernels()
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    listener.bind(sys.argv[1])
    listener.listen(64)
    print("ready", flush=True)  # noqa: T201 it is waited for
    waiting = selectors.DefaultSelector()
    waiting.register(listener, selectors.EVENT_READ)
    born: dict[int, socket.socket] = {}
    parent = os.getppid()
    while os.getppid() == parent:
        if waiting.select(_REAP_S):
            connection, _ = listener.accept()
            asked, descriptors, *_ = socket.recv_fds(connection, 1 << 20, 3)
            pid = os.fork()
            if not pid:
                _live(json.loads(asked), descriptors)
            for descriptor in descriptors:
                os.close(descriptor)
            os.setpgid(pid, json.loads(asked)["group"] or pid)  # before anybody knows its number
            born[pid] = connection
            connection.send(b"%d" % pid)
        while born:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if not pid:
                break
            with contextlib.suppress(OSError), born.pop(pid) as connection:
                connection.send(b"%d" % os.waitstatus_to_exitcode(status))
    for pid in born:  # nobody is left who would end them
        os.kill(pid, signal.SIGKILL)


def _live(asked: dict[str, Any], descriptors: list[int]) -> NoReturn:
    status = 1
    try:
        for number, descriptor in enumerate(descriptors):
            os.dup2(descriptor, number)
        os.closerange(3, 1 << 12)
        os.environ.clear()
        os.environ.update(asked["env"])
        tempfile.tempdir = None
        # Whoever does a worker's work is started from there.
        warm = SimpleNamespace(Popen=start, PIPE=subprocess.PIPE)
        task_process.subprocess = warm  # type: ignore[assignment,attr-defined]
        sys.argv = [asked["module"], *asked["arguments"]]
        importlib.import_module(sys.argv[0]).main()
        status = 0
    except SystemExit as error:
        status = error.code if isinstance(error.code, int) else int(error.code is not None)
    except BaseException:  # noqa: BLE001 as the interpreter would
        traceback.print_exc()
    finally:
        with contextlib.suppress(OSError):
            sys.stdout.flush()
            sys.stderr.flush()
        os._exit(status)


if __name__ == "__main__":
    main()
