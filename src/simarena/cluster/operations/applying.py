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
from simarena.cluster.operations.admission import ClusterAdmission
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
from simarena.cluster.rows.quotas import put_quota
from simarena.cluster.rows.template_relations import put_surrounding
from simarena.cluster.rows.workloads import (
    put_workload,
    read_workload_spec,
    write_workload_spec,
)
from simarena.errors import ManifestError

if TYPE_CHECKING:
    from simarena.cluster.manifests.api_object import ObjectKey
    from simarena.cluster.manifests.fields import Fields
    from simarena.cluster.operations.names import Objects


def apply_object(
    objects: Objects,
    manifest: Fields,
    *,
    unknown: list[str] | None = None,
    is_admitted: bool = False,
    replaces: bool = False,
) -> ObjectKey:
    """Create or update an object, as `kubectl apply` does; return its kind, namespace and name.

    Controllers, scheduler and kubelet act on it when time passes. Fields that the API does not know
    are refused, or left out and added to `unknown`, if that is given. What `is_admitted` comes from
    an API server, whose admission plugins have seen it. What `replaces` is all of the object, and
    not what its owner wants of it. Raises ManifestError if the API would refuse it, or if it cannot
    be simulated; the cluster is then unchanged.
    """
    given_rolling = _given_rolling(manifest)
    merges = not replaces and given_rolling is not None
    admission = None if is_admitted else ClusterAdmission(objects, merges=merges)
    wanted = read(manifest, unknown=unknown, admission=admission)
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
            workload = wanted if replaces else _with_replicas(objects, manifest, wanted)
            if admission is not None:
                workload = admission.limited(workload)
            _apply_workload(objects, workload, given_rolling or frozenset())
        case _:
            put_surrounding(live.catalogue, wanted)
            objects.stored[wanted.key] = wanted.manifest
            put_quota(live.catalogue, wanted.key, wanted.manifest)
    return wanted.key


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
    update = pod_update(wanted, current)
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
    if update.ungates and not wanted.template.spec.waits:
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


def _given_rolling(manifest: Fields) -> frozenset[str] | None:
    """Return the fields of a rolling update that are given; None: it is given as null."""
    found: object = manifest
    for step in ("spec", "strategy"):
        found = found.get(step) if isinstance(found, Mapping) else None
    if not isinstance(found, Mapping) or "rollingUpdate" not in found:
        return frozenset()
    rolling = found["rollingUpdate"]
    if rolling is None:
        return None
    return frozenset(rolling) if isinstance(rolling, Mapping) else frozenset()


def _apply_workload(objects: Objects, workload: Workload, given_rolling: frozenset[str]) -> None:
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
    catalogue.workloads[row].given_rolling = given_rolling
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
