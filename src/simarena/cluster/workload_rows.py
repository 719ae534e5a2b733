"""Workloads and what they ask for, to rows of a World."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simarena.cluster.apps_workloads import (
    daemon_template,
    daemonset_values,
    statefulset_values,
)
from simarena.cluster.batch_workloads import cronjob_values, job_values
from simarena.cluster.catalogue import ObjectInfo
from simarena.cluster.codes import NONE, WorkloadKind
from simarena.cluster.hpa import SCALED_KINDS, target_key
from simarena.cluster.rollout import int_or_percent
from simarena.cluster.spec_rows import put_spec, put_spec_chain, put_spec_ring
from simarena.cluster.success_policy import success_parts
from simarena.cluster.tables import room_for
from simarena.cluster.template_rows import put_template
from simarena.errors import ManifestError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from simarena.cluster.catalogue import Catalogue
    from simarena.cluster.fields import Fields, Manifest

_KINDS = {
    "Deployment": WorkloadKind.DEPLOYMENT,
    "ReplicaSet": WorkloadKind.REPLICASET,
    "StatefulSet": WorkloadKind.STATEFULSET,
    "DaemonSet": WorkloadKind.DAEMONSET,
    "Job": WorkloadKind.JOB,
    "CronJob": WorkloadKind.CRONJOB,
}


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

    What is of none of the kinds above is run as a Job.
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
        workload["kind"] = _KINDS.get(kind, WorkloadKind.JOB)
        for name in REFERENCES:
            workload[name] = NONE
        workload["check_ms"] = NONE
        for autoscaler, info in enumerate(catalogue.autoscalers):
            if kind in SCALED_KINDS and target_key(info.manifest) == key:
                catalogue.world.autoscalers[autoscaler]["target"] = row
    return row


def put_workload_spec(
    catalogue: Catalogue,
    manifest: Manifest,
    *,
    lifecycles: Sequence[int] | None = None,
    due_ms: int = NONE,
) -> int:
    """Return the row of what a workload's manifest asks for.

    Args:
        catalogue: where it goes.
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
    template = daemon_template(asked["template"]) if kind == "DaemonSet" else asked["template"]
    template_row = put_template(
        catalogue, template, metadata["namespace"], owner, asked.get("selector")
    )
    values: dict[str, int | list[int]] = {"template": template_row}
    if kind == "CronJob":
        of_jobs = _job_values(catalogue, asked, template_row)
        made_from = spec["jobTemplate"]
        job = put_spec(catalogue, made_from, template=template_row, **of_jobs)
        catalogue.job_templates[job] = made_from
        values |= {**cronjob_values(spec), "job_spec": job, "due_ms": due_ms}
    elif kind == "DaemonSet":
        values |= daemonset_values(spec)
    elif kind == "StatefulSet":
        values |= statefulset_values(spec)
    elif kind in {"Deployment", "ReplicaSet"}:
        values |= _replica_values(spec, "/".join(owner))
        catalogue.rollouts[template_row] = manifest
    else:
        values |= _job_values(catalogue, spec, template_row)
    settings = catalogue.world.settings[0]
    ends = settings["real_kubelet"] and catalogue.world.templates[template_row]["exit_ms"] != NONE
    if lifecycles is None and kind in {"Job", "CronJob"} and not ends:
        lifecycles = (int(settings["job_run_ms"]),)
    values["lifecycle"] = put_spec_ring(
        catalogue, [{"run_ms": run_ms} for run_ms in lifecycles or ()]
    )
    return put_spec(catalogue, **values)


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


def _job_values(
    catalogue: Catalogue, spec: Fields, template_row: int
) -> Mapping[str, int | list[int]]:
    """Return the fields of SPEC that a completed Job's spec decides."""
    exit_code = int(catalogue.world.templates[template_row]["exit_code"])
    parts = put_spec_chain(catalogue, "next_rule", list(success_parts(spec)))
    return {**job_values(spec, exit_code), "success_rule": parts}


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
        "min_ready_ms": 1_000 * (spec.get("minReadySeconds") or 0),
        "revision_history_limit": spec.get("revisionHistoryLimit", 10),
    }
