"""What controllers' manifests have in common: a selector and a template of pods, checked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from simarena.checks.bounds import MAX_INT32
from simarena.cluster.manifests.fields import int32, mapping, string_map
from simarena.cluster.manifests.pods.placement import check_label_selector
from simarena.cluster.manifests.pods.spec import complete_pod_spec
from simarena.cluster.manifests.selectors import matches_label_selector
from simarena.errors import ManifestError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from simarena.cluster.manifests.fields import Fields, Manifest

_DELETION_COST: Final = "controller.kubernetes.io/pod-deletion-cost"


def complete_selected(spec: Manifest, where: str) -> None:
    """Check and complete, in place, the selector and the template of pods that never end."""
    complete_template(spec, where, ("Always",))
    selector = mapping(spec, "selector", where)
    check_label_selector(selector, f"{where}.selector")
    if not selector.get("matchLabels") and not selector.get("matchExpressions"):
        message = f"{where}.selector must not be empty; name labels of spec.template"
        raise ManifestError(message)
    if not matches_label_selector(selector, spec["template"]["metadata"].get("labels") or {}):
        message = f"{where}.selector does not match the labels in spec.template.metadata"
        raise ManifestError(message)
    if spec.get("minReadySeconds") is not None:
        int32(spec, "minReadySeconds", where, 0)


def complete_template(spec: Manifest, where: str, policies: Sequence[str]) -> None:
    """Check and complete, in place, a template of pods with one of these restart policies."""
    template = dict(mapping(spec, "template", where))
    at = f"{where}.template"
    template["metadata"] = dict(mapping(template, "metadata", at))
    template["spec"] = dict(mapping(template, "spec", at))
    for name in ("labels", "annotations"):
        string_map(template["metadata"], name, f"{at}.metadata")
    complete_pod_spec(template["spec"], f"{at}.spec")
    if template["spec"]["restartPolicy"] not in policies:
        message = f"{at}.spec.restartPolicy must be {' or '.join(policies)} in this template"
        raise ManifestError(message)
    spec["template"] = template


def deletion_cost(metadata: Fields) -> int:
    """Return what an annotation says of how dear a pod is to its ReplicaSet; 0 without one."""
    text = (metadata.get("annotations") or {}).get(_DELETION_COST, "")
    try:
        cost = int(text)
    except ValueError:
        return 0
    return cost if -MAX_INT32 <= cost <= MAX_INT32 else 0
