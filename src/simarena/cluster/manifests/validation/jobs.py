"""Rules for Jobs and CronJobs."""

from __future__ import annotations

import re
import zoneinfo
from typing import TYPE_CHECKING, Any, Final

from simarena.cluster.manifests.validation.cron import schedule_error
from simarena.cluster.manifests.validation.metadata import (
    MISMATCH,
    check_selector,
    selector_matches,
)
from simarena.cluster.manifests.validation.names import dns_label, dns_subdomain, label_key
from simarena.cluster.manifests.validation.pods import check_template

if TYPE_CHECKING:
    from collections.abc import Sequence

    from simarena.cluster.manifests.fields import Fields
    from simarena.cluster.manifests.validation.causes import Causes

MAX_CRONJOB_NAME: Final = 52

_MODES: Final = ("NonIndexed", "Indexed")
_REPLACEMENTS: Final = ("Failed", "TerminatingOrFailed")
_CONCURRENCY: Final = ("Allow", "Forbid", "Replace")
_ACTIONS: Final = ("Count", "FailIndex", "FailJob", "Ignore")
_OPERATORS: Final = ("In", "NotIn")
_STATUSES: Final = ("False", "True", "Unknown")
_MAX_RULES: Final = 20
_MAX_CODES: Final = 255
_MAX_PARALLEL: Final = 100_000
_MANY: Final = 100_000
_MOST_OF_MANY: Final = 10_000
_MAX_MANAGER: Final = 63
_ZONE_PART: Final = re.compile(r"[A-Za-z\.\-_0-9+]{1,14}").fullmatch


def check_job(job: Fields, causes: Causes) -> None:
    """Check a Job's spec; its selector and the labels of its pods are given by the API itself."""
    spec = job["spec"]
    name = job["metadata"].get("name") or ""
    if not spec.get("manualSelector"):
        _check_generated(spec, name, causes)
    check_job_spec(spec, "spec", causes)
    if spec.get("manualSelector"):
        _check_given_selector(spec, causes)
    completions = spec.get("completions") or 0
    if spec.get("completionMode") == "Indexed" and completions > 0:
        last = f"{name}-{completions - 1}"
        if dns_label(last):
            detail = f"will not able to create pod with invalid DNS label: {last}"
            causes.invalid("metadata.name", name, detail)


def check_cronjob(cronjob: Fields, causes: Causes, *, old_zone: str | None = None) -> None:
    """Check a CronJob's spec; `old_zone` is the time zone that it had."""
    spec = cronjob["spec"]
    schedule, zone = spec.get("schedule") or "", spec.get("timeZone")
    if not schedule:
        causes.required("spec.schedule")
    else:
        error = schedule_error(schedule)
        if error:
            causes.invalid("spec.schedule", schedule, error)
        if "TZ" in schedule:
            detail = "cannot use TZ or CRON_TZ in schedule, use timeZone field instead"
            causes.invalid("spec.schedule", schedule, detail)
    causes.negative("spec.startingDeadlineSeconds", spec.get("startingDeadlineSeconds"))
    if zone is not None and zone != old_zone:
        _check_zone(zone, "spec.timeZone", causes)
    policy = spec.get("concurrencyPolicy")
    if policy not in _CONCURRENCY:
        causes.unsupported("spec.concurrencyPolicy", policy, _CONCURRENCY)
    template = (spec.get("jobTemplate") or {}).get("spec") or {}
    at = "spec.jobTemplate.spec"
    check_job_spec(template, at, causes)
    if "selector" in template:
        causes.invalid(f"{at}.selector", template["selector"], "`selector` will be auto-generated")
    if template.get("manualSelector"):
        given = template["manualSelector"]
        causes.unsupported(f"{at}.manualSelector", given, ("nil", "false"))
    for field in ("successfulJobsHistoryLimit", "failedJobsHistoryLimit"):
        causes.negative(f"spec.{field}", spec.get(field))


def check_cronjob_name(name: str, causes: Causes) -> None:
    """Check that names of the Jobs of a CronJob are not too long."""
    if len(name) > MAX_CRONJOB_NAME:
        detail = f"must be no more than {MAX_CRONJOB_NAME} characters"
        causes.invalid("metadata.name", name, detail)


