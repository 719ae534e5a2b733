"""Labels that controllers give their pods, as far as all pods of a template have the same."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from simarena.cluster.manifests.kinds import WORKLOAD_KINDS
from simarena.cluster.manifests.pods.spreading import TEMPLATE_HASH_LABEL
from simarena.cluster.messages.naming import template_hash

if TYPE_CHECKING:
    from simarena.cluster.rows.catalogue import TemplateInfo

_ADDS_NONE: Final = frozenset({"ReplicaSet", "ReplicationController"})
"""Workloads that give their pods no label of their own."""

REVISION_HASH: Final = "controller-revision-hash"
TEMPLATE_GENERATION: Final = "pod-template-generation"
_BATCH: Final = "batch.kubernetes.io"


def job_labels(name: str, uid: str) -> dict[str, str]:
    """Return the labels that tell a Job's pods from all others."""
    return {
        f"{_BATCH}/controller-uid": uid,
        f"{_BATCH}/job-name": name,
        "controller-uid": uid,
        "job-name": name,
    }


def template_labels(info: TemplateInfo) -> dict[str, str]:
    """Return the labels of a template's pods, for selectors; the template gets its hash if needed.

    Uids of Jobs are not known before the Jobs are there: the hash stands for them, which is as good
    for selectors that ask for the pod's own value. So it is for the names of a CronJob's Jobs,
    which are then taken for one Job.
    """
    labels: dict[str, str] = dict(info.template.labels)
    kind = info.owner[0]
    if kind in WORKLOAD_KINDS and kind not in _ADDS_NONE:
        info.hash = info.hash or template_hash(info.pod)
    if kind == "Deployment":
        labels[TEMPLATE_HASH_LABEL] = info.hash
    elif kind in {"StatefulSet", "DaemonSet"}:
        labels[REVISION_HASH] = info.hash
        if kind == "DaemonSet":
            labels[TEMPLATE_GENERATION] = "1"
    elif kind in {"Job", "CronJob"}:
        name = info.owner[-1] if kind == "Job" else f"{info.owner[-1]}-{info.hash}"
        labels.update(job_labels(name, info.hash))
    return labels
