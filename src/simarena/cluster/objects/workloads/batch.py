"""Jobs and CronJobs as the API returns them."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Final

from simarena.cluster.codes import NONE, JobOutcome
from simarena.cluster.manifests.fields import copied
from simarena.cluster.messages.clock import timestamp
from simarena.cluster.messages.control_plane import JOB_SUCCESSES
from simarena.cluster.objects.pods.manifest import owner_reference
from simarena.cluster.objects.workloads.replicasets import WorkloadStatus, with_metadata
from simarena.cluster.rows.controller_labels import job_labels

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from simarena.cluster.manifests.fields import Fields, Manifest

PREFIX: Final = "batch.kubernetes.io"
_PAIR: Final = 2
INDEX: Final = f"{PREFIX}/job-completion-index"
INDEX_FAILURES: Final = f"{PREFIX}/job-index-failure-count"
INDEX_IGNORED: Final = f"{PREFIX}/job-index-ignored-failure-count"


@dataclass(frozen=True, slots=True, kw_only=True)
class JobStatus:
    """What a Job has come to. Times are virtual; NONE where it has not happened.

    Counts are those of its controller's last sync.
    """

    num_active: int = 0
    num_ready: int = 0
    num_terminating: int = 0
    num_succeeded: int = 0
    num_failed: int = 0
    started_ms: int = NONE
    finished_ms: int = NONE
    outcome: JobOutcome = JobOutcome.UNDECIDED
    reason: str = ""
    """Of the outcome, like `message`."""
    message: str = ""
    decided_ms: int = NONE
    """When the outcome was known."""
    suspended: bool = False
    suspended_ms: int = NONE
    """When that changed last."""
    completed: Sequence[int] = ()
    """Indexes of pods that succeeded."""
    failed_indexes: Sequence[int] = ()
    """Indexes that are given up."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CronJobStatus:
    """What a CronJob has come to."""

    active: Sequence[tuple[str, str]] = ()
    """Name and uid of each Job that runs."""
    last_schedule_ms: int = NONE
    last_success_ms: int = NONE


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
        "ready": job.num_ready,
        "terminating": job.num_terminating,
        "uncountedTerminatedPods": {},
    }
    for name, number in (
        ("active", job.num_active),
        ("succeeded", job.num_succeeded),
        ("failed", job.num_failed),
    ):
        if number:
            said[name] = number
    if job.started_ms != NONE:
        said["startTime"] = timestamp(job.started_ms)
    if job.completed:
        said["completedIndexes"] = shown_indexes(job.completed)
    if spec.get("backoffLimitPerIndex") is not None:
        said["failedIndexes"] = shown_indexes(job.failed_indexes)
    if job.outcome in JOB_SUCCESSES and job.finished_ms != NONE:
        said["completionTime"] = timestamp(job.finished_ms)
    conditions = list(_conditions(job))
    if conditions:
        said["conditions"] = conditions
    result["status"] = said
    return result


def child_job(
    cronjob: tuple[str, str],
    template: Fields,
    *,
    cronjob_uid: str,
    name: str,
    scheduled_ms: int,
) -> Manifest:
    """Return the Job that a CronJob made for a time at which it was due.

    `cronjob` is its namespace and name, `template` the normalised jobTemplate that it had then.
    """
    at = timestamp(scheduled_ms)
    annotations = dict(template["metadata"].get("annotations") or {})
    annotations[f"{PREFIX}/cronjob-scheduled-timestamp"] = at
    result: Manifest = {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {
            "name": name,
            "namespace": cronjob[0],
            "annotations": annotations,
            "ownerReferences": [owner_reference("CronJob", cronjob[1], cronjob_uid, "batch/v1")],
        },
        "spec": copied(template["spec"]),
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
    """Return indexes as `status.completedIndexes` writes them: "1,3-5,7,8"."""
    parts = []
    for _, group in groupby(enumerate(sorted(indexes)), lambda pair: pair[1] - pair[0]):
        run = [index for _, index in group]
        ends = run if len(run) <= _PAIR else [run[0], run[-1]]
        parts.append(("," if len(run) <= _PAIR else "-").join(map(str, ends)))
    return ",".join(parts)


def _conditions(job: JobStatus) -> Iterable[Manifest]:
    if job.suspended_ms != NONE:
        reason = "JobSuspended" if job.suspended else "JobResumed"
        message = "Job suspended" if job.suspended else "Job resumed"
        yield _condition("Suspended", reason, message, job.suspended_ms, ok=job.suspended)
    if job.outcome == JobOutcome.UNDECIDED:
        return
    done = job.outcome in JOB_SUCCESSES
    interim = "SuccessCriteriaMet" if done else "FailureTarget"
    yield _condition(interim, job.reason, job.message, job.decided_ms)
    if job.finished_ms != NONE:
        final = "Complete" if done else "Failed"
        yield _condition(final, job.reason, job.message, job.finished_ms)


def _condition(kind: str, reason: str, message: str, since_ms: int, *, ok: bool = True) -> Manifest:
    time = timestamp(since_ms)
    return {
        "type": kind,
        "status": "True" if ok else "False",
        "lastProbeTime": time,
        "lastTransitionTime": time,
        "reason": reason,
        "message": message,
    }
