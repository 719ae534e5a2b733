"""How other workloads of a Cluster fare, held against one on which nobody has acted.

The definition is the environments' own (`kernel/playing/harm.py`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from simarena.env.kernel.playing.harm import LOST, WELL, fares_worse, is_well, num_well

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from simarena.cluster import Cluster

Standing: TypeAlias = "dict[tuple[str, ...], NDArray[np.int32]]"
"""Tallies by kind, namespace and name."""


def harmed(cluster: Cluster, unedited: Standing, spared: tuple[str, str, str]) -> list[str]:
    """Return who fares worse than in the cluster without edits, as `kind namespace/name`.

    `spared` is the kind, namespace and name of the workload that is looked after, which does not
    count. `unedited` is how all stand in a cluster at the same moment of the same trace, but for
    the edits.
    """
    now = standing(cluster)
    return [
        f"{name[0]} {'/'.join(name[1:])}"
        for name, tally in unedited.items()
        if name != spared
        and (name not in now or fares_worse(now[name][WELL], now[name][LOST], tally))
    ]


def standing(cluster: Cluster) -> Standing:
    """Return the tally of each workload that a user made, and of each pod without one."""
    catalogue = cluster.catalogue
    world = catalogue.world
    found: Standing = {}
    for name, row in catalogue.workload_rows.items():
        found[name] = _tally(num_well(world, row), world.workloads[row]["num_lost"])
    for row, info in enumerate(catalogue.bare):
        name = "Pod", info.namespace, info.name
        found[name] = _tally(is_well(world, row), world.bare[row]["num_lost"])
    return found


def _tally(well: int, lost: int) -> NDArray[np.int32]:
    tally = np.zeros(2, np.int32)
    tally[WELL], tally[LOST] = well, lost
    return tally
