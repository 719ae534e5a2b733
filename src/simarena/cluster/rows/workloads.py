"""Workloads and what they ask for, to rows of a World."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from simarena.cluster.codes import NONE
from simarena.cluster.manifests.fields import milliseconds
from simarena.cluster.manifests.kinds import workload_code
from simarena.cluster.manifests.workloads.apps import (
    daemon_template,
    daemonset_values,
    statefulset_values,
)
from simarena.cluster.manifests.workloads.autoscaler import target_key
from simarena.cluster.manifests.workloads.batch import cronjob_values, job_values
from simarena.cluster.manifests.workloads.deployment import int_or_percent
from simarena.cluster.manifests.workloads.success_policy import success_parts
from simarena.cluster.rows.catalogue import ObjectInfo
from simarena.cluster.rows.specs import put_spec, put_spec_chain, put_spec_ring
from simarena.cluster.rows.tables import room_for
from simarena.cluster.rows.templates import TemplateReading, read_template, write_template
from simarena.errors import ManifestError
from simarena.trace.kinds import KINDS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from simarena.cluster.manifests.fields import Fields, Manifest
    from simarena.cluster.records import Rows
    from simarena.cluster.rows.catalogue import Catalogue

REFERENCES = (
    "spec",
    "owner",
    "template",
    "first_child",
    "next_sibling",
    "first_live",
    "next_live",
    "newest",
    "first_pod",
)
"""Fields of a workload that name rows, NONE in a new one."""


def put_workload(catalogue: Catalogue, manifest: Manifest) -> int:
    """Return the row of a workload, a new one if its name is new.

    What is of none of the simulated kinds is run as a Job.
    """
    kind, metadata = manifest["kind"], manifest["metadata"]
    shown = (kind, metadata["namespace"], metadata["name"])
    key = (kind, metadata["namespace"], metadata["name"] + metadata.get("path", ""))
    row = catalogue.workload_rows.get(key)
    if row is None:
        row = int(catalogue.world.state[0]["num_workloads"])
        catalogue.world = room_for(catalogue.world, workloads=row + 1)
        catalogue.world.state[0]["num_workloads"] = row + 1
        catalogue.workload_rows[key] = row
        catalogue.workloads[row] = ObjectInfo(*shown, manifest)
        workload = catalogue.world.workloads[row]
        workload["kind"] = workload_code(kind)
        for name in REFERENCES:
            workload[name] = NONE
        workload["check_ms"] = NONE
        for autoscaler, info in enumerate(catalogue.autoscalers):
            if key[0] in KINDS and KINDS[key[0]].scales and target_key(info.manifest) == key:
                catalogue.world.autoscalers[autoscaler]["target"] = row
    return row


@dataclass(frozen=True, slots=True)
class SpecReading:
    """What a workload's manifest asks for in numbers, of which nothing has been written yet."""

    manifest: Manifest
    template: TemplateReading | int
    values: Mapping[str, int | list[int]]
    """Fields of SPEC that stand for themselves."""
    of_jobs: Mapping[str, int | list[int]] | None
    """The same of a CronJob's Jobs."""
    success_parts: Sequence[Mapping[str, int]]
    """The success policy of a Job, or of a CronJob's Jobs."""
    lifecycles: Sequence[int]


