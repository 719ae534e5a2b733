"""Why a Job ended, in the Job controller's words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simarena.cluster.codes import NONE, JobOutcome, PodEnd
from simarena.cluster.manifests.workloads.batch import CronJob, Job
from simarena.cluster.messages.control_plane import JOB_OUTCOMES

if TYPE_CHECKING:
    from simarena.cluster.objects.identity import Identities


def job_condition(
    names: Identities,
    applied_row: int,
    template_row: int,
    outcome: JobOutcome,
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
    if outcome == JobOutcome.SUCCESS_POLICY:
        return "SuccessPolicy", f"Matched rules at index {decided_by}"
    if outcome == JobOutcome.POD_FAILURE_POLICY:
        catalogue = names.catalogue
        pod = names.pod(applied_row, template_row, NONE, decided_by, ordinal, minute)
        exit_code = int(catalogue.world.templates[template_row]["exit_code"])
        job = catalogue.workloads[applied_row].read
        assert isinstance(job, Job | CronJob)  # noqa: S101 - no other has such a policy
        policy = job.job.failure_policy
        text = policy.message(PodEnd(end), exit_code, f"{pod.namespace}/{pod.name}")
        return "PodFailurePolicy", text
    return JOB_OUTCOMES[outcome]
