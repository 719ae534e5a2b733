"""Objects that are deleted: at once, after a while, or when their finalizers have let them go."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from simarena.apiserver.api import NAMESPACES, SYSTEM_NAMESPACES
from simarena.apiserver.custom.definitions import defined
from simarena.apiserver.rest.metadata import later
from simarena.apiserver.status import Named, conflict, forbidden, not_found, success
from simarena.apiserver.store.kept import Kept
from simarena.cluster.manifests.fields import copied
from simarena.cluster.manifests.priorities import BUILT_IN

if TYPE_CHECKING:
    from collections.abc import Mapping

    from simarena.apiserver.api import Api
    from simarena.apiserver.resources.resource import Resource
    from simarena.apiserver.rest.options import DeleteOptions
    from simarena.apiserver.store.kept import Place
    from simarena.cluster.manifests.fields import Manifest

ORPHAN: Final = "orphan"
FOREGROUND: Final = "foregroundDeletion"

_ORPHANS_BY_DEFAULT: Final = frozenset({"jobs.batch", "replicationcontrollers"})
_JOBS_STAY: Final = (
    "child pods are preserved by default when jobs are deleted; set propagationPolicy=Background "
    "to remove them or set propagationPolicy=Orphan to suppress this warning"
)
_ANSWERED_WITH_OBJECT: Final = frozenset(
    {
        *("namespaces", "persistentvolumes", "persistentvolumeclaims", "pods", "podtemplates"),
        *("resourcequotas", "services", "serviceaccounts", "deviceclasses.resource.k8s.io"),
        *("resourceclaims.resource.k8s.io", "resourceclaimtemplates.resource.k8s.io"),
        *("resourceslices.resource.k8s.io", "csidrivers.storage.k8s.io"),
        *("csinodes.storage.k8s.io", "storageclasses.storage.k8s.io"),
        *("volumeattachments.storage.k8s.io", "volumeattributesclasses.storage.k8s.io"),
    }
)
_ENDED: Final = frozenset({"Failed", "Succeeded"})
_DEFAULT_GRACE_S: Final = 30


def delete(api: Api, resource: Resource, place: Place, options: DeleteOptions) -> Manifest:
    """Delete an object, or let it go when it may; return what that is answered with.

    Raises ApiError, and nothing is done then.
    """
    old = api.get(resource, place)
    if old is None:
        raise not_found(resource.named(place.name))
    _check_allowed(resource, place.name)
    check_preconditions(resource, old, options.uid, options.version)
    warn_of_orphans(api, resource, options)
    if resource.collection == NAMESPACES:
        return _delete_namespace(api, resource, old, options)
    new = copied(old.manifest)
    metadata = new["metadata"]
    updated = False
    if resource.collection == "pods":
        if metadata.get("deletionTimestamp"):
            if not _shorten(metadata, options):
                return old.manifest
            updated = True
        else:
            _begin(api, new, options)
            updated = True
    finalizers = _finalizers(resource, metadata, options)
    if finalizers != (metadata.get("finalizers") or []):
        metadata["finalizers"] = finalizers
        if not finalizers:
            del metadata["finalizers"]
        updated = True
    if finalizers:
        if resource.collection != "pods":
            _mark(api, metadata)
        return _put(api, resource, old, new, options).manifest
    if metadata.get("deletionGracePeriodSeconds") and updated:
        return _put(api, resource, old, new, options).manifest
    if updated and not options.dry_run:
        api.store.put(resource.collection, place, new)
    return _remove(api, resource, old, new, options)


def warn_of_orphans(api: Api, resource: Resource, options: DeleteOptions) -> None:
    """Warn of what stays where a Job is deleted without a word about its pods."""
    unsaid = not options.propagation and options.orphan_dependents is None
    if unsaid and resource.collection == "jobs.batch":
        api.warn(_JOBS_STAY)


def check_preconditions(resource: Resource, old: Kept, uid: str, version: str) -> None:
    """Raise ApiError where a deletion is about another object, or another state of it."""
    named = Named(resource.kind, resource.group, old.place.name)
    if uid and uid != old.metadata["uid"]:
        why = (
            f"the UID in the precondition ({uid}) does not match the UID in record "
            f"({old.metadata['uid']}). The object might have been deleted and then recreated"
        )
        raise conflict(named, why)
    if version and version != old.metadata["resourceVersion"]:
        why = (
            f"the ResourceVersion in the precondition ({version}) does not match the "
            f"ResourceVersion in record ({old.metadata['resourceVersion']}). The object might "
            "have been modified"
        )
        raise conflict(named, why)


def _check_allowed(resource: Resource, name: str) -> None:
    if resource.collection == NAMESPACES and name in SYSTEM_NAMESPACES:
        raise forbidden(resource.named(name), "this namespace may not be deleted")
    if resource.collection == "priorityclasses.scheduling.k8s.io" and name in BUILT_IN:
        why = "this is a system priority class and cannot be deleted"
        raise forbidden(resource.named(name), why)


def _begin(api: Api, pod: Manifest, options: DeleteOptions) -> None:
    """Write into a pod that it is asked to end."""
    spec, metadata = pod["spec"], pod["metadata"]
    grace_s = options.grace_s
    if grace_s is None:
        grace_s = spec.get("terminationGracePeriodSeconds", _DEFAULT_GRACE_S)
    if not spec.get("nodeName") or (pod.get("status") or {}).get("phase") in _ENDED:
        grace_s = 0
    if grace_s < 0:
        grace_s = 1
    metadata["deletionTimestamp"] = later(api.now, grace_s)
    metadata["deletionGracePeriodSeconds"] = grace_s
    metadata["generation"] = int(metadata.get("generation") or 0) + 1


def _shorten(metadata: Manifest, options: DeleteOptions) -> bool:
    """Let a pod that is asked to end do so sooner; return whether that changes anything."""
    held_s = int(metadata.get("deletionGracePeriodSeconds") or 0)
    grace_s = options.grace_s
    if grace_s is not None and grace_s < 0:
        grace_s = 1
    if grace_s is None or grace_s >= held_s:
        return False
    metadata["deletionTimestamp"] = later(metadata["deletionTimestamp"], grace_s - held_s)
    metadata["deletionGracePeriodSeconds"] = grace_s
    return True


def _mark(api: Api, metadata: Manifest) -> None:
    """Write into an object that it goes once its finalizers have."""
    if metadata.get("deletionGracePeriodSeconds") is None and metadata.get("generation"):
        metadata["generation"] = int(metadata["generation"]) + 1
    metadata.setdefault("deletionTimestamp", api.now)
    metadata["deletionGracePeriodSeconds"] = 0


def _finalizers(
    resource: Resource, metadata: Mapping[str, Any], options: DeleteOptions
) -> list[str]:
    """Return what holds an object back once its deletion is asked for in some way."""
    held: list[str] = list(metadata.get("finalizers") or ())
    orphans = foreground = False
    if options.orphan_dependents is not None:
        orphans = options.orphan_dependents
    elif options.propagation:
        orphans = options.propagation == "Orphan"
        foreground = options.propagation == "Foreground"
    elif FOREGROUND in held or ORPHAN in held:
        orphans, foreground = ORPHAN in held, FOREGROUND in held
    else:
        orphans = resource.collection in _ORPHANS_BY_DEFAULT
    kept = [each for each in held if each not in {ORPHAN, FOREGROUND}]
    if orphans:
        kept.append(ORPHAN)
    if foreground:
        kept.append(FOREGROUND)
    return held if set(kept) == set(held) else kept


def _put(api: Api, resource: Resource, old: Kept, new: Manifest, options: DeleteOptions) -> Kept:
    if new == old.manifest:
        return old
    if options.dry_run:
        return Kept(new, old.place, old.version)
    kept = api.store.put(resource.collection, old.place, new)
    if ORPHAN not in (new["metadata"].get("finalizers") or ()):
        api.deleted(resource, old.place)
    return kept


def _remove(
    api: Api, resource: Resource, old: Kept, new: Manifest, options: DeleteOptions
) -> Manifest:
    if options.dry_run:
        last = Kept(new, old.place, old.version)
    else:
        last = api.store.remove(resource.collection, old.place)
        api.removed_uids.add(old.metadata["uid"])
        api.deleted(resource, old.place)
        api.actors.forget(resource.collection, old.place)
        defined(api, resource, old, None)
    if resource.collection in _ANSWERED_WITH_OBJECT:
        return last.manifest
    return success(resource.named(old.place.name), old.metadata["uid"])


def _delete_namespace(api: Api, resource: Resource, old: Kept, options: DeleteOptions) -> Manifest:
    """Let a namespace end; its controller empties it as time passes."""
    if old.metadata.get("deletionTimestamp"):
        return old.manifest
    new: Manifest = copied(old.manifest)
    new["metadata"]["deletionTimestamp"] = api.now
    new["status"] = {**(new.get("status") or {}), "phase": "Terminating"}
    if options.dry_run:
        return new
    return api.store.put(resource.collection, old.place, new).manifest
