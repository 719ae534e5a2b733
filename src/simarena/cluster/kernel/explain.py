"""The scheduler's view of a pod that is only asked about: nothing in the cluster changes."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from simarena.cluster.kernel._jit import kernel
from simarena.cluster.kernel.filters import filter_node, prepare_filters
from simarena.cluster.kernel.placement import diagnose
from simarena.cluster.kernel.scores import score_candidates
from simarena.cluster.records import World


@kernel
def explain(world: World, template_row: int, reasons: NDArray[np.int64]) -> int:
    """Judge every node for a pod of this template; return how many can take it.

    Writes each node row's mask of reasons into `reasons`, the scores of those that can into the
    table of candidates, and, if there are none, the counts into the last row of diagnoses. All
    nodes are looked at, also where the scheduler would stop early.
    """
    prepare_filters(world, template_row)
    found = 0
    for position in range(world.state[0]["num_nodes"]):
        node_row = world.nodes[position]["listed"]
        reasons[node_row] = filter_node(world, template_row, node_row)
        if reasons[node_row] == 0:
            world.candidates[found]["node"] = node_row
            found += 1
    if found > 0:
        score_candidates(world, template_row, found)
    else:
        diagnose(world, template_row, world.diagnoses.shape[0] - 1)
    return found
