"""Pod specs as messages show them: in the API's own types, whose fields have names of their own."""

from __future__ import annotations

import difflib
import json
from typing import TYPE_CHECKING, Any, Final

from simarena.cluster.manifests.schema.published import object_type

if TYPE_CHECKING:
    from collections.abc import Mapping

    from simarena.cluster.manifests.fields import Fields
    from simarena.cluster.manifests.schema.published import Type

_UID: Final = "00000000-0000-0000-0000-000000000000"
_WORDS: Final[Mapping[str, str]] = {
    "dnsConfig": "DNSConfig",
    "dnsPolicy": "DNSPolicy",
    "fsGroup": "FSGroup",
    "fsGroupChangePolicy": "FSGroupChangePolicy",
    "hostIP": "HostIP",
    "hostIPC": "HostIPC",
    "hostPID": "HostPID",
    "httpGet": "HTTPGet",
    "httpHeaders": "HTTPHeaders",
    "os": "OS",
    "seLinuxChangePolicy": "SELinuxChangePolicy",
    "seLinuxOptions": "SELinuxOptions",
    "tcpSocket": "TCPSocket",
    "tty": "TTY",
    "uid": "UID",
}
_SPEC_ORDER: Final = [
    "volumes",
    "initContainers",
    "containers",
    "ephemeralContainers",
    "restartPolicy",
    "terminationGracePeriodSeconds",
    "activeDeadlineSeconds",
    "dnsPolicy",
    "nodeSelector",
    "serviceAccountName",
    "automountServiceAccountToken",
    "nodeName",
    "securityContext",
    "imagePullSecrets",
    "hostname",
    "subdomain",
    "setHostnameAsFQDN",
    "affinity",
    "schedulerName",
    "tolerations",
    "hostAliases",
    "priorityClassName",
    "priority",
    "preemptionPolicy",
    "dnsConfig",
    "readinessGates",
    "runtimeClassName",
    "overhead",
    "enableServiceLinks",
    "topologySpreadConstraints",
    "os",
    "schedulingGates",
    "resourceClaims",
    "resources",
    "hostnameOverride",
    "schedulingGroup",
]
_CONTAINER_ORDER: Final = [
    "name",
    "image",
    "command",
    "args",
    "workingDir",
    "ports",
    "envFrom",
    "env",
    "resources",
    "resizePolicy",
    "restartPolicy",
    "restartPolicyRules",
    "volumeMounts",
    "volumeDevices",
    "livenessProbe",
    "readinessProbe",
    "startupProbe",
    "lifecycle",
    "terminationMessagePath",
    "terminationMessagePolicy",
    "imagePullPolicy",
    "securityContext",
    "stdin",
    "stdinOnce",
    "tty",
]
_SECURITY_ORDER: Final = [
    "hostNetwork",
    "hostPID",
    "hostIPC",
    "shareProcessNamespace",
    "hostUsers",
    "seLinuxOptions",
    "windowsOptions",
    "runAsUser",
    "runAsGroup",
    "runAsNonRoot",
    "supplementalGroups",
    "supplementalGroupsPolicy",
    "fsGroup",
    "fsGroupChangePolicy",
    "sysctls",
    "seccompProfile",
    "appArmorProfile",
    "seLinuxChangePolicy",
]
_CLAIM_ORDER: Final = (
    "AccessModes",
    "Selector",
    "Resources",
    "VolumeName",
    "StorageClassName",
    "VolumeMode",
    "DataSource",
    "DataSourceRef",
    "VolumeAttributesClassName",
)
_RESOURCES_ORDER: Final = ("limits", "requests", "claims")
_EMPTY_TEXT: Final = frozenset(
    {
        "hostname",
        "image",
        "imagePullPolicy",
        "name",
        "nodeName",
        "priorityClassName",
        "serviceAccountName",
        "subdomain",
        "terminationMessagePath",
        "terminationMessagePolicy",
        "workingDir",
    }
)
_FALSE: Final = frozenset({"hostIPC", "hostNetwork", "hostPID", "stdin", "stdinOnce", "tty"})
_OF_SECURITY: Final = ("hostNetwork", "hostPID", "hostIPC", "shareProcessNamespace", "hostUsers")


