"""What happened in a cluster, read from the kernel's log: pods by name, histories, API events."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from simarena.cluster.records import LOG, Rows

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from simarena.cluster.kubelet_events import Told
    from simarena.cluster.records import World


@dataclass(slots=True)
class Journal:
    """The log since the cluster began, in order."""

    rows: list[Rows]
    counts: list[NDArray[np.int32]]
    notes: list[Told] = field(default_factory=list)
    """What happened outside the kernel, in order."""

    def read(self, world: World) -> None:
        """Move what the World has logged here."""
        number = int(world.state[0]["num_log"])
        if number:
            self.rows.append(world.log[:number].copy())
            self.counts.append(world.log_counts[:number].copy())
            world.state[0]["num_log"] = 0

    def entries(self) -> Iterator[tuple[np.void, NDArray[np.int32]]]:
        """Yield each row of the log with the diagnosis that goes with it."""
        for rows, counts in zip(self.rows, self.counts, strict=True):
            yield from zip(rows, counts, strict=True)

    def table(self) -> Rows:
        """Return the whole log as one array of LOG."""
        if not self.rows:
            return np.zeros(0, LOG)
        return np.concatenate(self.rows)

    def copy(self) -> Journal:
        """Return a journal that can be continued apart; what was read is shared, never changed."""
        return Journal(list(self.rows), list(self.counts), list(self.notes))
