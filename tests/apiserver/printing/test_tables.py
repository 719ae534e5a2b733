from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from simarena.apiserver.printing.tables import custom_layout, layout_of, table
from simarena.errors import ManifestError
from simarena.trace.kinds import KINDS

NOW = datetime(2026, 1, 1, 1, tzinfo=UTC)
MADE = "2026-01-01T00:00:00Z"


def manifest(**fields: Any) -> dict[str, Any]:
    metadata = {"name": "n", "creationTimestamp": MADE, "resourceVersion": "7"}
    return {"metadata": metadata | fields.pop("metadata", {}), **fields}


def cells(kind: str, **fields: Any) -> list[object]:
    found: list[object] = layout_of(kind).cells(manifest(kind=kind, **fields), NOW)
    return found


@pytest.mark.parametrize("kind", [*KINDS, "Scale", "Lease", "ReplicationController", "Nonsense"])
def test_a_row_has_as_many_cells_as_the_table_has_columns(kind: str) -> None:
    layout = layout_of(kind)
    empty = layout.cells({"metadata": {}}, NOW)
    assert len(empty) == len(layout.columns)
    assert {column["priority"] for column in layout.columns} <= {0, 1}


@pytest.mark.parametrize(
    ("kind", "fields", "row"),
    [
        (
            "Node",
            {
                "metadata": {"labels": {"node-role.kubernetes.io/worker": "", "x": "y"}},
                "spec": {"unschedulable": True},
                "status": {
                    "conditions": [{"type": "Ready", "status": "Unknown"}],
                    "addresses": [{"type": "InternalIP", "address": "10.0.0.1"}],
                    "nodeInfo": {"kubeletVersion": "v1", "kernelVersion": "6", "architecture": "a"},
                },
            },
            [
                "n",
                "NotReady,SchedulingDisabled",
                "worker",
                "60m",
                "v1",
                "10.0.0.1",
                "<none>",
                "<unknown>",
                "6 (a)",
                "<unknown>",
            ],
        ),
        ("Namespace", {"status": {"phase": "Active"}}, ["n", "Active", "60m"]),
        (
            "Ingress",
            {
                "spec": {
                    "ingressClassName": "c",
                    "rules": [{"host": name} for name in "abcde"],
                    "tls": [{}],
                },
                "status": {"loadBalancer": {"ingress": [{"ip": "2.2.2.2"}, {"hostname": "h"}]}},
            },
            ["n", "c", "a,b,c + 2 more...", "2.2.2.2,h", "80, 443", "60m"],
        ),
        (
            "DaemonSet",
            {
                "spec": {"template": {"spec": {"nodeSelector": {"b": "2", "a": "1"}}}},
                "status": {"desiredNumberScheduled": 3, "numberReady": 2},
            },
            ["n", 3, 0, 2, 0, 0, "a=1,b=2", "60m", "", "", "<none>"],
        ),
        (
            "ResourceQuota",
            {"status": {"hard": {"pods": "3", "limits.cpu": "2"}, "used": {"pods": "1"}}},
            ["n", "pods: 1/3", "limits.cpu: 0/2", "60m"],
        ),
        (
            "RoleBinding",
            {
                "roleRef": {"kind": "Role", "name": "r"},
                "subjects": [
                    {"kind": "User", "name": "u"},
                    {"kind": "ServiceAccount", "name": "s", "namespace": "x"},
                    {"kind": "User", "name": "v"},
                ],
            },
            ["n", "Role/r", "60m", "u, v", "", "x/s"],
        ),
        (
            "PersistentVolume",
            {
                "spec": {
                    "capacity": {"storage": "1Gi"},
                    "accessModes": ["ReadWriteMany", "ReadWriteOnce"],
                    "persistentVolumeReclaimPolicy": "Retain",
                    "claimRef": {"namespace": "x", "name": "c"},
                    "storageClassName": "fast",
                },
                "status": {"phase": "Bound"},
            },
            [
                "n",
                "1Gi",
                "RWO,RWX",
                "Retain",
                "Bound",
                "x/c",
                "fast",
                "<unset>",
                "",
                "60m",
                "<unset>",
            ],
        ),
        (
            "StorageClass",
            {
                "metadata": {
                    "annotations": {"storageclass.kubernetes.io/is-default-class": "true"}
                },
                "provisioner": "p",
            },
            ["n (default)", "p", "Delete", "Immediate", False, "60m"],
        ),
        (
            "EndpointSlice",
            {
                "addressType": "IPv4",
                "ports": [{"port": 80}, {"name": "x"}, {}],
                "endpoints": [{"addresses": [str(each)]} for each in range(5)],
            },
            ["n", "IPv4", "80,x,*", "0,1,2 + 2 more...", "60m"],
        ),
        (
            "Endpoints",
            {
                "subsets": [
                    {"addresses": [{"ip": "1.1.1.1"}, {"ip": "::1"}], "ports": [{"port": 8}]}
                ]
            },
            ["n", "1.1.1.1:8,[::1]:8", "60m"],
        ),
        (
            "NetworkPolicy",
            {
                "spec": {
                    "podSelector": {
                        "matchLabels": {"b": "1"},
                        "matchExpressions": [
                            {"key": "a", "operator": "In", "values": ["y", "x"]},
                            {"key": "c", "operator": "DoesNotExist"},
                            {"key": "d", "operator": "Exists"},
                        ],
                    }
                }
            },
            ["n", "a in (x,y),b=1,!c,d", "60m"],
        ),
        (
            "Job",
            {"spec": {"parallelism": 3}, "status": {"succeeded": 1, "startTime": MADE}},
            ["n", "Running", "1/1 of 3", "60m", "60m", "", "", "<none>"],
        ),
        (
            "ControllerRevision",
            {
                "metadata": {
                    "ownerReferences": [
                        {
                            "apiVersion": "apps/v1",
                            "kind": "StatefulSet",
                            "name": "s",
                            "controller": True,
                        }
                    ]
                },
                "revision": 4,
            },
            ["n", "statefulset.apps/s", 4, "60m"],
        ),
        (
            "Event",
            {
                "regarding": {"kind": "Pod", "name": "p"},
                "note": " m ",
                "eventTime": MADE,
                "series": {"count": 5, "lastObservedTime": "2026-01-01T00:59:00Z"},
                "reportingController": "c",
            },
            ["60s", "", "", "pod/p", "", "c", "m", "60m", 5, "n"],
        ),
        ("Role", {}, ["n", MADE]),
    ],
)
def test_rows_tell_of_each_kind_what_kubectl_prints(
    kind: str, fields: dict[str, Any], row: list[object]
) -> None:
    assert cells(kind, **fields) == row


