"""Kinds of objects, as Kubernetes has them: the one list of their versions, names and places.

What SimArena does with a kind is said where that is done, under the kind's name.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import TypeAlias

    Manifest: TypeAlias = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """A kind of objects that every cluster has."""

    name: str
    api_version: str
    namespaced: bool = True
    short_names: tuple[str, ...] = ()
    """What kubectl takes for it, besides its own name and its plural."""
    template: tuple[str, ...] | None = None
    """Fields that lead to metadata and spec of its pods; a pod holds its own, most kinds none."""
    scales: bool = False
    """Its `spec.replicas` is a number of pods, which others may change (subresource `scale`)."""

    @property
    def group(self) -> str:
        """Return the API group, empty for the core group."""
        return self.api_version.rpartition("/")[0]

    @property
    def version(self) -> str:
        """Return the version within the group."""
        return self.api_version.rpartition("/")[2]

    @property
    def plural(self) -> str:
        """Return the word for it in URLs, such as `deployments`."""
        word = self.name.lower()
        if word.endswith("endpoints"):
            return word
        if word.endswith("s"):
            return f"{word}es"
        return f"{word[:-1]}ies" if word.endswith("y") else f"{word}s"

    @property
    def resource(self) -> str:
        """Return what errors of the API call it, such as `deployments.apps`."""
        return f"{self.plural}.{self.group}" if self.group else self.plural

    @property
    def key(self) -> str:
        """Return "group/version.Kind" as SimKube writes it."""
        return f"{self.api_version}.{self.name}"


_TEMPLATE: Final = ("spec", "template")


def _core(name: str, *short_names: str, **more: Any) -> Kind:  # noqa: ANN401 - fields of a Kind
    return Kind(name=name, api_version="v1", short_names=short_names, **more)


def _wide(name: str, group: str, *short_names: str, version: str = "v1") -> Kind:
    """Return a kind without namespace, of a group."""
    api_version = f"{group}/{version}"
    return Kind(name=name, api_version=api_version, short_names=short_names, namespaced=False)


def _grouped(name: str, api_version: str, *short_names: str, **more: Any) -> Kind:  # noqa: ANN401
    return Kind(name=name, api_version=api_version, short_names=short_names, **more)


_ADMISSION: Final = "admissionregistration.k8s.io"
_RBAC: Final = "rbac.authorization.k8s.io"
_STORAGE: Final = "storage.k8s.io"

KINDS: Final[Mapping[str, Kind]] = {
    kind.name: kind
    for kind in (
        # what pods come from; of kinds that scale, the usual one first
        _core("Pod", "po", template=()),
        _grouped("Deployment", "apps/v1", "deploy", template=_TEMPLATE, scales=True),
        _grouped("StatefulSet", "apps/v1", "sts", template=_TEMPLATE, scales=True),
        _grouped("ReplicaSet", "apps/v1", "rs", template=_TEMPLATE, scales=True),
        _core("ReplicationController", "rc", template=_TEMPLATE, scales=True),
        _grouped("DaemonSet", "apps/v1", "ds", template=_TEMPLATE),
        _grouped("Job", "batch/v1", template=_TEMPLATE),
        _grouped("CronJob", "batch/v1", "cj", template=("spec", "jobTemplate", *_TEMPLATE)),
        # other kinds with a namespace
        _core("ConfigMap", "cm"),
        _core("Endpoints", "ep"),
        _core("Event", "ev"),
        _core("LimitRange", "limits"),
        _core("PersistentVolumeClaim", "pvc"),
        _core("ResourceQuota", "quota"),
        _core("Secret"),
        _core("Service", "svc"),
        _core("ServiceAccount", "sa"),
        _grouped("ControllerRevision", "apps/v1"),
        _grouped("HorizontalPodAutoscaler", "autoscaling/v2", "hpa"),
        _grouped("EndpointSlice", "discovery.k8s.io/v1"),
        _grouped("Ingress", "networking.k8s.io/v1", "ing"),
        _grouped("NetworkPolicy", "networking.k8s.io/v1", "netpol"),
        _grouped("PodDisruptionBudget", "policy/v1", "pdb"),
        _grouped("Role", f"{_RBAC}/v1"),
        _grouped("RoleBinding", f"{_RBAC}/v1"),
        # kinds without
        _core("Namespace", "ns", namespaced=False),
        _core("Node", "no", namespaced=False),
        _core("PersistentVolume", "pv", namespaced=False),
        _wide("PriorityClass", "scheduling.k8s.io", "pc"),
        _wide("ClusterRole", _RBAC),
        _wide("ClusterRoleBinding", _RBAC),
        _wide("StorageClass", _STORAGE, "sc"),
        _wide("CSIDriver", _STORAGE),
        _wide("CSINode", _STORAGE),
        _wide("VolumeAttachment", _STORAGE),
        _wide("IngressClass", "networking.k8s.io"),
        _wide("RuntimeClass", "node.k8s.io"),
        _wide("CustomResourceDefinition", "apiextensions.k8s.io", "crd", "crds"),
        _wide("APIService", "apiregistration.k8s.io"),
        _wide("CertificateSigningRequest", "certificates.k8s.io", "csr"),
        _wide("FlowSchema", "flowcontrol.apiserver.k8s.io"),
        _wide("PriorityLevelConfiguration", "flowcontrol.apiserver.k8s.io"),
        _wide("MutatingWebhookConfiguration", _ADMISSION),
        _wide("ValidatingWebhookConfiguration", _ADMISSION),
        _wide("ValidatingAdmissionPolicy", _ADMISSION),
        _wide("ValidatingAdmissionPolicyBinding", _ADMISSION),
    )
}
"""Kinds that every cluster has, by name."""

CLUSTER_SCOPED: Final = frozenset(kind.name for kind in KINDS.values() if not kind.namespaced)
"""Kinds that have no namespace."""

REPLICATED: Final = tuple(kind.key for kind in KINDS.values() if kind.scales)
"""Kinds that ask for a number of pods, the usual one first."""

POD_SPEC_FIELDS: Final[Mapping[str, tuple[str, ...]]] = {
    kind.key: (*kind.template, "spec") for kind in KINDS.values() if kind.template is not None
}
"""Where a manifest of each kind with pods holds its pod spec."""

POD_TEMPLATE_PATHS: Final[Mapping[str, str]] = {
    key: "".join(f"/{field}" for field in fields[:-1]) for key, fields in POD_SPEC_FIELDS.items()
} | {"apps/v1.ReplicaSet": "/spec"}
"""The `podSpecTemplatePaths` that SimKube insists on, by kind (ReplicaSet's is one short)."""


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
