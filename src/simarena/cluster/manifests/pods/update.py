"""What may be changed of a pod that is there, as the API allows it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from simarena.cluster.manifests.fields import objects
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


def pod_update(wanted: Pod, current: Fields) -> PodUpdate | None:
    """Return what applying a pod changes of it as the API has it now, None if nothing does.

    The API takes the change. Labels and annotations may change and scheduling gates go;
    ManifestError if there is more.
    """
    spec = dict(wanted.manifest["spec"])
    now = dict(current["spec"])
    gates = objects(spec, "schedulingGates", "spec")
    former_gates = objects(now, "schedulingGates", "spec")
    for each in (spec, now):
        each.pop("schedulingGates", None)
        add_default_tolerations(each)  # who makes pods from templates may have given them already
    if _comparable(spec) != _comparable(now):
        message = (
            f"{wanted.key}: this change of a pod's spec cannot be simulated; delete it and apply "
            "it again"
        )
        raise ManifestError(message)
    metadata = current["metadata"]
    relabels = wanted.template.labels != (metadata.get("labels") or {})
    annotates = wanted.template.annotations != (metadata.get("annotations") or {})
    ungates = list(gates) != list(former_gates)
    if not relabels and not annotates and len(gates) == len(former_gates):
        return None
    return PodUpdate(gates, ungates, relabels)


def _comparable(spec: Fields) -> dict[str, object]:
    """Return a spec without fields that say nothing, and with tolerations in any order."""
    told = {name: each for name, each in spec.items() if each}
    tolerations = sorted(objects(spec, "tolerations", "spec"), key=repr)
    return {**told, "tolerations": tolerations}
