"""The start of a cluster that lives on: with spare rows for the templates that edits make."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from simarena.cluster.replay.driver import virtual_namespace
from simarena.cluster.rows.templates import put_template
from simarena.env.playing.start import compile_cluster
from simarena.env.records.living import FAMILY
from simarena.errors import ScenarioError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from simarena.cluster.records import Rows, World
    from simarena.cluster.rows.catalogue import Catalogue
    from simarena.env.scenarios.scenario import Scenario
    from simarena.trace import WorkloadRef

_SPARE_ANNOTATION: Final = "simarena.io/spare"
"""Tells spare templates of a Deployment apart, so that each has a hash of its own."""


class LiveStart(NamedTuple):
    """A compiled cluster, and which of its Deployments may be edited as it runs."""

    world: World
    """No pods, no events: what happens is all in its timeline."""

    families: Rows
    """(num_templates,) of FAMILY"""

    workloads: tuple[int, ...]
    """Rows of the Deployments that may be edited, in the order asked for."""


def compile_live(scenario: Scenario, refs: Iterable[WorkloadRef], num_spare: int) -> LiveStart:
    """Return a scenario's start in which each of the Deployments `refs` has spare templates.

    `num_spare` rows for each of its templates: so many different requests at most can be in use at
    once. Raises ScenarioError if the scenario cannot be simulated.
    """
    catalogue = compile_cluster(scenario)
    rows = []
    spares: list[tuple[int, int]] = []
    for ref in refs:
        kind = ref.kind.rpartition(".")[2]
        key = (kind, virtual_namespace(ref.namespace), ref.name)
        rows.append(catalogue.workload_rows[key])
        spares += [
            (base, _add_spares(catalogue, base, key, num_spare)) for base in _bases(catalogue, key)
        ]
    families = np.zeros(len(catalogue.world.templates), FAMILY)
    for base, first in spares:
        for row in (base, *range(first, first + num_spare)):
            families[row] = (base, first, num_spare)
    return LiveStart(catalogue.world, families, tuple(rows))


def stacked_families(starts: Sequence[LiveStart], num_templates: int) -> Rows:
    """Return the families of all starts side by side: (num_scenarios, num_templates) of FAMILY."""
    families = np.zeros((len(starts), num_templates), FAMILY)
    for row, start in enumerate(starts):
        families[row, : len(start.families)] = start.families
    return families


def _bases(catalogue: Catalogue, key: tuple[str, str, str]) -> list[int]:
    """Return the rows of all templates that the trace gives a workload."""
    world = catalogue.world
    subject = catalogue.workload_rows[key]
    timeline = world.timeline[: world.state[0]["num_timeline"]]
    specs = [row["spec"] for row in timeline if row["subject"] == subject and row["spec"] >= 0]
    return sorted({int(world.specs[spec]["template"]) for spec in specs})


def _add_spares(catalogue: Catalogue, base: int, key: tuple[str, str, str], num_spare: int) -> int:
    """Compile copies of a template that differ only in their hash; return the row of the first.

    They are compiled, not copied, because rules of the scheduler may go by a template's hash.
    """
    info = catalogue.templates[base]
    if info.pod["spec"].get("resources"):
        message = (
            f"{key[1]}/{key[2]} sets spec.resources for the whole pod; actions change a "
            "container's requests, so take that field out of the trace"
        )
        raise ScenarioError(message)
    rows = []
    for number in range(num_spare):
        spare = info.template.annotated(_SPARE_ANNOTATION, str(number))
        rows.append(put_template(catalogue, spare, info.namespace, key, info.selector))
    return rows[0]
