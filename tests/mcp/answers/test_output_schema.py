"""What tools declare to answer, and what they answer."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
from mcp import Client
from tests.env.cases import crashing
from tests.mcp._api_server import kubeconfig, serving
from tests.mcp._sessions import call, living, session, shop
from tests.mcp.answers.test_arguments import tools_of

from simarena.mcp import KubeSession, ScenarioSession, build_server
from simarena.mcp.answers.answer import Answer
from simarena.mcp.answers.output_schema import output_schema
from simarena.mcp.live.permissions import Permissions

if TYPE_CHECKING:
    from pathlib import Path

    from simarena.mcp import Session


jsonschema: Any = pytest.importorskip("jsonschema")


def closed(schema: Any) -> Any:
    """Return a schema in which every record has the declared fields and no others."""
    if isinstance(schema, dict):
        told = {name: closed(value) for name, value in schema.items()}
        return {**told, "additionalProperties": False} if "properties" in schema else told
    return [closed(each) for each in schema] if isinstance(schema, list) else schema


def check_all(served: Session, asked: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """Call every tool once, and check that each answers what it has declared; return the data."""
    offered = tools_of(served)
    answers = call(served, *[(tool.name, asked.get(tool.name, {})) for tool in offered])
    told = {}
    for tool, answer in zip(offered, answers, strict=True):
        assert not answer.is_error, answer.content
        assert tool.output_schema is not None
        assert tool.output_schema["type"] == "object"
        assert tool.output_schema["properties"]
        jsonschema.validate(answer.structured_content, closed(tool.output_schema))
        told[tool.name] = answer.structured_content
    return told


def looks(deploy: str) -> dict[str, dict[str, Any]]:
    """Return arguments of the tools that look at objects of any kind."""
    named = {"kind": "deployment", "name": deploy}
    return {
        "get_resources": {"kind": "hpa"},
        "describe_resource": named,
        "get_yaml": named,
        "rollout_status": named,
        "rollout_history": named,
    }


def changes(deploy: str, pod: str) -> dict[str, dict[str, Any]]:
    """Return arguments of the tools that change objects of any kind."""
    named = {"kind": "deployment", "name": deploy}
    config = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c"}}
    return {
        "rollout_undo": {"name": deploy},
        "rollout_restart": {"name": deploy},
        "rollout_pause": {"name": deploy},
        "rollout_resume": {"name": deploy},
        "cordon": {"node": "n1"},
        "uncordon": {"node": "n1"},
        "drain": {"node": "n1"},
        "taint": {"node": "n1", "taints": ["a=b:NoSchedule"]},
        "label": {**named, "labels": ["a=b"]},
        "annotate": {**named, "annotations": ["a=b"]},
        "patch": {**named, "patch": {"spec": {"replicas": 2}}},
        "apply": {"manifest": config},
        "delete": {"kind": "pod", "name": pod},
    }


def test_all_tools_of_an_episode_answer_as_they_declare() -> None:
    served = ScenarioSession(crashing("5s", duration_s=40), allow_what_if=True)
    pod = served.backend.list("Pod", None)[0]["metadata"]["name"]
    told = check_all(
        served,
        {
            "describe_pod": {"pod_name": pod},
            "get_pod_logs": {"pod_name": pod},
            "describe_deployment": {"deploy": "web"},
            "explain_scheduling": {"deploy": "web"},
            "act": {"action": "noop"},
            "what_if": {"action": "noop"},
            **looks("web"),
        },
    )
    assert told["get_goal"]["counts"].keys() == told["act"]["counts"].keys()
    assert told["what_if"]["counts"].keys() == told["act"]["counts"].keys()
    listed = told["get_deployments"]["items"][0]["replicas"]
    assert listed == told["describe_deployment"]["replicas"]


def test_all_tools_of_a_living_cluster_answer_as_they_declare() -> None:
    served = living()
    pod = served.backend.list("Pod", None)[0]["metadata"]["name"]
    web = {"deploy": "web"}
    told = check_all(
        served,
        {
            "describe_pod": {"pod_name": pod},
            "get_pod_logs": {"pod_name": pod},
            "describe_deployment": web,
            "explain_scheduling": web,
            "scale": {**web, "replicas": 3},
            "set_resources": {**web, "cpu_request": "5"},
            "what_if": {**web, "replicas": 2, "seconds": 5},
            "wait": {"seconds": 5},
            **looks("web"),
            **changes("web", pod),
        },
    )
    counts = {"desired", "updated", "total", "ready", "available", "unavailable"}
    for replicas in (
        told["get_deployments"]["items"][0]["replicas"],
        told["describe_deployment"]["replicas"],
        told["scale"]["replicas"],
        told["what_if"]["then"]["replicas"],
        told["wait"]["lacking"][0]["replicas"],
    ):
        assert replicas.keys() == counts
    assert told["wait"]["statuses"].keys() >= {"Running"}


def test_all_tools_of_a_live_cluster_answer_as_they_declare(tmp_path: Path) -> None:
    with serving(shop()) as api:
        served = KubeSession.from_kubeconfig(
            kubeconfig(tmp_path / "config", api.url),
            permissions=Permissions(namespaces=frozenset({"shop"}), nodes=True, manifests=True),
        )
        changed = api.cluster.get("Deployment", "web", "shop")
        changed["spec"]["template"]["metadata"]["labels"]["version"] = "2"
        api.cluster.apply(changed)
        api.cluster.advance(60)  # so that there is a revision to go back to
        pods = api.cluster.list("Pod", "shop")
        runs = next(pod["metadata"]["name"] for pod in pods if pod["spec"].get("nodeName"))
        web = {"deploy": "web"}
        check_all(
            served,
            {
                "describe_pod": {"pod_name": runs},
                "get_pod_logs": {"pod_name": runs},
                "describe_deployment": web,
                "explain_scheduling": web,
                "scale": {**web, "replicas": 3, "dry_run": True},
                "set_resources": {**web, "cpu_request": "1", "dry_run": True},
                "wait": {"seconds": 1},
                **looks("web"),
                **{
                    name: {**given, "dry_run": name != "rollout_pause"}
                    for name, given in changes("web", runs).items()
                },
            },
        )


def test_nothing_found_has_the_shape_of_something_found() -> None:
    served = session()
    nothing: dict[str, dict[str, Any]] = {
        "get_pods": {"label_selector": "app=x"},
        "get_deployments": {"label_selector": "app=x"},
        "get_events": {"field_selector": "reason=x"},
        "get_nodes": {"label_selector": "app=x"},
        "top_pods": {"label_selector": "app=x"},
        "top_nodes": {"label_selector": "app=x"},
    }
    schemas = {tool.name: tool.output_schema for tool in tools_of(served)}
    for (name, _), answer in zip(nothing.items(), call(served, *nothing.items()), strict=True):
        assert answer.structured_content is not None
        assert answer.structured_content["total"] == 0
        jsonschema.validate(answer.structured_content, closed(schemas[name]))


def test_a_tool_that_does_not_say_what_it_answers_is_refused() -> None:
    with pytest.raises(TypeError, match=r"Answer\[...\]"):
        output_schema(Answer)


def test_schemas_name_no_class_of_ours() -> None:
    async def listed() -> str:
        async with Client(build_server(session(allow_what_if=True))) as client:
            return str([tool.output_schema for tool in (await client.list_tools()).tools])

    assert "'title'" not in asyncio.run(listed())
