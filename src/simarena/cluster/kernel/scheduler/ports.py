"""Host ports (kube-scheduler's NodePorts)."""

from __future__ import annotations

from simarena.cluster.codes import NONE, TermKind
from simarena.cluster.kernel.pods.folding import row_of
from simarena.cluster.records import World
from simarena.jit.decorators import inner


@inner
def has_free_ports(world: World, template_row: int, node_row: int) -> bool:
    """Return whether no pod on the node holds a host port that a pod of this template wants."""
    row = world.templates[template_row]["first_term"]
    while row != NONE:
        term = world.terms[row]
        if (
            term["kind"] == TermKind.HOST_PORT
            and world.domain_counts[row_of(world, term["counter"]), node_row] > 0
        ):
            return False
        row = term["next"]
    return True
