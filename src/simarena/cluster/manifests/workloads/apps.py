"""StatefulSets and DaemonSets: checked, completed with defaults, and read into numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from simarena.cluster.manifests.fields import choice, copied, int32, mapping, milliseconds, string
from simarena.cluster.manifests.pods.template import complete_selected
from simarena.cluster.manifests.workloads.deployment import int_or_percent
from simarena.errors import ManifestError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from simarena.cluster.manifests.fields import Fields, Manifest

_PREFIX: Final = "node.kubernetes.io"
_DAEMON_TOLERATIONS: Final = (
    ("not-ready", "NoExecute"),
    ("unreachable", "NoExecute"),
    ("disk-pressure", "NoSchedule"),
    ("memory-pressure", "NoSchedule"),
    ("pid-pressure", "NoSchedule"),
    ("unschedulable", "NoSchedule"),
)
_HOST_TOLERATION: Final = ("network-unavailable", "NoSchedule")


def complete_statefulset(statefulset: Manifest, where: str) -> None:
    """Check a StatefulSet and fill in defaults, in place."""
    statefulset.pop("status", None)
    spec = statefulset["spec"]
    complete_selected(spec, where)
    spec["replicas"] = int32(spec, "replicas", where, 1)
    spec["revisionHistoryLimit"] = int32(spec, "revisionHistoryLimit", where, 10)
    policies = ("OrderedReady", "Parallel")
    spec["podManagementPolicy"] = choice(
        spec, "podManagementPolicy", where, policies, "OrderedReady"
    )
    string(spec, "serviceName", where)
    if spec.get("ordinals") is not None:
        int32(mapping(spec, "ordinals", where), "start", f"{where}.ordinals", 0)
    strategy = _strategy(spec, where)
    if strategy["type"] == "RollingUpdate":
        at = f"{where}.updateStrategy.rollingUpdate"
        rolling = dict(mapping(strategy, "rollingUpdate", f"{where}.updateStrategy"))
        rolling["partition"] = int32(rolling, "partition", at, 0)
        if int_or_percent(rolling, "maxUnavailable", at, 1).value == 0:
            message = f"{at}.maxUnavailable must not be 0"
            raise ManifestError(message)
        strategy["rollingUpdate"] = rolling
    spec["updateStrategy"] = strategy


def statefulset_values(spec: Fields) -> Mapping[str, int]:
    """Return the fields of SPEC that a completed StatefulSet's spec decides."""
    strategy = spec["updateStrategy"]
    rolling = strategy.get("rollingUpdate") or {}
    most = int_or_percent(rolling, "maxUnavailable", "spec.updateStrategy.rollingUpdate", 1)
    return {
        "replicas": spec["replicas"],
        "min_ready_ms": milliseconds(spec.get("minReadySeconds") or 0),
        "revision_history_limit": spec["revisionHistoryLimit"],
        "parallel": spec["podManagementPolicy"] == "Parallel",
        "on_delete": strategy["type"] == "OnDelete",
        "partition": rolling.get("partition", 0),
        "start_ordinal": (spec.get("ordinals") or {}).get("start", 0),
        "max_unavailable": most.value,
        "unavailable_is_percent": most.is_percent,
    }


def complete_daemonset(daemonset: Manifest, where: str) -> None:
    """Check a DaemonSet and fill in defaults, in place."""
    daemonset.pop("status", None)
    spec = daemonset["spec"]
    complete_selected(spec, where)
    spec["revisionHistoryLimit"] = int32(spec, "revisionHistoryLimit", where, 10)
    strategy = _strategy(spec, where)
    if strategy["type"] == "RollingUpdate":
        at = f"{where}.updateStrategy.rollingUpdate"
        rolling = dict(mapping(strategy, "rollingUpdate", f"{where}.updateStrategy"))
        down = int_or_percent(rolling, "maxUnavailable", at, 1)
        surge = int_or_percent(rolling, "maxSurge", at, 0)
        if (down.value == 0) == (surge.value == 0):
            message = f"{at}: one of maxUnavailable and maxSurge must be 0, and not both"
            raise ManifestError(message)
        rolling.setdefault("maxUnavailable", 1)
        rolling.setdefault("maxSurge", 0)
        strategy["rollingUpdate"] = rolling
    spec["updateStrategy"] = strategy


def daemonset_values(spec: Fields) -> Mapping[str, int]:
    """Return the fields of SPEC that a completed DaemonSet's spec decides."""
    strategy = spec["updateStrategy"]
    rolling = strategy.get("rollingUpdate") or {}
    down = int_or_percent(rolling, "maxUnavailable", "spec.updateStrategy.rollingUpdate", 1)
    surge = int_or_percent(rolling, "maxSurge", "spec.updateStrategy.rollingUpdate", 0)
    return {
        "min_ready_ms": milliseconds(spec.get("minReadySeconds") or 0),
        "revision_history_limit": spec["revisionHistoryLimit"],
        "on_delete": strategy["type"] == "OnDelete",
        "max_unavailable": down.value,
        "unavailable_is_percent": down.is_percent,
        "max_surge": surge.value,
        "surge_is_percent": surge.is_percent,
    }


def daemon_template(template: Fields) -> Manifest:
    """Return a DaemonSet's template with the tolerations that its controller adds.

    The node affinity that binds each pod to its node is not here: the kernel knows the node.
    """
    result: Manifest = copied(dict(template))
    spec = result["spec"]
    wanted = [*_DAEMON_TOLERATIONS]
    if spec.get("hostNetwork"):
        wanted.append(_HOST_TOLERATION)
    added = [
        {"key": f"{_PREFIX}/{name}", "operator": "Exists", "effect": effect}
        for name, effect in wanted
    ]
    present = spec.get("tolerations") or []
    spec["tolerations"] = [*present, *(each for each in added if each not in present)]
    return result


def _strategy(spec: Fields, where: str) -> Manifest:
    strategy = dict(mapping(spec, "updateStrategy", where))
    at = f"{where}.updateStrategy"
    strategy["type"] = choice(strategy, "type", at, ("RollingUpdate", "OnDelete"), "RollingUpdate")
    return strategy
