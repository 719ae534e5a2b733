"""Controllers of the API's own objects: they act after each stretch of time.

The simulated cluster's controllers look after workloads. These look after what only the API has:
namespaces that end, owners that wait for what they own, budgets' statuses.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from simarena.apiserver.api import NAMESPACES, furnish
from simarena.apiserver.rest.deleting import FOREGROUND, ORPHAN, delete
from simarena.apiserver.rest.metadata import later
from simarena.apiserver.rest.options import DeleteOptions
from simarena.apiserver.store.kept import Place
from simarena.cluster.manifests.admission.quotas import with_status as quota_with_status
from simarena.cluster.objects.budgets import with_status
from simarena.trace.kinds import KINDS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from simarena.apiserver.api import Api
    from simarena.apiserver.resources.resource import Resource
    from simarena.apiserver.store.kept import Kept
    from simarena.cluster.manifests.fields import Manifest

_ROOT_CA: Final = "kube-root-ca.crt"
_ROOT_CA_TEXT: Final = (
    "Contains a CA bundle that can be used to verify the kube-apiserver when using internal "
    "endpoints such as the internal service IP or kubernetes.default.svc. No other usage is "
    "guaranteed across distributions of Kubernetes clusters."
)
_NAMESPACE_GRACE_S: Final = 5
"""So long the namespace controller waits for what other servers still write there."""

_OWNED_BY_GC: Final = frozenset({ORPHAN, FOREGROUND})
_WORKLOADS: Final = (
    "replicasets.apps",
    "statefulsets.apps",
    "daemonsets.apps",
    "jobs.batch",
    "replicationcontrollers",
)


def act(api: Api) -> None:
    """Bring into the store what time has brought about, and let the controllers act on it."""
    for collection, place in api.actors.pull():
        _leave(api, collection, place)
    _collect(api)
    _end_namespaces(api)
    _furnish_namespaces(api)
    _count_budgets(api)
    _count_quotas(api)
    _tell_unsimulated(api)


def _tell_unsimulated(api: Api) -> None:
    """Write an event about each object that is kept and cannot be simulated."""
    if api.unsimulated == api.told_unsimulated:
        return
    for key, why in tuple(api.unsimulated.items()):
        if api.told_unsimulated.get(key) == why:
            continue
        collection, place = key
        kept = api.store.get(collection, place)
        if kept is None:
            del api.unsimulated[key]
            continue
        namespace = place.namespace or "default"
        name = f"{place.name}.{api.chance.getrandbits(64):016x}"
        about = {
            "kind": kept.manifest["kind"],
            "apiVersion": kept.manifest["apiVersion"],
            "name": place.name,
            "uid": kept.metadata["uid"],
            "resourceVersion": kept.metadata["resourceVersion"],
        }
        if place.namespace:
            about["namespace"] = place.namespace
        event = {
            "kind": "Event",
            "apiVersion": "v1",
            "metadata": {
                "name": name,
                "namespace": namespace,
                "uid": api.new_uid(),
                "creationTimestamp": api.now,
            },
            "involvedObject": about,
            "reason": "NotSimulated",
            "message": why,
            "source": {"component": "simarena"},
            "firstTimestamp": api.now,
            "lastTimestamp": api.now,
            "count": 1,
            "type": "Warning",
            "eventTime": None,
            "reportingComponent": "simarena",
            "reportingInstance": "",
        }
        api.store.put("events", Place(namespace, name), event)
    api.told_unsimulated = dict(api.unsimulated)


def _leave(api: Api, collection: str, place: Place) -> None:
    """Take out an object that the cluster has no longer, unless something else holds it."""
    kept = api.store.get(collection, place)
    if kept is None:
        return
    held = [each for each in kept.metadata.get("finalizers") or () if each not in _OWNED_BY_GC]
    if not held:
        api.store.remove(collection, place)
        api.removed_uids.add(kept.metadata["uid"])
        return
    metadata = {**kept.metadata, "deletionGracePeriodSeconds": 0}
    metadata.setdefault("deletionTimestamp", api.now)
    api.store.put(collection, place, {**kept.manifest, "metadata": metadata})


def _collect(api: Api) -> None:
    """Delete what only objects that are gone owned; let owners go that waited for that."""
    removed, api.removed_uids = api.removed_uids, set()
    if removed:
        for resource, kept in _all(api):
            owners = kept.metadata.get("ownerReferences") or ()
            gone = [each for each in owners if each.get("uid") in removed]
            if gone and len(gone) == len(owners):
                delete(api, resource, kept.place, DeleteOptions(propagation="Background"))
    for collection in api.waiting_owners():
        for kept in tuple(api.store.collection(collection).inside("")):
            finalizers = kept.metadata.get("finalizers") or ()
            if not kept.metadata.get("deletionTimestamp") or not finalizers:
                continue
            if ORPHAN in finalizers:
                _orphan(api, collection, kept)
            elif FOREGROUND in finalizers and not _has_dependents(api, kept):
                _release(api, collection, kept, FOREGROUND)


def _orphan(api: Api, collection: str, owner: Kept) -> None:
    uid = owner.metadata["uid"]
    for resource, kept in _all(api):
        owners = kept.metadata.get("ownerReferences") or ()
        rest = [each for each in owners if each.get("uid") != uid]
        if len(rest) == len(owners):
            continue
        metadata = {key: each for key, each in kept.metadata.items() if key != "ownerReferences"}
        if rest:
            metadata["ownerReferences"] = rest
        manifest = {**kept.manifest, "metadata": metadata}
        api.store.put(resource.collection, kept.place, manifest)
    _release(api, collection, owner, ORPHAN)


def _release(api: Api, collection: str, kept: Kept, finalizer: str) -> None:
    rest = [each for each in kept.metadata.get("finalizers") or () if each != finalizer]
    metadata = {key: value for key, value in kept.metadata.items() if key != "finalizers"}
    if rest:
        metadata["finalizers"] = rest
        api.store.put(collection, kept.place, {**kept.manifest, "metadata": metadata})
        return
    api.store.remove(collection, kept.place)
    api.actors.forget(collection, kept.place)
    if finalizer != ORPHAN:
        api.removed_uids.add(kept.metadata["uid"])


def _has_dependents(api: Api, owner: Kept) -> bool:
    uid = owner.metadata["uid"]
    return any(
        each.get("uid") == uid
        for _, kept in _all(api)
        if kept.place.namespace == owner.place.namespace
        for each in kept.metadata.get("ownerReferences") or ()
    )


def _all(api: Api) -> Iterator[tuple[Resource, Kept]]:
    seen = set()
    for resource in tuple(api.registry.all()):
        if resource.collection in seen or (resource.stored_as and not resource.custom):
            continue
        seen.add(resource.collection)
        for kept in tuple(api.store.collection(resource.collection).objects.values()):
            yield resource, kept


def _end_namespaces(api: Api) -> None:
    for kept in tuple(api.store.collection(NAMESPACES).inside("")):
        asked = kept.metadata.get("deletionTimestamp")
        if not asked or api.now < later(asked, _NAMESPACE_GRACE_S):
            continue
        left = False
        for resource, each in _all(api):
            if each.place.namespace != kept.place.name:
                continue
            if not each.metadata.get("deletionTimestamp"):
                delete(api, resource, each.place, DeleteOptions(propagation="Background"))
            left = left or api.store.get(resource.collection, each.place) is not None
        if not left:
            _release_namespace(api, kept)


def _release_namespace(api: Api, kept: Kept) -> None:
    api.store.remove(NAMESPACES, kept.place)
    resource = api.registry.get("", "v1", NAMESPACES)
    if resource is not None:
        api.deleted(resource, kept.place)


def _furnish_namespaces(api: Api) -> None:
    for kept in tuple(api.store.collection(NAMESPACES).inside("")):
        if kept.metadata.get("deletionTimestamp"):
            continue
        furnish(api, kept.place.name)
        place = Place(kept.place.name, _ROOT_CA)
        if api.store.get("configmaps", place):
            continue
        metadata = {
            "name": _ROOT_CA,
            "namespace": place.namespace,
            "uid": api.new_uid(),
            "creationTimestamp": api.now,
            "annotations": {"kubernetes.io/description": _ROOT_CA_TEXT},
        }
        manifest: Manifest = {
            "kind": "ConfigMap",
            "apiVersion": "v1",
            "metadata": metadata,
            "data": {"ca.crt": api.certificate},
        }
        api.store.put("configmaps", place, manifest)


def _count_budgets(api: Api) -> None:
    """Bring the statuses of PodDisruptionBudgets up to date."""
    collection = "poddisruptionbudgets.policy"
    budgets = tuple(api.store.collection(collection).inside(""))
    if not budgets or api.counted_at == api.store.version:
        return
    wanted = {
        kept.metadata["uid"]: int((kept.manifest.get("spec") or {}).get("replicas") or 0)
        for name in _WORKLOADS
        for kept in api.store.collection(name).inside("")
    }
    for budget in budgets:
        pods = [
            kept.manifest for kept in api.store.collection("pods").inside(budget.place.namespace)
        ]
        status = with_status(budget.manifest, pods, wanted)["status"]
        status["observedGeneration"] = budget.metadata.get("generation", 1)
        for condition in status["conditions"]:
            condition["lastTransitionTime"] = _since(budget.manifest, condition, api.now)
            condition["observedGeneration"] = status["observedGeneration"]
        if status != budget.manifest.get("status"):
            api.store.put(collection, budget.place, {**budget.manifest, "status": status})
    api.counted_at = api.store.version


def _count_quotas(api: Api) -> None:
    """Bring the statuses of ResourceQuotas up to date, from which the API goes."""
    quotas = tuple(api.store.collection("resourcequotas").inside(""))
    if not quotas or api.quotas_counted_at == api.store.version:
        return
    for quota in quotas:
        namespace = quota.place.namespace
        held = (kept.manifest for _, kept in _all(api) if kept.place.namespace == namespace)
        counted = (each for each in held if each["kind"] in KINDS)
        status = quota_with_status(quota.manifest, counted)["status"]
        if status != quota.manifest.get("status"):
            api.store.put("resourcequotas", quota.place, {**quota.manifest, "status": status})
    api.quotas_counted_at = api.store.version


def _since(budget: Mapping[str, Any], condition: Mapping[str, Any], now: str) -> str:
    for each in (budget.get("status") or {}).get("conditions") or ():
        if each["type"] == condition["type"] and each["status"] == condition["status"]:
            return str(each.get("lastTransitionTime", now))
    return now
