"""What the kinds in a trace have in common: their names, and where their pods are described."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from typing import Final, TypeAlias

    Manifest: TypeAlias = dict[str, Any]

POD_TEMPLATE_PATHS: Final[dict[str, str]] = {
    "apps/v1.DaemonSet": "/spec/template",
    "apps/v1.Deployment": "/spec/template",
    "apps/v1.ReplicaSet": "/spec",
    "apps/v1.StatefulSet": "/spec/template",
    "batch/v1.CronJob": "/spec/jobTemplate/spec/template",
    "batch/v1.Job": "/spec/template",
    "v1.Pod": "",
}
"""The `podSpecTemplatePaths` that SimKube insists on, by kind (ReplicaSet's is one short)."""

_TEMPLATE_SPEC = ("spec", "template", "spec")
POD_SPEC_FIELDS: Final[dict[str, tuple[str, ...]]] = {
    "apps/v1.DaemonSet": _TEMPLATE_SPEC,
    "apps/v1.Deployment": _TEMPLATE_SPEC,
    "apps/v1.ReplicaSet": _TEMPLATE_SPEC,
    "apps/v1.StatefulSet": _TEMPLATE_SPEC,
    "batch/v1.CronJob": ("spec", "jobTemplate", "spec", "template", "spec"),
    "batch/v1.Job": _TEMPLATE_SPEC,
    "v1.Pod": ("spec",),
}
"""Where a manifest of each known kind holds its pod spec."""

REPLICATED: Final = ("apps/v1.Deployment", "apps/v1.StatefulSet", "apps/v1.ReplicaSet")
"""Kinds that ask for a number of pods, the usual one first."""

CLUSTER_SCOPED: Final = frozenset(
    {
        "ClusterRole",
        "ClusterRoleBinding",
        "CustomResourceDefinition",
        "Namespace",
        "Node",
        "PersistentVolume",
        "PriorityClass",
        "RuntimeClass",
        "StorageClass",
    }
)
"""Kinds that have no namespace."""


def kind_key(manifest: Manifest) -> str:
    """Return "group/version.Kind" as SimKube writes it: "apps/v1.Deployment", "v1.Pod"."""
    return f"{manifest['apiVersion']}.{manifest['kind']}"


def namespace_of(manifest: Manifest) -> str:
    """Return the namespace of an object, "default" where it says none, "" where it has none."""
    if manifest["kind"] in CLUSTER_SCOPED:
        return ""
    return manifest["metadata"].get("namespace") or "default"


def namespaced_name(manifest: Manifest) -> str:
    """Return "namespace/name", or the bare name of an object outside namespaces."""
    namespace = namespace_of(manifest)
    name: str = manifest["metadata"]["name"]
    return f"{namespace}/{name}" if namespace else name


def pod_spec(manifest: Manifest) -> Manifest | None:
    """Return the pod spec of a manifest, or None for a kind that has none or is not known."""
    fields = POD_SPEC_FIELDS.get(kind_key(manifest))
    if fields is None:
        return None
    found: Any = manifest
    for field in fields:
        found = found.get(field)
        if not isinstance(found, dict):
            return None
    return found  # type: ignore[no-any-return]
