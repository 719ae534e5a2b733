"""Objects of any kind, as lists, descriptions and YAML."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from tests.env.cases import container, scenario, workload
from tests.mcp._sessions import ask, call, living, placed, refusal, said, session

from simarena.mcp import ScenarioSession
from simarena.mcp.answers.bounds import MAX_BYTES
from simarena.mcp.kubectl.kinds import BUILT_IN
from simarena.mcp.kubectl.printing import columns_of, printed

if TYPE_CHECKING:
    from simarena.mcp import LivingSession

QUOTA = {
    "apiVersion": "v1",
    "kind": "ResourceQuota",
    "metadata": {"name": "compute"},
    "spec": {"hard": {"requests.cpu": "4", "limits.memory": "8Gi"}},
}
HPA = {
    "apiVersion": "autoscaling/v2",
    "kind": "HorizontalPodAutoscaler",
    "metadata": {"name": "web"},
    "spec": {
        "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"},
        "maxReplicas": 5,
        "metrics": [
            {
                "type": "Resource",
                "resource": {
                    "name": "cpu",
                    "target": {"type": "Utilization", "averageUtilization": 70},
                },
            }
        ],
    },
}
SERVICE = {
    "apiVersion": "v1",
    "kind": "Service",
    "metadata": {"name": "web"},
    "spec": {"selector": {"app": "web"}, "ports": [{"port": 80, "targetPort": 8080}]},
}


def applied(*manifests: dict[str, Any]) -> LivingSession:
    served = living()
    for manifest in manifests:
        ask(served, "apply", manifest=manifest)
    return served


def rows(served: LivingSession, kind: str, **more: str) -> list[list[str]]:
    return [line.split() for line in ask(served, "get_resources", kind=kind, **more).splitlines()]


def test_services_autoscalers_and_quotas_are_listed_in_kubectls_columns() -> None:
    served = applied(SERVICE, HPA, QUOTA)
    header, titles, row = rows(served, "svc")
    assert " ".join(header) == (
        "services in namespace virtual-default, newest first: showing 1 of 1"
    )
    assert titles == ["NAME", "TYPE", "CLUSTER-IP", "EXTERNAL-IP", "PORT(S)", "AGE"]
    assert row[:5] == ["web", "ClusterIP", "<none>", "<none>", "80/TCP"]
    _, titles, row = rows(served, "hpa")
    assert titles == ["NAME", "REFERENCE", "TARGETS", "MINPODS", "MAXPODS", "REPLICAS", "AGE"]
    assert row[:6] == ["web", "Deployment/web", "cpu:", "<unknown>/70%", "1", "5"]
    (result,) = call(served, ("get_resources", {"kind": "quota"}))
    assert result.structured_content is not None
    assert result.structured_content["items"][0]["columns"] == {
        "REQUEST": "requests.cpu: 500m/4",
        "LIMIT": "limits.memory: 0/8Gi",
    }


def test_namespaces_are_there_because_of_what_is_in_them() -> None:
    served = applied({**QUOTA, "metadata": {"name": "compute", "namespace": "virtual-default"}})
    _, _, *found = rows(served, "namespaces")
    assert [row[:2] for row in found] == [["default", "Active"], ["virtual-default", "Active"]]
    text = ask(served, "describe_resource", kind="ns", name="virtual-default")
    assert "Resource Quota compute:\n  limits.memory: used 0, hard 8Gi" in text
    assert "not found" in refusal(served, "get_yaml", kind="ns", name="elsewhere")


def test_lists_are_selected_by_namespace_labels_and_fields_and_go_on_at_a_cursor() -> None:
    served = living(start_s=250)
    assert rows(served, "pod", namespace="*")[1][0] == "NAMESPACE"
    assert len(rows(served, "pod", label_selector="app=web")) == 5
    assert "No resources found" in ask(
        served, "get_resources", kind="pod", label_selector="app=other"
    )
    assert "No resources found" in ask(
        served, "get_resources", kind="pod", field_selector="status.phase=Pending"
    )
    (first,) = call(served, ("get_resources", {"kind": "pod", "limit": 2}))
    assert first.structured_content is not None
    cursor = first.structured_content["next_cursor"]
    (second,) = call(served, ("get_resources", {"kind": "pod", "limit": 2, "cursor": cursor}))
    assert second.structured_content is not None
    shown = [
        item["name"]
        for result in (first, second)
        for item in (result.structured_content or {})["items"]
    ]
    assert len(set(shown)) == 3
    assert second.structured_content["next_cursor"] == ""


@pytest.mark.parametrize(
    ("kind", "name", "says"),
    [
        (
            "node",
            "n1",
            ["Taints: kwok-provider=true:NoSchedule", "Allocated resources (requests):"],
        ),
        ("svc", "web", ["Port: 80/TCP, TargetPort: 8080/TCP", "Selected pods: web-"]),
        ("hpa", "web", ["Targets:", "cpu: <unknown>/70%", "Spec:"]),
        ("quota", "compute", ["  requests.cpu: used 500m, hard 4"]),
        ("deploy", "web", ["StrategyType:", "NewReplicaSet:"]),
        ("pod", "", ["Controlled By:  ReplicaSet/web-", "QoS Class"]),
        ("rs", "", ["Controlled By:", "Deployment/web", "Pods: (1 in total)"]),
    ],
)
def test_objects_of_any_kind_are_described(kind: str, name: str, says: list[str]) -> None:
    served = applied(SERVICE, HPA, QUOTA)
    key = served.backend.kind(kind).key
    name = name or served.backend.list(key, None)[0]["metadata"]["name"]
    (result,) = call(served, ("describe_resource", {"kind": kind, "name": name}))
    for words in says:
        assert words in said(result)
    assert "Events" in said(result)
    assert result.structured_content is not None
    assert result.structured_content["name"] == name


def test_yaml_is_what_the_backend_has() -> None:
    served = applied(SERVICE)
    text = ask(served, "get_yaml", kind="deploy", name="web")
    assert text.splitlines()[0].startswith("# deployment.apps/web, lines 1 to ")
    assert yaml.safe_load(text) == served.backend.get("Deployment", "web", "virtual-default")
    assert "cannot be found" not in ask(served, "get_yaml", kind="svc", name="web")


def test_long_yaml_is_told_in_parts_that_stay_within_bounds() -> None:
    served = living()
    data = {f"key-{number}": "x" * 90 for number in range(400)}
    manifest = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c"}, "data": data}
    ask(served, "apply", manifest=manifest)
    lines: list[str] = []
    following = 1
    while following:
        (result,) = call(served, ("get_yaml", {"kind": "cm", "name": "c", "from_line": following}))
        told = result.structured_content
        assert told is not None
        assert len(said(result).encode()) + len(json.dumps(told).encode()) <= MAX_BYTES
        lines += said(result).splitlines()[1:]
        following = told["next_line"]
    assert yaml.safe_load("\n".join(lines))["data"] == data


def test_a_node_that_was_drained_for_a_long_list_of_pods_is_answered_within_bounds() -> None:
    served = living()
    many = placed(workload("many", 150, container(requests={"cpu": "1m"})))
    ask(served, "apply", manifest=many)
    ask(served, "wait", seconds=30)
    for name, given in (
        ("drain", {"node": "n1"}),
        ("describe_resource", {"kind": "node", "name": "n2"}),
        ("get_resources", {"kind": "pod", "limit": 1_000}),
    ):
        (result,) = call(served, (name, given))
        assert not result.is_error
        whole = len(said(result).encode()) + len(json.dumps(result.structured_content).encode())
        assert whole <= MAX_BYTES


def test_an_episode_can_be_looked_at_through_all_kinds() -> None:
    played = session("1Gi")
    for word in ("pods", "deploy", "rs", "nodes", "events", "hpa", "pdb", "quota", "svc", "ns"):
        ask(played, "get_resources", kind=word, namespace="*")
    assert "kind: Deployment" in ask(played, "get_yaml", kind="deploy", name="web")
    assert "doesn't have a resource type" in refusal(played, "get_resources", kind="widget")
    assert "Secrets are neither" in refusal(played, "get_resources", kind="secrets")
    assert "doesn't have a resource type" in refusal(played, "get_resources", kind="podtemplates")


def test_a_measured_episode_tells_of_no_kind_that_it_is_simulated() -> None:
    played = ScenarioSession(scenario(3, "500m", "1Gi"), ordinary=True)
    listed = [
        ask(played, "get_resources", kind=word, namespace="*")
        for word in ("pods", "deploy", "rs", "nodes", "events", "ns")
    ]
    assert listed[-1].splitlines()[2].split()[:2] == ["default", "Active"]
    told = [
        ask(played, tool, kind=word, name=name)
        for tool in ("get_yaml", "describe_resource")
        for word, name in (("deploy", "web"), ("node", "n1"), ("ns", "default"))
    ]
    told.append(ask(played, "rollout_history", name="web", revision=1))
    for text in (*listed, *told):
        for word in ("virtual", "kwok", "simarena", "2026-01-01", "registry.example"):
            assert word not in text


def test_every_column_of_a_kind_has_a_cell_even_if_the_object_says_nothing() -> None:
    now = living().backend.now
    for kind in BUILT_IN.values():
        assert tuple(printed(kind, {"metadata": {}}, now)) == columns_of(kind)


def test_jobs_cronjobs_and_daemonsets_tell_how_far_they_are() -> None:
    now = living().backend.now
    job = {
        "metadata": {},
        "spec": {"completions": 3, "parallelism": 1},
        "status": {
            "succeeded": 2,
            "startTime": "2025-12-31T23:59:00Z",
            "completionTime": "2025-12-31T23:59:30Z",
            "conditions": [{"type": "Complete", "status": "True"}],
        },
    }
    assert printed(BUILT_IN["Job"], job, now) == {
        "STATUS": "Complete",
        "COMPLETIONS": "2/3",
        "DURATION": "30s",
    }
    cronjob = {"metadata": {}, "spec": {"schedule": "* * * * *", "suspend": True}}
    assert printed(BUILT_IN["CronJob"], cronjob, now) == {
        "SCHEDULE": "* * * * *",
        "TIMEZONE": "<none>",
        "SUSPEND": "True",
        "ACTIVE": "0",
        "LAST SCHEDULE": "<none>",
    }
