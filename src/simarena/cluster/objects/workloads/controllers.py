"""StatefulSets, DaemonSets, Jobs and CronJobs, told from rows of a World."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from simarena.cluster.codes import NONE, JobOutcome, Phase
from simarena.cluster.manifests.fields import copied
from simarena.cluster.manifests.pods.node_affinity import NODE_NAME_FIELD
from simarena.cluster.objects.identity import Identities
from simarena.cluster.objects.workloads.apps import (
    DaemonStatus,
    UpdateStatus,
    daemonset_manifest,
    statefulset_manifest,
)
from simarena.cluster.objects.workloads.batch import (
    INDEX,
    INDEX_FAILURES,
    INDEX_IGNORED,
    CronJobStatus,
    JobStatus,
    child_job,
    cronjob_manifest,
    job_manifest,
)
from simarena.cluster.objects.workloads.job_condition import job_condition
from simarena.cluster.rows.controller_labels import REVISION_HASH, TEMPLATE_GENERATION, job_labels

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    import numpy as np

    from simarena.cluster.manifests.fields import Fields, Manifest
    from simarena.cluster.objects.workloads.replicasets import WorkloadStatus
    from simarena.cluster.rows.catalogue import Catalogue

_REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution"


def scaled(catalogue: Catalogue, row: int) -> Manifest:
    """Return an applied workload's manifest with the replicas that its autoscaler gave it."""
    manifest = catalogue.workloads[row].manifest
    workload = catalogue.world.workloads[row]
    if not workload["num_rescaled"]:
        return manifest
    spec = {**manifest["spec"], "replicas": int(workload["replicas"])}
    return {**manifest, "spec": spec}


def statefulset(catalogue: Catalogue, row: int, status: WorkloadStatus) -> Manifest:
    """Return the StatefulSet of a row."""
    names = Identities(catalogue)
    info = catalogue.workloads[row]
    workload = catalogue.world.workloads[row]
    pods = list(_pods(catalogue, row))
    active = [pod for pod in pods if not pod["deleting"]]
    ready = [pod for pod in pods if pod["ready"]]
    latest_ms = int(catalogue.world.state[0]["now_ms"] - workload["min_ready_ms"])
    status = replace(
        status,  # pods that are being deleted are ready until they are gone
        num_ready=len(ready),
        num_available=sum(bool(pod["ready_ms"] <= latest_ms) for pod in ready),
    )
    current, newest = int(workload["current"]), int(workload["template"])
    return statefulset_manifest(
        scaled(catalogue, row),
        uid=names.workload_uid(row),
        status=status,
        update=UpdateStatus(
            current_revision=f"{info.name}-{names.template_hash(current)}",
            update_revision=f"{info.name}-{names.template_hash(newest)}",
            num_pods=len(pods),
            num_current=sum(int(pod["template"]) == current for pod in active),
            num_updated=sum(int(pod["template"]) == newest for pod in active),
        ),
    )


def daemonset(catalogue: Catalogue, row: int, status: WorkloadStatus) -> Manifest:
    """Return the DaemonSet of a row."""
    workload = catalogue.world.workloads[row]
    return daemonset_manifest(
        catalogue.workloads[row].manifest,
        uid=Identities(catalogue).workload_uid(row),
        status=status,
        daemons=DaemonStatus(
            num_desired=int(workload["replicas"]),
            num_scheduled=int(workload["reported_pods"]),
            num_misscheduled=int(workload["reported_misscheduled"]),
            num_ready=int(workload["reported_ready"]),
            num_available=int(workload["reported_available"]),
            num_updated=int(workload["reported_updated"]),
        ),
    )


def job(catalogue: Catalogue, row: int, status: WorkloadStatus) -> Manifest:
    """Return the Job of a row, applied by a user or made by a CronJob."""
    names = Identities(catalogue)
    workload = catalogue.world.workloads[row]
    owner = int(workload["owner"])
    outcome = JobOutcome(int(workload["outcome"]))
    reason, message = "", ""
    if outcome != JobOutcome.UNDECIDED:
        reason, message = job_condition(
            names,
            row if owner == NONE else owner,
            int(workload["template"]),
            outcome,
            decided_by=int(workload["decided_by"]),
            end=int(workload["decided_end"]),
            ordinal=int(workload["decided_ordinal"]),
            minute=names.minute(row),
        )
    if owner == NONE:
        manifest = catalogue.workloads[row].manifest
    else:
        manifest = child_job(
            catalogue.workloads[owner].place,
            catalogue.job_templates[int(workload["spec"])],
            cronjob_uid=names.workload_uid(owner),
            name=names.controller(owner, int(workload["template"]), names.minute(row)).name,
            scheduled_ms=int(workload["scheduled_ms"]),
        )
    return job_manifest(
        manifest,
        uid=names.workload_uid(row),
        status=status,
        job=JobStatus(
            num_active=int(workload["reported_pods"]),
            num_ready=int(workload["reported_ready"]),
            num_terminating=int(workload["reported_terminating"]),
            num_succeeded=int(workload["reported_succeeded"]),
            num_failed=int(workload["reported_failed"]),
            started_ms=int(workload["started_ms"]),
            finished_ms=int(workload["finished_ms"]),
            outcome=outcome,
            reason=reason,
            message=message,
            decided_ms=int(workload["decided_ms"]),
            suspended=bool(workload["suspended"]),
            suspended_ms=int(workload["suspended_ms"]),
            completed=[
                int(pod["ordinal"])
                for pod in _pods(catalogue, row)
                if pod["phase"] == Phase.SUCCEEDED
                and pod["ordinal"] != NONE
                and pod["finished_ms"] <= workload["reported_ms"]
            ],
            failed_indexes=[
                int(pod["ordinal"])
                for pod in _pods(catalogue, row)
                if pod["fails_index"]
                and pod["ordinal"] != NONE
                and pod["finished_ms"] <= workload["reported_ms"]
            ],
        ),
    )


