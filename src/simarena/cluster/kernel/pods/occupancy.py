"""What pods take of a node."""

from __future__ import annotations

from simarena.cluster.records import World
from simarena.jit.decorators import inner


@inner
def forget_node(world: World, node_row: int) -> None:
    """Let a node be judged anew (see `fits`)."""
    if world.fits.shape[0] > 0:
        world.fits[0, node_row]["version"] += 1


@inner
def charge(world: World, template_row: int, node_row: int, sign: int) -> None:
    """Add (sign 1) or take back (sign -1) what a pod of a template asks of its node."""
    forget_node(world, node_row)
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
