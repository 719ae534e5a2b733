"""A World that lives: operations carried out now, time that passes, tables that grow on the way."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol, Self

import numpy as np

from simarena.cluster.codes import CRON_DELAY_MS, NONE, Event, Operation, Status
from simarena.cluster.kernel.entry import (
    advance_world,
    carry_out,
    next_due_ms,
    take_in_node,
    take_out_node,
)
from simarena.cluster.manifests.workloads.batch import CronJob
from simarena.cluster.manifests.workloads.cron_schedule import check_num_runs
from simarena.cluster.rows.nodes import put_node, put_nodes, remove_node
from simarena.cluster.rows.quotas import room_of
from simarena.cluster.rows.tables import copy_world, relieved, roomy
from simarena.errors import SimulationError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from simarena.cluster.manifests.nodes import Node
    from simarena.cluster.manifests.workloads.cron_schedule import Schedule
    from simarena.cluster.objects.journal import Journal
    from simarena.cluster.rows.catalogue import Catalogue

_MAX_GROWTHS = 64
_SHORTEST_MS = 1_000
"""The shortest time from one run of a CronJob to the next."""
_LOOKS = (
    Event.FLUSH_UNSCHEDULABLE,
    Event.CHECK_PRESSURE,
    Event.SYNC_AUTOSCALER,
    Event.RETRY_CREATION,
)
"""Events that come again and again while nothing moves."""


class Controller(Protocol):
    """What acts between two calls of the kernel, at times of its own."""

    def next_ms(self) -> int | None:
        """Return when it wants to act next, None if it waits for nothing."""

    def run(self, live: LiveWorld) -> None:
        """Act; `next_ms` is later afterwards."""

    def copied(self) -> Self:
        """Return a controller that goes on apart."""


@dataclass(slots=True)
class LiveWorld:
    """The World of a catalogue, run by the kernel, its log read into a journal."""

    catalogue: Catalogue
    journal: Journal
    controllers: list[Controller] = field(default_factory=list)

    @property
    def now_ms(self) -> int:
        """Virtual time since the cluster began."""
        return int(self.catalogue.world.state[0]["now_ms"])

    def do(self, operation: Operation, subject: int, spec: int = NONE) -> None:
        """Carry out an operation now."""
        self.catalogue.world = roomy(self.catalogue.world)
        number = int(operation)  # Numba takes ten times as long to look at the type of an enum
        self._until_ok(lambda: carry_out(self.catalogue.world, number, subject, spec))
        self.journal.read(self.catalogue.world)

    def put_node(self, node: Node) -> None:
        """Add or change a node; pods that it may help are tried again."""
        known = self.catalogue.node_rows.get(node.name)
        before = None if known is None else self.catalogue.nodes[known]
        row = put_node(self.catalogue, node)
        if before is None or before.offer != node.offer:
            self.catalogue.world = roomy(self.catalogue.world)
            take_in_node(self.catalogue.world, row)
        self.journal.read(self.catalogue.world)

    def put_first_nodes(self, nodes: Iterable[Node]) -> None:
        """Add nodes to a World without pods and workloads, in time that grows with their number."""
        put_nodes(self.catalogue, nodes)

    def remove_node(self, name: str) -> None:
        """Take a node and its pods away."""
        row = remove_node(self.catalogue, name)
        self.catalogue.world = roomy(self.catalogue.world)
        take_out_node(self.catalogue.world, row)
        self.journal.read(self.catalogue.world)

    def advance_to(self, time_ms: int) -> None:
        """Run up to and including a virtual time; nothing happens if it has passed.

        Controllers act after the kernel has done what is due at the same time, those of CronJobs
        first. Raises SimulationError, before anything happens, if CronJobs would be due more often
        than the settings allow.
        """
        self._check_num_runs(time_ms)
        while time_ms >= self.now_ms:
            due_ms = self._controllers_ms()
            stop_ms = time_ms if due_ms is None else min(time_ms, max(due_ms, self.now_ms))
            self._pass_time(stop_ms)
            if due_ms is None or due_ms > time_ms:
                return
            run = self._next_run()
            if run is not None and run[0] <= stop_ms:
                self.do(Operation.RUN_CRONJOB, run[1])
                self._plan_run(run[1], run[0] - CRON_DELAY_MS)
                continue
            for controller in self.controllers:
                due_ms = controller.next_ms()
                if due_ms is not None and due_ms <= stop_ms:
                    controller.run(self)

    def put_schedule(self, row: int, due_ms: int | None) -> None:
        """Take note of when a CronJob is due next; None: never more."""
        self.catalogue.due.pop(row, None)
        if due_ms is not None:
            self.catalogue.due[row] = due_ms

    def _plan_run(self, row: int, after_ms: int) -> None:
        self.catalogue.due.pop(row, None)
        due_ms = self._schedule(row).after(after_ms)
        if due_ms is not None:
            self.catalogue.due[row] = due_ms

    def _schedule(self, row: int) -> Schedule:
        cronjob = self.catalogue.workloads[row].read
        assert isinstance(cronjob, CronJob)  # noqa: S101 - nothing else is due
        return cronjob.schedule

    def _next_run(self) -> tuple[int, int] | None:
        """Return when the next CronJob's controller looks at it, and its row."""
        if not self.catalogue.due:
            return None
        due_ms, row = min((due_ms, row) for row, due_ms in self.catalogue.due.items())
        return max(due_ms + CRON_DELAY_MS, self.now_ms), row

    def _check_num_runs(self, until_ms: int) -> None:
        limit = self.catalogue.config.max_cronjob_runs
        rows = self.catalogue.due
        if len(rows) * (until_ms - self.now_ms) // _SHORTEST_MS > limit:
            schedules = [self._schedule(row) for row in rows]
            check_num_runs([(each, self.now_ms, until_ms) for each in schedules], limit)

    def _pass_time(self, time_ms: int) -> None:
        self._until_ok(lambda: advance_world(self.catalogue.world, time_ms))
        self.journal.read(self.catalogue.world)

    def next_ms(self) -> int | None:
        """Return when something happens next, None if nothing is due ever."""
        time_ms = int(next_due_ms(self.catalogue.world))
        due_ms = self._controllers_ms()
        if time_ms == NONE:
            return due_ms
        return time_ms if due_ms is None else min(time_ms, due_ms)

    def _controllers_ms(self) -> int | None:
        """Return when a controller outside the kernel acts next, None if none waits."""
        times = [controller.next_ms() for controller in self.controllers]
        run = self._next_run()
        times.append(None if run is None else run[0])
        return min((time_ms for time_ms in times if time_ms is not None), default=None)

    def settle(self, limit_ms: int) -> bool:
        """Run until nothing is due but looks at what waits, is low on memory, or is scaled.

        Returns False if the limit comes first.
        """
        while True:
            world = self.catalogue.world
            pending = world.heap["kind"][: int(world.state[0]["num_heap"])]
            if np.isin(pending, _LOOKS).all() and not self._may_create():
                return True
            time_ms = self.next_ms()
            if time_ms is None or time_ms > limit_ms:
                self.advance_to(limit_ms)
                return False
            self.advance_to(time_ms)

    def _may_create(self) -> bool:
        """Return whether pods that were refused would not be now: their controller tries again."""
        workloads = self.catalogue.world.workloads
        waiting = workloads[(workloads["retry_ms"] != NONE) & (workloads["present"] == 1)]
        return any(room_of(self.catalogue, int(each["template"])) for each in waiting)

    def snapshot(self) -> LiveWorld:
        """Return a copy that shares nothing that changes."""
        controllers = [controller.copied() for controller in self.controllers]
        return LiveWorld(self.what_if(), self.journal.copy(), controllers)

    def what_if(self) -> Catalogue:
        """Return a copy of the catalogue and its World, to try things on."""
        return self.catalogue.copy(copy_world(self.catalogue.world))

    def _until_ok(self, call: Callable[[], int]) -> None:
        """Call again until nothing is full; only growth without any progress counts as failure."""
        num_growths, before = 0, self._num_events()
        while True:
            status = Status(call())
            if status == Status.OK:
                return
            self._make_room(status)
            num_events = self._num_events()
            num_growths = num_growths + 1 if num_events == before else 0
            before = num_events
            if num_growths > _MAX_GROWTHS:
                message = f"at {self.now_ms} ms: no end of {status.name}, whatever the room"
                raise SimulationError(message)

    def _num_events(self) -> int:
        return int(self.catalogue.world.state[0]["num_events"])

    def _make_room(self, status: Status) -> None:
        """Read the log, if that is what is full; let tables grow that are too small."""
        num_log = int(self.catalogue.world.state[0]["num_log"])
        if status == Status.LOG_FULL:
            self.journal.read(self.catalogue.world)
            if 2 * num_log > len(self.catalogue.world.log):
                return
        self.catalogue.world = relieved(
            self.catalogue.world, status, max_pods=self.catalogue.config.max_pods
        )
