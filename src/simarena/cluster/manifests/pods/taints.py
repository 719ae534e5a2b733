"""NoExecute taints: which pods they drive away, and when."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from simarena.cluster.manifests.selectors import tolerates

if TYPE_CHECKING:
    from collections.abc import Sequence

    from simarena.cluster.manifests.fields import Fields, Manifest

NOT_READY: Final = "node.kubernetes.io/not-ready"
UNREACHABLE: Final = "node.kubernetes.io/unreachable"

DEFAULT_SECONDS: Final = 300
"""How long pods that say nothing of it stay on a node that failed."""

_MAX_SECONDS = 2**31 - 2


def default_tolerations(spec: Fields) -> list[Manifest]:
    """Return what the admission plugin DefaultTolerationSeconds adds to a pod's tolerations."""
    tolerations: Sequence[Fields] = spec.get("tolerations") or ()
    return [
        {
            "key": key,
            "operator": "Exists",
            "effect": "NoExecute",
            "tolerationSeconds": DEFAULT_SECONDS,
        }
        for key in (NOT_READY, UNREACHABLE)
        if not any(
            toleration.get("key", "") in {key, ""}
            and toleration.get("effect", "") in {"NoExecute", ""}
            for toleration in tolerations
        )
    ]


def add_default_tolerations(spec: Manifest) -> None:
    """Give a pod the default tolerations, in place."""
    added = default_tolerations(spec)
    if added:
        spec["tolerations"] = [*(spec.get("tolerations") or ()), *added]


def evicted_after_s(tolerations: Sequence[Fields], taints: Sequence[Fields]) -> int:
    """Return 1 more than the seconds a pod may stay on a node with these taints; 0 means for ever.

    It is as long as the shortest of the tolerations that are used, the first that fits each taint.
    """
    least = None
    for taint in taints:
        if taint.get("effect") != "NoExecute":
            continue
        used = next((each for each in tolerations if tolerates((each,), taint)), None)
        if used is None:
            return 1
        seconds = used.get("tolerationSeconds")
        if seconds is not None:
            bounded = min(max(0, seconds), _MAX_SECONDS)
            least = bounded if least is None else min(least, bounded)
    return 0 if least is None else least + 1
