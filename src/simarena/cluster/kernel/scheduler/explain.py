"""The scheduler's view of a pod that is only asked about: nothing in the cluster changes."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from simarena.cluster.codes import NONE
from simarena.cluster.kernel.pods.nominations import filter_with_nominated
from simarena.cluster.kernel.scheduler.filters import prepare_filters
from simarena.cluster.kernel.scheduler.preemption import preempt
from simarena.cluster.kernel.scheduler.rejections import diagnose
from simarena.cluster.kernel.scheduler.scores import tell_scores
from simarena.cluster.records import World
from simarena.jit.decorators import inner


@inner
def explain(world: World, template_row: int, found: NDArray[np.int64]) -> None:
    """Judge every node for a pod of this template; all are looked at, none is left out of a search.

    Writes into `found`, (2,), how many nodes can take it and, if none can, the node that
    preemption would choose, or NONE. Each node's `reasons` say why not; the tables of candidates
    and of scores have totals and scores of those that can. If there are none, the last row of
    diagnoses has the counts, and the costs and the pods' `victim` say who would have to go.
    """
    priority = world.templates[template_row]["priority"]
    prepare_filters(world, template_row)
    number = 0
    for position in range(world.state[0]["num_nodes"]):
        node_row = world.node_list[position]
        reasons = filter_with_nominated(world, template_row, priority, NONE, node_row)
        world.nodes[node_row]["reasons"] = reasons
        if reasons == 0:
            world.candidates[number]["node"] = node_row
            number += 1
    found[0] = number
    found[1] = NONE
    if number > 0:
        tell_scores(world, template_row, number)
        return
    last = world.diagnoses.shape[0] - 1
    diagnose(world, template_row, last)
    if world.state[0]["priorities_differ"] and world.templates[template_row]["preempts"]:
        found[1] = preempt(world, template_row, priority, NONE, last, 0)
