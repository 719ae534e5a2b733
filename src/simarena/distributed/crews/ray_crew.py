"""Actors of a Ray cluster that do orders; whoever started the cluster decides where they run.

Ray carries bytes, settings and names from here to the actors and back. Nothing comes from a bucket,
and what an actor runs is the release of SimArena that is installed where it runs.
"""

from __future__ import annotations

import logging
import os
import socket
from collections import deque
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from simarena.distributed.order_folder import read_end, so_far, write_order
from simarena.distributed.work import Order, WorkEnd
from simarena.errors import ConfigError, RunError
from simarena.files.held_folder import temporary_folder

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

_WAIT_S: Final = 0.2
_CONNECT_S: Final = 5.0
_AUTO: Final = "auto"


class Hand:
    """Lives on the cluster, and does one order at a time."""

    def __init__(self) -> None:
        self._folder: Path | None = None
        self._kind = ""

    def release(self) -> str:
        """Return the release of SimArena here, once there is somebody to say it."""
        from importlib.metadata import version

        return version("simarena")

    def process_id(self) -> int:
        """Return the process that this is."""
        return os.getpid()

    def carry_out(self, order: Order, names: list[str], *contents: bytes) -> WorkEnd:
        """Do an order that begins with files of these names and contents."""
        from simarena.distributed.tasks import carried_out

        with temporary_folder("simarena-ray-") as folder:
            self._folder, self._kind = folder, order.kind
            files = dict(zip(names, contents, strict=True))
            write_order(self._folder, replace(order, files=files))
            try:
                return read_end(self._folder, self._kind, carried_out(self._folder))
            finally:
                self._folder = None

    def so_far(self) -> dict[str, bytes]:
        """Return metrics and log of what is under way."""
        folder = self._folder
        try:
            return {} if folder is None else so_far(folder, self._kind)
        except OSError:  # it has ended meanwhile
            return {}


