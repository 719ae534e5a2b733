"""What nodes by themselves are worth to pods, remembered until a node changes.

Templates that ask the same of a node share a row of the table, named by what they ask; there are
rows for some hundred such, and who finds none free takes another's. A stamp stands for each node in
row 0, when it changed last, and beside each score, when it was found. A scheduling cycle then
judges only the nodes that have changed since a pod that asks the same was last scheduled. On few
nodes the table has no rows.
"""

from __future__ import annotations

from simarena.cluster.codes import NONE
from simarena.cluster.kernel.pods.occupancy import next_stamp
from simarena.cluster.kernel.scheduler.filters import node_reasons
from simarena.cluster.kernel.scheduler.scores import node_score
from simarena.cluster.records import World
from simarena.jit.decorators import inner


@inner
def forget_all(world: World) -> None:
    """Let every node be judged anew: something outside of the kernels may have changed."""
    world.state[0]["epoch"] += 1
    if world.fits.shape[0] > 0:
        world.fit_keys[0]["since"] = next_stamp(world)


@inner
def _judge(world: World, template_row: int, node_row: int) -> int:
    if node_reasons(world, template_row, node_row) != 0:
        return NONE
    return node_score(world, template_row, node_row)


@inner
def _is_about(world: World, fit_row: int, template_row: int, only: int) -> bool:
    """Return whether a row of fits is about templates like this one, and not forgotten."""
    key = world.fit_keys[fit_row]
    template = world.templates[template_row]
    return bool(
        key["since"] > world.fit_keys[0]["since"]
        and key["cpu_milli"] == template["cpu_milli"]
        and key["memory_bytes"] == template["memory_bytes"]
        and key["ephemeral_bytes"] == template["ephemeral_bytes"]
        and key["cpu_nonzero_milli"] == template["cpu_nonzero_milli"]
        and key["memory_nonzero_bytes"] == template["memory_nonzero_bytes"]
        and key["ask"] == template["ask"]
        and key["image_ask"] == template["image_ask"]
        and key["tolerates_pressure"] == template["tolerates_pressure"]
        and key["scores_taints"] == template["scores_taints"]
        and key["template"] == only
    )


@inner
def _claim(world: World, fit_row: int, template_row: int, only: int) -> None:
    """Let a row of fits be about templates like this one; nothing is known of them yet."""
    key = world.fit_keys[fit_row]
    template = world.templates[template_row]
    key["cpu_milli"] = template["cpu_milli"]
    key["memory_bytes"] = template["memory_bytes"]
    key["ephemeral_bytes"] = template["ephemeral_bytes"]
    key["cpu_nonzero_milli"] = template["cpu_nonzero_milli"]
    key["memory_nonzero_bytes"] = template["memory_nonzero_bytes"]
    key["ask"] = template["ask"]
    key["image_ask"] = template["image_ask"]
    key["tolerates_pressure"] = template["tolerates_pressure"]
    key["scores_taints"] = template["scores_taints"]
    key["template"] = only
    key["since"] = next_stamp(world)


@inner
def find_fits(world: World, template_row: int) -> int:
    """Return the row of fits about templates like this one; 0 where nothing is remembered.

    Host ports and extended resources are not told apart there: who asks for such has a row alone.
    """
    num_rows = world.fits.shape[0] - 1
    if num_rows <= 0:
        return 0
    template = world.templates[template_row]
    only = template_row if template["has_ports"] or template["has_extended"] else NONE
    mixed = template["cpu_milli"] ^ template["memory_bytes"] ^ template["memory_bytes"] >> 18
    mixed ^= template["ask"] << 5 ^ template["image_ask"] << 9 ^ (only + 1) << 2
    mixed ^= mixed >> 9
    first = mixed % num_rows + 1
    second = first + 1 if first < num_rows else 1
    if _is_about(world, first, template_row, only):
        return first
    if _is_about(world, second, template_row, only):
        return second
    chosen = first if world.fit_keys[first]["since"] <= world.fit_keys[second]["since"] else second
    _claim(world, chosen, template_row, only)
    return chosen


@inner
def fit_of(world: World, template_row: int, node_row: int, fit_row: int, since: int) -> int:
    """Return `node_score`, or NONE where `node_reasons` has any.

    `fit_row` is what `find_fits` returned in this cycle, `since` what its key says.
    """
    if fit_row == 0:
        return _judge(world, template_row, node_row)
    fit = world.fits[fit_row, node_row]
    stamp = fit["stamp"]
    if stamp <= world.fits[0, node_row]["stamp"] or stamp <= since:
        fit["score"] = _judge(world, template_row, node_row)
        fit["stamp"] = world.fit_keys[0]["stamp"]
    return fit["score"]
