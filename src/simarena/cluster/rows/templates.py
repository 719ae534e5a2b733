"""Pod templates to rows of a World."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec

from simarena.cluster.codes import Resource
from simarena.cluster.manifests.pods.placement import tolerates_unschedulable
from simarena.cluster.records import BLANK_TEMPLATE
from simarena.cluster.rows.catalogue import TemplateInfo
from simarena.cluster.rows.tables import room_for
from simarena.cluster.rows.template_nodes import write_image_scores, write_verdict
from simarena.cluster.rows.template_relations import (
    relate_template,
    relation_writer,
    write_priority,
)

if TYPE_CHECKING:
    from simarena.cluster.manifests.pods.container_rules import ContainerRules
    from simarena.cluster.manifests.pods.template import PodTemplate
    from simarena.cluster.manifests.selectors import LabelSelector
    from simarena.cluster.records import Rows
    from simarena.cluster.rows.catalogue import Catalogue


@dataclass(frozen=True, slots=True)
class TemplateReading:
    """A pod template in numbers, of which nothing has been written yet."""

    key: bytes
    """Equal for equal templates of one owner."""
    info: TemplateInfo
    row: Rows
    """(1,) of TEMPLATE, without what follows from other rows"""


def read_template(
    catalogue: Catalogue,
    template: PodTemplate,
    namespace: str,
    owner: tuple[str, ...],
    selector: LabelSelector | None = None,
) -> TemplateReading | int:
    """Return a pod template in numbers, or its row if `owner` has it already.

    `selector` is that of the controller of its pods. Nothing changes. Raises ManifestError if the
    cluster has no room for it; what this returns, `write_template` takes without fail.
    """
    key = msgspec.json.encode(
        (namespace, owner, template.manifest, selector), order="deterministic"
    )
    known = catalogue.template_rows.get(key)
    if known is not None:
        return known
    spec = template.spec
    requests, placement = spec.requests, spec.placement
    catalogue.check_columns(requests.extended, "/".join(owner))
    names = placement.nodes.names()
    table = BLANK_TEMPLATE.copy()
    row = table[0]
    for name, value in (*requests.row().items(), *template.rules.fields.items()):
        row[name] = value
    row["deletion_cost"] = template.deletion_cost
    row["unrequested"] = sum(
        1 << resource for resource in Resource if any(spec.containers_without(resource)[1:])
    )
    row["gated"] = spec.waits
    row["names_nodes"] = names is not None
    row["affinity_conflict"] = names is not None and not names
    row["has_extended"] = any(requests.extended.values())
    row["tolerates_unschedulable"] = tolerates_unschedulable(placement)
    info = TemplateInfo(namespace, template, selector=selector, owner=owner)
    return TemplateReading(key, info, table)


def put_template(
    catalogue: Catalogue,
    template: PodTemplate,
    namespace: str,
    owner: tuple[str, ...],
    selector: LabelSelector | None = None,
) -> int:
    """Return the row of a pod template, a new one if new to `owner`; see `read_template`."""
    return write_template(catalogue, read_template(catalogue, template, namespace, owner, selector))


def write_template(catalogue: Catalogue, reading: TemplateReading | int) -> int:
    """Return the row of a template, a new one with what was read of it if it has none yet."""
    if isinstance(reading, int):
        return reading
    row = len(catalogue.templates)
    template = reading.info.template
    extended = template.spec.requests.extended
    columns = {catalogue.column(name): n for name, n in extended.items()}
    catalogue.world = room_for(catalogue.world, templates=row + 1)
    catalogue.template_rows[reading.key] = row
    catalogue.templates.append(reading.info)
    catalogue.world.templates[row] = reading.row[0]
    _write_usage(catalogue, row, template.rules)
    write_priority(catalogue, row)
    for column, number in columns.items():
        catalogue.world.template_extended[row, column] = number
    for node_row in range(len(catalogue.nodes)):
        write_verdict(catalogue, row, node_row)
    catalogue.world.state[0]["num_templates"] = row + 1
    writer = relation_writer(catalogue)
    relate_template(catalogue, writer, row)
    catalogue.world = writer.world
    if catalogue.relations.images:
        write_image_scores(catalogue, row)
    return row


def _write_usage(catalogue: Catalogue, row: int, rules: ContainerRules) -> None:
    first = int(catalogue.world.state[0]["num_usage"])
    catalogue.world = room_for(catalogue.world, usage=first + len(rules.cpu) + len(rules.memory))
    template = catalogue.world.templates[row]
    for name, steps in (("cpu_usage", rules.cpu), ("memory_usage", rules.memory)):
        template[name] = first
        template[f"num_{name}"] = len(steps)
        for step in steps:
            catalogue.world.usage[first] = step
            first += 1
    catalogue.world.state[0]["num_usage"] = first
