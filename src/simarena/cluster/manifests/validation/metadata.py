"""Rules for metadata, labels and label selectors."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from simarena.cluster.manifests.owners import is_controller
from simarena.cluster.manifests.validation.names import (
    dns_label,
    dns_subdomain,
    label_key,
    label_value,
    path_segment,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from simarena.cluster.manifests.fields import Fields
    from simarena.cluster.manifests.validation.causes import Causes
    from simarena.cluster.manifests.validation.names import Messages

MISMATCH: Final = "`selector` does not match template `labels`"

_MAX_ANNOTATIONS_BYTES: Final = 256 * 1024
_ORPHAN: Final = "orphan"
_FOREGROUND: Final = "foregroundDeletion"
_OPERATORS: Final = {"In": True, "NotIn": True, "Exists": False, "DoesNotExist": False}

_NAMES: Final[Mapping[str, Callable[[str], Messages]]] = {
    "ClusterRole": path_segment,
    "ClusterRoleBinding": path_segment,
    "Namespace": dns_label,
    "PodDisruptionBudget": path_segment,
    "Role": path_segment,
    "RoleBinding": path_segment,
    "Service": dns_label,
    "StatefulSet": dns_label,
}
"""What names must be, by kind, where that is no domain name."""


def name_messages(kind: str, name: str, *, prefix: bool = False) -> Messages:
    """Return what is wrong with the name of a kind's object, or with the beginning of one."""
    check = _NAMES.get(kind, dns_subdomain)
    masks = prefix and check is not path_segment
    return check(_masked(name) if masks else name)


def check_metadata(metadata: Fields, kind: str, *, namespaced: bool, causes: Causes) -> None:
    """Check the metadata of an object that is to be created."""
    prefix = metadata.get("generateName")
    if prefix:
        wrong = name_messages(kind, prefix, prefix=True)
        causes.invalid_each("metadata.generateName", prefix, wrong)
    name = metadata.get("name")
    if not name and not prefix:
        causes.required("metadata.name", "name or generateName is required")
    elif name:
        causes.invalid_each("metadata.name", name, name_messages(kind, name))
    if namespaced:
        namespace = metadata.get("namespace") or ""
        causes.invalid_each("metadata.namespace", namespace, dns_label(namespace))
    check_common_metadata(metadata, causes)


def check_updated_metadata(metadata: Fields, causes: Causes) -> None:
    """Check the metadata of an object that is changed, as often as the API does.

    It looks at all metadata, and twice at those that may have changed: once by the rules of all
    kinds, and once by those of the object's kind.
    """
    check_common_metadata(metadata, causes)
    for _ in range(2):
        _check_described(metadata, causes)


def check_common_metadata(metadata: Fields, causes: Causes) -> None:
    """Check what an update must keep to, too."""
    _check_described(metadata, causes)
    finalizers = metadata.get("finalizers")
    if finalizers:
        for each in finalizers:
            causes.invalid_each("metadata.finalizers", each, label_key(each))
        if _ORPHAN in finalizers and _FOREGROUND in finalizers:
            detail = f"finalizer {_ORPHAN} and {_FOREGROUND} cannot be both set"
            causes.invalid("metadata.finalizers", finalizers, detail)


def _check_described(metadata: Fields, causes: Causes) -> None:
    check_labels(metadata.get("labels"), "metadata.labels", causes)
    check_annotations(metadata.get("annotations"), "metadata.annotations", causes)
    owners = metadata.get("ownerReferences")
    if owners:
        _check_owners(owners, causes)


def check_labels(labels: Mapping[str, str] | None, at: str, causes: Causes) -> None:
    """Check labels."""
    if not labels:
        return
    for key, value in labels.items():
        causes.invalid_each(at, key, label_key(key))
        causes.invalid_each(at, value, label_value(value))


def check_annotations(annotations: Mapping[str, str] | None, at: str, causes: Causes) -> None:
    """Check annotations: their keys, and how much they are together."""
    if not annotations:
        return
    for key in annotations:
        causes.invalid_each(at, key, label_key(key.lower()))
    size = sum(len(key) + len(value) for key, value in annotations.items())
    if size > _MAX_ANNOTATIONS_BYTES:
        causes.too_long(at, _MAX_ANNOTATIONS_BYTES)


def check_selector(selector: Fields | None, at: str, causes: Causes) -> bool:
    """Check a label selector; return whether it is one that can be used."""
    if not selector:
        return True
    before = len(causes.found)
    check_labels(selector.get("matchLabels"), f"{at}.matchLabels", causes)
    for index, each in enumerate(selector.get("matchExpressions") or ()):
        here = f"{at}.matchExpressions[{index}]"
        operator, values = each.get("operator") or "", each.get("values") or ()
        with_values = _OPERATORS.get(operator)
        if with_values and not values:
            detail = "must be specified when `operator` is 'In' or 'NotIn'"
            causes.required(f"{here}.values", detail)
        elif with_values is False and values:
            detail = "may not be specified when `operator` is 'Exists' or 'DoesNotExist'"
            causes.forbidden(f"{here}.values", detail)
        elif with_values is None:
            causes.invalid(f"{here}.operator", operator, "not a valid selector operator")
        key = each.get("key") or ""
        causes.invalid_each(f"{here}.key", key, label_key(key))
        for number, value in enumerate(values):
            causes.invalid_each(f"{here}.values[{number}]", value, label_value(value))
    return len(causes.found) == before


def selector_matches(selector: Fields, labels: Mapping[str, str]) -> bool:
    """Return whether a sound label selector matches labels."""
    for key, value in (selector.get("matchLabels") or {}).items():
        if labels.get(key) != value:
            return False
    for each in selector.get("matchExpressions") or ():
        value = labels.get(each["key"])
        match each["operator"]:
            case "In":
                fits = value is not None and value in each["values"]
            case "NotIn":
                fits = value is None or value not in each["values"]
            case "Exists":
                fits = value is not None
            case _:
                fits = value is None
        if not fits:
            return False
    return True


def is_empty(selector: Fields) -> bool:
    """Return whether a selector asks for nothing."""
    return not selector.get("matchLabels") and not selector.get("matchExpressions")


def _masked(prefix: str) -> str:
    return f"{prefix[:-2]}a" if len(prefix) > 1 and prefix.endswith("-") else prefix


def _check_owners(owners: list[Fields], causes: Causes) -> None:
    at = "metadata.ownerReferences"
    controller = ""
    for each in owners:
        version = each.get("apiVersion") or ""
        if not version.rpartition("/")[2]:
            causes.invalid(f"{at}.apiVersion", version, "version must not be empty")
        for field in ("kind", "name", "uid"):
            if not each.get(field):
                causes.invalid(f"{at}.{field}", each.get(field) or "", "must not be empty")
        if version == "v1" and each.get("kind") == "Event":
            causes.invalid(at, each, "/v1, Kind=Event is disallowed from being an owner")
        if is_controller(each):
            name = f"{each.get('kind', '')}/{each.get('name', '')}"
            if controller:
                detail = (
                    'Only one reference can have Controller set to true. Found "true" in '
                    f"references for {controller} and {name}"
                )
                causes.invalid(at, _shown_owners(owners), detail)
            else:
                controller = name


def _shown_owners(owners: list[Fields]) -> list[Fields]:
    """Return owner references with their fields in the order in which the API tells them."""
    order = ("apiVersion", "kind", "name", "uid", "controller", "blockOwnerDeletion")
    always = order[:4]
    return [
        {key: each.get(key, "") for key in order if key in each or key in always} for each in owners
    ]
