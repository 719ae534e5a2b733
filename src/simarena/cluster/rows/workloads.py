"""Workloads and what they ask for, to rows of a World."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from simarena.cluster.codes import NONE
from simarena.cluster.manifests.kinds import workload_code
from simarena.cluster.manifests.workloads.batch import CronJob, Job
from simarena.cluster.manifests.workloads.deployment import ReplicaSet
from simarena.cluster.manifests.workloads.success_policy import success_parts
from simarena.cluster.records import BLANK_WORKLOAD
from simarena.cluster.rows.catalogue import ObjectInfo
from simarena.cluster.rows.specs import put_spec, put_spec_chain, put_spec_ring
from simarena.cluster.rows.tables import room_for
from simarena.cluster.rows.template_relations import select_pods
from simarena.cluster.rows.templates import TemplateReading, read_template, write_template
from simarena.errors import ManifestError
from simarena.trace.kinds import KINDS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from simarena.cluster.manifests.workloads.workload import Workload
    from simarena.cluster.rows.catalogue import Catalogue


def put_workload(catalogue: Catalogue, workload: Workload) -> int:
    """Return the row of a workload, a new one if its name is new.

    What is of none of the simulated kinds is run as a Job.
    """
    key = workload.owner[0], workload.owner[1], workload.owner[2]
    row = catalogue.workload_rows.get(key)
    if row is None:
        row = int(catalogue.world.state[0]["num_workloads"])
        catalogue.world = room_for(catalogue.world, workloads=row + 1)
        catalogue.world.state[0]["num_workloads"] = row + 1
        catalogue.workload_rows[key] = row
        catalogue.workloads[row] = ObjectInfo(workload)
        catalogue.world.workloads[row] = BLANK_WORKLOAD[0]
        catalogue.world.workloads[row]["kind"] = workload_code(workload.key.kind)
        scales = key[0] in KINDS and KINDS[key[0]].scales
        for autoscaler in catalogue.autoscalers_of.get(key, ()) if scales else ():
            catalogue.world.autoscalers[autoscaler]["target"] = row
            select_pods(catalogue, row, workload)
    return row


@dataclass(frozen=True, slots=True)
class SpecReading:
    """What a workload asks for in numbers, of which nothing has been written yet."""

    workload: Workload
    template: TemplateReading | int
    values: Mapping[str, int | list[int]]
    """Fields of SPEC that stand for themselves."""
    lifecycles: Sequence[int]


def read_workload_spec(
    catalogue: Catalogue,
    workload: Workload,
    *,
    lifecycles: Sequence[int] | None = None,
    due_ms: int = NONE,
) -> SpecReading:
    """Return what a workload asks for in numbers; nothing changes.

    Raises ManifestError if the cluster has no room for it; what this returns,
    `write_workload_spec` takes without fail.

    Args:
        catalogue: where it shall go.
        workload: what was read of it.
        lifecycles: how long its pods run once they are Ready, in milliseconds, NONE for ever;
            they take turns. None: a Job's pods as long as the settings say, unless real
            kubelets read from the template when its containers end; others for ever.
        due_ms: when a CronJob was due last.
    """
    owner = workload.owner
    check_size(catalogue, workload.sizes, "/".join(owner))
    namespace = workload.key.namespace
    template = read_template(catalogue, workload.template, namespace, owner, workload.selector)
    values = {**workload.row()}
    if isinstance(workload, CronJob):
        values["due_ms"] = due_ms
    settings = catalogue.world.settings[0]
    ends = settings["real_kubelet"] and workload.template.rules.fields["exit_ms"] != NONE
    if lifecycles is None and workload.key.kind in {"Job", "CronJob"} and not ends:
        lifecycles = (int(settings["job_run_ms"]),)
    return SpecReading(workload, template, values, lifecycles or ())


def write_workload_spec(catalogue: Catalogue, reading: SpecReading) -> int:
    """Return the row of what a workload asks for, a new one if it is new."""
    workload = reading.workload
    template = write_template(catalogue, reading.template)
    values = {"template": template, **reading.values}
    if isinstance(workload, Job | CronJob):
        rules = list(success_parts(workload.job.success_rules))
        parts = put_spec_chain(catalogue, "next_rule", rules)
    if isinstance(workload, CronJob):
        of_jobs = {"template": template, **workload.job.row(), "success_rule": parts}
        made_from = workload.job_template
        job = put_spec(catalogue, of_jobs, made_from=made_from)
        catalogue.job_templates[job] = made_from
        values["job_spec"] = job
    elif isinstance(workload, Job) and parts != NONE:
        values["success_rule"] = parts
    elif isinstance(workload, ReplicaSet):
        catalogue.rollouts[template] = workload.manifest
    values["lifecycle"] = put_spec_ring(
        catalogue, [{"run_ms": run_ms} for run_ms in reading.lifecycles]
    )
    return put_spec(catalogue, values)


def put_workload_spec(
    catalogue: Catalogue,
    workload: Workload,
    *,
    lifecycles: Sequence[int] | None = None,
    due_ms: int = NONE,
) -> int:
    """Return the row of what a workload asks for; see `read_workload_spec`."""
    reading = read_workload_spec(catalogue, workload, lifecycles=lifecycles, due_ms=due_ms)
    return write_workload_spec(catalogue, reading)


def check_size(catalogue: Catalogue, sizes: Mapping[str, int], where: str) -> None:
    """Raise ManifestError if an object asks for more pods at once than a cluster may have."""
    limit = catalogue.config.max_pods
    for name, number in sizes.items():
        if number > limit:
            message = (
                f"{where}: {name} {number} is more than the {limit} pods that this cluster may "
                "have; ask for fewer, or raise max_pods in ClusterConfig"
            )
            raise ManifestError(message)
