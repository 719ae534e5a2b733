"""What the API calls a kind of objects: its resource and group."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from simarena.cluster.manifests.check import STORED_KINDS, SUPPORTED_KINDS
from simarena.cluster.manifests.workloads.autoscaler import SCALED_KINDS
from simarena.errors import NotFoundError

if TYPE_CHECKING:
    from collections.abc import Mapping

_GROUPS: Final[Mapping[str, frozenset[str]]] = {
    ".apps": frozenset({"DaemonSet", "Deployment", "ReplicaSet", "StatefulSet"}),
    ".autoscaling": frozenset({"HorizontalPodAutoscaler"}),
    ".batch": frozenset({"CronJob", "Job"}),
    ".discovery.k8s.io": frozenset({"EndpointSlice"}),
    ".networking.k8s.io": frozenset({"Ingress", "NetworkPolicy"}),
    ".policy": frozenset({"PodDisruptionBudget"}),
    ".rbac.authorization.k8s.io": frozenset(
        {"ClusterRole", "ClusterRoleBinding", "Role", "RoleBinding"}
    ),
    ".scheduling.k8s.io": frozenset({"PriorityClass"}),
    ".storage.k8s.io": frozenset({"StorageClass"}),
}


def resource(kind: str) -> str:
    """Return a kind's resource and group, such as `deployments.apps`.

    Raises NotFoundError, in the words of kubectl, if no object can be of that kind.
    """
    if kind not in SUPPORTED_KINDS | STORED_KINDS:
        known = ", ".join(sorted(SUPPORTED_KINDS))
        message = f'the server doesn\'t have a resource type "{kind}"; simulated kinds are {known}'
        raise NotFoundError(message)
    group = next((group for group, kinds in _GROUPS.items() if kind in kinds), "")
    return f"{_plural(kind.lower())}{group}"


def not_found(kind: str, name: str) -> NotFoundError:
    """Return the error for an object that does not exist, in the API's words."""
    return NotFoundError(f'{resource(kind)} "{name}" not found')


def no_scale(kind: str, name: str, version: str) -> str:
    """Return why the scale of something cannot be read, in the words of the API.

    `version` is the `apiVersion` under which it is asked for.
    """
    if kind in SCALED_KINDS:
        return str(not_found(kind, name))
    if kind in SUPPORTED_KINDS | STORED_KINDS:
        return "the server could not find the requested resource"
    return f'no matches for kind "{kind}" in group "{version.rpartition("/")[0]}"'


def _plural(word: str) -> str:
    if word.endswith("endpoints"):
        return word
    if word.endswith("s"):
        return f"{word}es"
    if word.endswith("y"):
        return f"{word[:-1]}ies"
    return f"{word}s"
