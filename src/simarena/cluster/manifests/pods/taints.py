"""Taints of nodes and tolerations of pods: where pods may go, and when they are driven away."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from simarena.checks.bounds import MAX_INT64
from simarena.cluster.manifests.fields import choice, objects, required, string, whole
from simarena.errors import ManifestError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from simarena.cluster.manifests.fields import Fields, Manifest

NOT_READY: Final = "node.kubernetes.io/not-ready"
UNREACHABLE: Final = "node.kubernetes.io/unreachable"

DEFAULT_SECONDS: Final = 300
"""How long pods that say nothing of it stay on a node that failed."""

TAINT_EFFECTS: Final = ("NoSchedule", "PreferNoSchedule", "NoExecute")

_OPERATORS: Final = ("Equal", "Exists")
_MAX_SECONDS: Final = 2**31 - 2


class Taint(NamedTuple):
    """A taint of a node."""

    key: str
    value: str
    effect: str

    @property
    def manifest(self) -> Manifest:
        """As the API has it."""
        value = {"value": self.value} if self.value else {}
        return {"key": self.key, **value, "effect": self.effect}


UNSCHEDULABLE: Final = Taint("node.kubernetes.io/unschedulable", "", "NoSchedule")
"""What a pod must tolerate to go to a cordoned node."""

PRESSURE: Final = Taint("node.kubernetes.io/memory-pressure", "", "NoSchedule")
"""Of a node that is low on memory."""


class Toleration(NamedTuple):
    """A toleration of a pod; what is empty stands for anything."""

    key: str
    operator: str
    value: str
    effect: str
    seconds: int | None
    """How long a NoExecute taint is tolerated; None: for ever."""

    def tolerates(self, taint: Taint) -> bool:
        """Return whether a taint is tolerated."""
        if self.effect and self.effect != taint.effect:
            return False
        if self.key and self.key != taint.key:
            return False
        return self.operator == "Exists" or self.value == taint.value


def read_taints(node_spec: Fields, where: str) -> tuple[Taint, ...]:
    """Return a node's taints; ManifestError if they are malformed."""
    return tuple(
        _taint(given, f"{where}.taints[{index}]")
        for index, given in enumerate(objects(node_spec, "taints", where))
    )


def read_tolerations(pod_spec: Fields, where: str) -> tuple[Toleration, ...]:
    """Return a pod's tolerations; ManifestError if they are malformed."""
    return tuple(
        _toleration(given, f"{where}.tolerations[{index}]")
        for index, given in enumerate(objects(pod_spec, "tolerations", where))
    )


def tolerates(tolerations: Iterable[Toleration], taint: Taint) -> bool:
    """Return whether any of the tolerations tolerates a taint."""
    return any(toleration.tolerates(taint) for toleration in tolerations)


def first_untolerated_taint(
    tolerations: Sequence[Toleration], taints: Iterable[Taint]
) -> Taint | None:
    """Return the first NoSchedule or NoExecute taint that is not tolerated, None without one."""
    for taint in taints:
        if taint.effect != "PreferNoSchedule" and not tolerates(tolerations, taint):
            return taint
    return None


def num_untolerated_preferred(tolerations: Sequence[Toleration], taints: Iterable[Taint]) -> int:
    """Return the number of PreferNoSchedule taints that are not tolerated."""
    return sum(
        taint.effect == "PreferNoSchedule" and not tolerates(tolerations, taint) for taint in taints
    )


def default_tolerations(tolerations: Iterable[Toleration]) -> list[Toleration]:
    """Return what the admission plugin DefaultTolerationSeconds adds to a pod's tolerations."""
    return _missing_defaults([(each.key, each.effect) for each in tolerations])


def _missing_defaults(given: Sequence[tuple[str, str]]) -> list[Toleration]:
    """Return the default tolerations of which no key and effect that is given says anything."""
    return [
        Toleration(key, "Exists", "", "NoExecute", DEFAULT_SECONDS)
        for key in (NOT_READY, UNREACHABLE)
        if not any(other in {key, ""} and effect in {"NoExecute", ""} for other, effect in given)
    ]


def add_default_tolerations(spec: Manifest) -> None:
    """Give a completed pod's spec the default tolerations, in place."""
    given = [
        (each.get("key", ""), each.get("effect", "")) for each in spec.get("tolerations") or ()
    ]
    added = [
        {
            "key": each.key,
            "operator": each.operator,
            "effect": each.effect,
            "tolerationSeconds": each.seconds,
        }
        for each in _missing_defaults(given)
    ]
    if added:
        spec["tolerations"] = [*(spec.get("tolerations") or ()), *added]


def evicted_after_s(tolerations: Sequence[Toleration], taints: Iterable[Taint]) -> int:
    """Return 1 more than the seconds a pod may stay on a node with these taints; 0 means for ever.

    It is as long as the shortest of the tolerations that are used, the first that fits each taint.
    """
    least = None
    for taint in taints:
        if taint.effect != "NoExecute":
            continue
        used = next((each for each in tolerations if each.tolerates(taint)), None)
        if used is None:
            return 1
        if used.seconds is not None:
            bounded = min(max(0, used.seconds), _MAX_SECONDS)
            least = bounded if least is None else min(least, bounded)
    return 0 if least is None else least + 1


def _taint(given: Fields, where: str) -> Taint:
    key = required(given, "key", where)
    value = string(given, "value", where)
    return Taint(key, value, choice(given, "effect", where, TAINT_EFFECTS, ""))


def _toleration(given: Fields, where: str) -> Toleration:
    operator = choice(given, "operator", where, _OPERATORS, "Equal")
    effect = choice(given, "effect", where, (*TAINT_EFFECTS, ""), "")
    key = string(given, "key", where)
    if not key and operator != "Exists":
        message = f"{where}.key is empty: operator must then be Exists, which tolerates every taint"
        raise ManifestError(message)
    value = string(given, "value", where)
    if value and operator == "Exists":
        message = f"{where}.value must be empty when operator is Exists"
        raise ManifestError(message)
    seconds = whole(given, "tolerationSeconds", where, 0, least=-MAX_INT64)
    if given.get("tolerationSeconds") is None:
        return Toleration(key, operator, value, effect, None)
    if effect != "NoExecute":
        message = f"{where}.effect must be NoExecute when tolerationSeconds is set"
        raise ManifestError(message)
    return Toleration(key, operator, value, effect, seconds)
