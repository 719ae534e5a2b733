"""Jobs and CronJobs: checked, completed with defaults, and read into numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from simarena.checks.bounds import MAX_INT32
from simarena.cluster.codes import NONE, Concurrency
from simarena.cluster.manifests.fields import (
    choice,
    flag,
    int32,
    mapping,
    milliseconds,
    string,
    string_map,
    whole,
)
from simarena.cluster.manifests.pods.placement import check_label_selector
from simarena.cluster.manifests.pods.template import complete_template
from simarena.cluster.manifests.workloads.cron_schedule import parse_schedule
from simarena.cluster.manifests.workloads.pod_failure_policy import (
    complete_failure_policy,
    failure_actions,
)
from simarena.cluster.manifests.workloads.success_policy import check_success_policy
from simarena.errors import ManifestError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from simarena.cluster.manifests.fields import Fields, Manifest
    from simarena.cluster.manifests.workloads.cron_schedule import Schedule

MAX_CRONJOB_NAME: Final = 52
_CONTROLLER: Final = "kubernetes.io/job-controller"
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
    spec["successfulJobsHistoryLimit"] = int32(spec, "successfulJobsHistoryLimit", where, 3)
    spec["failedJobsHistoryLimit"] = int32(spec, "failedJobsHistoryLimit", where, 1)
    whole(spec, "startingDeadlineSeconds", where, 0)
    template = dict(mapping(spec, "jobTemplate", where))
    at = f"{where}.jobTemplate"
    template["metadata"] = dict(mapping(template, "metadata", at))
    for name in ("labels", "annotations"):
        string_map(template["metadata"], name, f"{at}.metadata")
    template["spec"] = dict(mapping(template, "spec", at))
    _complete_job_spec(template["spec"], f"{at}.spec")
    spec["jobTemplate"] = template


def job_values(spec: Fields, exit_code: int = 0) -> Mapping[str, int | list[int]]:
    """Return the fields of SPEC that a completed Job's spec decides, its success policy apart.

    `exit_code` is that with which its containers end of themselves.
    """
    completions = spec.get("completions")
    return {
        "index_backoff_limit": spec.get("backoffLimitPerIndex", NONE),
        "max_failed_indexes": spec.get("maxFailedIndexes", NONE),
        "replaces_failed": spec.get("podReplacementPolicy") == "Failed",
        "on_end": failure_actions(spec, exit_code),
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


def is_managed_elsewhere(manifest: Fields) -> bool:
    """Return whether a Job, or what a CronJob makes, is another controller's, and not simulated.

    The object may be as it was recorded. Raises ManifestError where what is read has another form.
    """
    where = f"{manifest['kind']} {manifest['metadata'].get('name')}"
    spec = mapping(manifest, "spec", where)
    if manifest["kind"] == "CronJob":
        spec = mapping(
            mapping(spec, "jobTemplate", f"{where}: spec"), "spec", f"{where}: spec.jobTemplate"
        )
    return (string(spec, "managedBy", f"{where}: spec") or _CONTROLLER) != _CONTROLLER


def _complete_job_spec(spec: Manifest, where: str) -> None:
    complete_template(spec, where, ("Never", "OnFailure"))
    flag(spec, "manualSelector", where)
    check_label_selector(mapping(spec, "selector", where), f"{where}.selector")
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
    _complete_limits(spec, where)
    spec["suspend"] = flag(spec, "suspend", where)
    for name in ("activeDeadlineSeconds", "ttlSecondsAfterFinished"):
        whole(spec, name, where, 0)
    complete_failure_policy(spec, where)
    check_success_policy(spec, where)
    _complete_replacement(spec, where)
    if string(spec, "managedBy", where, _CONTROLLER) != _CONTROLLER:
        message = f"{where}.managedBy: only {_CONTROLLER} can be simulated; take it out"
        raise ManifestError(message)


def _complete_limits(spec: Manifest, where: str) -> None:
    """Check how many failures a Job bears, and fill in the default."""
    per_index = spec.get("backoffLimitPerIndex") is not None
    spec["backoffLimit"] = int32(spec, "backoffLimit", where, MAX_INT32 if per_index else 6)
    if per_index:
        int32(spec, "backoffLimitPerIndex", where, 0)
        if spec["completionMode"] != "Indexed":
            message = f"{where}.backoffLimitPerIndex needs completionMode Indexed"
            raise ManifestError(message)
    if spec.get("maxFailedIndexes") is not None:
        most = int32(spec, "maxFailedIndexes", where, 0)
        if not per_index or most > spec["completions"]:
            message = (
                f"{where}.maxFailedIndexes needs backoffLimitPerIndex and must be at most "
                "completions"
            )
            raise ManifestError(message)


def _complete_replacement(spec: Manifest, where: str) -> None:
    policies: tuple[str, ...] = ("TerminatingOrFailed", "Failed")
    if spec.get("podFailurePolicy") is not None:
        policies = ("Failed",)
    spec["podReplacementPolicy"] = choice(
        spec, "podReplacementPolicy", where, policies, policies[0]
    )


def _milliseconds(seconds: int | None) -> int:
    return NONE if seconds is None else milliseconds(seconds)
