"""Jobs and CronJobs: checked, completed with defaults, and read into numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from simarena.cluster.codes import NONE, Concurrency
from simarena.cluster.cron_schedule import parse_schedule
from simarena.cluster.fields import choice, flag, mapping, string, whole
from simarena.cluster.pod_template import complete_template, int32
from simarena.errors import ManifestError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from simarena.cluster.cron_schedule import Schedule
    from simarena.cluster.fields import Fields, Manifest

MAX_CRONJOB_NAME: Final = 52
_CONCURRENCY: Final = {
    "Allow": Concurrency.ALLOW,
    "Forbid": Concurrency.FORBID,
    "Replace": Concurrency.REPLACE,
}


def complete_job(job: Manifest, where: str) -> None:
    """Check a Job and fill in defaults, in place."""
    job.pop("status", None)
    _complete_job_spec(job["spec"], where)


def complete_cronjob(cronjob: Manifest, where: str) -> None:
    """Check a CronJob and fill in defaults, in place."""
    cronjob.pop("status", None)
    spec = cronjob["spec"]
    if len(cronjob["metadata"].get("name") or "") > MAX_CRONJOB_NAME:
        message = f"{where}: metadata.name must be at most {MAX_CRONJOB_NAME} characters long"
        raise ManifestError(message)
    parse_schedule(string(spec, "schedule", where), string(spec, "timeZone", where), where)
    spec["concurrencyPolicy"] = choice(
        spec, "concurrencyPolicy", where, tuple(_CONCURRENCY), "Allow"
    )
    spec["suspend"] = flag(spec, "suspend", where)
    spec["successfulJobsHistoryLimit"] = whole(spec, "successfulJobsHistoryLimit", where, 3)
    spec["failedJobsHistoryLimit"] = whole(spec, "failedJobsHistoryLimit", where, 1)
    whole(spec, "startingDeadlineSeconds", where, 0)
    template = dict(mapping(spec, "jobTemplate", where))
    at = f"{where}.jobTemplate"
    template["metadata"] = dict(mapping(template, "metadata", at))
    template["spec"] = dict(mapping(template, "spec", at))
    _complete_job_spec(template["spec"], f"{at}.spec")
    spec["jobTemplate"] = template


def job_values(spec: Fields) -> Mapping[str, int]:
    """Return the fields of SPEC that a completed Job's spec decides."""
    completions = spec.get("completions")
    return {
        "replicas": spec["parallelism"],
        "completions": NONE if completions is None else completions,
        "backoff_limit": spec["backoffLimit"],
        "indexed": spec["completionMode"] == "Indexed",
        "paused": spec["suspend"],
        "deadline_ms": _milliseconds(spec.get("activeDeadlineSeconds")),
        "ttl_ms": _milliseconds(spec.get("ttlSecondsAfterFinished")),
    }


def cronjob_values(spec: Fields) -> Mapping[str, int]:
    """Return the fields of SPEC that a completed CronJob's spec decides, its Jobs' apart."""
    return {
        "paused": spec["suspend"],
        "concurrency": _CONCURRENCY[spec["concurrencyPolicy"]],
        "success_history": spec["successfulJobsHistoryLimit"],
        "failure_history": spec["failedJobsHistoryLimit"],
        "deadline_ms": _milliseconds(spec.get("startingDeadlineSeconds")),
    }


def schedule_of(cronjob: Fields) -> Schedule:
    """Return when a completed CronJob is due."""
    spec = cronjob["spec"]
    return parse_schedule(spec["schedule"], spec.get("timeZone") or "", "spec")


def _complete_job_spec(spec: Manifest, where: str) -> None:
    complete_template(spec, where, ("Never", "OnFailure"))
    mode = choice(spec, "completionMode", where, ("NonIndexed", "Indexed"), "NonIndexed")
    spec["completionMode"] = mode
    if spec.get("completions") is None and spec.get("parallelism") is None:
        spec["completions"] = 1
    if spec.get("completions") is not None:
        int32(spec, "completions", where, 1)
    elif mode == "Indexed":
        message = f"{where}.completions must be given when completionMode is Indexed"
        raise ManifestError(message)
    spec["parallelism"] = int32(spec, "parallelism", where, 1)
    spec["backoffLimit"] = int32(spec, "backoffLimit", where, 6)
    spec["suspend"] = flag(spec, "suspend", where)
    for name in ("activeDeadlineSeconds", "ttlSecondsAfterFinished"):
        whole(spec, name, where, 0)
    for name in ("backoffLimitPerIndex", "podFailurePolicy", "successPolicy"):
        if spec.get(name) is not None:
            message = f"{where}.{name} cannot be simulated; take it out"
            raise ManifestError(message)


def _milliseconds(seconds: int | None) -> int:
    return NONE if seconds is None else 1_000 * seconds