class RayCrew:
    """Actors with a core each. One that dies is started again by Ray; its order is not."""

    def __init__(
        self,
        address: str | None,
        num_actors: int | None,
        *,
        num_orders: int = 1_000_000,
        tell: Callable[[str], None] | None = None,
    ) -> None:
        """Ask a cluster for actors; orders are given to those that are there already.

        If it is not said how many, there are as many as cores, but no more than orders.

        Raises:
            ConfigError: there is no cluster at the address.
            ModuleNotFoundError: Ray is not installed.
        """
        import ray

        self._ray = ray
        self._owns_connection = connect(address)
        num_cpus = int(ray.cluster_resources().get("CPU", 0))  # type: ignore[no-untyped-call]
        num_actors = num_actors or min(max(1, num_cpus), num_orders)
        if num_cpus < num_actors and tell is not None:
            tell(
                f"The cluster has {num_cpus} cores for {num_actors} side by side; they take turns "
                "until it grows"
            )
        # Beside the order, somebody has to say how far it is: hence two threads.
        actor = ray.remote(Hand).options(num_cpus=1, max_restarts=-1, max_concurrency=2)
        self._starting: dict[Any, Any] = {}
        self._idle: list[Any] = []
        self._working: dict[Any, tuple[Any, str]] = {}
        self._waiting: deque[tuple[str, Order]] = deque()
        self._put: dict[str, tuple[bytes, Any]] = {}
        for _ in range(num_actors):
            self._await(actor.remote())

    def begin(self, name: str, order: Order) -> None:
        """Have an order done."""
        self._waiting.append((name, order))
        self._hand_out()

    def ended(self) -> list[tuple[str, WorkEnd]]:
        """Return the orders that have ended meanwhile.

        Raises:
            RunError: the cluster is gone, or cannot run this release.
        """
        refs = [*self._starting, *self._working]
        if not refs:
            return []
        try:
            done, _ = self._ray.wait(refs, num_returns=1, timeout=_WAIT_S)
        except (self._ray.exceptions.RaySystemError, ConnectionError) as error:
            raise _gone(error) from error
        found = []
        for ref in done:
            if ref in self._starting:
                self._welcome(ref)
            else:
                found.append(self._taken(ref))
        self._hand_out()
        return found

    def so_far(self, name: str) -> Mapping[str, bytes]:
        """Return metrics and log of an order."""
        for hand, of in self._working.values():
            if of == name:
                try:
                    told: dict[str, bytes] = self._ray.get(hand.so_far.remote(), timeout=_CONNECT_S)
                except self._ray.exceptions.RayError:  # it has died, or is too busy to answer
                    return {}
                return told
        return {}

    def stop(self, name: str) -> None:
        """Give up an order, with the process that does it; Ray starts another."""
        self._waiting = deque(each for each in self._waiting if each[0] != name)
        for ref, (hand, of) in list(self._working.items()):
            if of == name:
                del self._working[ref]
                self._ray.kill(hand, no_restart=False)
                self._await(hand)

    def process_ids(self) -> list[int]:
        """Return the processes of the actors that are at work."""
        hands = [hand for hand, _ in self._working.values()]
        return [self._ray.get(hand.process_id.remote()) for hand in hands]

    def close(self) -> None:
        """Let the actors go, and the cluster if it was connected to for this."""
        hands = [
            *self._starting.values(),
            *self._idle,
            *(hand for hand, _ in self._working.values()),
        ]
        for hand in hands:
            self._ray.kill(hand)
        self._starting, self._idle, self._working = {}, [], {}
        if self._owns_connection:
            self._ray.shutdown()

    def _await(self, hand: Any) -> None:  # noqa: ANN401 Ray's handles have no types
        """Count on an actor once it says that it is there, whenever that is."""
        self._starting[hand.release.options(max_task_retries=-1).remote()] = hand

    def _welcome(self, ref: Any) -> None:  # noqa: ANN401
        from importlib.metadata import version

        hand = self._starting.pop(ref)
        try:
            found = self._ray.get(ref)
        except self._ray.exceptions.RayError as error:
            raise _gone(error) from error
        if found != version("simarena"):
            message = (
                f"the cluster has simarena {found}, this is {version('simarena')}; install one "
                "release everywhere"
            )
            raise RunError(message)
        self._idle.append(hand)

    def _taken(self, ref: Any) -> tuple[str, WorkEnd]:  # noqa: ANN401
        """Return how an order has ended, and count on who did it for the next."""
        hand, name = self._working.pop(ref)
        try:
            end: WorkEnd = self._ray.get(ref)
        except self._ray.exceptions.RayActorError:
            self._await(hand)
            return name, WorkEnd(error="the actor that did the work died")
        except self._ray.exceptions.RayError as error:
            self._await(hand)
            return name, WorkEnd(error=_first_line(error))
        self._idle.append(hand)
        return name, end

    def _hand_out(self) -> None:
        while self._waiting and self._idle:
            name, order = self._waiting.popleft()
            hand = self._idle.pop()
            contents = [self._kept(file, data) for file, data in order.files.items()]
            ref = hand.carry_out.remote(replace(order, files={}), list(order.files), *contents)
            self._working[ref] = (hand, name)

    def _kept(self, name: str, data: bytes) -> Any:  # noqa: ANN401
        """Return what stands for a file; one that all orders share goes to the cluster once."""
        known = self._put.get(name)
        if known is None or known[0] is not data:
            self._put[name] = known = (data, self._ray.put(data))
        return known[1]


def connect(address: str | None) -> bool:
    """Connect to a cluster; return False if this process is connected already.

    Raises:
        ConfigError: there is none at the address, or none at all on this machine.
        ModuleNotFoundError: Ray is not installed.
    """
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    import ray

    if ray.is_initialized():
        return False
    wanted = address or os.environ.get("RAY_ADDRESS") or _AUTO
    if wanted != _AUTO:
        _require_port(wanted)
    try:
        ray.init(address=wanted, log_to_driver=False, logging_level=logging.ERROR)
    except (ConnectionError, RuntimeError, ValueError, OSError) as error:
        if wanted == _AUTO:
            message = (
                "no Ray cluster runs on this machine; name one with --ray-address HOST:6379, or "
                "start one with: ray start --head"
            )
        else:
            message = f"no Ray cluster answers at {wanted}: {_first_line(error)}"
        raise ConfigError(message) from error
    return True


def _require_port(address: str) -> None:
    """Refuse an address at which nobody listens, which Ray itself would wait for."""
    host, _, port = address.rpartition(":")
    if "://" in address or not host or not port.isdigit():
        message = (
            f"{address!r} is no address of a Ray cluster; name its head as HOST:6379, from a "
            "machine of the cluster"
        )
        raise ConfigError(message)
    try:
        socket.create_connection((host.strip("[]"), int(port)), _CONNECT_S).close()
    except (OSError, OverflowError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        message = f"no Ray cluster answers at {address}: {reason}; see 'ray status' on its head"
        raise ConfigError(message) from error


def _gone(error: Exception) -> RunError:
    return RunError(
        f"the Ray cluster cannot go on: {_first_line(error)}; see 'ray status' on its head"
    )


def _first_line(error: Exception) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[0] if lines else type(error).__name__
