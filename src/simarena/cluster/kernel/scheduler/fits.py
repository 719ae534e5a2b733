"""What nodes by themselves are worth to pods, remembered for each template until a node changes.

A version stands for each node in row 0 of the table of fits, beside which the others tell at which
version they were made. A scheduling cycle then judges only the nodes that have changed since a pod
of the same template was last scheduled. On few nodes the table has no rows.
"""

from __future__ import annotations

from simarena.cluster.codes import NONE
from simarena.cluster.kernel.scheduler.filters import node_reasons
from simarena.cluster.kernel.scheduler.scores import node_score
from simarena.cluster.records import World
from simarena.jit.decorators import inner


@inner
def forget_all(world: World) -> None:
    """Let every node be judged anew: something outside of the kernels may have changed."""
    world.state[0]["epoch"] += 1
    if world.fits.shape[0] > 0:
        for node_row in range(world.state[0]["num_node_rows"]):
            world.fits[0, node_row]["version"] += 1


@inner
def _judge(world: World, template_row: int, node_row: int) -> int:
    if node_reasons(world, template_row, node_row) != 0:
        return NONE
    return node_score(world, template_row, node_row)


@inner
def fit_of(world: World, template_row: int, node_row: int) -> int:
    """Return `node_score`, or NONE where `node_reasons` has any."""
    if world.fits.shape[0] == 0:
        return _judge(world, template_row, node_row)
    version = world.fits[0, node_row]["version"]
    fit = world.fits[template_row + 1, node_row]
    if fit["version"] != version:
        fit["version"] = version
        fit["score"] = _judge(world, template_row, node_row)
    return fit["score"]
