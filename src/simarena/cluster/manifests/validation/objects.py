"""All that the API checks of an object that is to be created, kind by kind."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from simarena.cluster.manifests.validation.autoscalers import check_autoscaler
from simarena.cluster.manifests.validation.causes import Causes
from simarena.cluster.manifests.validation.claims import check_claim
from simarena.cluster.manifests.validation.jobs import (
    check_cronjob,
    check_cronjob_name,
    check_job,
)
from simarena.cluster.manifests.validation.metadata import check_metadata
from simarena.cluster.manifests.validation.pods import check_pod
from simarena.cluster.manifests.validation.resources import check_amount
from simarena.cluster.manifests.validation.scheduling import check_taints
from simarena.cluster.manifests.validation.services import check_allocation, check_service
from simarena.cluster.manifests.validation.surroundings import (
    check_budget,
    check_configmap,
    check_limit_range,
    check_priority_class,
    check_quota,
    check_secret,
)
from simarena.cluster.manifests.validation.workloads import (
    check_daemonset,
    check_deployment,
    check_replicaset,
    check_replication_controller,
    check_statefulset,
)
from simarena.trace.kinds import KINDS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from simarena.cluster.manifests.fields import Fields, Manifest


def creation_causes(manifest: Manifest) -> Causes:
    """Return what stands against creating an object, its defaults filled in."""
    causes = Causes()
    kind = manifest["kind"]
    known = KINDS[kind]
    metadata_last = kind == "PodDisruptionBudget"  # its own rules leave that to the server
    if not metadata_last:
        check_metadata(manifest["metadata"], kind, namespaced=known.namespaced, causes=causes)
    check = _CHECKS.get(kind)
    if check is not None:
        check(manifest, causes)
    if metadata_last and not causes.found:
        check_metadata(manifest["metadata"], kind, namespaced=known.namespaced, causes=causes)
    if kind == "Service" and not causes.found:
        check_allocation(manifest.get("spec") or {}, causes)
    return causes


def _of_spec(check: Callable[[Fields, Causes], None]) -> Callable[[Manifest, Causes], None]:
    return lambda manifest, causes: check(manifest.get("spec") or {}, causes)


def _check_cronjob(manifest: Manifest, causes: Causes) -> None:
    check_cronjob(manifest, causes)
    check_cronjob_name(manifest["metadata"].get("name") or "", causes)


def _check_revision(manifest: Manifest, causes: Causes) -> None:
    causes.negative("revision", manifest.get("revision"))


def _check_node(manifest: Manifest, causes: Causes) -> None:
    taints = (manifest.get("spec") or {}).get("taints")
    if taints:
        check_taints(taints, "metadata.taints", causes)
    status = manifest.get("status") or {}
    for group in ("capacity", "allocatable"):
        for name, value in (status.get(group) or {}).items():
            check_amount(name, value, f"status.{group}.{name}", causes)


_CHECKS: Final[Mapping[str, Callable[[Manifest, Causes], None]]] = {
    "ConfigMap": check_configmap,
    "ControllerRevision": _check_revision,
    "CronJob": _check_cronjob,
    "DaemonSet": _of_spec(check_daemonset),
    "Deployment": _of_spec(check_deployment),
    "HorizontalPodAutoscaler": _of_spec(check_autoscaler),
    "Job": check_job,
    "LimitRange": _of_spec(check_limit_range),
    "Node": _check_node,
    "PersistentVolumeClaim": _of_spec(check_claim),
    "Pod": check_pod,
    "PodDisruptionBudget": _of_spec(check_budget),
    "PriorityClass": check_priority_class,
    "ReplicaSet": _of_spec(check_replicaset),
    "ReplicationController": _of_spec(check_replication_controller),
    "ResourceQuota": _of_spec(check_quota),
    "Secret": check_secret,
    "Service": _of_spec(check_service),
    "StatefulSet": _of_spec(check_statefulset),
}
"""What is checked beyond metadata; of kinds that are not here, nothing is."""
