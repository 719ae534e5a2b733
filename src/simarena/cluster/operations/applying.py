"""Creating and updating objects, as `kubectl apply` does.

All of a manifest is read into numbers before the first of them is written, so that one that is
refused leaves no trace.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from simarena.cluster.codes import NONE, Operation
from simarena.cluster.manifests.check import read
from simarena.cluster.manifests.nodes import Node
from simarena.cluster.manifests.pods.pod import Pod
from simarena.cluster.manifests.pods.update import pod_update
from simarena.cluster.manifests.workloads.autoscaler import Autoscaler
from simarena.cluster.manifests.workloads.batch import CronJob
from simarena.cluster.manifests.workloads.workload import Workload
from simarena.cluster.messages.naming import NUM_SUFFIXES, generated_name
from simarena.cluster.operations.node_lifecycle import lifecycle_of
from simarena.cluster.operations.ownership import (
    adopt_pod,
    adopt_pods,
    relabel_owned,
    release_unclaimed,
)
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
    from simarena.cluster.manifests.api_object import ApiObject, ObjectKey
    from simarena.cluster.manifests.fields import Fields
    from simarena.cluster.operations.names import Objects


def apply_object(objects: Objects, manifest: Fields) -> ObjectKey:
    """Create or update an object, as `kubectl apply` does; return its kind, namespace and name.

    Controllers, scheduler and kubelet act on it when time passes. Raises ManifestError if the
    API would refuse it, or if it cannot be simulated; the cluster is then unchanged.
    """
    wanted = complete_name(objects, read(manifest))
    live = objects.live
    match wanted:
        case Node():
            lifecycle_of(live).put(live, wanted)
        case Pod():
            _apply_pod(objects, admit(live.catalogue, wanted))
        case Autoscaler():
            row, former = put_autoscaler(live.catalogue, wanted)
            live.do(Operation.APPLY_AUTOSCALER, row, former)
        case Workload():
            _apply_workload(objects, _with_replicas(objects, manifest, wanted))
        case _:
            put_surrounding(live.catalogue, wanted)
            objects.stored[wanted.key] = wanted.manifest
    return wanted.key


def complete_name(objects: Objects, read: ApiObject) -> ApiObject:
    """Return an object, its `generateName` completed as the API does.

    A name that is taken is not given again.
    """
    if read.key.name or not isinstance(read, Pod):
        return read
    state = objects.live.catalogue.world.state[0]
    seed, first = int(state["uid_seed"]), int(state["next_uid"])
    prefix = read.manifest["metadata"]["generateName"]
    for number in range(first, first + NUM_SUFFIXES):
        name = generated_name(prefix, seed, number)
        if not objects.has("Pod", read.key.namespace, name):
            break
    return read.named(name)


def _apply_pod(objects: Objects, pod: Pod) -> None:
    catalogue = objects.live.catalogue
    existing = objects.view.pod_row(pod.key.namespace, pod.key.name)
    if existing is not None:
        _update_pod(objects, existing, pod)
        return
    spec = write_pod_spec(catalogue, read_pod_spec(catalogue, pod))
    row = put_bare_pod(catalogue, pod)
    catalogue.bare[row].applied(pod)
    objects.live.do(Operation.CREATE_POD, row, spec)
    adopt_pod(objects, pod.key.namespace, pod.key.name)


def _update_pod(objects: Objects, row: int, wanted: Pod) -> None:
    """Change the labels and annotations of a pod, or take scheduling gates away.

    The API refuses the rest.
    """
    catalogue = objects.live.catalogue
    current = objects.get("Pod", wanted.key.name, wanted.key.namespace)
    update = pod_update(wanted, current, default_tolerations=catalogue.config.default_tolerations)
    if update is None:
        return
    pod = catalogue.world.pods[row]
    if pod["bare"] == NONE:
        if update.relabels or update.ungates:
            _relabel_owned(objects, row, wanted, ungates=update.ungates)
        else:
            catalogue.annotations[int(pod["uid"])] = dict(wanted.template.annotations)
            pod["deletion_cost"] = wanted.template.deletion_cost
        return
    pod["deletion_cost"] = wanted.template.deletion_cost
    template = catalogue.templates[pod["template"]].template
    change_pod(catalogue, row, wanted, template.relabelled(wanted.template, update.gates))
    objects.live.do(Operation.REPLAN_POD, row)
    if update.ungates and not update.gates:
        objects.live.do(Operation.RELEASE_POD, row)
    if update.relabels:
        release_unclaimed(objects, row)
        adopt_pod(objects, wanted.key.namespace, wanted.key.name)


def _relabel_owned(objects: Objects, row: int, wanted: Pod, *, ungates: bool) -> None:
    """Give a controller's pod other labels; it may have no owner then, or another one."""
    if ungates or not relabel_owned(objects, row, wanted):
        message = f"{wanted.key}: its controller decides its labels; change the template instead"
        raise ManifestError(message)
    objects.live.catalogue.world.pods[row]["deletion_cost"] = wanted.template.deletion_cost
    adopt_pod(objects, wanted.key.namespace, wanted.key.name)


def _apply_workload(objects: Objects, workload: Workload) -> None:
    catalogue = objects.live.catalogue
    latest_ms = next_ms = None
    if isinstance(workload, CronJob):
        latest_ms = workload.schedule.latest(objects.live.now_ms)
        next_ms = workload.schedule.after(objects.live.now_ms)
    reading = read_workload_spec(
        catalogue, workload, due_ms=NONE if latest_ms is None else latest_ms
    )
    spec = write_workload_spec(catalogue, reading)
    row = put_workload(catalogue, workload)
    if not catalogue.world.workloads[row]["present"]:
        catalogue.workloads[row].deleted()
    catalogue.workloads[row].applied(workload)
    objects.live.put_schedule(row, next_ms)
    objects.live.do(Operation.APPLY_WORKLOAD, row, spec)
    adopt_pods(objects, row)


def _with_replicas(objects: Objects, given: Fields, wanted: Workload) -> Workload:
    """Return a workload as wanted; if it says nothing of replicas an autoscaler's stay."""
    catalogue = objects.live.catalogue
    row = catalogue.workload_rows.get(wanted.key)
    if row is None or not catalogue.world.workloads[row]["num_rescaled"]:
        return wanted
    spec = given.get("spec")
    if not isinstance(spec, Mapping) or spec.get("replicas") is not None:
        return wanted
    return wanted.scaled(int(catalogue.world.workloads[row]["replicas"]))
