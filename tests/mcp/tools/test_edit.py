"""Objects of any kind, changed in a living cluster."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from tests.env.cases import container, trace_of, workload
from tests.mcp._sessions import NODES, ask, living, placed, refusal

from simarena.cluster import ClusterConfig
from simarena.mcp import LivingSession


def deployment(served: LivingSession, name: str = "web") -> dict[str, Any]:
    return dict(served.backend.get("Deployment", name, "virtual-default"))


def yaml_of(served: LivingSession, kind: str, name: str) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(ask(served, "get_yaml", kind=kind, name=name))
    return found


def test_labels_and_annotations_are_set_and_taken_away_in_kubectls_words() -> None:
    served = living()
    note = "\nNo time has passed; wait lets it pass."

    def label(*labels: str, **more: bool) -> str:
        return ask(served, "label", kind="deploy", name="web", labels=list(labels), **more)

    assert label("tier=front", "team=a") == f"deployment.apps/web labeled{note}"
    assert label("tier=front") == f"deployment.apps/web not labeled{note}"
    assert "'tier' already has a value (front)" in refusal(
        served, "label", kind="deploy", name="web", labels=["tier=back"]
    )
    assert label("tier=back", overwrite=True) == f"deployment.apps/web labeled{note}"
    assert label("tier-") == f"deployment.apps/web unlabeled{note}"
    assert deployment(served)["metadata"]["labels"] == {"app": "web", "team": "a"}
    text = ask(
        served, "annotate", kind="deploy", name="web", annotations=["example.com/why=any text"]
    )
    assert text.startswith("deployment.apps/web annotated")
    assert deployment(served)["metadata"]["annotations"]["example.com/why"] == "any text"


@pytest.mark.parametrize(
    ("labels", "says"),
    [
        (["tier"], "write key=value, or key- to take it away"),
        (["-x=y"], "is no key"),
        (["a=b c"], "invalid label value"),
        (["a=b", "a-"], "is named twice"),
        ([], "at least 1 item"),
    ],
)
def test_labels_that_the_api_would_refuse_are_refused(labels: list[str], says: str) -> None:
    served = living()
    assert says in refusal(served, "label", kind="deploy", name="web", labels=labels)
    assert served.changes == []


def test_patches_of_all_three_types_are_made_and_held_against_the_trace() -> None:
    served = living()
    ask(served, "patch", kind="deploy", name="web", patch={"spec": {"minReadySeconds": 3}})
    ask(
        served,
        "patch",
        kind="deploy",
        name="web",
        type="merge",
        patch='{"metadata": {"labels": {"a": "b"}}}',
    )
    ask(
        served,
        "patch",
        kind="deploy",
        name="web",
        type="json",
        patch=[{"op": "replace", "path": "/spec/replicas", "value": 4}],
    )
    ask(served, "wait", seconds=300)
    found = deployment(served)
    assert (found["spec"]["minReadySeconds"], found["spec"]["replicas"]) == (3, 4)
    assert found["metadata"]["labels"]["a"] == "b"
    assert found["status"]["readyReplicas"] == 4


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ({"patch": "{"}, "the patch cannot be read"),
        ({"patch": "[]"}, "a strategic patch must be an object"),
        ({"patch": {"metadata": {"name": "x"}}}, "kind, namespace and name stay"),
        ({"patch": {"spec": {"replicas": "two"}}}, "DeploymentSpec.spec.replicas of type int32"),
        ({"patch": {"spec": 5}}, "DeploymentSpec.spec of type DeploymentSpec"),
        ({"patch": {"spec": {"template": {"spec": {"containers": [5]}}}}}, "expected a map"),
        ({"patch": {}, "kind": "rs"}, "is controlled by Deployment web"),
        ({"patch": {}, "kind": "secret"}, "Secrets are neither shown nor changed"),
        ({"patch": {}, "kind": "rollout"}, "doesn't have a resource type"),
        ({"patch": {}, "kind": "sts"}, 'statefulsets.apps "web" not found'),
        ({"patch": {}, "type": "other"}, "'strategic', 'merge' or 'json'"),
        ({"patch": {}, "namespace": "*"}, "across all namespaces"),
    ],
)
def test_patches_that_cannot_be_made_are_refused_and_change_nothing(
    arguments: dict[str, Any], says: str
) -> None:
    served = living()
    before = deployment(served)
    given = {"kind": "deploy", "name": "web", **arguments}
    if given["kind"] == "rs":
        given["name"] = served.backend.list("ReplicaSet", None)[0]["metadata"]["name"]
    assert says in refusal(served, "patch", **given)
    assert served.fault is None
    assert deployment(served) == before
    assert served.changes == []


def test_requests_above_limits_are_refused_in_the_apis_words() -> None:
    served = living()
    resources = {"requests": {"cpu": "2"}, "limits": {"cpu": "1"}}
    body = {
        "spec": {"template": {"spec": {"containers": [{"name": "c0", "resources": resources}]}}}
    }
    text = refusal(served, "patch", kind="deploy", name="web", patch=body)
    assert (
        'The Deployment "web" is invalid: spec.template.spec.containers[0].resources.requests: '
        'Invalid value: "2": must be less than or equal to cpu limit of 1'
    ) in text


def test_an_applied_workload_runs_on_the_virtual_nodes() -> None:
    served = living()
    api = placed(workload("api", 2, container(requests={"cpu": "100m"})))
    assert ask(served, "apply", manifest=api).startswith("deployment.apps/api created")
    ask(served, "wait", seconds=10)
    assert deployment(served, "api")["status"]["readyReplicas"] == 2
    assert ask(served, "apply", manifest=api).startswith("deployment.apps/api unchanged")
    api["spec"]["replicas"] = 1
    assert ask(served, "apply", manifest=yaml.safe_dump(api)).startswith(
        "deployment.apps/api configured"
    )
    ask(served, "wait", seconds=10)
    assert deployment(served, "api")["status"]["readyReplicas"] == 1


def test_what_was_applied_holds_against_the_trace_without_another_rollout() -> None:
    served = living()
    stated = yaml_of(served, "deploy", "web")
    stated["spec"]["replicas"] = 2
    stated["spec"]["template"]["spec"]["containers"][0]["image"] = "y"
    ask(served, "apply", manifest=stated)
    ask(served, "wait", seconds=300)
    found = deployment(served)
    assert found["spec"]["replicas"] == found["status"]["readyReplicas"] == 2
    assert found["metadata"]["annotations"]["deployment.kubernetes.io/revision"] == "2"


def test_what_clients_are_not_shown_stays_when_they_apply_what_they_saw() -> None:
    web = workload("web", 1, container(requests={"memory": "64Mi"}))
    hidden = {"kwok.x-k8s.io/usage-memory": "50Mi"}
    web["spec"]["template"]["metadata"]["annotations"] = dict(hidden)
    served = LivingSession(
        NODES, trace_of((0, [web])), config=ClusterConfig(kubelet="real"), start_s=30
    )
    seen = yaml_of(served, "deploy", "web")
    assert "annotations" not in seen["spec"]["template"]["metadata"]
    assert ask(served, "apply", manifest=seen).startswith("deployment.apps/web unchanged")
    seen["spec"]["replicas"] = 2
    ask(served, "apply", manifest=seen)
    body = [{"op": "add", "path": "/spec/template/metadata/annotations", "value": {"a": "b"}}]
    ask(served, "patch", kind="deploy", name="web", type="json", patch=body)
    template = deployment(served)["spec"]["template"]
    assert template["metadata"]["annotations"] == {**hidden, "a": "b"}


@pytest.mark.parametrize(
    ("manifest", "says"),
    [
        ("apiVersion: v1", "needs apiVersion and kind"),
        ("{apiVersion: v1, kind: Service}", "resource name may not be empty"),
        ("{apiVersion: v1, kind: Service, metadata: 5}", "resource name may not be empty"),
        ("{apiVersion: v1, kind: Secret, metadata: {name: x}}", "Secrets are neither shown"),
        ("{apiVersion: a/v1, kind: Rollout, metadata: {name: x}}", "resource type"),
        ("{apiVersion: v1, kind: Service, metadata: {name: x, namespace: y}}", "does not match"),
        ("{apiVersion: apps/v2, kind: Deployment, metadata: {name: x}}", "must be apps/v1"),
        ("{apiVersion: apps/v1, kind: Deployment, metadata: {name: x}, spec: 5}", "of type Depl"),
    ],
)
def test_manifests_that_cannot_be_applied_are_refused(manifest: str, says: str) -> None:
    served = living()
    assert says in refusal(served, "apply", manifest=manifest, namespace="virtual-default")
    assert served.fault is None
    assert served.changes == []


def test_a_deleted_pod_is_replaced_and_a_deleted_deployment_is_gone_until_the_trace_has_it() -> (
    None
):
    served = living()
    (pod,) = [each["metadata"]["name"] for each in served.backend.list("Pod", None)]
    text = ask(served, "delete", kind="pod", name=pod)
    assert text.startswith(f'pod "{pod}" deleted from virtual-default namespace')
    ask(served, "wait", seconds=10)
    (other,) = [each["metadata"]["name"] for each in served.backend.list("Pod", None)]
    assert other != pod
    ask(served, "scale", deploy="web", replicas=5)
    ask(served, "delete", kind="deploy", name="web")
    assert served.changes == []
    ask(served, "wait", seconds=10)
    assert served.backend.list("Pod", None) == []
    assert "not found" in refusal(served, "delete", kind="deploy", name="web")
    ask(served, "wait", seconds=60)  # at 100 s the trace applies it again
    assert deployment(served)["status"]["readyReplicas"] == 2


def test_every_tool_tells_clients_what_it_may_destroy() -> None:
    import asyncio

    from mcp import Client

    from simarena.mcp import build_server

    async def listed() -> dict[str, Any]:
        async with Client(build_server(living())) as client:
            return {tool.name: tool.annotations for tool in (await client.list_tools()).tools}

    told = asyncio.run(listed())
    hints = {
        name: (each.read_only_hint, each.destructive_hint, each.idempotent_hint)
        for name, each in told.items()
    }
    reads = {name for name, (read_only, _, _) in hints.items() if read_only}
    assert {"get_resources", "describe_resource", "get_yaml", "rollout_status"} <= reads
    destructive = {name for name, hint in hints.items() if hint[1]}
    assert destructive == {
        "set_resources",
        "scale",
        "rollout_undo",
        "rollout_restart",
        "drain",
        "taint",
        "patch",
        "apply",
        "delete",
    }
    once = {name for name, hint in hints.items() if not hint[2]}
    assert once == {"wait", "rollout_undo", "rollout_restart", "patch"}
