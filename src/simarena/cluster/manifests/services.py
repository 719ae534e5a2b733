"""What the scheduler reads of Namespaces and Services."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from simarena.cluster.manifests.api_object import ApiObject, ObjectKey
from simarena.cluster.manifests.fields import mapping, string_map

if TYPE_CHECKING:
    from collections.abc import Mapping

    from simarena.cluster.manifests.fields import Manifest


@dataclass(frozen=True, slots=True, kw_only=True)
class Namespace(ApiObject):
    """A namespace."""

    labels: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Service(ApiObject):
    """A Service."""

    selector: Mapping[str, str]
    """Labels of the pods that it is about; empty: of none."""


def read_namespace(manifest: Manifest, key: ObjectKey) -> Namespace:
    """Return a Namespace whose metadata is checked."""
    return Namespace(key=key, manifest=manifest, labels=manifest["metadata"].get("labels") or {})


def read_service(manifest: Manifest, key: ObjectKey) -> Service:
    """Return a Service whose metadata is checked; ManifestError if its selector is malformed."""
    where = f"Service {key.name}"
    spec = mapping(manifest, "spec", where)
    selector = string_map(spec, "selector", f"{where}.spec")
    return Service(key=key, manifest=manifest, selector=selector)