def check_job_spec(spec: Fields, at: str, causes: Causes) -> None:
    """Check what a Job has in common with the template of a CronJob."""
    for field in (
        "parallelism",
        "completions",
        "activeDeadlineSeconds",
        "backoffLimit",
        "ttlSecondsAfterFinished",
        "backoffLimitPerIndex",
        "maxFailedIndexes",
    ):
        causes.negative(f"{at}.{field}", spec.get(field))
        if field == "maxFailedIndexes" and field in spec and "backoffLimitPerIndex" not in spec:
            causes.required(f"{at}.backoffLimitPerIndex", "when maxFailedIndexes is specified")
    manager = spec.get("managedBy")
    if manager is not None:
        _check_manager(manager, f"{at}.managedBy", causes)
    _check_mode(spec, at, causes)
    if "podFailurePolicy" in spec:
        _check_failure_policy(spec, f"{at}.podFailurePolicy", causes)
    if "successPolicy" in spec:
        _check_success_policy(spec, f"{at}.successPolicy", causes)
    _check_replacement(spec, f"{at}.podReplacementPolicy", causes)
    template = spec.get("template") or {}
    check_template(template, f"{at}.template", causes)
    policy = (template.get("spec") or {}).get("restartPolicy") or "Always"
    here = f"{at}.template.spec.restartPolicy"
    if policy == "Always":
        causes.required(here, 'valid values: "OnFailure", "Never"')
    elif policy not in {"OnFailure", "Never"}:
        causes.unsupported(here, policy, ("OnFailure", "Never"))
    elif "podFailurePolicy" in spec and policy != "Never":
        detail = 'only "Never" is supported when podFailurePolicy is specified'
        causes.invalid(here, policy, detail)


def _check_generated(spec: Fields, name: str, causes: Causes) -> None:
    """Check what the API makes of a Job's own selector and labels: they have to be its own."""
    labels = ((spec.get("template") or {}).get("metadata") or {}).get("labels") or {}
    if name and len(name) > 63:  # noqa: PLR2004 - a label's length
        for key in ("batch.kubernetes.io/job-name", "job-name"):
            if key not in labels:  # else checked with the others
                causes.invalid("spec.template.labels", name, "must be no more than 63 bytes")
    selector = spec.get("selector")
    if selector is None:
        return
    generated = ("batch.kubernetes.io/controller-uid", "controller-uid")
    wanted = {
        key: value
        for key, value in (selector.get("matchLabels") or {}).items()
        if key not in generated
    }
    foreign = {"matchLabels": wanted, "matchExpressions": selector.get("matchExpressions") or []}
    own = {"batch.kubernetes.io/job-name": name, "job-name": name}
    try:
        if not selector_matches(foreign, own):
            causes.invalid("spec.selector", selector, "`selector` not auto-generated")
        if not selector_matches(foreign, {**own, **labels}):
            all_labels = dict(sorted({**own, **labels}.items()))
            causes.invalid("spec.template.metadata.labels", all_labels, MISMATCH)
    except KeyError:
        check_selector(selector, "spec.selector", causes)


def _check_given_selector(spec: Fields, causes: Causes) -> None:
    selector = spec.get("selector")
    if selector is None:
        causes.required("spec.selector")
    usable = check_selector(selector, "spec.selector", causes)
    labels = ((spec.get("template") or {}).get("metadata") or {}).get("labels")
    if usable and (selector is None or not selector_matches(selector, labels or {})):
        causes.invalid("spec.template.metadata.labels", labels, MISMATCH)


def _check_manager(manager: str, at: str, causes: Causes) -> None:
    domain, slash, path = manager.partition("/")
    if not manager:
        causes.required(at)
    elif not slash or not domain or not path:
        causes.invalid(at, manager, 'must be a domain-prefixed path (such as "acme.io/foo")')
    else:
        causes.invalid_each(at, domain, dns_subdomain(domain))
    if len(manager) > _MAX_MANAGER:
        causes.too_long(at, _MAX_MANAGER)


