"""What has happened, read from a World's log as it fills."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import numpy as np

from simarena.cluster.codes import NUM_COUNTS, LogKind
from simarena.cluster.codes.log import OF_PODS, ONLY_IN_EVENTS
from simarena.cluster.records import LOG

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from simarena.cluster.objects.kubelet_events import Told
    from simarena.cluster.records import Rows, World

_EVENT_TTL_MS: Final = 3_600_000
"""How long the API keeps events (kube-apiserver's --event-ttl)."""

_LEAST_FOLDED: Final = 65_536
"""Fewer rows are not worth the work of folding them."""


@dataclass(slots=True)
class Journal:
    """The log since the cluster began, in order.

    Of a pod that is told again and again why it cannot be scheduled the first and the last time are
    kept; its attempts are numbered, so that no count is lost.
    """

    rows: list[Rows] = field(default_factory=list)
    diagnoses: list[NDArray[np.int32]] = field(default_factory=list)
    """Those of the entries that are failed scheduling attempts, in order."""
    notes: list[Told] = field(default_factory=list)
    """What happened outside the kernel, in order."""
    max_rows: int | None = None
    """Beyond so many, what is told only in events over an hour old is forgotten, and pods that were
    gone by then; None: nothing is."""
    since_ms: int = 0
    """Of the time before this something may have been forgotten."""
    num_rows: int = 0
    _next_fold: int = _LEAST_FOLDED

    def read(self, world: World) -> None:
        """Move what the World has logged here."""
        number = int(world.state[0]["num_log"])
        if number:
            rows = world.log[:number].copy()
            failed = rows["kind"] == LogKind.POD_UNSCHEDULABLE
            self.rows.append(rows)
            self.diagnoses.append(world.log_counts[:number][failed])
            self.num_rows += number
            world.state[0]["num_log"] = 0
            if self.num_rows > self._next_fold:
                self._shorten(int(world.state[0]["now_ms"]))

    def entries(self) -> Iterator[tuple[np.void, NDArray[np.int32]]]:
        """Yield each row of the log with the diagnosis that goes with it, zeros where none does."""
        none = np.zeros(NUM_COUNTS, np.int32)
        diagnoses = (counts for several in self.diagnoses for counts in several)
        for rows in self.rows:
            for row in rows:
                failed = row["kind"] == LogKind.POD_UNSCHEDULABLE
                yield row, next(diagnoses) if failed else none

    def failures(self) -> tuple[Rows, NDArray[np.int32]]:
        """Return the entries that are failed scheduling attempts, and the diagnosis of each."""
        rows = self.table()
        diagnoses = np.concatenate([np.zeros((0, NUM_COUNTS), np.int32), *self.diagnoses])
        return rows[rows["kind"] == LogKind.POD_UNSCHEDULABLE], diagnoses

    def table(self) -> Rows:
        """Return the whole log as one array of LOG."""
        if len(self.rows) != 1:
            self.rows = [np.concatenate([np.zeros(0, LOG), *self.rows])]
        return self.rows[0]

    def clear(self) -> None:
        """Forget all entries."""
        self.rows.clear()
        self.diagnoses.clear()
        self.num_rows = 0

    def copy(self) -> Journal:
        """Return a journal that can be continued apart; what was read is shared, never changed."""
        return Journal(
            list(self.rows),
            list(self.diagnoses),
            list(self.notes),
            self.max_rows,
            self.since_ms,
            self.num_rows,
            self._next_fold,
        )

    def _shorten(self, now_ms: int) -> None:
        """Leave out what is told between the first and the last time, and what may be forgotten."""
        rows = self.table()
        failed = rows["kind"] == LogKind.POD_UNSCHEDULABLE
        diagnoses = np.concatenate(self.diagnoses)
        kept = np.ones(len(rows), np.bool_)
        kept[failed] = ~_is_between(rows["subject"][failed], diagnoses)
        if self.max_rows is not None and kept.sum() > self.max_rows:
            since_ms = now_ms - _EVENT_TTL_MS
            kept &= ~_is_past(rows, since_ms)
            self.notes = [told for told in self.notes if told.time_ms >= since_ms]
            self.since_ms = max(self.since_ms, since_ms)
        self.rows = [rows[kept]]
        self.diagnoses = [diagnoses[kept[failed]]]
        self.num_rows = len(self.rows[0])
        self._next_fold = max(2 * self.num_rows, _LEAST_FOLDED)


def _is_between(pods: NDArray[np.int64], diagnoses: NDArray[np.int32]) -> NDArray[np.bool_]:
    """Return which of the diagnoses are those of the same pod just before and just after."""
    order = np.argsort(pods, kind="stable")
    pods, diagnoses = pods[order], diagnoses[order]
    same = np.zeros(len(pods) + 1, np.bool_)
    same[1:-1] = (pods[1:] == pods[:-1]) & (diagnoses[1:] == diagnoses[:-1]).all(axis=1)
    between = np.zeros(len(pods), np.bool_)
    between[order] = same[1:] & same[:-1]
    return between


def _is_past(rows: Rows, since_ms: int) -> NDArray[np.bool_]:
    """Return which rows are older than a time, and told in events only or of pods gone by then."""
    old = rows["time_ms"] < since_ms
    gone = rows["subject"][old & (rows["kind"] == LogKind.POD_GONE)]
    of_gone = np.isin(rows["kind"], OF_PODS) & np.isin(rows["subject"], gone)
    past: NDArray[np.bool_] = old & (np.isin(rows["kind"], ONLY_IN_EVENTS) | of_gone)
    return past
