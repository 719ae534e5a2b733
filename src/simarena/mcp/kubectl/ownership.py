"""Which objects belong to a Deployment."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

    from simarena.cluster.manifests.fields import Fields
    from simarena.mcp.backend import Backend


class Family(NamedTuple):
    """A Deployment and its ReplicaSets, the newest revision first."""

    deployment: Fields
    replicasets: Sequence[Fields]


def deployment_family(backend: Backend, name: str, namespace: str) -> Family:
    """Return a Deployment with what it owns. Raises NotFoundError if there is none."""
    deployment = backend.get("Deployment", name, namespace)
    owned = [
        replicaset
        for replicaset in backend.list("ReplicaSet", namespace)
        if is_owned_by(replicaset, deployment)
    ]
    return Family(deployment, sorted(owned, key=revision_of, reverse=True))


def pods_of(backend: Backend, family: Family) -> list[Fields]:
    """Return the pods of a Deployment, of all its ReplicaSets."""
    namespace = family.deployment["metadata"]["namespace"]
    uids = {replicaset["metadata"]["uid"] for replicaset in family.replicasets}
    return [
        pod
        for pod in backend.list("Pod", namespace)
        if any(owner.get("uid") in uids for owner in pod["metadata"].get("ownerReferences") or ())
    ]


def belongs_to(involved: Fields, family: Family) -> bool:
    """Return whether an event's object is the Deployment, a ReplicaSet or a pod of it.

    Pods are known by their names: those that are gone have left nothing else.
    """
    kind, name = involved.get("kind"), str(involved.get("name"))
    if kind == "Deployment":
        return bool(name == family.deployment["metadata"]["name"])
    names = [str(replicaset["metadata"]["name"]) for replicaset in family.replicasets]
    if kind == "ReplicaSet":
        return name in names
    return kind == "Pod" and name.rpartition("-")[0] in names


def is_owned_by(manifest: Fields, owner: Fields) -> bool:
    """Return whether an object's owner references name another."""
    uid = owner["metadata"].get("uid")
    references = manifest["metadata"].get("ownerReferences") or ()
    return any(reference.get("uid") == uid for reference in references)


def revision_of(replicaset: Fields) -> int:
    """Return the number of the revision that a ReplicaSet is; 0 if it has none."""
    annotations = replicaset["metadata"].get("annotations") or {}
    text = str(annotations.get("deployment.kubernetes.io/revision", "0"))
    return int(text) if text.isdecimal() else 0
