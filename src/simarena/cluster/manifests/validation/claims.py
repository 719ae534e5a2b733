"""Rules for PersistentVolumeClaims."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from simarena.cluster.manifests.validation.metadata import check_selector
from simarena.cluster.manifests.validation.names import dns_subdomain
from simarena.trace.quantity import parse_quantity

if TYPE_CHECKING:
    from simarena.cluster.manifests.fields import Fields
    from simarena.cluster.manifests.validation.causes import Causes

_MODES: Final = ("ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod")
_ALONE: Final = "ReadWriteOncePod"
_VOLUME_MODES: Final = ("Block", "Filesystem")


def check_claim(spec: Fields, causes: Causes) -> None:
    """Check the spec of a PersistentVolumeClaim."""
    modes = spec.get("accessModes") or ()
    if not modes:
        causes.required("spec.accessModes", "at least 1 access mode is required")
    check_selector(spec.get("selector"), "spec.selector", causes)
    for mode in modes:
        if mode not in _MODES:
            causes.unsupported("spec.accessModes", mode, _MODES)
    if _ALONE in modes and any(mode in _MODES and mode != _ALONE for mode in modes):
        detail = "may not use ReadWriteOncePod with other access modes"
        causes.forbidden("spec.accessModes", detail)
    _check_size(spec, causes)
    for field in ("storageClassName", "volumeAttributesClassName"):
        name = spec.get(field)
        if name:
            causes.invalid_each(f"spec.{field}", name, dns_subdomain(name))
    mode = spec.get("volumeMode")
    if mode is not None and mode not in _VOLUME_MODES:
        causes.unsupported("spec.volumeMode", mode, _VOLUME_MODES)


def _check_size(spec: Fields, causes: Causes) -> None:
    at = "spec.resources[storage]"
    size = ((spec.get("resources") or {}).get("requests") or {}).get("storage")
    if size is None:
        causes.required(at)
    elif parse_quantity(size) <= 0:
        causes.invalid(at, size, "must be greater than zero")
