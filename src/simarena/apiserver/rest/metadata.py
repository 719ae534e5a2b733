"""What the server itself writes into an object's metadata."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    import random
    from collections.abc import Mapping

    from simarena.apiserver.resources.resource import Resource
    from simarena.cluster.manifests.fields import Manifest

_LETTERS: Final = "bcdfghjklmnpqrstvwxz2456789"
_SUFFIX_LENGTH: Final = 5
_MAX_PREFIX: Final = 58

_WITHOUT_GENERATION: Final = frozenset(
    {
        *("horizontalpodautoscalers.autoscaling", "services", "configmaps", "nodes", "namespaces"),
        *("limitranges", "resourcequotas", "secrets", "serviceaccounts", "events", "endpoints"),
        *("leases.coordination.k8s.io", "controllerrevisions.apps", "persistentvolumes"),
        *("persistentvolumeclaims", "roles.rbac.authorization.k8s.io"),
        *("rolebindings.rbac.authorization.k8s.io", "clusterroles.rbac.authorization.k8s.io"),
        *("clusterrolebindings.rbac.authorization.k8s.io", "storageclasses.storage.k8s.io"),
        *("csidrivers.storage.k8s.io", "csinodes.storage.k8s.io", "apiservices"),
        *("volumeattachments.storage.k8s.io", "csistoragecapacities.storage.k8s.io"),
        *("volumeattributesclasses.storage.k8s.io", "runtimeclasses.node.k8s.io"),
        *("certificatesigningrequests.certificates.k8s.io", "ipaddresses.networking.k8s.io"),
        *("servicecidrs.networking.k8s.io", "apiservices.apiregistration.k8s.io"),
        *("resourceclaims.resource.k8s.io", "resourceclaimtemplates.resource.k8s.io"),
    }
)

CREATED_BY_UPDATE: Final = frozenset(
    {
        *("leases.coordination.k8s.io", "endpoints", "events", "limitranges", "services"),
        *("runtimeclasses.node.k8s.io", "clusterroles.rbac.authorization.k8s.io"),
        *("clusterrolebindings.rbac.authorization.k8s.io", "roles.rbac.authorization.k8s.io"),
        "rolebindings.rbac.authorization.k8s.io",
    }
)
"""Collections in which a PUT makes what is not there."""

NEEDS_VERSION: Final = frozenset(
    {
        *("leases.coordination.k8s.io", "runtimeclasses.node.k8s.io"),
        *("poddisruptionbudgets.policy", "csidrivers.storage.k8s.io", "csinodes.storage.k8s.io"),
        *("csistoragecapacities.storage.k8s.io", "volumeattachments.storage.k8s.io"),
        "mutatingadmissionpolicies.admissionregistration.k8s.io",
        "mutatingadmissionpolicybindings.admissionregistration.k8s.io",
        "mutatingwebhookconfigurations.admissionregistration.k8s.io",
        "validatingadmissionpolicies.admissionregistration.k8s.io",
        "validatingadmissionpolicybindings.admissionregistration.k8s.io",
        "validatingwebhookconfigurations.admissionregistration.k8s.io",
    }
)
"""Collections in which a change has to say of which version it is."""

_NOT_DESIRED: Final = frozenset({"apiVersion", "kind", "metadata", "status"})


def has_generation(resource: Resource) -> bool:
    """Return whether objects count how often what is wanted of them has changed."""
    return resource.collection not in _WITHOUT_GENERATION


def counts_as_change(resource: Resource, old: Mapping[str, Any], new: Mapping[str, Any]) -> bool:
    """Return whether what is wanted of an object has changed, so that its generation grows."""
    if not has_generation(resource):
        return False
    for key in (old.keys() | new.keys()) - _NOT_DESIRED:
        if old.get(key) != new.get(key):
            return True
    if resource.custom and resource.subresource("status") is None:
        return bool(old.get("status") != new.get("status"))
    if resource.collection == "deployments.apps":
        return bool(
            (old["metadata"].get("annotations") or {}) != (new["metadata"].get("annotations") or {})
        )
    return False


def generated_name(prefix: str, chance: random.Random) -> str:
    """Return a name that begins as `generateName` says."""
    suffix = "".join(chance.choice(_LETTERS) for _ in range(_SUFFIX_LENGTH))
    return prefix[:_MAX_PREFIX] + suffix


def new_uid(chance: random.Random) -> str:
    """Return a uid as the API makes them."""
    return str(uuid.UUID(int=chance.getrandbits(128), version=4))


def later(timestamp: str, seconds: int) -> str:
    """Return a time of the API some seconds later."""
    moment = datetime.strptime(timestamp, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    return (moment + timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%SZ")


def cleaned(manifest: Manifest) -> Manifest:
    """Return an object whose metadata lack what is empty, as the API writes them."""
    metadata = {
        key: value
        for key, value in manifest["metadata"].items()
        if value not in (None, "", {}, []) or key in {"managedFields", "name"}
    }
    metadata.pop("selfLink", None)
    return {**manifest, "metadata": metadata}