def _check_mode(spec: Fields, at: str, causes: Causes) -> None:
    mode = spec.get("completionMode")
    completions, parallelism = spec.get("completions"), spec.get("parallelism")
    most = spec.get("maxFailedIndexes")
    if mode is not None and mode not in _MODES:
        causes.unsupported(f"{at}.completionMode", mode, _MODES)
    if mode == "Indexed":
        if completions is None:
            causes.required(f"{at}.completions", "when completion mode is Indexed")
        if (parallelism or 0) > _MAX_PARALLEL:
            detail = (
                f"must be less than or equal to {_MAX_PARALLEL} when completion mode is Indexed"
            )
            causes.invalid(f"{at}.parallelism", parallelism, detail)
        if completions is not None and most is not None and most > completions:
            detail = "must be less than or equal to completions"
            causes.invalid(f"{at}.maxFailedIndexes", most, detail)
        if (most or 0) > _MANY:
            detail = f"must be less than or equal to {_MANY}"
            causes.invalid(f"{at}.maxFailedIndexes", most, detail)
        if (completions or 0) > _MANY and "backoffLimitPerIndex" in spec:
            _check_many(spec, at, causes)
    elif mode is None or mode == "NonIndexed":
        for field in ("backoffLimitPerIndex", "maxFailedIndexes"):
            if field in spec:
                causes.invalid(f"{at}.{field}", spec[field], "requires indexed completion mode")


def _check_many(spec: Fields, at: str, causes: Causes) -> None:
    if "maxFailedIndexes" not in spec:
        detail = f"must be specified when completions is above {_MANY}"
        causes.required(f"{at}.maxFailedIndexes", detail)
    for field in ("parallelism", "maxFailedIndexes"):
        if spec.get(field, 0) > _MOST_OF_MANY:
            detail = (
                f"must be less than or equal to {_MOST_OF_MANY} when completions are above "
                f"{_MANY} and used with backoff limit per index"
            )
            causes.invalid(f"{at}.{field}", spec[field], detail)


def _check_failure_policy(spec: Fields, at: str, causes: Causes) -> None:
    rules = spec["podFailurePolicy"].get("rules") or ()
    if len(rules) > _MAX_RULES:
        causes.too_many(f"{at}.rules", len(rules), _MAX_RULES)
    pods = (spec.get("template") or {}).get("spec") or {}
    names = {
        each.get("name")
        for group in ("containers", "initContainers")
        for each in pods.get(group) or ()
    }
    for index, rule in enumerate(rules):
        _check_failure_rule(spec, rule, names, f"{at}.rules[{index}]", causes)


def _check_failure_rule(
    spec: Fields, rule: Fields, names: set[Any], at: str, causes: Causes
) -> None:
    action = rule.get("action") or ""
    if not action:
        shown = " ".join(f'"{each}"' for each in _ACTIONS)
        causes.required(f"{at}.action", f"valid values: [{shown}]")
    elif action == "FailIndex":
        if "backoffLimitPerIndex" not in spec:
            causes.invalid(f"{at}.action", action, "requires the backoffLimitPerIndex to be set")
    elif action not in _ACTIONS:
        causes.unsupported(f"{at}.action", action, _ACTIONS)
    codes, conditions = rule.get("onExitCodes"), rule.get("onPodConditions")
    if codes is not None:
        _check_exit_codes(codes, names, f"{at}.onExitCodes", causes)
    for index, each in enumerate(conditions or ()):
        here = f"{at}.onPodConditions[{index}]"
        kind, status = each.get("type") or "", each.get("status") or ""
        causes.invalid_each(f"{here}.type", kind, label_key(kind))
        if status not in _STATUSES:
            causes.unsupported(f"{here}.status", status, _STATUSES)
    if (codes is not None) == bool(conditions):
        words = "specifying one of OnExitCodes and OnPodConditions is required"
        if conditions:
            words = "specifying both OnExitCodes and OnPodConditions is not supported"
        causes.invalid_omitted(at, words)


def _check_exit_codes(codes: Fields, names: set[Any], at: str, causes: Causes) -> None:
    operator, values = codes.get("operator") or "", codes.get("values") or []
    if not operator:
        causes.required(f"{at}.operator", 'valid values: ["In" "NotIn"]')
    elif operator not in _OPERATORS:
        causes.unsupported(f"{at}.operator", operator, _OPERATORS)
    name = codes.get("containerName")
    if name is not None and name not in names:
        detail = "must be one of the container or initContainer names in the pod template"
        causes.invalid(f"{at}.containerName", name, detail)
    if not values:
        given = codes.get("values")
        causes.invalid(f"{at}.values", given, "at least one value is required")
    elif len(values) > _MAX_CODES:
        causes.too_many(f"{at}.values", len(values), _MAX_CODES)
    seen = set()
    for index, value in enumerate(values):
        if operator == "In" and value == 0:
            causes.invalid(f"{at}.values[{index}]", value, "must not be 0 for the In operator")
        if value in seen:
            causes.duplicate(f"{at}.values[{index}]", value)
        seen.add(value)
    if values != sorted(values):
        causes.invalid(f"{at}.values", values, "must be ordered")


