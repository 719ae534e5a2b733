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

    from simarena.cluster.manifests.fields import Fields, Manifest
    from simarena.cluster.rows.catalogue import Catalogue


def put_bare_pod(catalogue: Catalogue, manifest: Manifest) -> int:
    """Return the row of a bare pod's name, a new one if it is new."""
    metadata = manifest["metadata"]
    key = (metadata["namespace"], metadata["name"])
    row = catalogue.bare_rows.get(key)
    if row is None:
        row = len(catalogue.bare)
        catalogue.world = room_for(catalogue.world, bare=row + 1)
        catalogue.world.state[0]["num_bare"] = row + 1
        catalogue.world.bare[row] = BLANK_BARE[0]
        catalogue.bare_rows[key] = row
        catalogue.bare.append(ObjectInfo("Pod", *key, manifest))
    return row


@dataclass(frozen=True, slots=True)
class PodReading:
    """What a Pod manifest asks for in numbers, of which nothing has been written yet."""

    template: TemplateReading | int
    values: Mapping[str, int]
    """Fields of SPEC that stand for themselves."""
    runs_ms: Sequence[int]
    """How long it and its clones run, in turn."""


def put_pod_spec(
    catalogue: Catalogue,
    manifest: Manifest,
    *,
    run_ms: int = NONE,
    lifecycles: Sequence[int] = (),
    reschedules: bool = False,
) -> int:
    """Return the row of what a Pod manifest asks for; see `read_pod_spec`."""
    reading = read_pod_spec(
        catalogue, manifest, run_ms=run_ms, lifecycles=lifecycles, reschedules=reschedules
    )
    return write_pod_spec(catalogue, reading)


def read_pod_spec(
    catalogue: Catalogue,
    manifest: Manifest,
    *,
    run_ms: int = NONE,
    lifecycles: Sequence[int] = (),
    reschedules: bool = False,
) -> PodReading:
    """Return what a Pod manifest asks for in numbers; nothing changes.

    Raises ManifestError if it cannot be simulated; what this returns, `write_pod_spec` takes
    without fail.

    Args:
        catalogue: where it shall go.
        manifest: a normalised one.
        run_ms: how long it runs once it is Ready, NONE for ever.
        lifecycles: the same of it and its clones, in turn; in place of `run_ms`.
        reschedules: whether it comes back as a clone when it is deleted while it runs.
    """
    metadata, spec = manifest["metadata"], manifest["spec"]
    where = f"Pod {metadata['namespace']}/{metadata['name']}"
    node = spec.get("nodeName")
    if node and node not in catalogue.node_rows:
        message = f"{where}: spec.nodeName is {shown(node)}, and there is no such node"
        raise ManifestError(message)
    asked = dict(spec)
    asked.pop("nodeName", None)
    pod = {"metadata": metadata, "spec": asked}
    owner = ("Pod", metadata["namespace"], metadata["name"])
    template = read_template(
        catalogue, pod, metadata["namespace"], owner, controller_selector(catalogue, metadata)
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


def admit(catalogue: Catalogue, pod: Manifest) -> None:
    """Fill a pod's priority into its manifest, as the API does when it is created.

    Raises ManifestError if the pod names a PriorityClass that does not exist.
    """
    metadata, spec = pod["metadata"], pod["spec"]
    priority = pod_priority(spec, catalogue.surroundings.priority_classes)
    if not priority.known:
        message = (
            f"Pod {metadata['namespace']}/{metadata['name']}: no PriorityClass with name "
            f"{priority.class_name} was found; apply it first"
        )
        raise ManifestError(message)
    if priority.class_name:
        spec["priorityClassName"] = priority.class_name
        spec["priority"] = priority.value
        spec["preemptionPolicy"] = "PreemptLowerPriority" if priority.preempts else "Never"


def change_pod(catalogue: Catalogue, pod_row: int, pod: Manifest) -> None:
    """Let a bare pod have another manifest (metadata and spec); what counts pods follows."""
    metadata = pod["metadata"]
    namespace = metadata["namespace"]
    template_row = put_template(
        catalogue,
        pod,
        namespace,
        ("Pod", namespace, metadata["name"]),
        controller_selector(catalogue, metadata),
    )
    catalogue.world.pods[pod_row]["template"] = template_row
    writer = relation_writer(catalogue)
    writer.recount()
    catalogue.world = writer.world


def controller_selector(catalogue: Catalogue, metadata: Fields) -> Fields | None:
    """Return the selector of the controller that a pod's owner references name, if any."""
    for reference in metadata.get("ownerReferences") or ():
        if reference.get("controller"):
            kind, name = reference.get("kind"), reference.get("name")
            row = catalogue.workload_rows.get((kind, metadata["namespace"], name))
            if row is not None:
                selector: Fields | None = catalogue.workloads[row].manifest["spec"].get("selector")
                return selector
            if kind == "ReplicaSet":
                return _child_selector(catalogue, metadata["namespace"], str(name))
    return None


def _child_selector(catalogue: Catalogue, namespace: str, name: str) -> Fields | None:
    """Return the selector of a Deployment's ReplicaSet, None if there is none of that name."""
    deployment, _, template = name.rpartition("-")
    row = catalogue.workload_rows.get(("Deployment", namespace, deployment))
    if row is None:
        return None
    selector = catalogue.workloads[row].manifest["spec"]["selector"]
    labels = {**(selector.get("matchLabels") or {}), TEMPLATE_HASH_LABEL: template}
    return {**selector, "matchLabels": labels}
