"""Answers to who asks for objects as a Table, or for their metadata alone."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple, TypeAlias

import msgspec

from simarena.apiserver.printing import others, pods, workloads
from simarena.apiserver.printing.ages import age, read_time
from simarena.apiserver.printing.jsonpath import read_path, values_at

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    Fields: TypeAlias = Mapping[str, Any]
    Cells: TypeAlias = Callable[[Fields, datetime], list[object]]

Included: TypeAlias = Literal["None", "Metadata", "Object"]
"""How much of each object a table holds (`includeObject`)."""

Object: TypeAlias = dict[str, Any]

META_GROUP: Final = "meta.k8s.io"

_COLUMNS: Final = Path(__file__).with_name("columns.json")

_CELLS: Final[Mapping[str, Cells]] = {
    "CSINode": others.csi_node_cells,
    "ClusterRoleBinding": others.binding_cells,
    "ConfigMap": others.configmap_cells,
    "ControllerRevision": workloads.revision_cells,
    "CronJob": workloads.cronjob_cells,
    "DaemonSet": workloads.daemonset_cells,
    "Deployment": workloads.deployment_cells,
    "EndpointSlice": others.slice_cells,
    "Endpoints": others.endpoints_cells,
    "Event": others.event_cells,
    "HorizontalPodAutoscaler": workloads.autoscaler_cells,
    "Ingress": others.ingress_cells,
    "IngressClass": others.ingress_class_cells,
    "Job": workloads.job_cells,
    "Lease": others.lease_cells,
    "MutatingWebhookConfiguration": others.webhooks_cells,
    "Namespace": others.namespace_cells,
    "NetworkPolicy": others.policy_cells,
    "Node": others.node_cells,
    "PersistentVolume": others.volume_cells,
    "PersistentVolumeClaim": others.claim_cells,
    "Pod": pods.pod_cells,
    "PodDisruptionBudget": workloads.budget_cells,
    "PriorityClass": others.priority_cells,
    "ReplicaSet": workloads.replicas_cells,
    "ReplicationController": workloads.replicas_cells,
    "ResourceQuota": others.quota_cells,
    "RoleBinding": others.binding_cells,
    "RuntimeClass": others.runtime_class_cells,
    "Scale": workloads.scale_cells,
    "Secret": others.secret_cells,
    "Service": others.service_cells,
    "ServiceAccount": others.plain_cells,
    "StatefulSet": workloads.statefulset_cells,
    "StorageClass": others.storage_class_cells,
    "ValidatingWebhookConfiguration": others.webhooks_cells,
    "VolumeAttachment": others.attachment_cells,
}
"""What a row of each kind holds; other kinds are told by name and time."""


class Layout(NamedTuple):
    """What tables of a kind look like."""

    columns: Sequence[Object]
    cells: Cells


@lru_cache(maxsize=1)
def _columns() -> Mapping[str, list[Object]]:
    return msgspec.json.decode(_COLUMNS.read_bytes(), type=dict[str, list[dict[str, Any]]])


def has_layout(kind: str) -> bool:
    """Return whether tables of a kind tell more than name and time."""
    return kind in _CELLS


def layout_of(kind: str) -> Layout:
    """Return what tables of a kind look like that every cluster has."""
    if kind not in _CELLS:
        name, created = _columns()["ServiceAccount"]
        made = created | {"name": "Created At", "type": "date"}
        return Layout((name, made), _default_cells)
    columns = _columns()[kind.removesuffix("Configuration")]
    return Layout(columns, _CELLS[kind])


def _default_cells(manifest: Fields, _: datetime) -> list[object]:
    metadata = manifest["metadata"]
    made = read_time(metadata.get("creationTimestamp"))
    told = "0001-01-01T00:00:00Z" if made is None else f"{made:%Y-%m-%dT%H:%M:%SZ}"
    return [metadata.get("name", ""), told]


def custom_layout(columns: Sequence[Fields]) -> Layout:
    """Return what tables of custom resources look like, by their `additionalPrinterColumns`.

    Without any, they are told by name and age. Raises ManifestError for a path that cannot be read.
    """
    name, created = _columns()["ServiceAccount"]
    if not columns:
        columns = [
            {
                "name": "Age",
                "type": "date",
                "description": created["description"],
                "jsonPath": ".metadata.creationTimestamp",
            }
        ]
    told = [name]
    ways = []
    for column in columns:
        path = str(column["jsonPath"])
        default = f"Custom resource definition column (in JSONPath format): {path}"
        told.append(
            {
                "name": column["name"],
                "type": column["type"],
                "format": column.get("format") or "",
                "description": column.get("description") or default,
                "priority": column.get("priority") or 0,
            }
        )
        ways.append((read_path(path), str(column["type"])))

    def cells(manifest: Fields, now: datetime) -> list[object]:
        found: list[object] = [manifest["metadata"].get("name", "")]
        for steps, kind in ways:
            value = next(values_at(steps, manifest), None)
            found.append(_custom_cell(kind, value, now))
        return found

    return Layout(told, cells)


def _custom_cell(kind: str, value: object, now: datetime) -> object:
    """Return a value as a column of a type shows it; None if it cannot be shown."""
    if kind == "string" and value is not None:
        return _as_text(value)
    if kind == "date" and isinstance(value, str):
        return "<invalid>" if read_time(value) is None else age(value, now)
    if kind == "boolean" and isinstance(value, bool):
        return value
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return {"integer": int, "number": float}.get(kind, lambda _: None)(value)


def _as_text(value: object) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, dict | list | bool):
        return msgspec.json.encode(value).decode()
    return f"{value:g}" if isinstance(value, float) else str(value)


# --- answers ----------------------------------------------------------------------------------


def table(
    layout: Layout,
    objects: Sequence[Fields],
    now: datetime,
    *,
    included: Included = "Metadata",
    metadata: Fields | None = None,
    headers: bool = True,
    version: str = "v1",
) -> Object:
    """Return some objects as a Table.

    `metadata` is that of the list; for one object its own resourceVersion is taken. Without
    `headers`, as in all events of a watch but the first, the columns are null. `version` is that
    of the group of tables that the client knows.
    """
    if metadata is None:
        own = objects[0]["metadata"].get("resourceVersion") if objects else None
        metadata = {} if own is None else {"resourceVersion": own}
    return {
        "kind": "Table",
        "apiVersion": f"{META_GROUP}/{version}",
        "metadata": metadata,
        "columnDefinitions": list(layout.columns) if headers else None,
        "rows": [_row(layout, each, now, included, version) for each in objects],
    }


def _row(
    layout: Layout, manifest: Fields, now: datetime, included: Included, version: str
) -> Object:
    row: Object = {"cells": layout.cells(manifest, now)}
    if layout.cells is pods.pod_cells and (conditions := pods.pod_conditions(manifest)):
        row["conditions"] = conditions
    if included == "Metadata":
        row["object"] = partial_metadata(manifest, version)
    else:
        row["object"] = manifest if included == "Object" else None
    return row


def partial_metadata(manifest: Fields, version: str = "v1") -> Object:
    """Return the metadata of an object alone."""
    return {
        "kind": "PartialObjectMetadata",
        "apiVersion": f"{META_GROUP}/{version}",
        "metadata": manifest.get("metadata") or {},
    }


def partial_metadata_list(
    objects: Sequence[Fields], metadata: Fields, version: str = "v1"
) -> Object:
    """Return the metadata of some objects alone; the items are null if there are none."""
    return {
        "kind": "PartialObjectMetadataList",
        "apiVersion": f"{META_GROUP}/{version}",
        "metadata": metadata,
        "items": [partial_metadata(each, version) for each in objects] or None,
    }
