"""Which kubelets a recorded trace is played with, where nobody says."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Literal, get_args

from simarena.cluster.manifests.pods.usage import CPU_ANNOTATION, MEMORY_ANNOTATION
from simarena.errors import UnknownNameError

if TYPE_CHECKING:
    from simarena.trace import Trace

KubeletName = Literal["kwok", "real"]

KUBELETS: Final[tuple[str, ...]] = get_args(KubeletName)
"""Kinds of kubelets, as `ClusterConfig.kubelet` describes them."""


def kubelet_for(trace: Trace, asked: str | None = None) -> KubeletName:
    """Return the kubelet that is asked for, or else the one that suits a trace.

    That is "real" where any pod of the trace tells what it uses, since only there anything comes of
    it, and "kwok" elsewhere. Raises UnknownNameError if there is none of the name asked for.
    """
    if asked is None:
        return "real" if tells_usage(trace) else "kwok"
    if asked not in KUBELETS:
        kind = "kubelet"
        raise UnknownNameError(kind, asked, KUBELETS)
    return "real" if asked == "real" else "kwok"


def tells_usage(trace: Trace) -> bool:
    """Return whether a pod, or a pod template, of a trace is annotated with what it uses."""
    return any(_is_annotated(manifest) for event in trace.events for manifest in event.applied_objs)


def _is_annotated(manifest: Any) -> bool:  # noqa: ANN401 - a manifest, or part of one
    """Look at an object's own annotations, and at those of the templates within its spec."""
    while isinstance(manifest, dict):
        metadata = manifest.get("metadata")
        annotations = metadata.get("annotations") if isinstance(metadata, dict) else None
        if isinstance(annotations, dict) and (
            CPU_ANNOTATION in annotations or MEMORY_ANNOTATION in annotations
        ):
            return True
        spec = manifest.get("spec")
        inside = spec if isinstance(spec, dict) else {}
        manifest = inside.get("template") or inside.get("jobTemplate")
    return False