def cronjob(catalogue: Catalogue, row: int, status: WorkloadStatus) -> Manifest:
    """Return the CronJob of a row."""
    names = Identities(catalogue)
    workload = catalogue.world.workloads[row]
    template = int(workload["template"])
    return cronjob_manifest(
        catalogue.workloads[row].manifest,
        uid=names.workload_uid(row),
        status=status,
        cronjob=CronJobStatus(
            active=[
                (names.controller(row, template, names.minute(each)).name, names.workload_uid(each))
                for each in children(catalogue, row)
                if catalogue.world.workloads[each]["finished_ms"] == NONE
            ],
            last_schedule_ms=int(workload["last_schedule_ms"]),
            last_success_ms=int(workload["last_success_ms"]),
        ),
    )


TELLERS: Final[Mapping[str, Callable[[Catalogue, int, WorkloadStatus], Manifest]]] = {
    "StatefulSet": statefulset,
    "DaemonSet": daemonset,
    "Job": job,
    "CronJob": cronjob,
}
"""How the API shows each kind of workload that is one row; Deployments have ReplicaSets as well."""


def children(catalogue: Catalogue, row: int) -> list[int]:
    """Return the rows of what a workload owns, oldest first."""
    rows = []
    child = int(catalogue.world.workloads[row]["first_child"])
    while child != NONE:
        rows.append(child)
        child = int(catalogue.world.workloads[child]["next_sibling"])
    return rows


def controlled_template(catalogue: Catalogue, pod: np.void, template: Fields) -> Fields:
    """Return the template of a pod with the labels and fields that its controller gives it."""
    names = Identities(catalogue)
    row = int(pod["owner"])
    workload = catalogue.world.workloads[row]
    applied = names.applied_owner(row)
    kind, ordinal = names.controller_kind(applied), int(pod["ordinal"])
    result: Manifest = copied(dict(template))
    metadata, spec = result["metadata"], result["spec"]
    labels = metadata.setdefault("labels", {})
    if kind in {"StatefulSet", "DaemonSet"}:
        labels[REVISION_HASH] = names.template_hash(int(pod["template"]))
    if kind == "StatefulSet":
        name = names.pod_of_row(pod).name
        labels["apps.kubernetes.io/pod-index"] = str(ordinal)
        labels["statefulset.kubernetes.io/pod-name"] = name
        spec.setdefault("hostname", name)
        service = catalogue.workloads[applied].manifest["spec"].get("serviceName")
        if service:
            spec.setdefault("subdomain", service)
    elif kind == "DaemonSet":
        labels[TEMPLATE_GENERATION] = "1"
        _bind(spec, catalogue.node_names[ordinal])
    elif kind == "Job":
        controller = names.controller(applied, int(pod["template"]), names.minute(row))
        labels.update(job_labels(controller.name, names.workload_uid(row)))
        if ordinal != NONE:
            labels[INDEX] = str(ordinal)
            annotations = metadata.setdefault("annotations", {})
            annotations[INDEX] = str(ordinal)
            if catalogue.world.specs[workload["spec"]]["index_backoff_limit"] != NONE:
                annotations[INDEX_FAILURES] = str(int(pod["index_failures"]))
                if pod["index_ignored"]:
                    annotations[INDEX_IGNORED] = str(int(pod["index_ignored"]))
            spec.setdefault("hostname", f"{controller.name}-{ordinal}")
    return result


def _bind(spec: Manifest, node: str) -> None:
    """Require a DaemonSet's node, in every term of the template's own node affinity."""
    only = {"key": NODE_NAME_FIELD, "operator": "In", "values": [node]}
    affinity = spec.setdefault("affinity", {}).setdefault("nodeAffinity", {})
    terms = (affinity.get(_REQUIRED) or {}).get("nodeSelectorTerms") or [{}]
    affinity[_REQUIRED] = {"nodeSelectorTerms": [{**term, "matchFields": [only]} for term in terms]}


def _pods(catalogue: Catalogue, row: int) -> Iterator[np.void]:
    pods = catalogue.world.pods
    pod_row = int(catalogue.world.workloads[row]["first_pod"])
    while pod_row != NONE:
        yield pods[pod_row]
        pod_row = int(pods[pod_row]["next_of_owner"])
