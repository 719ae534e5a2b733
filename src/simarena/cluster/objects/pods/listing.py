"""All pods in names, kept from one time that somebody asks to the next.

Only what has changed in between is told anew.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import numpy as np

from simarena.checks.garbage import without_collection
from simarena.cluster.codes import NONE, Failure
from simarena.cluster.objects.pods.view import Siblings, pod_of_row

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from simarena.cluster.manifests.api_object import ApiObject
    from simarena.cluster.manifests.fields import Manifest
    from simarena.cluster.records import Rows
    from simarena.cluster.rows.catalogue import Catalogue

LEAST_KEPT: Final = 256
"""Rows of pods from which on it is worth the while to keep them."""

MOST_COPIED: Final = 1_000
"""Pods of which whoever asks gets copies of their own."""

_OF_OWNERS: Final = ("kind", "owner", "number", "scheduled_ms", "template", "spec")
"""What pods tell of their owners."""


@dataclass(slots=True)
class _Seen:
    """What the pods were told from last."""

    pods: Rows
    owners: Rows
    """Only what pods tell of them."""
    reads: dict[int, ApiObject]
    """Applied workloads, by row."""
    annotations: dict[int, Manifest]
    failed: NDArray[np.int64]
    """Rows of pods that no node could take."""
    diagnoses: NDArray[np.int32]
    """Theirs."""


@dataclass(slots=True)
class PodListing:
    """The pods of one World in names, by namespace and name."""

    catalogue: Catalogue
    _keys: list[tuple[str, str, int]] = field(default_factory=list)
    """Namespace, name and row of each, in order."""
    _told: dict[int, tuple[tuple[str, str, int], Manifest]] = field(default_factory=dict)
    """Key and manifest of each, by row."""
    _seen: _Seen | None = None

    def __reduce__(self) -> tuple[type[PodListing], tuple[Catalogue]]:
        """Pickle or copy no more than what it is made from."""
        return PodListing, (self.catalogue,)

    def all(self) -> list[Manifest]:
        """Return all pods, by namespace and name. They are shared: nobody changes them."""
        with without_collection():
            return self._all()

    def _all(self) -> list[Manifest]:
        seen = _look(self.catalogue)
        rows = np.flatnonzero(self._changed(seen)).tolist()
        self._seen = seen
        siblings: Siblings = {}
        anew = 2 * len(rows) > len(self._told)
        for row in rows:
            before = self._told.pop(row, None)
            if seen.pods[row]["present"]:
                manifest = pod_of_row(self.catalogue, row, siblings)
                metadata = manifest["metadata"]
                key = (metadata["namespace"], metadata["name"], row)
                self._told[row] = (key, manifest)
                if not anew and (before is None or before[0] != key):
                    insort(self._keys, key)
            after = self._told.get(row)
            if before is not None and not anew and (after is None or after[0] != before[0]):
                del self._keys[bisect_left(self._keys, before[0])]
        if anew:
            self._keys = sorted(key for key, _ in self._told.values())
        return [self._told[row][1] for _, _, row in self._keys]

    def _changed(self, now: _Seen) -> NDArray[np.bool_]:
        """Return for which rows of pods what is told of them may have changed."""
        before = self._seen
        changed = np.ones(len(now.pods), np.bool_)
        if before is None:
            return changed
        number = min(len(now.pods), len(before.pods))
        changed[:number] = _differ(now.pods[:number], before.pods[:number])
        owners = _changed_owners(now, before)
        owner = now.pods["owner"]
        changed |= (owner != NONE) & owners[owner]
        uids = [
            uid
            for uid in now.annotations.keys() | before.annotations.keys()
            if now.annotations.get(uid) is not before.annotations.get(uid)
        ]
        if uids:
            changed |= np.isin(now.pods["uid"], uids)
        changed |= now.pods["failure"] != Failure.NONE  # what is told of it depends on its node
        if not self.catalogue.world.settings[0]["release_136"]:
            changed[now.failed] = True  # messages name taints of nodes
        elif len(now.failed):
            same = np.array_equal(now.failed, before.failed)
            changed[now.failed] |= not same or (now.diagnoses != before.diagnoses).any(axis=1)
        there: NDArray[np.bool_] = (now.pods["present"] != 0) | self._are_told(len(now.pods))
        changed &= there
        return changed

    def _are_told(self, number: int) -> NDArray[np.bool_]:
        told = np.zeros(number, np.bool_)
        told[list(self._told)] = True
        return told


def _look(catalogue: Catalogue) -> _Seen:
    world = catalogue.world
    pods = world.pods[: int(world.state[0]["num_pods"])]
    pods = _words(pods).copy().view(pods.dtype)[:, 0]  # bytes between fields, too
    workloads = world.workloads[: int(world.state[0]["num_workloads"])]
    failed = np.flatnonzero(
        (pods["present"] != 0) & (pods["num_attempts"] > 0) & (pods["node"] == NONE)
    )
    return _Seen(
        pods,
        workloads[list(_OF_OWNERS)].copy(),
        {row: info.read for row, info in catalogue.workloads.items()},
        dict(catalogue.annotations),
        failed,
        world.diagnoses[failed],
    )


def _differ(now: Rows, before: Rows) -> NDArray[np.bool_]:
    """Return which rows are not the same, byte by byte."""
    differ: NDArray[np.bool_] = (_words(now) != _words(before)).any(axis=1)
    return differ


def _words(rows: Rows) -> NDArray[np.uint64]:
    """Return a view of records as rows of numbers."""
    return rows.view(np.uint64).reshape(len(rows), rows.itemsize // 8)


def _changed_owners(now: _Seen, before: _Seen) -> NDArray[np.bool_]:
    """Return for which rows of workloads what pods tell of them may have changed."""
    changed = np.ones(max(len(now.owners), 1), np.bool_)
    number = min(len(now.owners), len(before.owners))
    changed[:number] = False
    for name in _OF_OWNERS:
        changed[:number] |= now.owners[name][:number] != before.owners[name][:number]
    for row, read in now.reads.items():
        if before.reads.get(row) is not read:
            changed[row] = True
    above = now.owners["owner"]
    changed[: len(above)] |= (above != NONE) & changed[above]
    return changed
