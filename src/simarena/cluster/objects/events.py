"""API events, told from the journal."""

from __future__ import annotations

import heapq
from typing import TYPE_CHECKING

from simarena.cluster.codes import NONE, LogKind, Outcome
from simarena.cluster.messages.control_plane import (
    JOB_SUCCESSES,
    cancelled_eviction,
    completed_job,
    created_job,
    created_pod,
    deleted_job,
    deleted_pod,
    failed_job,
    failed_scheduling,
    job_still_active,
    preempted,
    saw_job,
    scaled_replicaset,
    scheduled,
    suspended_job,
    taint_eviction,
)
from simarena.cluster.objects.autoscaler_events import AUTOSCALER_KINDS, autoscaler_note
from simarena.cluster.objects.event_manifest import event_manifest, involved_object
from simarena.cluster.objects.explanation import diagnosis_of
from simarena.cluster.objects.identity import Identities
from simarena.cluster.objects.kubelet_events import About, KubeletTeller, Told
from simarena.cluster.objects.workloads.job_verdict import job_verdict
from simarena.trace.kinds import KINDS

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy as np
    from numpy.typing import NDArray

    from simarena.cluster.manifests.fields import Manifest
    from simarena.cluster.messages.control_plane import Happening
    from simarena.cluster.objects.journal import Journal
    from simarena.cluster.rows.catalogue import Catalogue


def list_events(
    catalogue: Catalogue, journal: Journal, namespace: str | None = None
) -> list[Manifest]:
    """Return Event objects, those that happened last at the end.

    What is told again of the same object in the same words is one event with a count, as the API
    keeps it.
    """
    first: dict[tuple[About, Happening], int] = {}
    last: dict[tuple[About, Happening], int] = {}
    count: dict[tuple[About, Happening], int] = {}
    told_in_order = heapq.merge(_tell(catalogue, journal), journal.notes, key=_time_ms)
    for told in told_in_order:
        if namespace is not None and told.about.namespace != namespace:
            continue
        key = (told.about, told.happening)
        first.setdefault(key, told.time_ms)
        last[key] = told.time_ms
        count[key] = count.get(key, 0) + told.times
    names = Identities(catalogue)
    versions = {info.kind: info.manifest["apiVersion"] for info in catalogue.workloads.values()}
    versions |= {kind.name: kind.api_version for kind in KINDS.values()}
    events = [
        event_manifest(
            happening,
            involved_object(*about[:4], version=versions[about.kind], container=about.container),
            uid=names.event_uid(number),
            first_ms=first[about, happening],
            last_ms=last[about, happening],
            count=count[about, happening],
            host=about.host,
        )
        for number, (about, happening) in enumerate(first)
    ]
    order = sorted(zip(last.values(), range(len(events)), strict=True))
    return [events[number] for _, number in order]


def _time_ms(told: Told) -> int:
    return told.time_ms


def _tell(catalogue: Catalogue, journal: Journal) -> Iterator[Told]:
    names = Identities(catalogue)
    kubelets = KubeletTeller(catalogue) if catalogue.world.settings[0]["real_kubelet"] else None
    attempts: dict[int, int] = {}
    for row, counts in journal.entries():
        kind = LogKind(int(row["kind"]))
        if kubelets is not None:
            yield from kubelets.tell(row)
        if kind == LogKind.POD_UNSCHEDULABLE:
            yield _tell_failure(catalogue, names, row, counts, attempts)
        elif kind in _OF_PODS:
            yield from _tell_pod(catalogue, names, kind, row)
        elif kind in AUTOSCALER_KINDS:
            yield autoscaler_note(catalogue, row)
        elif kind == LogKind.WORKLOAD_SCALED and row["owner"] != NONE:
            owner = int(row["owner"])
            info = catalogue.workloads[owner]
            about = About(info.kind, info.namespace, info.name, names.workload_uid(owner))
            name = names.replicaset(owner, int(row["template"])).name
            happening = scaled_replicaset(name, int(row["value"]), int(row["other"]))
            yield Told(int(row["time_ms"]), about, happening)
        elif kind in _OF_JOBS:
            yield from _tell_job(catalogue, names, kind, row)


_OF_PODS = frozenset(
    {
        LogKind.POD_CREATED,
        LogKind.POD_SCHEDULED,
        LogKind.POD_DELETED,
        LogKind.POD_PREEMPTED,
        LogKind.POD_EVICTED,
        LogKind.EVICTION_CANCELLED,
    }
)


