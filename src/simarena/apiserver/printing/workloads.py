"""Cells of workloads and of what scales and guards them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from simarena.apiserver.printing.ages import age, duration, read_time
from simarena.apiserver.printing.words import (
    NONE,
    container_cells,
    labels_text,
    number,
    selector_or_none,
    selector_text,
    spec_of,
    status_of,
)
from simarena.cluster.manifests.owners import controller_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    Fields = Mapping[str, Any]

_JOB_WORDS: Final = (
    ("Complete", "Complete"),
    ("Failed", "Failed"),
    ("", "Terminating"),
    ("Suspended", "Suspended"),
    ("FailureTarget", "FailureTarget"),
    ("SuccessCriteriaMet", "SuccessCriteriaMet"),
)
"""Conditions that say what a Job is doing, the first that holds; empty: it is being deleted."""

_MOST_METRICS: Final = 2


def deployment_cells(deployment: Fields, now: datetime) -> list[object]:
    """Return the cells of a Deployment."""
    spec, status, metadata = spec_of(deployment), status_of(deployment), deployment["metadata"]
    return [
        metadata.get("name", ""),
        f"{number(status, 'readyReplicas')}/{number(spec, 'replicas', 1)}",
        number(status, "updatedReplicas"),
        number(status, "availableReplicas"),
        age(metadata.get("creationTimestamp"), now),
        *container_cells(spec.get("template")),
        selector_text(spec.get("selector")),
    ]


def replicas_cells(owner: Fields, now: datetime) -> list[object]:
    """Return the cells of a ReplicaSet or ReplicationController."""
    spec, status, metadata = spec_of(owner), status_of(owner), owner["metadata"]
    selector = spec.get("selector")
    of_labels = owner.get("kind") == "ReplicationController"
    return [
        metadata.get("name", ""),
        number(spec, "replicas", 1),
        number(status, "replicas"),
        number(status, "readyReplicas"),
        age(metadata.get("creationTimestamp"), now),
        *container_cells(spec.get("template")),
        labels_text(selector) if of_labels else selector_or_none(selector),
    ]


def statefulset_cells(statefulset: Fields, now: datetime) -> list[object]:
    """Return the cells of a StatefulSet."""
    spec, metadata = spec_of(statefulset), statefulset["metadata"]
    ready = number(status_of(statefulset), "readyReplicas")
    return [
        metadata.get("name", ""),
        f"{ready}/{number(spec, 'replicas', 1)}",
        age(metadata.get("creationTimestamp"), now),
        *container_cells(spec.get("template")),
    ]


def daemonset_cells(daemonset: Fields, now: datetime) -> list[object]:
    """Return the cells of a DaemonSet."""
    spec, status, metadata = spec_of(daemonset), status_of(daemonset), daemonset["metadata"]
    template = spec.get("template") or {}
    return [
        metadata.get("name", ""),
        number(status, "desiredNumberScheduled"),
        number(status, "currentNumberScheduled"),
        number(status, "numberReady"),
        number(status, "updatedNumberScheduled"),
        number(status, "numberAvailable"),
        labels_text(spec_of(template).get("nodeSelector")),
        age(metadata.get("creationTimestamp"), now),
        *container_cells(template),
        selector_or_none(spec.get("selector")),
    ]


def job_cells(job: Fields, now: datetime) -> list[object]:
    """Return the cells of a Job."""
    spec, status, metadata = spec_of(job), status_of(job), job["metadata"]
    wanted, side_by_side = spec.get("completions"), number(spec, "parallelism", 1)
    if wanted is None:
        wanted = f"1 of {side_by_side}" if side_by_side > 1 else 1
    began, ended = read_time(status.get("startTime")), read_time(status.get("completionTime"))
    took = "" if began is None else duration(max(0, int(((ended or now) - began).total_seconds())))
    return [
        metadata.get("name", ""),
        job_status(job),
        f"{number(status, 'succeeded')}/{wanted}",
        took,
        age(metadata.get("creationTimestamp"), now),
        *container_cells(spec.get("template")),
        selector_or_none(spec.get("selector")),
    ]


def job_status(job: Fields) -> str:
    """Return what a Job is doing, in one word."""
    true = {
        each.get("type")
        for each in status_of(job).get("conditions") or ()
        if each.get("status") == "True"
    }
    if job["metadata"].get("deletionTimestamp"):
        true.add("")
    return next((word for condition, word in _JOB_WORDS if condition in true), "Running")


def cronjob_cells(cronjob: Fields, now: datetime) -> list[object]:
    """Return the cells of a CronJob."""
    spec, status, metadata = spec_of(cronjob), status_of(cronjob), cronjob["metadata"]
    job = spec_of(spec.get("jobTemplate") or {})
    latest = status.get("lastScheduleTime")
    return [
        metadata.get("name", ""),
        spec.get("schedule") or "",
        spec.get("timeZone") or NONE,
        str(bool(spec.get("suspend"))),
        len(status.get("active") or ()),
        age(latest, now) if latest else NONE,
        age(metadata.get("creationTimestamp"), now),
        *container_cells(job.get("template")),
        selector_or_none(job.get("selector")),
    ]


def budget_cells(budget: Fields, now: datetime) -> list[object]:
    """Return the cells of a PodDisruptionBudget."""
    spec, metadata = spec_of(budget), budget["metadata"]
    least, most = spec.get("minAvailable"), spec.get("maxUnavailable")
    return [
        metadata.get("name", ""),
        "N/A" if least is None else str(least),
        "N/A" if most is None else str(most),
        number(status_of(budget), "disruptionsAllowed"),
        age(metadata.get("creationTimestamp"), now),
    ]


def revision_cells(revision: Fields, now: datetime) -> list[object]:
    """Return the cells of a ControllerRevision."""
    metadata = revision["metadata"]
    owner = controller_of(revision)
    told = NONE
    if owner is not None:
        group = str(owner.get("apiVersion", "")).rpartition("/")[0]
        kind = f"{owner.get('kind')}.{group}" if group else str(owner.get("kind"))
        told = f"{kind.lower()}/{owner.get('name')}"
    return [
        metadata.get("name", ""),
        told,
        number(revision, "revision"),
        age(metadata.get("creationTimestamp"), now),
    ]


def scale_cells(scale: Fields, now: datetime) -> list[object]:
    """Return the cells of a Scale."""
    metadata = scale["metadata"]
    return [
        metadata.get("name", ""),
        number(spec_of(scale), "replicas"),
        number(status_of(scale), "replicas"),
        age(metadata.get("creationTimestamp"), now),
    ]


# --- autoscalers ------------------------------------------------------------------------------


def autoscaler_cells(autoscaler: Fields, now: datetime) -> list[object]:
    """Return the cells of a HorizontalPodAutoscaler, of either version."""
    spec, status, metadata = spec_of(autoscaler), status_of(autoscaler), autoscaler["metadata"]
    target = spec.get("scaleTargetRef") or {}
    told = [_metric(each, now) for each in _metrics(spec, status)]
    shown = ", ".join(told[:_MOST_METRICS]) or NONE
    if len(told) > _MOST_METRICS:
        shown = f"{shown} + {len(told) - _MOST_METRICS} more..."
    return [
        metadata.get("name", ""),
        f"{target.get('kind')}/{target.get('name')}",
        shown,
        str(number(spec, "minReplicas", 1)),
        number(spec, "maxReplicas"),
        number(status, "currentReplicas"),
        age(metadata.get("creationTimestamp"), now),
    ]


def _metrics(spec: Fields, status: Fields) -> Sequence[tuple[Fields, Fields]]:
    """Return the metrics of an autoscaler, each with what is measured of it."""
    wanted = spec.get("targetCPUUtilizationPercentage")
    if wanted is not None:
        seen = status.get("currentCPUUtilizationPercentage")
        target = {"name": "cpu", "target": {"averageUtilization": wanted}}
        now: Fields = (
            {} if seen is None else {"resource": {"current": {"averageUtilization": seen}}}
        )
        return [({"type": "Resource", "resource": target}, now)]
    metrics = spec.get("metrics") or ()
    current = [*(status.get("currentMetrics") or ())]
    return list(zip(metrics, [*current, *({} for _ in metrics)], strict=False))


def _metric(pair: tuple[Fields, Fields], _: datetime) -> str:
    metric, measured = pair
    kind = str(metric.get("type") or "")
    part = kind[:1].lower() + kind[1:]
    source = metric.get(part) or {}
    target = source.get("target") or {}
    found = measured.get(part)
    current = (found or {}).get("current") or {}
    if kind in {"Resource", "ContainerResource"}:
        if target.get("averageValue") is not None:
            seen = "<unknown>" if found is None else current.get("averageValue", "0")
            return f"{source.get('name')}: {seen}/{target['averageValue']}"
        return (
            f"{source.get('name')}: {_percent(current, '<unknown>')}/{_percent(target, '<auto>')}"
        )
    if kind == "Pods":
        seen = "<unknown>" if found is None else current.get("averageValue", "0")
        return f"{seen}/{target.get('averageValue', '0')}"
    if kind not in {"External", "Object"}:
        return "<unknown type>"
    if target.get("averageValue") is not None:
        return f"{current.get('averageValue', '<unknown>')}/{target['averageValue']} (avg)"
    seen = "<unknown>" if found is None else current.get("value", "0")
    return f"{seen}/{target.get('value', '0')}"


def _percent(amount: Fields, unknown: str) -> str:
    value = amount.get("averageUtilization")
    return unknown if value is None else f"{value}%"
