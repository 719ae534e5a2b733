"""The kernels that Python calls. All others take a World by reference.

Every function here costs another optimisation of all that it calls: there should be few.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from simarena.cluster.codes import Operation
from simarena.cluster.kernel.advance import advance, happen, next_event_ms
from simarena.cluster.kernel.nodes import node_changed, node_removed
from simarena.cluster.kernel.pods.ownership import change_owner
from simarena.cluster.kernel.scheduler.explain import explain
from simarena.cluster.kernel.sources import CACHE_FOLDER
from simarena.cluster.records import World
from simarena.jit.decorators import kernel
from simarena.jit.references import by_reference


@kernel(cached_in=CACHE_FOLDER)
def advance_world(world: World, until_ms: int) -> int:
    """Run a world up to and including `until_ms`; return a Status (see `advance`)."""
    return advance(by_reference(world), until_ms)


@kernel(cached_in=CACHE_FOLDER)
def carry_out(world: World, operation: int, subject: int, spec: int) -> int:
    """Carry out an Operation now; return a Status (see `happen`).

    Who owns what changes only by what somebody does to a living World, so only here.
    """
    if operation >= Operation.ADOPT_POD:
        return change_owner(by_reference(world), operation, subject, spec)
    return happen(by_reference(world), operation, subject, spec)


@kernel(cached_in=CACHE_FOLDER)
def next_due_ms(world: World) -> int:
    """Return when something happens next, or NONE."""
    return next_event_ms(by_reference(world))


@kernel(cached_in=CACHE_FOLDER)
def explain_template(world: World, template_row: int, found: NDArray[np.int64]) -> None:
    """Judge every node for a pod of a template (see `explain`)."""
    explain(by_reference(world), template_row, found)


@kernel(cached_in=CACHE_FOLDER)
def take_in_node(world: World, node_row: int) -> None:
    """Let pods look at a node that is new or has changed (see `node_changed`)."""
    node_changed(by_reference(world), node_row)


@kernel(cached_in=CACHE_FOLDER)
def take_out_node(world: World, node_row: int) -> None:
    """Delete the pods of a node that is no more (see `node_removed`)."""
    node_removed(by_reference(world), node_row)