def _tell_failure(
    catalogue: Catalogue,
    names: Identities,
    row: np.void,
    counts: NDArray[np.int32],
    attempts: dict[int, int],
) -> Told:
    """Tell that a pod found no node; its number in `attempts` says how often since last time."""
    number, attempt = int(row["subject"]), int(row["value"])
    about = About("Pod", *names.pod_of_log(row), names.pod_uid(number))
    message = diagnosis_of(catalogue, int(row["template"]), counts.tolist())
    count = attempt - attempts.get(number, attempt - 1)
    attempts[number] = attempt
    return Told(int(row["time_ms"]), about, failed_scheduling(message), count)


def _tell_pod(
    catalogue: Catalogue, names: Identities, kind: LogKind, row: np.void
) -> Iterator[Told]:
    time_ms, owner_row, number = int(row["time_ms"]), int(row["owner"]), int(row["subject"])
    pod = names.pod_of_log(row)
    about = About("Pod", *pod, names.pod_uid(number))
    if kind == LogKind.POD_SCHEDULED:
        node = catalogue.node_names[int(row["node"])]
        yield Told(time_ms, about, scheduled(*pod, node))
    elif kind == LogKind.POD_EVICTED:
        yield Told(time_ms, about, taint_eviction(*pod))
    elif kind == LogKind.EVICTION_CANCELLED:
        yield Told(time_ms, about, cancelled_eviction(*pod))
    elif kind == LogKind.POD_PREEMPTED:
        node = catalogue.node_names[int(row["node"])]
        yield Told(time_ms, about, preempted(names.pod_uid(int(row["value"])), node))
    elif owner_row != NONE and (kind == LogKind.POD_CREATED or row["value"]):
        controller = owner_row, int(row["template"]), int(row["minute"])
        controlled_by = names.controller_kind(owner_row)
        owner = About(
            controlled_by, *names.controller(*controller), names.controller_uid(*controller)
        )
        tell = created_pod if kind == LogKind.POD_CREATED else deleted_pod
        yield Told(time_ms, owner, tell(pod.name, controlled_by))


_OF_JOBS = frozenset(
    {
        LogKind.JOB_CREATED,
        LogKind.JOB_FINISHED,
        LogKind.JOB_DELETED,
        LogKind.JOB_SKIPPED,
        LogKind.JOB_SUSPENDED,
    }
)


def _tell_job(
    catalogue: Catalogue, names: Identities, kind: LogKind, row: np.void
) -> Iterator[Told]:
    time_ms, owner_row = int(row["time_ms"]), int(row["owner"])
    applied = int(row["subject"]) if owner_row == NONE else owner_row
    info = catalogue.workloads[applied]
    job = applied, int(row["template"]), int(row["minute"])
    name = names.controller(*job)
    of_job = About(names.controller_kind(applied), *name, names.controller_uid(*job))
    if kind == LogKind.JOB_SUSPENDED:
        yield Told(time_ms, of_job, suspended_job(suspended=bool(row["value"])))
        return
    outcome = Outcome(int(row["value"]))
    if kind == LogKind.JOB_FINISHED:
        yield Told(time_ms, of_job, _finished(names, applied, outcome, row))
        if owner_row == NONE:
            return
    cronjob = About(info.kind, info.namespace, info.name, names.workload_uid(applied))
    if kind == LogKind.JOB_FINISHED:
        condition = "Complete" if outcome in JOB_SUCCESSES else "Failed"
        yield Told(time_ms, cronjob, saw_job(name.name, condition))
    elif kind == LogKind.JOB_CREATED:
        yield Told(time_ms, cronjob, created_job(name.name))
    elif kind == LogKind.JOB_DELETED:
        yield Told(time_ms, cronjob, deleted_job(name.name))
    else:
        yield Told(time_ms, cronjob, job_still_active())


def _finished(names: Identities, applied: int, outcome: Outcome, row: np.void) -> Happening:
    if outcome in JOB_SUCCESSES:
        return completed_job()
    verdict = job_verdict(
        names,
        applied,
        int(row["template"]),
        outcome,
        decided_by=int(row["other"]),
        end=int(row["bare"]),
        ordinal=int(row["ordinal"]),
        minute=int(row["minute"]),
    )
    return failed_job(*verdict)
