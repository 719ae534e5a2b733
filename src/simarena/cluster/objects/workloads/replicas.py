"""Deployments and ReplicaSets in names, and the counts that all workloads show."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from simarena.checks.bounds import MAX_INT32
from simarena.cluster.codes import NONE, LogKind
from simarena.cluster.manifests.workloads.deployment import Rollout
from simarena.cluster.manifests.workloads.int_or_percent import IntOrPercent
from simarena.cluster.objects.identity import Identities
from simarena.cluster.objects.pods.refusals import refusal_text
from simarena.cluster.objects.workloads.conditions import ProgressReason, progressing
from simarena.cluster.objects.workloads.controllers import (
    children,
    scaled,
)
from simarena.cluster.objects.workloads.replicasets import (
    REVISION_HISTORY,
    Failure,
    RolloutStatus,
    WorkloadStatus,
    child_replicaset,
    deployment_manifest,
    is_complete,
    replicaset_manifest,
)
from simarena.cluster.objects.workloads.rollout_history import RolloutHistory, RolloutSpec

if TYPE_CHECKING:
    from simarena.cluster.manifests.fields import Manifest
    from simarena.cluster.objects.journal import Journal
    from simarena.cluster.rows.catalogue import Catalogue


def deployment(catalogue: Catalogue, journal: Journal | None, row: int) -> Manifest:
    """Return the Deployment in a row of workloads."""
    names = Identities(catalogue)
    workloads = catalogue.world.workloads
    replicasets = children(catalogue, row)
    template = int(workloads[row]["template"])
    newest = [r for r in replicasets if int(workloads[r]["template"]) == template]
    status = workload_status(catalogue, row, replicasets, generation(catalogue, row))
    manifest = scaled(catalogue, row)
    rollout = RolloutStatus(
        num_updated=sum(int(workloads[r]["num_pods"]) for r in newest),
        num_wanted=sum(int(workloads[r]["replicas"]) for r in replicasets),
        revision=int(workloads[row]["revision"]),
    )
    history = _history(catalogue, journal, row)
    if history is not None:
        rollout = replace(rollout, available=history.available, progress=history.progress)
    elif newest and "progressDeadlineSeconds" in manifest["spec"]:
        complete = is_complete(manifest["spec"], status, rollout)
        reason = ProgressReason.AVAILABLE if complete else ProgressReason.UPDATED
        rollout = replace(rollout, progress=progressing(None, reason, template, status.created_ms))
    failures = (_failure(catalogue, journal, each) for each in (*newest, *replicasets))
    rollout = replace(rollout, failure=next((each for each in failures if each), None))
    if rollout.progress is not None and rollout.progress.template != NONE:
        told_of = names.replicaset(row, rollout.progress.template).name
        rollout = replace(rollout, told_of=told_of)
    return deployment_manifest(
        manifest, uid=names.workload_uid(row), status=status, rollout=rollout
    )


def replicaset(catalogue: Catalogue, journal: Journal | None, row: int) -> Manifest:
    """Return the ReplicaSet in a row of workloads that somebody applied."""
    return replicaset_manifest(
        scaled(catalogue, row),
        uid=Identities(catalogue).workload_uid(row),
        status=workload_status(catalogue, row, [row], generation(catalogue, row)),
        failure=_failure(catalogue, journal, row),
    )


def replication_controller(catalogue: Catalogue, journal: Journal | None, row: int) -> Manifest:
    """Return the ReplicationController in a row of workloads."""
    result = replicaset(catalogue, journal, row)
    del result["status"]["terminatingReplicas"]
    return result


def owned_replicaset(
    catalogue: Catalogue, journal: Journal | None, deployment: int, row: int
) -> Manifest:
    """Return the ReplicaSet in a row of workloads that a Deployment owns."""
    names = Identities(catalogue)
    workload = catalogue.world.workloads[row]
    template_row = int(workload["template"])
    manifest = child_replicaset(
        catalogue.rollouts[template_row],
        deployment_uid=names.workload_uid(deployment),
        template=catalogue.templates[template_row].pod,
        pod_template_hash=names.template_hash(template_row),
        replicas=int(workload["replicas"]),
        revision=int(workload["revision"]),
        desired=int(workload["desired"]),
        most=int(workload["max_replicas"]),
        min_ready_s=int(workload["min_ready_ms"]) // 1_000,
    )
    history = _history(catalogue, journal, deployment)
    if history is not None:
        former = history.revisions.get(template_row, [])[:-1]
        if former:
            manifest["metadata"]["annotations"][REVISION_HISTORY] = ",".join(map(str, former))
    return replicaset_manifest(
        manifest,
        uid=names.workload_uid(row),
        status=workload_status(catalogue, row, [row], 1),
        failure=_failure(catalogue, journal, row),
    )


def workload_status(
    catalogue: Catalogue, row: int, rows: list[int], generation: int
) -> WorkloadStatus:
    """Return the counts of a workload whose pods belong to the ReplicaSets in `rows`."""
    workloads = catalogue.world.workloads
    sets = [workloads[r] for r in rows]
    return WorkloadStatus(
        created_ms=int(workloads[row]["created_ms"]),
        generation=generation,
        num_pods=sum(int(s["num_pods"]) for s in sets),
        num_ready=sum(int(s["num_ready"]) for s in sets),
        num_available=sum(_num_available(catalogue, r) for r in rows),
        num_terminating=sum(int(s["num_terminating"]) for s in sets),
    )


def _num_available(catalogue: Catalogue, row: int) -> int:
    world = catalogue.world
    workload = world.workloads[row]
    if workload["min_ready_ms"] == 0:
        return int(workload["num_ready"])
    since_ms = int(world.state[0]["now_ms"]) - int(workload["min_ready_ms"])
    pods = world.pods[: int(world.state[0]["num_pods"])]
    mine = (pods["present"] == 1) & (pods["owner"] == row) & (pods["deleting"] == 0)
    return int((mine & (pods["ready"] == 1) & (pods["ready_ms"] <= since_ms)).sum())


def generation(catalogue: Catalogue, row: int) -> int:
    """Return how often a workload's spec has changed, by whomever."""
    info = catalogue.workloads.get(row)
    rescaled = int(catalogue.world.workloads[row]["num_rescaled"])
    return (info.generation if info else 1) + rescaled