@pytest.mark.parametrize(
    ("metric", "measured", "told"),
    [
        (
            {"type": "Resource", "resource": {"name": "cpu", "target": {}}},
            {},
            "cpu: <unknown>/<auto>",
        ),
        (
            {"type": "Pods", "pods": {"target": {"averageValue": "5"}}},
            {"pods": {"current": {"averageValue": "4"}}},
            "4/5",
        ),
        (
            {"type": "External", "external": {"target": {"averageValue": "5"}}},
            {},
            "<unknown>/5 (avg)",
        ),
        (
            {"type": "Object", "object": {"target": {"value": "5"}}},
            {"object": {"current": {"value": "3"}}},
            "3/5",
        ),
        ({"type": "Else"}, {}, "<unknown type>"),
    ],
)
def test_metrics_of_all_types_are_told(
    metric: dict[str, Any], measured: dict[str, Any], told: str
) -> None:
    found = cells(
        "HorizontalPodAutoscaler",
        spec={"metrics": [metric], "maxReplicas": 3, "scaleTargetRef": {"kind": "D", "name": "w"}},
        status={"currentMetrics": [measured] if measured else []},
    )
    assert found == ["n", "D/w", told, "1", 3, 0, "60m"]


def test_a_table_holds_as_much_of_each_object_as_is_asked_for() -> None:
    layout, one = layout_of("ConfigMap"), manifest(data={"a": "1"})
    objects = {
        included: table(layout, [one], NOW, included=included)["rows"][0]["object"]
        for included in ("None", "Metadata", "Object")
    }
    assert objects["None"] is None
    assert objects["Metadata"]["metadata"] == one["metadata"]
    assert set(objects["Metadata"]) == {"kind", "apiVersion", "metadata"}
    assert objects["Object"] == one
    told = table(layout, [one], NOW, headers=False)
    assert (told["columnDefinitions"], told["metadata"]) == (None, {"resourceVersion": "7"})
    assert table(layout, [], NOW, metadata={"continue": "x"})["metadata"] == {"continue": "x"}


COLUMNS: list[dict[str, Any]] = [
    {"name": "Size", "type": "integer", "jsonPath": ".spec.size"},
    {
        "name": "Ready",
        "type": "string",
        "jsonPath": '.status.conditions[?(@.type=="Ready")].status',
    },
    {"name": "Load", "type": "number", "jsonPath": ".spec.load", "priority": 1},
    {"name": "On", "type": "boolean", "jsonPath": ".spec.on", "description": "d"},
    {"name": "Since", "type": "date", "jsonPath": ".spec.since", "format": "f"},
]


def test_custom_resources_have_the_columns_of_their_definition() -> None:
    layout = custom_layout(COLUMNS)
    assert [column["name"] for column in layout.columns] == [
        "Name",
        *(column["name"] for column in COLUMNS),
    ]
    assert layout.columns[1]["description"].endswith(": .spec.size")
    assert (layout.columns[4]["description"], layout.columns[3]["priority"]) == ("d", 1)
    conditions = [{"type": "Ready", "status": "True"}]
    spec = {"size": 3.7, "load": 1, "on": False, "since": MADE}
    one = manifest(spec=spec, status={"conditions": conditions})
    assert layout.cells(one, NOW) == ["n", 3, "True", 1.0, False, "60m"]
    odd = manifest(spec={"size": "x", "load": True, "on": "no", "since": "x"})
    assert layout.cells(odd, NOW) == ["n", None, None, None, None, "<invalid>"]
    assert layout.cells(manifest(), NOW) == ["n", None, None, None, None, None]


def test_without_columns_custom_resources_are_told_by_age() -> None:
    assert custom_layout([]).cells(manifest(), NOW) == ["n", "60m"]


def test_texts_of_custom_columns_are_those_of_any_value() -> None:
    layout = custom_layout([{"name": "V", "type": "string", "jsonPath": ".v"}])
    values = ["x", 3, 1.5, True, ["a"], {"a": 1}]
    told = [layout.cells(manifest(v=value), NOW)[1] for value in values]
    assert told == ["x", "3", "1.5", "true", '["a"]', '{"a":1}']


def test_a_column_whose_path_cannot_be_read_is_refused() -> None:
    with pytest.raises(ManifestError, match="cannot be read"):
        custom_layout([{"name": "V", "type": "string", "jsonPath": "spec"}])
