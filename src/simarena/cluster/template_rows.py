"""Pod templates to rows of a World."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from simarena.cluster.catalogue import TemplateInfo
from simarena.cluster.container_rules import container_rules
from simarena.cluster.matching import names_required_by_affinity, tolerates_unschedulable
from simarena.cluster.pod_template import deletion_cost
from simarena.cluster.requests import pod_requests
from simarena.cluster.tables import room_for
from simarena.cluster.template_nodes import write_image_scores, write_verdict
from simarena.cluster.template_relations import relate_template, relation_writer, write_priority
from simarena.cluster.unrequested import containers_without

if TYPE_CHECKING:
    from simarena.cluster.catalogue import Catalogue
    from simarena.cluster.fields import Fields, Manifest


def put_template(
    catalogue: Catalogue,
    pod: Manifest,
    namespace: str,
    owner: tuple[str, ...],
    selector: Fields | None = None,
) -> int:
    """Return the row of a pod template (metadata and spec), a new one if new to `owner`.

    `selector` is that of the controller of its pods.
    """
    key = msgspec.json.encode((namespace, owner, pod, selector), order="deterministic")
    row = catalogue.template_rows.get(key)
    if row is not None:
        return row
    where = "/".join(owner)
    requests = pod_requests(pod["spec"], where)
    columns = {catalogue.column(name, where): n for name, n in requests.extended.items()}
    row = len(catalogue.templates)
    catalogue.world = room_for(catalogue.world, templates=row + 1)
    catalogue.template_rows[key] = row
    info = TemplateInfo(namespace, pod, selector=selector, hashed=owner[0] == "Deployment")
    catalogue.templates.append(info)
    _write_container_rules(catalogue, row, where)
    template = catalogue.world.templates[row]
    for name, amount in requests.row().items():
        template[name] = amount
    spec = pod["spec"]
    write_priority(catalogue, row)
    template["deletion_cost"] = deletion_cost(pod["metadata"])
    template["unrequested"] = sum(
        1 << resource for resource, names in containers_without(spec).items() if any(names[1:])
    )
    template["gated"] = bool(spec.get("schedulingGates"))
    names = names_required_by_affinity(spec)
    template["names_nodes"] = names is not None
    template["affinity_conflict"] = names is not None and not names
    template["has_extended"] = any(columns.values())
    template["tolerates_unschedulable"] = tolerates_unschedulable(spec.get("tolerations") or ())
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


def _write_container_rules(catalogue: Catalogue, row: int, where: str) -> None:
    rules = container_rules(catalogue.templates[row].pod, where)
    first = int(catalogue.world.state[0]["num_usage"])
    catalogue.world = room_for(catalogue.world, usage=first + len(rules.cpu) + len(rules.memory))
    template = catalogue.world.templates[row]
    for name, value in rules.fields.items():
        template[name] = value
    for name, steps in (("cpu_usage", rules.cpu), ("memory_usage", rules.memory)):
        template[name] = first
        template[f"num_{name}"] = len(steps)
        for step in steps:
            catalogue.world.usage[first] = step
            first += 1
    catalogue.world.state[0]["num_usage"] = first
