"""What pods take of a node."""

from __future__ import annotations

from simarena.cluster.records import World
from simarena.jit.decorators import inner

_LAST_STAMP = (1 << 31) - 1


@inner
def _forget_fits(world: World) -> None:
    """Begin to number stamps anew, with nothing remembered of any node."""
    for row in range(world.fits.shape[0]):
        world.fit_keys[row]["since"] = 0
        for node_row in range(world.fits.shape[1]):
            world.fits[row, node_row]["stamp"] = 0
    world.fit_keys[0]["stamp"] = 1


@inner
def next_stamp(world: World) -> int:
    """Return a stamp later than that of all that was remembered before, and before what will be."""
    if world.fit_keys[0]["stamp"] >= _LAST_STAMP:
        _forget_fits(world)
    stamp: int = world.fit_keys[0]["stamp"]
    world.fit_keys[0]["stamp"] += 1
    return stamp


@inner
def forget_node(world: World, node_row: int) -> None:
    """Let a node be judged anew (see `fits`)."""
    if world.fits.shape[0] > 0:
        world.fits[0, node_row]["stamp"] = next_stamp(world)


@inner
def charge(world: World, template_row: int, node_row: int, sign: int) -> None:
    """Add (sign 1) or take back (sign -1) what a pod of a template asks of its node."""
    forget_node(world, node_row)
    suppose(world, template_row, node_row, sign)


@inner
def suppose(world: World, template_row: int, node_row: int, sign: int) -> None:
    """Do what `charge` does for a trial that is undone before a node's worth is asked for again.

    What is remembered of the node then still holds.
    """
    node = world.nodes[node_row]
    template = world.templates[template_row]
    node["cpu_requested_milli"] += sign * template["cpu_milli"]
    node["memory_requested_bytes"] += sign * template["memory_bytes"]
    node["ephemeral_requested_bytes"] += sign * template["ephemeral_bytes"]
    node["cpu_nonzero_milli"] += sign * template["cpu_nonzero_milli"]
    node["memory_nonzero_bytes"] += sign * template["memory_nonzero_bytes"]
    node["num_pods"] += sign
    if template["has_extended"]:
        for column in range(world.template_extended.shape[1]):
            world.node_extended[node_row, column, 1] += (
                sign * world.template_extended[template_row, column]
            )
