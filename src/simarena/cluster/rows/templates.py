"""Pod templates to rows of a World."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from simarena.cluster.codes import Resource
from simarena.cluster.manifests.pods.placement import tolerates_unschedulable
from simarena.cluster.records import BLANK_TEMPLATE, TEMPLATE
from simarena.cluster.rows.catalogue import TemplateInfo
from simarena.cluster.rows.images import write_image_ask
from simarena.cluster.rows.quotas import charge_template
from simarena.cluster.rows.tables import room_for
from simarena.cluster.rows.template_relations import (
    relate_template,
    relation_writer,
    write_priority,
)
from simarena.cluster.rows.verdicts import write_ask

if TYPE_CHECKING:
    from simarena.cluster.manifests.pods.container_rules import ContainerRules
    from simarena.cluster.manifests.pods.template import PodTemplate
    from simarena.cluster.manifests.selectors import LabelSelector
    from simarena.cluster.records import Rows
    from simarena.cluster.rows.catalogue import Catalogue

_BLANK = dict(zip(TEMPLATE.names or (), BLANK_TEMPLATE[0].item(), strict=True))


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
    values = {
        **_BLANK,
        **requests.row(),
        **template.rules.fields,
        "deletion_cost": template.deletion_cost,
        "unrequested": sum(
            1 << resource for resource in Resource if any(spec.containers_without(resource)[1:])
        ),
        "gated": spec.waits,
        "names_nodes": names is not None,
        "affinity_conflict": names is not None and not names,
        "has_extended": any(requests.extended.values()),
        "tolerates_unschedulable": tolerates_unschedulable(placement),
    }
    table = np.array([tuple(values.values())], TEMPLATE)
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
    write_ask(catalogue, row)
    write_image_ask(catalogue, row)
    catalogue.world.state[0]["num_templates"] = row + 1
    writer = relation_writer(catalogue)
    relate_template(catalogue, writer, row)
    catalogue.world = writer.world
    charge_template(catalogue, row)
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
