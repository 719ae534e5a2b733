"""PodDisruptionBudgets as the API returns them: how many pods may go, counted when asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simarena.cluster.manifests.api_object import ObjectKey
from simarena.cluster.manifests.budgets import read_budget
from simarena.cluster.manifests.fields import copied
from simarena.cluster.manifests.owners import controller_of
from simarena.trace.kinds import KINDS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from simarena.cluster.manifests.fields import Fields, Manifest


def with_status(budget: Manifest, pods: Iterable[Fields], num_wanted: dict[str, int]) -> Manifest:
    """Return a PodDisruptionBudget with its status.

    Args:
        budget: as it was applied.
        pods: all pods, as the API returns them.
        num_wanted: pods that each controller wants, by its uid; these count, and not those that
            there are, where the budget is a percentage or speaks of unavailable pods.
    """
    name = ObjectKey(budget["kind"], budget["metadata"]["namespace"], budget["metadata"]["name"])
    limits = read_budget(budget, name)
    matching = [
        pod
        for pod in pods
        if limits.matches(pod["metadata"]["namespace"], pod["metadata"].get("labels") or {})
        and pod["status"]["phase"] not in {"Succeeded", "Failed"}
    ]
    owners = {_controller(pod) for pod in matching}
    expected = len(matching)
    if limits.limit.is_percent or limits.of_unavailable:
        failure = next(filter(None, map(_failure, matching)), "")
        if failure:
            return _failed(budget, failure)
        expected = sum(num_wanted.get(uid, 0) for uid in owners)
    value = limits.limit.of(expected, up=True)
    desired = max(0, expected - value) if limits.of_unavailable else value
    healthy = sum(_is_healthy(pod) for pod in matching)
    allowed = max(0, healthy - desired) if expected else 0
    result: Manifest = copied(budget)
    result["status"] = {
        "currentHealthy": healthy,
        "desiredHealthy": desired,
        "disruptionsAllowed": allowed,
        "expectedPods": expected,
        "observedGeneration": 1,
        "conditions": [_condition(enough=allowed > 0)],
    }
    return result


def scale_failure(kind: str) -> str:
    """Return why nobody knows how many pods a kind of controller wants; empty where that is known.

    Budgets that are percentages, or speak of unavailable pods, ask for that.
    """
    known = KINDS.get(kind)
    if known is None or known.scales:
        return ""
    return f"{known.api_version}, Resource={known.plural} does not implement the scale subresource"


def _failure(pod: Fields) -> str:
    controller = controller_of(pod)
    return scale_failure(str(controller["kind"])) if controller else ""


def _failed(budget: Manifest, failure: str) -> Manifest:
    """Return a budget of which nobody knows how many pods it asks for: none may be evicted."""
    result: Manifest = copied(budget)
    condition = {**_condition(enough=False), "reason": "SyncFailed", "message": failure}
    result["status"] = {
        "currentHealthy": 0,
        "desiredHealthy": 0,
        "disruptionsAllowed": 0,
        "expectedPods": 0,
        "conditions": [condition],
    }
    return result


def _controller(pod: Fields) -> str:
    controller = controller_of(pod)
    return str(controller["uid"]) if controller else ""


def _is_healthy(pod: Fields) -> bool:
    if pod["metadata"].get("deletionTimestamp"):
        return False
    conditions = pod["status"].get("conditions") or ()
    return any(each["type"] == "Ready" and each["status"] == "True" for each in conditions)


def _condition(*, enough: bool) -> Manifest:
    return {
        "type": "DisruptionAllowed",
        "status": "True" if enough else "False",
        "reason": "SufficientPods" if enough else "InsufficientPods",
        "message": "",
    }
