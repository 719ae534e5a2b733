"""What has changed, in order: what watches are fed from, and how former states are seen again."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

    from simarena.apiserver.store.kept import Kept

KEPT_CHANGES: Final = 10_000
"""So many are kept; watches and lists that want older ones begin anew."""


class Change(NamedTuple):
    """One object that was written: `now` is None where it was removed, `before` where it is new."""

    version: int
    collection: str
    before: Kept | None
    now: Kept | None
    last: Kept
    """What it is now, or what it was when it went, under the version of its removal."""


class History:
    """The changes since some version."""

    def __init__(self, version: int, most: int = KEPT_CHANGES) -> None:
        self.since = version
        """Of changes up to this version nothing is known."""
        self._most = most
        self._changes: deque[Change] = deque()

    def add(self, change: Change) -> None:
        """Keep a change; the oldest goes where there are too many."""
        self._changes.append(change)
        if len(self._changes) > self._most:
            self.since = self._changes.popleft().version

    def after(self, version: int, collection: str) -> Iterator[Change]:
        """Yield what has changed in a collection after a version, in order."""
        found = []
        for change in reversed(self._changes):
            if change.version <= version:
                break
            if change.collection == collection:
                found.append(change)
        return reversed(found)

    def oldest(self) -> int:
        """Return the version of the oldest change that is kept, or what comes after none."""
        return self._changes[0].version if self._changes else self.since + 1

    def compact(self, version: int) -> None:
        """Forget all changes up to a version."""
        while self._changes and self._changes[0].version <= version:
            self._changes.popleft()
        self.since = max(self.since, version)
