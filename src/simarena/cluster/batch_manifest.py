"""Jobs and CronJobs as the API returns them."""

from __future__ import annotations

import copy
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Final

from simarena.cluster.clock import timestamp
from simarena.cluster.codes import NONE, Outcome
from simarena.cluster.messages import JOB_FAILURES
from simarena.cluster.pod_manifest import owner_reference
from simarena.cluster.workload_manifest import WorkloadStatus, with_metadata

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from simarena.cluster.fields import Fields, Manifest

PREFIX: Final = "batch.kubernetes.io"
INDEX: Final = f"{PREFIX}/job-completion-index"
_REACHED: Final = ("CompletionsReached", "Reached expected number of succeeded pods")


@dataclass(frozen=True, slots=True, kw_only=True)
class JobStatus:
    """What a Job has come to. Times are virtual; NONE where it has not happened."""

    num_succeeded: int = 0
    num_failed: int = 0
    started_ms: int = NONE
    finished_ms: int = NONE
    outcome: Outcome = Outcome.UNDECIDED
    completed: Sequence[int] = ()
    """Indexes of pods that succeeded."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CronJobStatus:
    """What a CronJob has come to."""

    active: Sequence[tuple[str, str]] = ()
    """Name and uid of each Job that runs."""
    last_schedule_ms: int = NONE
    last_success_ms: int = NONE


def job_labels(name: str, uid: str) -> dict[str, str]:
    """Return the labels that tell a Job's pods from all others."""
    return {
        f"{PREFIX}/controller-uid": uid,
        f"{PREFIX}/job-name": name,
        "controller-uid": uid,
        "job-name": name,
    }


def job_manifest(manifest: Fields, *, uid: str, status: WorkloadStatus, job: JobStatus) -> Manifest:
    """Return a normalised Job with what the server adds, its status and conditions."""
    result = with_metadata(manifest, uid, status)
    labels = job_labels(result["metadata"]["name"], uid)
    spec = result["spec"]
    if not spec.get("manualSelector"):
        spec["selector"] = {"matchLabels": {f"{PREFIX}/controller-uid": uid}}
        template = spec["template"]["metadata"]
        template["labels"] = {**(template.get("labels") or {}), **labels}
        own = result["metadata"].get("labels") or spec["template"]["metadata"]["labels"]
        result["metadata"]["labels"] = dict(own)
    spec.setdefault("podReplacementPolicy", "TerminatingOrFailed")
    said: Manifest = {
        "ready": status.num_ready,
        "terminating": status.num_terminating,
        "uncountedTerminatedPods": {},
    }
    for name, number in (
        ("active", status.num_pods),
        ("succeeded", job.num_succeeded),
        ("failed", job.num_failed),
    ):
        if number:
            said[name] = number
    if job.started_ms != NONE:
        said["startTime"] = timestamp(job.started_ms)
    if job.completed:
        said["completedIndexes"] = shown_indexes(job.completed)
    if job.outcome == Outcome.COMPLETE and job.finished_ms != NONE:
        said["completionTime"] = timestamp(job.finished_ms)
    conditions = list(_conditions(spec, job, status.created_ms))
    if conditions:
        said["conditions"] = conditions
    result["status"] = said
    return result


def child_job(cronjob: Fields, *, cronjob_uid: str, name: str, scheduled_ms: int) -> Manifest:
    """Return the Job that a normalised CronJob makes for a time at which it is due."""
    metadata, template = cronjob["metadata"], cronjob["spec"]["jobTemplate"]
    at = timestamp(scheduled_ms)
    annotations = dict(template["metadata"].get("annotations") or {})
    annotations[f"{PREFIX}/cronjob-scheduled-timestamp"] = at
    result: Manifest = {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {
            "name": name,
            "namespace": metadata["namespace"],
            "annotations": annotations,
            "ownerReferences": [
                owner_reference("CronJob", metadata["name"], cronjob_uid, "batch/v1")
            ],
        },
        "spec": copy.deepcopy(template["spec"]),
    }
    if template["metadata"].get("labels"):
        result["metadata"]["labels"] = dict(template["metadata"]["labels"])
    return result


def cronjob_manifest(
    manifest: Fields, *, uid: str, status: WorkloadStatus, cronjob: CronJobStatus
) -> Manifest:
    """Return a normalised CronJob with what the server adds and its status."""
    result = with_metadata(manifest, uid, status)
    said: Manifest = {}
    if cronjob.active:
        namespace = result["metadata"]["namespace"]
        said["active"] = [
            {
                "apiVersion": "batch/v1",
                "kind": "Job",
                "name": name,
                "namespace": namespace,
                "uid": job_uid,
            }
            for name, job_uid in cronjob.active
        ]
    if cronjob.last_schedule_ms != NONE:
        said["lastScheduleTime"] = timestamp(cronjob.last_schedule_ms)
    if cronjob.last_success_ms != NONE:
        said["lastSuccessfulTime"] = timestamp(cronjob.last_success_ms)
    result["status"] = said
    return result


def shown_indexes(indexes: Iterable[int]) -> str:
    """Return indexes as `status.completedIndexes` writes them: "1,3-5,7"."""
    parts = []
    for _, group in groupby(enumerate(sorted(indexes)), lambda pair: pair[1] - pair[0]):
        run = [index for _, index in group]
        parts.append(f"{run[0]}-{run[-1]}" if len(run) > 1 else str(run[0]))
    return ",".join(parts)


def _conditions(spec: Fields, job: JobStatus, created_ms: int) -> Iterable[Manifest]:
    if spec.get("suspend") and job.outcome == Outcome.UNDECIDED:
        yield _condition("Suspended", "JobSuspended", "Job suspended", created_ms)
    if job.outcome == Outcome.UNDECIDED:
        return
    done = job.outcome == Outcome.COMPLETE
    reason, message = _REACHED if done else JOB_FAILURES[job.outcome]
    since_ms = created_ms if job.finished_ms == NONE else job.finished_ms
    yield _condition("SuccessCriteriaMet" if done else "FailureTarget", reason, message, since_ms)
    if job.finished_ms != NONE:
        yield _condition("Complete" if done else "Failed", reason, message, job.finished_ms)


def _condition(kind: str, reason: str, message: str, since_ms: int) -> Manifest:
    time = timestamp(since_ms)
    return {
        "type": kind,
        "status": "True",
        "lastProbeTime": time,
        "lastTransitionTime": time,
        "reason": reason,
        "message": message,
    }