def _history(catalogue: Catalogue, journal: Journal | None, row: int) -> RolloutHistory | None:
    """Return what became of a Deployment, None if nobody wrote it down."""
    if journal is None:
        return None
    deadline_s = scaled(catalogue, row)["spec"]["progressDeadlineSeconds"]
    history = RolloutHistory(None if deadline_s == MAX_INT32 else 1_000 * deadline_s)
    history.follow(journal.table(), row, partial(_spec_of, catalogue))
    history.pass_time(int(catalogue.world.state[0]["now_ms"]))
    return history


def _failure(catalogue: Catalogue, journal: Journal | None, row: int) -> Failure | None:
    """Return why a ReplicaSet could not create pods, None if it could, or nobody wrote it down."""
    workload = catalogue.world.workloads[row]
    number = int(workload["refused_number"])
    if journal is None or number == NONE:
        return None
    log = journal.table()
    rows = log[log["subject"] == number]
    forbidden = rows[rows["kind"] == LogKind.POD_FORBIDDEN]
    if len(forbidden) == 0:
        return None
    exceeded = rows[rows["kind"] == LogKind.QUOTA_EXCEEDED]
    message = refusal_text(Identities(catalogue), forbidden[0], exceeded)
    return Failure(message, int(workload["refused_ms"]))


def _spec_of(catalogue: Catalogue, spec_row: int) -> RolloutSpec:
    """Return what a row of specs says of a rollout."""
    spec = catalogue.world.specs[spec_row]
    rollout = Rollout(
        surge=IntOrPercent(int(spec["max_surge"]), is_percent=bool(spec["surge_is_percent"])),
        unavailable=IntOrPercent(
            int(spec["max_unavailable"]), is_percent=bool(spec["unavailable_is_percent"])
        ),
        recreate=bool(spec["recreate"]),
    )
    return RolloutSpec(
        template=int(spec["template"]),
        replicas=int(spec["replicas"]),
        rollout=rollout,
        paused=bool(spec["paused"]),
        min_ready_ms=int(spec["min_ready_ms"]),
    )