def read_workload_spec(
    catalogue: Catalogue,
    manifest: Manifest,
    *,
    lifecycles: Sequence[int] | None = None,
    due_ms: int = NONE,
) -> SpecReading:
    """Return what a workload's manifest asks for in numbers; nothing changes.

    Raises ManifestError if it cannot be simulated; what this returns, `write_workload_spec` takes
    without fail.

    Args:
        catalogue: where it shall go.
        manifest: a normalised one.
        lifecycles: how long its pods run once they are Ready, in milliseconds, NONE for ever;
            they take turns. None: a Job's pods as long as the settings say, unless real
            kubelets read from the template when its containers end; others for ever.
        due_ms: when a CronJob was due last.
    """
    kind, metadata, spec = manifest["kind"], manifest["metadata"], manifest["spec"]
    owner = (kind, metadata["namespace"], metadata["name"] + metadata.get("path", ""))
    asked = spec["jobTemplate"]["spec"] if kind == "CronJob" else spec
    check_size(catalogue, asked, "/".join(owner))
    pods = daemon_template(asked["template"]) if kind == "DaemonSet" else asked["template"]
    template = read_template(catalogue, pods, metadata["namespace"], owner, asked.get("selector"))
    row = template_row(catalogue, template)
    values: dict[str, int | list[int]] = {}
    of_jobs = None
    parts: Sequence[Mapping[str, int]] = ()
    if kind == "DaemonSet":
        values |= daemonset_values(spec)
    elif kind == "StatefulSet":
        values |= statefulset_values(spec)
    elif kind in {"Deployment", "ReplicaSet"}:
        values |= _replica_values(spec, "/".join(owner))
    else:
        jobs = job_values(asked, int(row["exit_code"]))
        parts = list(success_parts(asked))
        if kind == "CronJob":
            of_jobs = jobs
            values |= {**cronjob_values(spec), "due_ms": due_ms}
        else:
            values |= jobs
    settings = catalogue.world.settings[0]
    ends = settings["real_kubelet"] and row["exit_ms"] != NONE
    if lifecycles is None and kind in {"Job", "CronJob"} and not ends:
        lifecycles = (int(settings["job_run_ms"]),)
    return SpecReading(manifest, template, values, of_jobs, parts, lifecycles or ())


def template_row(catalogue: Catalogue, reading: TemplateReading | int) -> Rows:
    """Return the row of TEMPLATE that a template has, or will have once it is written."""
    row: Rows = catalogue.world.templates[reading] if isinstance(reading, int) else reading.row[0]
    return row


def write_workload_spec(catalogue: Catalogue, reading: SpecReading) -> int:
    """Return the row of what a workload asks for, a new one if it is new."""
    template = write_template(catalogue, reading.template)
    values = {"template": template, **reading.values}
    parts = put_spec_chain(catalogue, "next_rule", reading.success_parts)
    if reading.of_jobs is not None:
        of_jobs = {"template": template, **reading.of_jobs, "success_rule": parts}
        made_from = reading.manifest["spec"]["jobTemplate"]
        job = put_spec(catalogue, of_jobs, made_from=made_from)
        catalogue.job_templates[job] = made_from
        values["job_spec"] = job
    elif parts != NONE:
        values["success_rule"] = parts
    if reading.manifest["kind"] in {"Deployment", "ReplicaSet"}:
        catalogue.rollouts[template] = reading.manifest
    values["lifecycle"] = put_spec_ring(
        catalogue, [{"run_ms": run_ms} for run_ms in reading.lifecycles]
    )
    return put_spec(catalogue, values)


def put_workload_spec(
    catalogue: Catalogue,
    manifest: Manifest,
    *,
    lifecycles: Sequence[int] | None = None,
    due_ms: int = NONE,
) -> int:
    """Return the row of what a workload's manifest asks for; see `read_workload_spec`."""
    reading = read_workload_spec(catalogue, manifest, lifecycles=lifecycles, due_ms=due_ms)
    return write_workload_spec(catalogue, reading)


def check_size(catalogue: Catalogue, spec: Fields, where: str) -> None:
    """Raise ManifestError if an object asks for more pods at once than a cluster may have."""
    limit = catalogue.config.max_pods
    for name in ("replicas", "parallelism", "minReplicas"):
        number = spec.get(name) or 0
        if number > limit:
            message = (
                f"{where}: {name} {number} is more than the {limit} pods that this cluster may "
                "have; ask for fewer, or raise max_pods in ClusterConfig"
            )
            raise ManifestError(message)


def _replica_values(spec: Fields, where: str) -> Mapping[str, int]:
    """Return the fields of SPEC that a Deployment's or ReplicaSet's spec decides."""
    strategy = spec.get("strategy") or {}
    rolling = strategy.get("rollingUpdate") or {}
    at = f"{where}: spec.strategy.rollingUpdate"
    surge = int_or_percent(rolling, "maxSurge", at, "25%")
    unavailable = int_or_percent(rolling, "maxUnavailable", at, "25%")
    return {
        "replicas": spec.get("replicas", 1),
        "max_surge": surge.value,
        "max_unavailable": unavailable.value,
        "surge_is_percent": surge.is_percent,
        "unavailable_is_percent": unavailable.is_percent,
        "recreate": strategy.get("type") == "Recreate",
        "paused": bool(spec.get("paused")),
        "min_ready_ms": milliseconds(spec.get("minReadySeconds") or 0),
        "revision_history_limit": spec.get("revisionHistoryLimit", 10),
    }
