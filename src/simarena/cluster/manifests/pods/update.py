"""What may be changed of a pod that is there, as the API allows it."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, NamedTuple

from simarena.cluster.manifests.fields import objects
from simarena.cluster.manifests.pods.qos import fill_requests
from simarena.cluster.manifests.pods.taints import add_default_tolerations
from simarena.errors import ManifestError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from simarena.cluster.manifests.fields import Fields
    from simarena.cluster.manifests.pods.pod import Pod


class PodUpdate(NamedTuple):
    """What changes."""

    gates: Sequence[Fields]
    """Scheduling gates that stay."""
    ungates: bool
    """Some go."""
    relabels: bool


def pod_update(wanted: Pod, current: Fields, *, default_tolerations: bool) -> PodUpdate | None:
    """Return what applying a pod changes of it as the API has it now, None if nothing does.

    Labels and annotations may change and scheduling gates go; ManifestError if there is more.
    `default_tolerations` says whether pods are given these.
    """
    spec = copy.deepcopy(wanted.manifest["spec"])
    fill_requests(spec)
    now = dict(current["spec"])
    gates = objects(spec, "schedulingGates", "spec")
    former_gates = objects(now, "schedulingGates", "spec")
    if any(gate not in former_gates for gate in gates):
        message = f"{wanted.key}: scheduling gates can be taken away from a pod, not added"
        raise ManifestError(message)
    spec.pop("schedulingGates", None)
    now.pop("schedulingGates", None)
    if default_tolerations:
        add_default_tolerations(spec)
    spec.setdefault("nodeName", now.get("nodeName"))
    if spec != {"nodeName": None, **now}:
        message = f"{wanted.key}: a pod's spec cannot be changed; delete it and apply it again"
        raise ManifestError(message)
    metadata = current["metadata"]
    relabels = wanted.template.labels != (metadata.get("labels") or {})
    annotates = wanted.template.annotations != (metadata.get("annotations") or {})
    ungates = list(gates) != list(former_gates)
    if not relabels and not annotates and len(gates) == len(former_gates):
        return None
    return PodUpdate(gates, ungates, relabels)
