"""Why a Job ended, in the Job controller's words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simarena.cluster.codes import NONE, Outcome, PodEnd
from simarena.cluster.manifests.workloads.pod_failure_policy import failure_message
from simarena.cluster.messages.control_plane import JOB_OUTCOMES

if TYPE_CHECKING:
    from simarena.cluster.manifests.fields import Fields
    from simarena.cluster.objects.identity import Identities
    from simarena.cluster.rows.catalogue import Catalogue


def job_verdict(
    names: Identities,
    applied_row: int,
    template_row: int,
    outcome: Outcome,
    *,
    decided_by: int,
    end: int,
    ordinal: int = NONE,
    minute: int = NONE,
) -> tuple[str, str]:
    """Return the reason and message of the conditions of a Job that has ended or is about to.

    Args:
        names: of the cluster.
        applied_row: the Job, or the CronJob that made it.
        template_row: template of its pods.
        outcome: how it ended.
        decided_by: number of the pod, or of the rule for success, that decided it.
        end: how that pod ended, a PodEnd.
        ordinal: the pod's completion index.
        minute: the time that names the Job of a CronJob.
    """
    if outcome == Outcome.SUCCESS_POLICY:
        return "SuccessPolicy", f"Matched rules at index {decided_by}"
    if outcome == Outcome.POD_FAILURE_POLICY:
        catalogue = names.catalogue
        pod = names.pod(applied_row, template_row, NONE, decided_by, ordinal, minute)
        exit_code = int(catalogue.world.templates[template_row]["exit_code"])
        spec = _job_spec(catalogue, applied_row)
        text = failure_message(spec, PodEnd(end), exit_code, f"{pod.namespace}/{pod.name}")
        return "PodFailurePolicy", text
    return JOB_OUTCOMES[outcome]


def _job_spec(catalogue: Catalogue, applied_row: int) -> Fields:
    info = catalogue.workloads[applied_row]
    spec: Fields = info.manifest["spec"]
    return spec["jobTemplate"]["spec"] if info.kind == "CronJob" else spec
