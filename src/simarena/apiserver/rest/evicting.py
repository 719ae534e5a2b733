"""The subresource `eviction`: a pod is deleted if its PodDisruptionBudget allows it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from simarena.apiserver.rest.deleting import check_preconditions, delete
from simarena.apiserver.rest.options import DeleteOptions
from simarena.apiserver.status import bad_request, failure, not_found
from simarena.cluster.manifests.fields import copied
from simarena.cluster.manifests.selectors import read_selector
from simarena.errors import ManifestError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from simarena.apiserver.api import Api
    from simarena.apiserver.resources.resource import Resource
    from simarena.apiserver.store.kept import Kept, Place
    from simarena.cluster.manifests.fields import Manifest
    from simarena.errors import ApiError

_BUDGETS: Final = "poddisruptionbudgets.policy"
_ENDED: Final = frozenset({"Failed", "Pending", "Succeeded"})
_REFUSED: Final = "Cannot evict pod as it would violate the pod's disruption budget."
_MANY_BUDGETS: Final = (
    "This pod has more than one PodDisruptionBudget, which the eviction subresource does not "
    "support."
)
_DONE: Final[Mapping[str, Any]] = {
    "kind": "Status",
    "apiVersion": "v1",
    "metadata": {},
    "status": "Success",
    "code": 201,
}


def evict(
    api: Api, pods: Resource, place: Place, eviction: Mapping[str, Any], options: DeleteOptions
) -> Manifest:
    """Evict a pod; return what that is answered with. Raises ApiError where a budget holds it."""
    name = (eviction.get("metadata") or {}).get("name")
    if name != place.name:
        message = "name in URL does not match name in Eviction object"
        raise bad_request(message)
    pod = api.get(pods, place)
    if pod is None:
        raise not_found(pods.named(place.name))
    check_preconditions(pods, pod, options.uid, options.version)
    if not _ignores_budgets(pod.manifest):
        budgets = _budgets(api, pod)
        if len(budgets) > 1:
            raise failure(500, "", _MANY_BUDGETS)
        if budgets and not _is_unguarded(pod.manifest, budgets[0].manifest):
            _take(api, budgets[0], place, options)
    if not options.dry_run:
        _mark(api, pods, place)
        api.actors.evicted(place)
    delete(
        api,
        pods,
        place,
        DeleteOptions(dry_run=options.dry_run, grace_s=options.grace_s),
    )
    return dict(_DONE)


def _ignores_budgets(pod: Mapping[str, Any]) -> bool:
    phase = (pod.get("status") or {}).get("phase")
    return phase in _ENDED or bool(pod["metadata"].get("deletionTimestamp"))


def _budgets(api: Api, pod: Kept) -> list[Kept]:
    found = []
    labels = pod.metadata.get("labels") or {}
    for budget in api.store.collection(_BUDGETS).inside(pod.place.namespace):
        selector = (budget.manifest.get("spec") or {}).get("selector")
        try:
            if selector is not None and read_selector(selector, "selector").matches(labels):
                found.append(budget)
        except ManifestError:
            continue
    return found


def _is_unguarded(pod: Mapping[str, Any], budget: Mapping[str, Any]) -> bool:
    """Return whether a pod that is not ready may go whatever its budget still allows."""
    conditions = (pod.get("status") or {}).get("conditions") or ()
    if any(each["type"] == "Ready" and each["status"] == "True" for each in conditions):
        return False
    if budget["spec"].get("unhealthyPodEvictionPolicy") == "AlwaysAllow":
        return True
    status = budget.get("status") or {}
    wanted = status.get("desiredHealthy", 0)
    return bool(status.get("currentHealthy", 0) >= wanted > 0)


def _take(api: Api, budget: Kept, place: Place, options: DeleteOptions) -> None:
    """Count an eviction against its budget. Raises ApiError where that is used up."""
    status = budget.manifest.get("status") or {}
    name = budget.place.name
    if status.get("observedGeneration", 0) < budget.metadata.get("generation", 0):
        raise _processing(name)
    if not status.get("disruptionsAllowed", 0):
        raise _too_many(name, status)
    if options.dry_run:
        return
    new = copied(budget.manifest)
    allowed = status["disruptionsAllowed"] - 1
    new["status"]["disruptionsAllowed"] = allowed
    if not allowed:
        _set_condition(api, new)
    new["status"].setdefault("disruptedPods", {})[place.name] = api.now
    api.store.put(_BUDGETS, budget.place, new)


def _set_condition(api: Api, budget: Manifest) -> None:
    conditions = budget["status"].setdefault("conditions", [])
    kept = [each for each in conditions if each["type"] != "DisruptionAllowed"]
    condition = {
        "type": "DisruptionAllowed",
        "status": "False",
        "observedGeneration": budget["status"].get("observedGeneration", 0),
        "lastTransitionTime": api.now,
        "reason": "InsufficientPods",
        "message": "",
    }
    budget["status"]["conditions"] = [*kept, condition]


def _processing(name: str) -> ApiError:
    """Return the failure where the controller has not looked at a budget yet."""
    why = f"The disruption budget {name} is still being processed by the server."
    details = {"causes": [_cause(why)], "retryAfterSeconds": 10}
    return failure(429, "TooManyRequests", _REFUSED, details, retry_after="10")


def _too_many(name: str, status: Mapping[str, Any]) -> ApiError:
    healthy, wanted = status.get("currentHealthy", 0), status.get("desiredHealthy", 0)
    if healthy <= wanted:
        why = (
            f"The disruption budget {name} needs {wanted} healthy pods and has {healthy} currently"
        )
    else:
        why = f"The disruption budget {name} does not allow evicting pods currently"
    return failure(429, "TooManyRequests", _REFUSED, {"causes": [_cause(why)]})


def _cause(message: str) -> dict[str, str]:
    return {"reason": "DisruptionBudget", "message": message}


def _mark(api: Api, pods: Resource, place: Place) -> None:
    """Write into a pod why it goes."""
    pod = api.get(pods, place)
    if pod is None or pod.metadata.get("deletionTimestamp"):
        return
    new = copied(pod.manifest)
    conditions = new.setdefault("status", {}).setdefault("conditions", [])
    if any(each["type"] == "DisruptionTarget" for each in conditions):
        return
    conditions.append(
        {
            "type": "DisruptionTarget",
            "status": "True",
            "lastProbeTime": None,
            "lastTransitionTime": api.now,
            "reason": "EvictionByEvictionAPI",
            "message": "Eviction API: evicting",
        }
    )
    api.store.put(pods.collection, place, new)
