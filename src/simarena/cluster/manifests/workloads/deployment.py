"""Deployments and ReplicaSets: checked, completed with defaults, and read once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from simarena.cluster.manifests.fields import (
    choice,
    flag,
    int32,
    mapping,
    milliseconds,
    string_map,
)
from simarena.cluster.manifests.selectors import LabelSelector
from simarena.cluster.manifests.workloads.int_or_percent import IntOrPercent, read_int_or_percent
from simarena.cluster.manifests.workloads.workload import (
    ScalableWorkload,
    ended_template,
    read_selected,
)
from simarena.errors import ManifestError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from simarena.cluster.manifests.api_object import ObjectKey
    from simarena.cluster.manifests.fields import Fields, Manifest

MAX_PERCENT: Final = 100

_QUARTER: Final = IntOrPercent(25, is_percent=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplicaSet(ScalableWorkload):
    """A ReplicaSet, which keeps a number of pods."""

    def row(self) -> Mapping[str, int | list[int]]:
        """Return the fields of a row of SPEC that it decides, those that name rows apart."""
        return {
            "replicas": self.replicas,
            "min_ready_ms": self.min_ready_ms,
            **Rollout(surge=_QUARTER, unavailable=_QUARTER).row(),
            "paused": False,
            "revision_history_limit": 10,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Rollout:
    """How far a Deployment's rollout may go at once."""

    surge: IntOrPercent
    unavailable: IntOrPercent
    recreate: bool = False
    """All old pods go before the first new one comes."""

    def bounds(self, replicas: int) -> tuple[int, int]:
        """Return how many pods a rollout may add, and may leave unavailable, of so many.

        A percentage of surge rounds up and one of unavailability down; if both come to nothing, one
        pod may be unavailable. Without a rolling update both are 0.
        """
        if self.recreate:
            return 0, 0
        num_surge = self.surge.of(replicas, up=True)
        num_down = self.unavailable.of(replicas, up=False)
        if num_surge == 0 and num_down == 0:
            num_down = 1
        return num_surge, min(num_down, replicas)

    def row(self) -> Mapping[str, int]:
        """Return the fields of a row of SPEC that it decides."""
        return {
            "max_surge": self.surge.value,
            "max_unavailable": self.unavailable.value,
            "surge_is_percent": self.surge.is_percent,
            "unavailable_is_percent": self.unavailable.is_percent,
            "recreate": self.recreate,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Deployment(ReplicaSet):
    """A Deployment, which replaces its pods in rollouts."""

    rollout: Rollout
    paused: bool
    revision_history_limit: int

    def row(self) -> Mapping[str, int | list[int]]:
        """Return the fields of a row of SPEC that it decides, those that name rows apart."""
        return {
            "replicas": self.replicas,
            "min_ready_ms": self.min_ready_ms,
            **self.rollout.row(),
            "paused": self.paused,
            "revision_history_limit": self.revision_history_limit,
        }


def read_replicaset(manifest: Manifest, key: ObjectKey, where: str) -> ReplicaSet:
    """Check a ReplicaSet and fill in defaults, in place; return what it says."""
    manifest.pop("status", None)
    spec = manifest["spec"]
    pods = read_selected(spec, where)
    spec["replicas"] = int32(spec, "replicas", where, 1)
    return ReplicaSet(
        key=key,
        manifest=manifest,
        template=pods.template,
        selector=pods.selector,
        replicas=spec["replicas"],
        min_ready_ms=pods.min_ready_ms,
    )


def read_replication_controller(manifest: Manifest, key: ObjectKey, where: str) -> ReplicaSet:
    """Check a ReplicationController and fill in defaults, in place; return what it says.

    It is what a ReplicaSet is, but that its selector names labels only.
    """
    manifest.pop("status", None)
    spec = manifest["spec"]
    template = ended_template(spec, where, ("Always",))
    spec["replicas"] = int32(spec, "replicas", where, 1)
    return ReplicaSet(
        key=key,
        manifest=manifest,
        template=template,
        selector=LabelSelector(string_map(spec, "selector", where)),
        replicas=spec["replicas"],
        min_ready_ms=milliseconds(int32(spec, "minReadySeconds", where, 0)),
    )


def read_deployment(manifest: Manifest, key: ObjectKey, where: str) -> Deployment:
    """Check a Deployment and fill in defaults, in place; return what it says."""
    manifest.pop("status", None)
    spec = manifest["spec"]
    pods = read_selected(spec, where)
    spec["replicas"] = int32(spec, "replicas", where, 1)
    spec["revisionHistoryLimit"] = int32(spec, "revisionHistoryLimit", where, 10)
    spec["progressDeadlineSeconds"] = int32(spec, "progressDeadlineSeconds", where, 600)
    if spec["progressDeadlineSeconds"] <= (spec.get("minReadySeconds") or 0):
        message = f"{where}.progressDeadlineSeconds must be greater than minReadySeconds"
        raise ManifestError(message)
    paused = flag(spec, "paused", where)
    rollout = read_rollout(mapping(spec, "strategy", where), f"{where}.strategy")
    spec["strategy"] = _completed(mapping(spec, "strategy", where), rollout)
    return Deployment(
        key=key,
        manifest=manifest,
        template=pods.template,
        selector=pods.selector,
        replicas=spec["replicas"],
        min_ready_ms=pods.min_ready_ms,
        rollout=rollout,
        paused=paused,
        revision_history_limit=spec["revisionHistoryLimit"],
    )


def read_rollout(strategy: Fields, where: str) -> Rollout:
    """Return what a Deployment's strategy allows; ManifestError if the API would refuse it."""
    kind = choice(strategy, "type", where, ("RollingUpdate", "Recreate"), "RollingUpdate")
    if kind == "Recreate":
        if strategy.get("rollingUpdate") is not None:
            message = f"{where}.rollingUpdate must not be set when type is Recreate"
            raise ManifestError(message)
        return Rollout(surge=_QUARTER, unavailable=_QUARTER, recreate=True)
    at = f"{where}.rollingUpdate"
    rolling = mapping(strategy, "rollingUpdate", where)
    surge = read_int_or_percent(rolling, "maxSurge", at, "25%")
    down = read_int_or_percent(rolling, "maxUnavailable", at, "25%")
    if surge.value == 0 and down.value == 0:
        message = f"{at}.maxUnavailable must not be 0 when maxSurge is 0"
        raise ManifestError(message)
    if down.is_percent and down.value > MAX_PERCENT:
        message = f"{at}.maxUnavailable must be at most 100%"
        raise ManifestError(message)
    return Rollout(surge=surge, unavailable=down)


def _completed(strategy: Fields, rollout: Rollout) -> Manifest:
    if rollout.recreate:
        return {"type": "Recreate"}
    rolling = dict(strategy.get("rollingUpdate") or {})
    rolling["maxSurge"] = rollout.surge.plain
    rolling["maxUnavailable"] = rollout.unavailable.plain
    return {"type": "RollingUpdate", "rollingUpdate": rolling}


def rolling_bounds(deployment_spec: Fields) -> tuple[int, int]:
    """Return `Rollout.bounds` of a completed Deployment's spec, as the API returns it."""
    rollout = read_rollout(deployment_spec["strategy"], "spec.strategy")
    return rollout.bounds(deployment_spec["replicas"])
