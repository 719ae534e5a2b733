"""StatefulSets and DaemonSets: checked, completed with defaults, and read once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from simarena.cluster.codes.feature_gates import is_enabled
from simarena.cluster.manifests.fields import choice, int32, mapping, string
from simarena.cluster.manifests.pods.taints import Toleration
from simarena.cluster.manifests.workloads.int_or_percent import IntOrPercent, read_int_or_percent
from simarena.cluster.manifests.workloads.workload import ScalableWorkload, Workload, read_selected
from simarena.errors import ManifestError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from simarena.cluster.manifests.api_object import ObjectKey
    from simarena.cluster.manifests.fields import Fields, Manifest
    from simarena.cluster.manifests.pods.template import PodTemplate

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


@dataclass(frozen=True, slots=True, kw_only=True)
class StatefulSet(ScalableWorkload):
    """A StatefulSet."""

    parallel: bool
    """It does not wait for one pod before it makes the next."""
    on_delete: bool
    """Pods are replaced only when somebody deletes them."""
    partition: int
    """Ordinal of the first pod that is updated."""
    start_ordinal: int
    max_unavailable: IntOrPercent

    def row(self) -> Mapping[str, int | list[int]]:
        """Return the fields of a row of SPEC that it decides, those that name rows apart."""
        return {
            "replicas": self.replicas,
            "min_ready_ms": self.min_ready_ms,
            "parallel": self.parallel,
            "on_delete": self.on_delete,
            "partition": self.partition,
            "start_ordinal": self.start_ordinal,
            "max_unavailable": self.max_unavailable.value,
            "unavailable_is_percent": self.max_unavailable.is_percent,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class DaemonSet(Workload):
    """A DaemonSet; its template is the one that its controller makes pods from."""

    min_ready_ms: int
    on_delete: bool
    """Pods are replaced only when somebody deletes them."""
    max_unavailable: IntOrPercent
    max_surge: IntOrPercent

    def row(self) -> Mapping[str, int | list[int]]:
        """Return the fields of a row of SPEC that it decides, those that name rows apart."""
        return {
            "min_ready_ms": self.min_ready_ms,
            "on_delete": self.on_delete,
            "max_unavailable": self.max_unavailable.value,
            "unavailable_is_percent": self.max_unavailable.is_percent,
            "max_surge": self.max_surge.value,
            "surge_is_percent": self.max_surge.is_percent,
        }


def read_statefulset(manifest: Manifest, key: ObjectKey, where: str) -> StatefulSet:
    """Check a StatefulSet and fill in defaults, in place; return what it says."""
    manifest.pop("status", None)
    spec = manifest["spec"]
    pods = read_selected(spec, where)
    spec["replicas"] = int32(spec, "replicas", where, 1)
    spec["revisionHistoryLimit"] = int32(spec, "revisionHistoryLimit", where, 10)
    policies = ("OrderedReady", "Parallel")
    policy = choice(spec, "podManagementPolicy", where, policies, "OrderedReady")
    spec["podManagementPolicy"] = policy
    string(spec, "serviceName", where)
    start = int32(mapping(spec, "ordinals", where), "start", f"{where}.ordinals", 0)
    strategy = _strategy(spec, where)
    on_delete = strategy["type"] == "OnDelete"
    partition, down = 0, IntOrPercent(1)
    if not on_delete:
        at = f"{where}.updateStrategy.rollingUpdate"
        rolling = dict(mapping(strategy, "rollingUpdate", f"{where}.updateStrategy"))
        partition = rolling["partition"] = int32(rolling, "partition", at, 0)
        if not is_enabled("MaxUnavailableStatefulSet"):
            rolling.pop("maxUnavailable", None)
        down = read_int_or_percent(rolling, "maxUnavailable", at, 1)
        if down.value == 0:
            message = f"{at}.maxUnavailable must not be 0"
            raise ManifestError(message)
        strategy["rollingUpdate"] = rolling
    spec["updateStrategy"] = strategy
    return StatefulSet(
        key=key,
        manifest=manifest,
        template=pods.template,
        selector=pods.selector,
        replicas=spec["replicas"],
        min_ready_ms=pods.min_ready_ms,
        parallel=policy == "Parallel",
        on_delete=on_delete,
        partition=partition,
        start_ordinal=start,
        max_unavailable=down,
    )


def read_daemonset(manifest: Manifest, key: ObjectKey, where: str) -> DaemonSet:
    """Check a DaemonSet and fill in defaults, in place; return what it says."""
    manifest.pop("status", None)
    spec = manifest["spec"]
    pods = read_selected(spec, where)
    spec["revisionHistoryLimit"] = int32(spec, "revisionHistoryLimit", where, 10)
    strategy = _strategy(spec, where)
    on_delete = strategy["type"] == "OnDelete"
    down, surge = IntOrPercent(1), IntOrPercent(0)
    if not on_delete:
        at = f"{where}.updateStrategy.rollingUpdate"
        rolling = dict(mapping(strategy, "rollingUpdate", f"{where}.updateStrategy"))
        down = read_int_or_percent(rolling, "maxUnavailable", at, 1)
        surge = read_int_or_percent(rolling, "maxSurge", at, 0)
        if (down.value == 0) == (surge.value == 0):
            message = f"{at}: one of maxUnavailable and maxSurge must be 0, and not both"
            raise ManifestError(message)
        rolling.setdefault("maxUnavailable", 1)
        rolling.setdefault("maxSurge", 0)
        strategy["rollingUpdate"] = rolling
    spec["updateStrategy"] = strategy
    return DaemonSet(
        key=key,
        manifest=manifest,
        template=_daemon_template(pods.template),
        selector=pods.selector,
        min_ready_ms=pods.min_ready_ms,
        on_delete=on_delete,
        max_unavailable=down,
        max_surge=surge,
    )


def _daemon_template(template: PodTemplate) -> PodTemplate:
    """Return a DaemonSet's template with the tolerations that its controller adds.

    The node affinity that binds each pod to its node is not here: the kernel knows the node.
    """
    wanted = [*_DAEMON_TOLERATIONS]
    if template.spec.on_host:
        wanted.append(_HOST_TOLERATION)
    return template.tolerating(
        {
            Toleration(f"{_PREFIX}/{name}", "Exists", "", effect, None): {
                "key": f"{_PREFIX}/{name}",
                "operator": "Exists",
                "effect": effect,
            }
            for name, effect in wanted
        }
    )


def _strategy(spec: Fields, where: str) -> Manifest:
    strategy = dict(mapping(spec, "updateStrategy", where))
    at = f"{where}.updateStrategy"
    strategy["type"] = choice(strategy, "type", at, ("RollingUpdate", "OnDelete"), "RollingUpdate")
    return strategy