def shown_template(template: Fields, name: str) -> dict[str, Any]:
    """Return a Job's template, with the labels that the API gives it."""
    metadata = dict(template.get("metadata") or {})
    labels = {
        "batch.kubernetes.io/controller-uid": _UID,
        "batch.kubernetes.io/job-name": name,
        "controller-uid": _UID,
        "job-name": name,
        **(metadata.get("labels") or {}),
    }
    metadata["labels"] = dict(sorted(labels.items()))
    return {**metadata, "Spec": shown_pod_spec(template["spec"])}


def shown_pod_spec(spec: Fields) -> dict[str, Any]:
    """Return a pod spec as the API's own types have it."""
    context = {**(spec.get("securityContext") or {})}
    context |= {name: spec[name] for name in _OF_SECURITY if name in spec}
    own = {**spec, "securityContext": context}
    return _fields(own, _SPEC_ORDER, object_type("core.v1.PodSpec"))


def shown_ephemeral(container: Fields) -> dict[str, Any]:
    """Return an ephemeral container as the API's own types have it."""
    complete = {**container, "resources": container.get("resources") or {}}
    shown = _fields(complete, _CONTAINER_ORDER, object_type("core.v1.Container"))
    return {**shown, "TargetContainerName": container.get("targetContainerName") or ""}


def shown_claim_spec(spec: Fields) -> dict[str, Any]:
    """Return the spec of a PersistentVolumeClaim as the API's own types have it."""
    resources = spec.get("resources") or {}
    kind = object_type("core.v1.PersistentVolumeClaimSpec")
    shown = {_word(name): _spelt(spec[name], (kind.fields or {}).get(name)) for name in spec}
    shown["Resources"] = {
        "Limits": resources.get("limits"),
        "Requests": resources.get("requests"),
    }
    shown.setdefault("VolumeName", "")
    return {name: shown.get(name) for name in _CLAIM_ORDER}


def differing(before: object, after: object) -> str:
    """Return in which lines two values differ, as messages of the API tell it."""
    one, other = (
        json.dumps(each, indent=1, ensure_ascii=False).splitlines(keepends=True)
        for each in (before, after)
    )
    told = list(difflib.unified_diff(one, other))
    return "".join(told[2:])  # without the names of the two


def _fields(value: Fields, order: tuple[str, ...] | list[str], kind: Type) -> dict[str, Any]:
    types = kind.fields or {}
    return {_word(name): _value(name, value.get(name), types.get(name)) for name in order}


def _value(name: str, value: Any, kind: Type | None) -> Any:  # noqa: ANN401 - any field's
    if name in {"containers", "initContainers"}:
        if value is None:
            return None
        inner = object_type("core.v1.Container")
        complete = [{**each, "resources": each.get("resources") or {}} for each in value]
        return [_fields(each, _CONTAINER_ORDER, inner) for each in complete]
    if name == "resources" and kind is not None:
        if value is None and kind.name == "ResourceRequirements":
            return None
        return _fields(value or {}, _RESOURCES_ORDER, kind)
    if name == "securityContext" and isinstance(value, dict) and kind is not None:
        if kind.name == "PodSecurityContext":
            return _fields(value, _SECURITY_ORDER, kind)
    if value is None:
        if name in _EMPTY_TEXT:
            return ""
        return False if name in _FALSE else None
    return _spelt(value, kind)


def _spelt(value: Any, kind: Type | None) -> Any:  # noqa: ANN401 - any field's
    if kind is None or kind.shape in {"map", "any"}:
        return value
    if kind.shape == "list":
        return [_spelt(each, kind.item) for each in value]
    if kind.shape == "object":
        types = kind.fields or {}
        return {_word(name): _spelt(each, types.get(name)) for name, each in value.items()}
    return value


def _word(name: str) -> str:
    return _WORDS.get(name, f"{name[:1].upper()}{name[1:]}")