def _check_success_policy(spec: Fields, at: str, causes: Causes) -> None:
    rules = spec["successPolicy"].get("rules") or ()
    if spec.get("completionMode") != "Indexed":
        shown = [
            {
                "SucceededIndexes": each.get("succeededIndexes"),
                "SucceededCount": each.get("succeededCount"),
            }
            for each in rules
        ]
        causes.invalid(at, {"Rules": shown or None}, "requires indexed completion mode")
        return
    if not rules:
        detail = "at least one rules must be specified when the successPolicy is specified"
        causes.required(f"{at}.rules", detail)
    if len(rules) > _MAX_RULES:
        causes.too_many(f"{at}.rules", len(rules), _MAX_RULES)
    for index, rule in enumerate(rules):
        _check_success_rule(rule, spec.get("completions") or 0, f"{at}.rules[{index}]", causes)


def _check_success_rule(rule: Fields, completions: int, at: str, causes: Causes) -> None:
    indexes, count = rule.get("succeededIndexes"), rule.get("succeededCount")
    if indexes is None and count is None:
        detail = "at least one of succeededCount or succeededIndexes must be specified"
        causes.required(at, detail)
    total = 0
    if indexes is not None:
        total, error = _total_indexes(indexes, completions)
        if error:
            detail = f"error parsing succeededIndexes: {error}"
            causes.invalid(f"{at}.succeededIndexes", indexes, detail)
    if count is None:
        return
    causes.negative(f"{at}.succeededCount", count)
    if count > completions:
        detail = (
            f"must be less than or equal to {completions} (the number of specified completions)"
        )
        causes.invalid(f"{at}.succeededCount", count, detail)
    if indexes is not None and count > total:
        detail = (
            f"must be less than or equal to {total} (the number of indexes in the specified "
            "succeededIndexes field)"
        )
        causes.invalid(f"{at}.succeededCount", count, detail)


def _total_indexes(text: str, completions: int) -> tuple[int, str]:
    """Return how many indexes a text means, and what is wrong with it, empty if nothing is."""
    if not text:
        return 0, ""
    last, total = -1, 0
    for part in text.split(","):
        ends, error = _interval(part, completions)
        if error:
            return 0, error
        first, final = ends[0], ends[-1]
        if last >= first:
            return 0, f"non-increasing order, previous: {last}, current: {first}"
        total += final - first + 1
        last = final
    return total, ""


def _interval(part: str, completions: int) -> tuple[Sequence[int], str]:
    pieces = part.split("-")
    if len(pieces) > 2:  # noqa: PLR2004 - from and to
        return (), (
            f'the fragment "{part}" violates the requirement that an index interval can have '
            "at most two parts separated by '-'"
        )
    ends = []
    for piece in pieces:
        if not (piece.isascii() and piece.isdigit()):
            return (), f'cannot convert string to integer for index: "{piece}"'
        if int(piece) >= completions:
            return (), f'too large index: "{piece}"'
        ends.append(int(piece))
    if len(ends) > 1 and ends[0] >= ends[1]:
        return (), f"non-increasing order, previous: {ends[0]}, current: {ends[1]}"
    return ends, ""


def _check_replacement(spec: Fields, at: str, causes: Causes) -> None:
    policy = spec.get("podReplacementPolicy")
    if policy is None:
        return
    known = ("Failed",) if "podFailurePolicy" in spec else _REPLACEMENTS
    if policy not in known:
        causes.unsupported(at, policy, known)


def _check_zone(zone: str, at: str, causes: Causes) -> None:
    if not zone:
        causes.invalid(at, zone, "timeZone must be nil or non-empty string")
        return
    for part in zone.split("/"):
        if part in {".", ".."} or part.startswith("-") or not _ZONE_PART(part):
            causes.invalid(at, zone, f"unknown time zone {zone}")
            return
    if zone.lower() == "local":
        detail = (
            "timeZone must be an explicit time zone as defined in https://www.iana.org/time-zones"
        )
        causes.invalid(at, zone, detail)
        return
    try:
        zoneinfo.ZoneInfo(zone)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        causes.invalid(at, zone, f"unknown time zone {zone}")
