"""Creating and updating objects, as `kubectl apply` does.

All of a manifest is read into numbers before the first of them is written, so that one that is
refused leaves no trace.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import TYPE_CHECKING

from simarena.cluster.codes import NONE, Operation
from simarena.cluster.manifests.check import ObjectKey, key, normalise
from simarena.cluster.manifests.kinds import SUPPORTED_KINDS
from simarena.cluster.manifests.pods.qos import fill_requests
from simarena.cluster.manifests.pods.taints import add_default_tolerations
from simarena.cluster.manifests.pods.template import deletion_cost
from simarena.cluster.manifests.workloads.batch import schedule_of
from simarena.cluster.messages.naming import NUM_SUFFIXES, generated_name
from simarena.cluster.operations.node_lifecycle import lifecycle_of
from simarena.cluster.rows.autoscalers import put_autoscaler
from simarena.cluster.rows.pods import (
    admit,
    change_pod,
    put_bare_pod,
    read_pod_spec,
    write_pod_spec,
)
from simarena.cluster.rows.template_relations import put_surrounding
from simarena.cluster.rows.workloads import (
    put_workload,
    read_workload_spec,
    write_workload_spec,
)
from simarena.errors import ManifestError

if TYPE_CHECKING:
    from simarena.cluster.manifests.fields import Fields, Manifest
    from simarena.cluster.operations.names import Objects


def apply_object(objects: Objects, manifest: Fields) -> ObjectKey:
    """Create or update an object, as `kubectl apply` does; return its kind, namespace and name.

    Controllers, scheduler and kubelet act on it when time passes. Raises ManifestError if the
    API would refuse it, or if it cannot be simulated; the cluster is then unchanged.
    """
    wanted = normalise(manifest)
    complete_name(objects, wanted)
    name = key(wanted)
    if name.kind == "Node":
        lifecycle_of(objects.live).put(objects.live, wanted)
    elif name.kind == "Pod":
        admit(objects.live.catalogue, wanted)
        _apply_pod(objects, wanted)
    elif name.kind == "HorizontalPodAutoscaler":
        row, former = put_autoscaler(objects.live.catalogue, wanted)
        objects.live.do(Operation.APPLY_AUTOSCALER, row, former)
    elif name.kind in SUPPORTED_KINDS:
        _apply_workload(objects, _with_replicas(manifest, wanted, _current_replicas(objects, name)))
    else:
        put_surrounding(objects.live.catalogue, wanted)
        objects.stored[name] = wanted
    return name


def complete_name(objects: Objects, manifest: Manifest) -> None:
    """Complete `generateName`, as the API does: a name that is taken is not given again."""
    metadata = manifest["metadata"]
    if metadata.get("name") or not metadata.get("generateName"):
        return
    state = objects.live.catalogue.world.state[0]
    seed, first = int(state["uid_seed"]), int(state["next_uid"])
    for number in range(first, first + NUM_SUFFIXES):
        metadata["name"] = generated_name(metadata["generateName"], seed, number)
        if not objects.has(*key(manifest)):
            return


def _apply_pod(objects: Objects, manifest: Manifest) -> None:
    name = key(manifest)
    catalogue = objects.live.catalogue
    existing = objects.view.pod_row(name.namespace, name.name)
    if existing is not None:
        _update_pod(objects, existing, manifest)
        return
    spec = write_pod_spec(catalogue, read_pod_spec(catalogue, manifest))
    row = put_bare_pod(catalogue, manifest)
    catalogue.bare[row].applied(manifest)
    objects.live.do(Operation.CREATE_POD, row, spec)


def _update_pod(objects: Objects, row: int, manifest: Manifest) -> None:
    """Change the labels and annotations of a pod, or take scheduling gates away.

    The API refuses the rest.
    """
    name = key(manifest)
    current = objects.get("Pod", name.name, name.namespace)
    wanted = copy.deepcopy(manifest)
    fill_requests(wanted["spec"])
    gates = wanted["spec"].pop("schedulingGates", None) or []
    former_gates = current["spec"].pop("schedulingGates", None) or []
    if any(gate not in former_gates for gate in gates):
        message = f"{name}: scheduling gates can be taken away from a pod, not added"
        raise ManifestError(message)
    if objects.live.catalogue.config.default_tolerations:
        add_default_tolerations(wanted["spec"])
    wanted["spec"].setdefault("nodeName", current["spec"].get("nodeName"))
    if wanted["spec"] != {"nodeName": None, **current["spec"]}:
        message = f"{name}: a pod's spec cannot be changed; delete it and apply it again"
        raise ManifestError(message)
    if all(
        (manifest["metadata"].get(field) or {}) == (current["metadata"].get(field) or {})
        for field in ("labels", "annotations")
    ) and len(gates) == len(former_gates):
        return
    catalogue = objects.live.catalogue
    pod = catalogue.world.pods[row]
    if pod["bare"] == NONE:
        labels = manifest["metadata"].get("labels") or {}
        if labels != (current["metadata"].get("labels") or {}) or gates != former_gates:
            message = f"{name}: its controller decides its labels; change the template instead"
            raise ManifestError(message)
        annotations = manifest["metadata"].get("annotations") or {}
        catalogue.annotations[int(pod["uid"])] = annotations
        pod["deletion_cost"] = deletion_cost(manifest["metadata"])
        return
    spec = {**catalogue.templates[pod["template"]].pod["spec"], "schedulingGates": gates}
    if not gates:
        del spec["schedulingGates"]
    change_pod(catalogue, row, {"metadata": manifest["metadata"], "spec": spec})
    objects.live.do(Operation.REPLAN_POD, row)
    if former_gates and not gates:
        objects.live.do(Operation.RELEASE_POD, row)


def _apply_workload(objects: Objects, manifest: Manifest) -> None:
    catalogue = objects.live.catalogue
    latest_ms = next_ms = None
    if manifest["kind"] == "CronJob":
        schedule = schedule_of(manifest)
        latest_ms = schedule.latest(objects.live.now_ms)
        next_ms = schedule.after(objects.live.now_ms)
    reading = read_workload_spec(
        catalogue, manifest, due_ms=NONE if latest_ms is None else latest_ms
    )
    spec = write_workload_spec(catalogue, reading)
    row = put_workload(catalogue, manifest)
    if not catalogue.world.workloads[row]["present"]:
        catalogue.workloads[row].deleted()
    catalogue.workloads[row].applied(manifest)
    objects.live.put_schedule(row, next_ms)
    objects.live.do(Operation.APPLY_WORKLOAD, row, spec)


def _current_replicas(objects: Objects, name: ObjectKey) -> int | None:
    catalogue = objects.live.catalogue
    row = catalogue.workload_rows.get((name.kind, name.namespace, name.name))
    if row is None or not catalogue.world.workloads[row]["num_rescaled"]:
        return None
    return int(catalogue.world.workloads[row]["replicas"])


def _with_replicas(given: Fields, wanted: Manifest, current: int | None) -> Manifest:
    """Return a workload as wanted; if it says nothing of replicas an autoscaler's stay."""
    spec = given.get("spec")
    if current is not None and isinstance(spec, Mapping) and spec.get("replicas") is None:
        wanted["spec"]["replicas"] = current
    return wanted
