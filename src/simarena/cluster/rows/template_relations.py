"""What follows for pod templates from each other and from objects that only the scheduler reads."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simarena.cluster.manifests.budgets import DisruptionBudget
from simarena.cluster.manifests.pods.affinity import PodSelection
from simarena.cluster.manifests.pods.spreading import TEMPLATE_HASH_LABEL, default_selector
from simarena.cluster.manifests.priorities import pod_priority
from simarena.cluster.manifests.selectors import LabelSelector
from simarena.cluster.manifests.services import Namespace, Service
from simarena.cluster.rows.controller_labels import template_labels
from simarena.cluster.rows.relation_writer import RelationWriter
from simarena.cluster.rows.relations import PodFacts, Selection

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from simarena.cluster.manifests.api_object import ApiObject, ObjectKey
    from simarena.cluster.manifests.workloads.workload import Workload
    from simarena.cluster.rows.catalogue import Catalogue, TemplateInfo
    from simarena.cluster.rows.relations import Measure


def put_surrounding(catalogue: Catalogue, read: ApiObject) -> None:
    """Take note of an object that is not simulated, but that the scheduler reads.

    What it changes is found by index; all relations are written again only if others change by it.
    """
    _change(catalogue, read.key, read)


def put_surroundings(catalogue: Catalogue, objects: Iterable[ApiObject]) -> None:
    """Take note of several such objects."""
    changed = {each.key.kind for each in objects if catalogue.surroundings.put(each)}
    for kind in sorted(changed & {"PriorityClass"}) + sorted(changed - {"PriorityClass"})[:1]:
        _relate_anew(catalogue, kind)


def remove_surrounding(catalogue: Catalogue, key: ObjectKey) -> None:
    """Forget such an object."""
    _change(catalogue, key, None)


def _change(catalogue: Catalogue, key: ObjectKey, after: ApiObject | None) -> None:
    around = catalogue.surroundings
    before = around.objects.get(key)
    rows = _selected_by_default(catalogue, before) | _selected_by_default(catalogue, after)
    selectors = _spreading_selectors(catalogue, rows)
    if not (around.remove(key) if after is None else around.put(after)):
        return
    if isinstance(before or after, Service):
        if selectors != _spreading_selectors(catalogue, rows):
            _relate_anew(catalogue, key.kind)
    elif isinstance(before or after, Namespace):
        if catalogue.relations.look_at_namespaces:
            _relate_anew(catalogue, key.kind)
    elif before is None and isinstance(after, DisruptionBudget):
        writer = relation_writer(catalogue)
        writer.add_budget(after)
        catalogue.world = writer.world
    else:
        _relate_anew(catalogue, key.kind)


def _selected_by_default(catalogue: Catalogue, read: ApiObject | None) -> set[int]:
    """Return the rows of templates whose default spreading may heed a Service."""
    if not isinstance(read, Service):
        return set()
    selection = PodSelection((read.key.namespace,), None, LabelSelector(read.selector))
    return {row for kind in catalogue.relations.kinds_of(selection) for row in kind.rows}


def _relate_anew(catalogue: Catalogue, kind: str) -> None:
    """Write all relations again after an object that they follow from has changed."""
    if kind == "PriorityClass":
        for row in range(len(catalogue.templates)):
            write_priority(catalogue, row)
        catalogue.world.state[0]["priorities_differ"] = 1  # pods keep the one they came with
        return
    catalogue.relations = catalogue.relations.anew()
    writer = relation_writer(catalogue)
    writer.clear()
    writer.write_budgets()
    for row in range(len(catalogue.templates)):
        relate_template(catalogue, writer, row)
    writer.recount()
    catalogue.world = writer.world


def relation_writer(catalogue: Catalogue) -> RelationWriter:
    """Return a writer of what templates are to each other; its World must be taken from it."""
    return RelationWriter(
        catalogue.world,
        catalogue.relations,
        catalogue.nodes,
        catalogue.classes,
        catalogue.surroundings,
    )


def relate_template(catalogue: Catalogue, writer: RelationWriter, row: int) -> None:
    """Write what a template asks of other pods and is to them, and the hash of its pods."""
    info = catalogue.templates[row]
    labels = template_labels(info)
    selector = _spreading_selector(catalogue, info, labels)
    metrics = dict(info.template.usage.metrics)
    facts = PodFacts(info.template.spec, info.namespace, labels, selector, info.owner, metrics)
    writer.add_template(row, facts)


def _spreading_selector(
    catalogue: Catalogue, info: TemplateInfo, labels: Mapping[str, str]
) -> LabelSelector | None:
    """Return which pods a template spreads from by default: its controller's and its Services'."""
    owner = info.selector
    if TEMPLATE_HASH_LABEL in labels and info.owner[0] == "Deployment":
        owner = (owner or LabelSelector()).with_label(TEMPLATE_HASH_LABEL, info.hash)
    services = catalogue.surroundings.services(info.namespace, labels)
    return default_selector(labels, services, owner)


def _spreading_selectors(catalogue: Catalogue, rows: Iterable[int]) -> list[LabelSelector | None]:
    infos = [catalogue.templates[row] for row in rows]
    return [_spreading_selector(catalogue, info, template_labels(info)) for info in infos]


def select_pods(catalogue: Catalogue, workload_row: int, workload: Workload) -> None:
    """Let the autoscalers of a workload see the pods of others that its selector means."""
    if workload.selector is None or workload_row in catalogue.relations.selections:
        return
    writer = relation_writer(catalogue)
    selection = Selection(workload.key.namespace, workload.selector, workload.owner)
    writer.add_selection(workload_row, selection, [info.owner for info in catalogue.templates])
    catalogue.world = writer.world


def put_measure(catalogue: Catalogue, measure: Measure) -> int:
    """Return the number of what an autoscaler asks of pods, a new one if it is new."""
    number = catalogue.relations.measures.get(measure)
    if number is None:
        number = len(catalogue.relations.measures)
        catalogue.relations.measures[measure] = number
        writer = relation_writer(catalogue)
        for row, info in enumerate(catalogue.templates):
            writer.measure(row, info.template.spec, dict(info.template.usage.metrics), number)
        catalogue.world = writer.world
    return number


def write_priority(catalogue: Catalogue, row: int) -> None:
    """Write the priority of a template's pods."""
    asked = catalogue.templates[row].template.spec.priority
    priority = pod_priority(asked, catalogue.surroundings.priority_classes)
    catalogue.world.templates[row]["priority"] = priority.value
    catalogue.world.templates[row]["preempts"] = priority.preempts
    if priority.value != catalogue.world.templates[0]["priority"]:
        catalogue.world.state[0]["priorities_differ"] = 1
