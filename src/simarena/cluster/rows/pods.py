"""Bare pods to rows of a World."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from simarena.cluster.codes import NONE
from simarena.cluster.manifests.pods.spreading import TEMPLATE_HASH_LABEL
from simarena.cluster.manifests.priorities import pod_priority
from simarena.cluster.records import BLANK_BARE
from simarena.cluster.rows.catalogue import ObjectInfo
from simarena.cluster.rows.specs import put_spec, put_spec_ring
from simarena.cluster.rows.tables import room_for
from simarena.cluster.rows.template_relations import relation_writer
from simarena.cluster.rows.templates import (
    TemplateReading,
    put_template,
    read_template,
    write_template,
)
from simarena.errors import ManifestError, shown

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from simarena.cluster.manifests.pods.pod import Pod
    from simarena.cluster.manifests.pods.template import PodTemplate
    from simarena.cluster.manifests.selectors import LabelSelector
    from simarena.cluster.rows.catalogue import Catalogue


def put_bare_pod(catalogue: Catalogue, pod: Pod) -> int:
    """Return the row of a bare pod's name, a new one if it is new."""
    key = (pod.key.namespace, pod.key.name)
    row = catalogue.bare_rows.get(key)
    if row is None:
        row = len(catalogue.bare)
        catalogue.world = room_for(catalogue.world, bare=row + 1)
        catalogue.world.state[0]["num_bare"] = row + 1
        catalogue.world.bare[row] = BLANK_BARE[0]
        catalogue.bare_rows[key] = row
        catalogue.bare.append(ObjectInfo(pod))
    return row


@dataclass(frozen=True, slots=True)
class PodReading:
    """What a pod asks for in numbers, of which nothing has been written yet."""

    template: TemplateReading | int
    values: Mapping[str, int]
    """Fields of SPEC that stand for themselves."""
    runs_ms: Sequence[int]
    """How long it and its clones run, in turn."""


def put_pod_spec(
    catalogue: Catalogue,
    pod: Pod,
    *,
    run_ms: int = NONE,
    lifecycles: Sequence[int] = (),
    reschedules: bool = False,
) -> int:
    """Return the row of what a pod asks for; see `read_pod_spec`."""
    reading = read_pod_spec(
        catalogue, pod, run_ms=run_ms, lifecycles=lifecycles, reschedules=reschedules
    )
    return write_pod_spec(catalogue, reading)


def read_pod_spec(
    catalogue: Catalogue,
    pod: Pod,
    *,
    run_ms: int = NONE,
    lifecycles: Sequence[int] = (),
    reschedules: bool = False,
) -> PodReading:
    """Return what a pod asks for in numbers; nothing changes.

    Raises ManifestError if the cluster cannot have it; what this returns, `write_pod_spec` takes
    without fail.

    Args:
        catalogue: where it shall go.
        pod: with its name.
        run_ms: how long it runs once it is Ready, NONE for ever.
        lifecycles: the same of it and its clones, in turn; in place of `run_ms`.
        reschedules: whether it comes back as a clone when it is deleted while it runs.
    """
    node = pod.template.spec.placement.node_name
    if node and node not in catalogue.node_rows:
        message = f"{pod.key}: spec.nodeName is {shown(node)}, and there is no such node"
        raise ManifestError(message)
    template = read_template(
        catalogue,
        pod.template.unbound() if node else pod.template,
        pod.key.namespace,
        tuple(pod.key),
        controller_selector(catalogue, pod),
    )
    values = {
        "replicas": 1,
        "node": catalogue.node_rows[node] if node else NONE,
        "reschedules": reschedules,
    }
    return PodReading(template, values, lifecycles or (run_ms,))


def write_pod_spec(catalogue: Catalogue, reading: PodReading) -> int:
    """Return the row of what a pod asks for, a new one if it is new."""
    values = {"template": write_template(catalogue, reading.template), **reading.values}
    if not values["reschedules"]:
        return put_spec(catalogue, {**values, "run_ms": reading.runs_ms[0]})
    return put_spec_ring(catalogue, [{**values, "run_ms": each} for each in reading.runs_ms])


def admit(catalogue: Catalogue, pod: Pod) -> Pod:
    """Return a pod with its priority filled in, as the API does when it is created.

    Raises ManifestError if the pod names a PriorityClass that does not exist.
    """
    asked = pod.template.spec.priority
    priority = pod_priority(asked, catalogue.surroundings.priority_classes)
    if not priority.known:
        message = (
            f"{pod.key}: no PriorityClass with name {priority.class_name} was found; apply it first"
        )
        raise ManifestError(message)
    return pod.admitted(priority) if priority.class_name else pod


def change_pod(catalogue: Catalogue, pod_row: int, pod: Pod, template: PodTemplate) -> None:
    """Let a bare pod have another template; what counts pods follows."""
    template_row = put_template(
        catalogue,
        template,
        pod.key.namespace,
        tuple(pod.key),
        controller_selector(catalogue, pod),
    )
    writer = relation_writer(catalogue)
    writer.change_template(pod_row, template_row)
    catalogue.world = writer.world


def controller_selector(catalogue: Catalogue, pod: Pod) -> LabelSelector | None:
    """Return the selector of the controller that a pod's owner references name, if any."""
    namespace = pod.key.namespace
    for kind, name in pod.controllers:
        row = catalogue.workload_rows.get((kind, namespace, name))
        if row is not None:
            return catalogue.workloads[row].read.selector
        if kind == "ReplicaSet":
            return _child_selector(catalogue, namespace, name)
    return None


def _child_selector(catalogue: Catalogue, namespace: str, name: str) -> LabelSelector | None:
    """Return the selector of a Deployment's ReplicaSet, None if there is none of that name."""
    deployment, _, template = name.rpartition("-")
    row = catalogue.workload_rows.get(("Deployment", namespace, deployment))
    selector = None if row is None else catalogue.workloads[row].read.selector
    return None if selector is None else selector.with_label(TEMPLATE_HASH_LABEL, template)
