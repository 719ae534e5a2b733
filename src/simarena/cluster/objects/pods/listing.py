"""All pods in names, kept from one time that somebody asks to the next.

Only what has changed in between is told anew.
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final, TypeAlias

import numpy as np

from simarena.checks.garbage import without_collection
from simarena.cluster.codes import NONE, Failure
from simarena.cluster.objects.pods.alike import tell_pods

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


_UNTOLD: Final = frozenset(
    {
        *("next_of_owner", "previous_of_owner", "next_on_node", "previous_on_node"),
        *("next_in_queue", "previous_in_queue", "next_nominated", "queued_ms", "ticket"),
    }
)
"""What changes as other pods come and go, and nobody is told of."""

_Key: TypeAlias = tuple[str, str, int]


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
    _keys: list[_Key] = field(default_factory=list)
    """Namespace, name and row of each, in order."""
    _listed: list[Manifest] = field(default_factory=list)
    """Theirs."""
    _key_of: dict[int, _Key] = field(default_factory=dict)
    """By row."""
    _seen: _Seen | None = None

    def __reduce__(self) -> tuple[type[PodListing], tuple[Catalogue]]:
        """Pickle or copy no more than what it is made from."""
        return PodListing, (self.catalogue,)

    def all(self) -> list[Manifest]:
        """Return all pods, by namespace and name. They are shared: nobody changes them."""
        with without_collection():
            return self._all()

    def _all(self) -> list[Manifest]:
        before, now = self._seen, _look(self.catalogue)
        differ = _differ(now.pods, None if before is None else before.pods)
        changed = np.flatnonzero(self._changed(now, differ))
        there = changed[now.pods["present"][changed] != 0].tolist()
        self._seen = _remembered(now, before, differ)
        told = zip(there, tell_pods(self.catalogue, there), strict=True)
        if 2 * len(changed) > len(self._listed):
            for row in changed.tolist():
                self._drop(row)
            entries = [*zip(self._keys, self._listed, strict=True)]
            entries += [(_key(row, manifest), manifest) for row, manifest in told]
            entries.sort(key=_first)
            self._keys = [key for key, _ in entries]
            self._listed = [manifest for _, manifest in entries]
            self._key_of = {key[2]: key for key in self._keys}
        else:
            found = dict(told)
            for row in changed.tolist():
                self._put(row, found.get(row))
        return list(self._listed)

    def _put(self, row: int, manifest: Manifest | None) -> None:
        """List the pod of a row in place of what was there; None: it is gone."""
        key = None if manifest is None else _key(row, manifest)
        if self._key_of.get(row) != key:
            self._drop(row)
        if manifest is None or key is None:
            return
        place = bisect_left(self._keys, key)
        if row in self._key_of:
            self._listed[place] = manifest
        else:
            self._keys.insert(place, key)
            self._listed.insert(place, manifest)
            self._key_of[row] = key

    def _drop(self, row: int) -> None:
        key = self._key_of.pop(row, None)
        if key is not None:
            place = bisect_left(self._keys, key)
            del self._keys[place], self._listed[place]

    def _changed(self, now: _Seen, differ: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Return for which rows of pods what is told of them may have changed."""
        before = self._seen
        if before is None:
            there: NDArray[np.bool_] = now.pods["present"] != 0
            return there
        changed = differ.copy()
        rows = np.flatnonzero(differ[: len(before.pods)])
        changed[rows] = _tell_apart(now.pods[rows], before.pods[rows])
        owners = _changed_owners(now, before)
        if owners.any():
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
        gone = np.flatnonzero(changed & (now.pods["present"] == 0))
        changed[gone] = [row in self._key_of for row in gone.tolist()]
        return changed


def _key(row: int, manifest: Manifest) -> _Key:
    metadata = manifest["metadata"]
    return metadata["namespace"], metadata["name"], row


def _first(entry: tuple[_Key, Manifest]) -> _Key:
    return entry[0]


def _look(catalogue: Catalogue) -> _Seen:
    """Return what pods are told from, the rows of pods as they are in the World."""
    world = catalogue.world
    pods = world.pods[: int(world.state[0]["num_pods"])]
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


def _remembered(now: _Seen, before: _Seen | None, differ: NDArray[np.bool_]) -> _Seen:
    """Return what was looked at, which the World will change, to compare with later."""
    if before is None or len(before.pods) != len(now.pods):
        return replace(now, pods=_bytes(now.pods).copy().view(now.pods.dtype))
    _bytes(before.pods)[differ] = _bytes(now.pods)[differ]
    return replace(now, pods=before.pods)


def _differ(now: Rows, before: Rows | None) -> NDArray[np.bool_]:
    """Return which rows are not the same, byte by byte; new ones are not."""
    differ = np.ones(len(now), np.bool_)
    if before is not None:
        number = min(len(now), len(before))
        differ[:number] = _bytes(now[:number]) != _bytes(before[:number])
    return differ


def _tell_apart(now: Rows, before: Rows) -> NDArray[np.bool_]:
    """Return which rows are not the same in what is told of pods."""
    differ = np.zeros(len(now), np.bool_)
    for name in now.dtype.names or ():
        if name not in _UNTOLD:
            differ |= now[name] != before[name]
    return differ


def _bytes(rows: Rows) -> Rows:
    """Return a view of records as bytes, those between fields, too."""
    return rows.view(f"V{rows.itemsize}")


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
