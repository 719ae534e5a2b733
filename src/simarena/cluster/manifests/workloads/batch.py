"""Jobs and CronJobs: checked, completed with defaults, and read once."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from simarena.checks.bounds import MAX_INT32
from simarena.cluster.codes import NONE, Concurrency
from simarena.cluster.manifests.fields import (
    choice,
    copied,
    flag,
    int32,
    mapping,
    milliseconds,
    string,
    string_map,
    whole,
)
from simarena.cluster.manifests.selectors import selector_at
from simarena.cluster.manifests.workloads.cron_schedule import parse_schedule
from simarena.cluster.manifests.workloads.pod_failure_policy import (
    FailurePolicy,
    read_failure_policy,
)
from simarena.cluster.manifests.workloads.success_policy import SuccessRule, read_success_policy
from simarena.cluster.manifests.workloads.workload import Workload, ended_template
from simarena.errors import ManifestError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Self

    from simarena.cluster.manifests.api_object import ObjectKey
    from simarena.cluster.manifests.fields import Fields, Manifest
    from simarena.cluster.manifests.pods.template import PodTemplate
    from simarena.cluster.manifests.selectors import LabelSelector
    from simarena.cluster.manifests.workloads.cron_schedule import Schedule

MAX_CRONJOB_NAME: Final = 52
_CONTROLLER: Final = "kubernetes.io/job-controller"
_CONCURRENCY: Final = {
    "Allow": Concurrency.ALLOW,
    "Forbid": Concurrency.FORBID,
    "Replace": Concurrency.REPLACE,
}


_NO_POLICY: Final = FailurePolicy()


@dataclass(frozen=True, slots=True, kw_only=True)
class JobSpec:
    """What a Job does, or each Job of a CronJob. Milliseconds are NONE where nothing is said."""

    template: PodTemplate
    selector: LabelSelector | None
    parallelism: int
    """Pods at once."""
    completions: int = NONE
    """Pods that must succeed; NONE: one, after which no more are made."""
    indexed: bool = False
    backoff_limit: int = MAX_INT32
    index_backoff_limit: int = NONE
    max_failed_indexes: int = NONE
    suspended: bool = False
    deadline_ms: int = NONE
    ttl_ms: int = NONE
    """How long it stays after its end."""
    replaces_failed: bool = False
    """A pod is replaced only once it has failed, not while it ends."""
    failure_policy: FailurePolicy = _NO_POLICY
    success_rules: tuple[SuccessRule, ...] = ()

    @property
    def exit_code(self) -> int:
        """With which its containers end of themselves."""
        return self.template.rules.fields["exit_code"]

    @property
    def sizes(self) -> Mapping[str, int]:
        """How many pods it asks for at once, by field."""
        return {"parallelism": self.parallelism}

    def row(self) -> Mapping[str, int | list[int]]:
        """Return the fields of a row of SPEC that it decides, its success policy apart."""
        return {
            "index_backoff_limit": self.index_backoff_limit,
            "max_failed_indexes": self.max_failed_indexes,
            "replaces_failed": self.replaces_failed,
            "on_end": self.failure_policy.actions(self.exit_code),
            "replicas": self.parallelism,
            "completions": self.completions,
            "backoff_limit": self.backoff_limit,
            "indexed": self.indexed,
            "paused": self.suspended,
            "deadline_ms": self.deadline_ms,
            "ttl_ms": self.ttl_ms,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Job(Workload):
    """A Job, or pods of an object of a custom kind that are made once."""

    job: JobSpec
    path: str = ""
    """Where an object of a custom kind has the template; it may have several."""

    def with_template(self, template: PodTemplate) -> Self:
        """Return it with another template, from which its pods are made."""
        return replace(self, template=template, job=replace(self.job, template=template))

    @property
    def owner(self) -> tuple[str, ...]:
        """What the template belongs to: kind, namespace and name of the workload."""
        kind, namespace, name = self.key
        return kind, namespace, name + self.path

    @property
    def sizes(self) -> Mapping[str, int]:
        """How many pods it asks for at once, by field."""
        return self.job.sizes

    def row(self) -> Mapping[str, int | list[int]]:
        """Return the fields of a row of SPEC that it decides, those that name rows apart."""
        return self.job.row()


@dataclass(frozen=True, slots=True, kw_only=True)
class CronJob(Workload):
    """A CronJob."""

    job: JobSpec
    """Of the Jobs that it makes."""
    job_template: Manifest
    """What they are made from, as the API keeps it."""
    schedule: Schedule
    """When it is due."""
    suspended: bool
    concurrency: Concurrency
    success_history: int
    failure_history: int
    deadline_ms: int
    """How late a Job may start; NONE: however late."""

    def with_template(self, template: PodTemplate) -> Self:
        """Return it with another template, from which its pods are made."""
        return replace(self, template=template, job=replace(self.job, template=template))

    @property
    def sizes(self) -> Mapping[str, int]:
        """How many pods it asks for at once, by field."""
        return self.job.sizes

    def row(self) -> Mapping[str, int | list[int]]:
        """Return the fields of a row of SPEC that it decides, those that name rows apart."""
        return {
            "paused": self.suspended,
            "concurrency": self.concurrency,
            "success_history": self.success_history,
            "failure_history": self.failure_history,
            "deadline_ms": self.deadline_ms,
        }


def read_job(manifest: Manifest, key: ObjectKey, where: str) -> Job:
    """Check a Job and fill in defaults, in place; return what it says."""
    manifest.pop("status", None)
    job = _job_spec(manifest["spec"], where)
    return Job(key=key, manifest=manifest, template=job.template, selector=job.selector, job=job)


def read_cronjob(manifest: Manifest, key: ObjectKey, where: str) -> CronJob:
    """Check a CronJob and fill in defaults, in place; return what it says."""
    manifest.pop("status", None)
    spec = manifest["spec"]
    if len(key.name) > MAX_CRONJOB_NAME:
        message = f"{where}: metadata.name must be at most {MAX_CRONJOB_NAME} characters long"
        raise ManifestError(message)
    schedule = parse_schedule(
        string(spec, "schedule", where), string(spec, "timeZone", where), where
    )
    policy = choice(spec, "concurrencyPolicy", where, tuple(_CONCURRENCY), "Allow")
    spec["concurrencyPolicy"] = policy
    spec["suspend"] = flag(spec, "suspend", where)
    spec["successfulJobsHistoryLimit"] = int32(spec, "successfulJobsHistoryLimit", where, 3)
    spec["failedJobsHistoryLimit"] = int32(spec, "failedJobsHistoryLimit", where, 1)
    deadline_ms = _milliseconds(spec, "startingDeadlineSeconds", where)
    template = dict(mapping(spec, "jobTemplate", where))
    at = f"{where}.jobTemplate"
    template["metadata"] = dict(mapping(template, "metadata", at))
    for name in ("labels", "annotations"):
        string_map(template["metadata"], name, f"{at}.metadata")
    template["spec"] = copied(dict(mapping(template, "spec", at)))
    job = _job_spec(template["spec"], f"{at}.spec")
    return CronJob(
        key=key,
        manifest=manifest,
        template=job.template,
        selector=job.selector,
        job=job,
        job_template=template,
        schedule=schedule,
        suspended=spec["suspend"],
        concurrency=_CONCURRENCY[policy],
        success_history=spec["successfulJobsHistoryLimit"],
        failure_history=spec["failedJobsHistoryLimit"],
        deadline_ms=deadline_ms,
    )


def is_managed_elsewhere(manifest: Fields) -> bool:
    """Return whether a Job, or what a CronJob makes, is another controller's, and not simulated.

    It is asked of manifests that would be refused for it, before they are read: the object may be
    as it was recorded. Raises ManifestError where what is looked at has another form.
    """
    where = f"{manifest['kind']} {manifest['metadata'].get('name')}"
    spec = mapping(manifest, "spec", where)
    if manifest["kind"] == "CronJob":
        spec = mapping(
            mapping(spec, "jobTemplate", f"{where}: spec"), "spec", f"{where}: spec.jobTemplate"
        )
    return (string(spec, "managedBy", f"{where}: spec") or _CONTROLLER) != _CONTROLLER


def _job_spec(spec: Manifest, where: str) -> JobSpec:
    template = ended_template(spec, where, ("Never", "OnFailure"))
    flag(spec, "manualSelector", where)
    selector = selector_at(spec, "selector", where)
    mode = choice(spec, "completionMode", where, ("NonIndexed", "Indexed"), "NonIndexed")
    spec["completionMode"] = mode
    if spec.get("completions") is None and spec.get("parallelism") is None:
        spec["completions"] = 1
    completions = int32(spec, "completions", where, NONE, least=0)
    if spec.get("completions") is None and mode == "Indexed":
        message = f"{where}.completions must be given when completionMode is Indexed"
        raise ManifestError(message)
    spec["parallelism"] = int32(spec, "parallelism", where, 1)
    per_index, most_failed = _limits(spec, where)
    spec["suspend"] = flag(spec, "suspend", where)
    deadline_ms = _milliseconds(spec, "activeDeadlineSeconds", where)
    ttl_ms = _milliseconds(spec, "ttlSecondsAfterFinished", where)
    failure_policy = read_failure_policy(spec, template.spec, where)
    success_rules = read_success_policy(spec, where)
    replacement = _replacement(spec, where)
    if string(spec, "managedBy", where, _CONTROLLER) != _CONTROLLER:
        message = f"{where}.managedBy: only {_CONTROLLER} can be simulated; take it out"
        raise ManifestError(message)
    return JobSpec(
        template=template,
        selector=selector,
        parallelism=spec["parallelism"],
        completions=completions,
        indexed=mode == "Indexed",
        backoff_limit=spec["backoffLimit"],
        index_backoff_limit=per_index,
        max_failed_indexes=most_failed,
        suspended=spec["suspend"],
        deadline_ms=deadline_ms,
        ttl_ms=ttl_ms,
        replaces_failed=replacement == "Failed",
        failure_policy=failure_policy,
        success_rules=success_rules,
    )


def _limits(spec: Manifest, where: str) -> tuple[int, int]:
    """Fill in how many failures a Job bears; return its limits of and by index, NONE without."""
    has_limit = spec.get("backoffLimitPerIndex") is not None
    spec["backoffLimit"] = int32(spec, "backoffLimit", where, MAX_INT32 if has_limit else 6)
    per_index = int32(spec, "backoffLimitPerIndex", where, NONE)
    if has_limit and spec["completionMode"] != "Indexed":
        message = f"{where}.backoffLimitPerIndex needs completionMode Indexed"
        raise ManifestError(message)
    most = int32(spec, "maxFailedIndexes", where, NONE)
    if most != NONE and (not has_limit or most > spec["completions"]):
        message = (
            f"{where}.maxFailedIndexes needs backoffLimitPerIndex and must be at most completions"
        )
        raise ManifestError(message)
    return per_index, most


def _replacement(spec: Manifest, where: str) -> str:
    policies: tuple[str, ...] = ("TerminatingOrFailed", "Failed")
    if spec.get("podFailurePolicy") is not None:
        policies = ("Failed",)
    policy = choice(spec, "podReplacementPolicy", where, policies, policies[0])
    spec["podReplacementPolicy"] = policy
    return policy


def _milliseconds(spec: Fields, name: str, where: str) -> int:
    seconds = whole(spec, name, where, NONE, least=0)
    return NONE if seconds == NONE else milliseconds(seconds)
