"""The resources that every API serves: the kinds of a cluster, and what can be done with each."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Final

from simarena.apiserver.resources.resource import ALL_VERBS, Resource, Subresource
from simarena.trace.kinds import KINDS, Kind

if TYPE_CHECKING:
    from collections.abc import Mapping

_ONLY_CREATED: Final = ("create",)
_PROXY: Final = ("create", "delete", "get", "patch", "update")
_STREAM: Final = ("create", "get")

_MORE: Final = (
    Kind(name="Binding", api_version="v1"),
    Kind(name="ComponentStatus", api_version="v1", namespaced=False, short_names=("cs",)),
    Kind(name="PodTemplate", api_version="v1"),
    Kind(name="Event", api_version="events.k8s.io/v1", short_names=("ev",)),
    Kind(name="HorizontalPodAutoscaler", api_version="autoscaling/v1", short_names=("hpa",)),
    Kind(name="Lease", api_version="coordination.k8s.io/v1"),
    Kind(name="SelfSubjectReview", api_version="authentication.k8s.io/v1", namespaced=False),
    Kind(name="TokenReview", api_version="authentication.k8s.io/v1", namespaced=False),
    Kind(name="LocalSubjectAccessReview", api_version="authorization.k8s.io/v1"),
    Kind(name="SelfSubjectAccessReview", api_version="authorization.k8s.io/v1", namespaced=False),
    Kind(name="SelfSubjectRulesReview", api_version="authorization.k8s.io/v1", namespaced=False),
    Kind(name="SubjectAccessReview", api_version="authorization.k8s.io/v1", namespaced=False),
    Kind(
        name="IPAddress", api_version="networking.k8s.io/v1", namespaced=False, short_names=("ip",)
    ),
    Kind(name="ServiceCIDR", api_version="networking.k8s.io/v1", namespaced=False),
    Kind(name="CSIStorageCapacity", api_version="storage.k8s.io/v1"),
    Kind(
        name="VolumeAttributesClass",
        api_version="storage.k8s.io/v1",
        namespaced=False,
        short_names=("vac",),
    ),
    Kind(
        name="MutatingAdmissionPolicy",
        api_version="admissionregistration.k8s.io/v1",
        namespaced=False,
    ),
    Kind(
        name="MutatingAdmissionPolicyBinding",
        api_version="admissionregistration.k8s.io/v1",
        namespaced=False,
    ),
    Kind(name="DeviceClass", api_version="resource.k8s.io/v1", namespaced=False),
    Kind(name="ResourceClaim", api_version="resource.k8s.io/v1"),
    Kind(name="ResourceClaimTemplate", api_version="resource.k8s.io/v1"),
    Kind(name="ResourceSlice", api_version="resource.k8s.io/v1", namespaced=False),
)
"""Kinds that are served beside those that traces hold."""

_VERBS: Final[Mapping[str, tuple[str, ...]]] = {
    "Binding": _ONLY_CREATED,
    "ComponentStatus": ("get", "list"),
    "Namespace": ("create", "delete", "get", "list", "patch", "update", "watch"),
    "SelfSubjectReview": _ONLY_CREATED,
    "TokenReview": _ONLY_CREATED,
    "LocalSubjectAccessReview": _ONLY_CREATED,
    "SelfSubjectAccessReview": _ONLY_CREATED,
    "SelfSubjectRulesReview": _ONLY_CREATED,
    "SubjectAccessReview": _ONLY_CREATED,
}
"""Where they are not all."""

_IN_ALL: Final = frozenset(
    {
        *("Pod", "ReplicationController", "Service", "DaemonSet", "Deployment", "ReplicaSet"),
        *("StatefulSet", "HorizontalPodAutoscaler", "CronJob", "Job"),
    }
)
_EXTENSIONS: Final = frozenset({"admissionregistration.k8s.io", "apiextensions.k8s.io"})
_HAS_STATUS: Final = frozenset(
    {
        *("Namespace", "Node", "PersistentVolumeClaim", "PersistentVolume", "Pod"),
        *("ReplicationController", "ResourceQuota", "Service", "APIService", "DaemonSet"),
        *("Deployment", "ReplicaSet", "StatefulSet", "HorizontalPodAutoscaler", "CronJob", "Job"),
        *("CertificateSigningRequest", "Ingress", "ServiceCIDR", "PodDisruptionBudget"),
        *("VolumeAttachment", "ValidatingAdmissionPolicy", "CustomResourceDefinition"),
        *("ResourceClaim", "FlowSchema", "PriorityLevelConfiguration"),
    }
)


def _core(name: str, kind: str, verbs: tuple[str, ...]) -> Subresource:
    return Subresource(name=name, kind=kind, verbs=verbs)


_SUBRESOURCES: Final[Mapping[str, tuple[Subresource, ...]]] = {
    "CertificateSigningRequest": (Subresource(name="approval", kind="CertificateSigningRequest"),),
    "Namespace": (_core("finalize", "Namespace", ("update",)),),
    "Node": (_core("proxy", "NodeProxyOptions", _PROXY),),
    "Pod": (
        _core("attach", "PodAttachOptions", _STREAM),
        _core("binding", "Binding", _ONLY_CREATED),
        Subresource(name="ephemeralcontainers", kind="Pod"),
        Subresource(
            name="eviction", kind="Eviction", verbs=_ONLY_CREATED, group="policy", version="v1"
        ),
        _core("exec", "PodExecOptions", _STREAM),
        _core("log", "Pod", ("get",)),
        _core("portforward", "PodPortForwardOptions", _STREAM),
        _core("proxy", "PodProxyOptions", _PROXY),
        Subresource(name="resize", kind="Pod"),
    ),
    "Service": (_core("proxy", "ServiceProxyOptions", _PROXY),),
    "ServiceAccount": (
        Subresource(
            name="token",
            kind="TokenRequest",
            verbs=_ONLY_CREATED,
            group="authentication.k8s.io",
            version="v1",
        ),
    ),
}
"""Those besides `status` and `scale`."""

SCALE: Final = Subresource(name="scale", kind="Scale", group="autoscaling", version="v1")

_STORED_AS: Final[Mapping[tuple[str, str, str], str]] = {
    ("autoscaling", "v1", "HorizontalPodAutoscaler"): "horizontalpodautoscalers.autoscaling",
    ("events.k8s.io", "v1", "Event"): "events",
}

_GROUPS: Final = (
    *("", "apiregistration.k8s.io", "apps", "events.k8s.io", "authentication.k8s.io"),
    *("authorization.k8s.io", "autoscaling", "batch", "certificates.k8s.io"),
    *("networking.k8s.io", "policy", "rbac.authorization.k8s.io", "storage.k8s.io"),
    *("admissionregistration.k8s.io", "apiextensions.k8s.io", "scheduling.k8s.io"),
    *("coordination.k8s.io", "node.k8s.io", "discovery.k8s.io", "resource.k8s.io"),
    *("flowcontrol.apiserver.k8s.io", "metrics.k8s.io", "simarena.dev"),
)
"""Groups in the order in which they are told of."""

_METRICS: Final = (
    Resource(
        group="metrics.k8s.io",
        version="v1beta1",
        kind="NodeMetrics",
        plural="nodes",
        singular="",
        namespaced=False,
        verbs=("get", "list"),
    ),
    Resource(
        group="metrics.k8s.io",
        version="v1beta1",
        kind="PodMetrics",
        plural="pods",
        singular="",
        verbs=("get", "list"),
    ),
)

_CLOCK: Final = Resource(
    group="simarena.dev",
    version="v1",
    kind="Clock",
    plural="clock",
    singular="clock",
    namespaced=False,
    verbs=("create", "get", "list"),
)


@cache
def built_in() -> tuple[Resource, ...]:
    """Return the resources that are always there, by group, version (newest first) and name."""
    found = [_served(kind) for kind in (*KINDS.values(), *_MORE)]
    found += [*_METRICS, _CLOCK]
    found.sort(key=lambda each: each.plural)
    found.sort(key=lambda each: each.version, reverse=True)
    found.sort(key=lambda each: _GROUPS.index(each.group))
    return tuple(found)


def _served(kind: Kind) -> Resource:
    subresources = list(_SUBRESOURCES.get(kind.name, ()))
    if kind.scales:
        subresources.append(SCALE)
    if kind.name in _HAS_STATUS:
        subresources.append(Subresource(name="status", kind=kind.name))
    subresources.sort(key=lambda each: each.name)
    categories = ("all",) if kind.name in _IN_ALL else ()
    if kind.group in _EXTENSIONS or kind.name == "APIService":
        categories = ("api-extensions",)
    return Resource(
        group=kind.group,
        version=kind.version,
        kind=kind.name,
        plural=kind.plural,
        singular=kind.name.lower(),
        namespaced=kind.namespaced,
        short_names=kind.short_names,
        categories=categories,
        verbs=_VERBS.get(kind.name, ALL_VERBS),
        subresources=tuple(subresources),
        stored_as=_STORED_AS.get((kind.group, kind.version, kind.name), ""),
    )
