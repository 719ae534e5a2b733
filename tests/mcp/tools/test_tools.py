"""All tools over an episode, through the SDK's own client in memory."""

from __future__ import annotations

import asyncio
import json

import anyio
from mcp import Client
from mcp.types import CallToolResult
from tests.env.cases import crashing, scenario
from tests.mcp._sessions import ask, call, names, refusal, said, session
from tests.mcp.answers.test_arguments import tools_of

from simarena.env.scenarios.families.manifests import deployment
from simarena.env.scenarios.scenario import Scenario, default_nodes
from simarena.mcp import ScenarioSession, build_server
from simarena.mcp.answers.bounds import MAX_BYTES
from simarena.trace import Action, new_trace

READS = {
    "get_pods",
    "describe_pod",
    "get_deployments",
    "describe_deployment",
    "get_events",
    "get_pod_logs",
    "get_nodes",
    "top_pods",
    "top_nodes",
    "explain_scheduling",
    "get_resources",
    "describe_resource",
    "get_yaml",
    "rollout_status",
    "rollout_history",
}


def test_every_tool_and_every_parameter_is_described() -> None:
    async def listed() -> None:
        async with Client(build_server(session(allow_what_if=True))) as client:
            tools = (await client.list_tools()).tools
        assert {tool.name for tool in tools} == READS | {"get_goal", "act", "what_if"}
        for tool in tools:
            assert tool.description
            assert tool.title
            assert tool.annotations is not None
            assert tool.annotations.read_only_hint == (tool.name != "act")
            for name, schema in tool.input_schema["properties"].items():
                assert schema.get("description"), (tool.name, name)
                assert "anyOf" not in schema

    asyncio.run(listed())


def test_trying_out_is_served_only_where_it_is_allowed() -> None:
    assert "Unknown tool" in refusal(session(), "what_if", action="noop")


def test_instructions_say_what_is_asked_and_not_what_is_wrong() -> None:
    played = session()
    text = played.instructions
    assert "Deployment web in namespace virtual-default should have exactly 3 pods, all" in text
    for word in ("memory", "33Gi", "too large", played.scenario.family, played.scenario.name):
        assert word not in text
    assert played.task in ask(played, "get_goal")


def test_pods_come_as_a_table_under_a_header() -> None:
    lines = ask(session(), "get_pods").splitlines()
    assert lines[0] == (
        "Pods in namespace virtual-default, newest first: showing 3 of 3 (3 Pending)"
    )
    assert lines[1].split() == ["NAME", "READY", "STATUS", "RESTARTS", "AGE", "NODE"]
    assert lines[2].split()[1:] == ["0/1", "Pending", "0", "20s", "<none>"]
    assert len(lines) == 5


def test_pods_are_selected_and_limited() -> None:
    played = session()
    everywhere, none, running, one, elsewhere = names(
        call(
            played,
            ("get_pods", {"namespace": "*"}),
            ("get_pods", {"label_selector": "app=db"}),
            ("get_pods", {"field_selector": "status.phase=Running"}),
            ("get_pods", {"limit": 1}),
            ("get_pods", {"namespace": "default"}),
        )
    )
    assert everywhere.splitlines()[1].startswith("NAMESPACE")
    assert none == running == "No resources found in virtual-default namespace."
    assert "showing 1 of 3 (3 Pending); the next ones: cursor=1-" in one.splitlines()[0]
    assert len(one.splitlines()) == 3
    assert elsewhere == (
        "No resources found in default namespace. There are pods in: virtual-default"
    )


def test_null_is_as_good_as_nothing() -> None:
    (result,) = call(session(), ("get_pods", {"namespace": None, "label_selector": None}))
    assert not result.is_error


def test_a_deployment_is_described_with_its_requests_and_conditions() -> None:
    text = ask(session(), "describe_deployment", deploy="web")
    assert "Requests: cpu 500m, memory 33Gi" in text
    assert "3 desired | 3 updated | 3 total | 0 available | 3 unavailable" in text
    assert "Available: False, MinimumReplicasUnavailable" in text
    assert "Scaled up replica set" in text
    assert "0/3" in ask(session(), "get_deployments")


def test_a_pod_is_described_with_what_the_scheduler_says() -> None:
    played = session()
    name = played.backend.list("Pod", None)[0]["metadata"]["name"]
    text = ask(played, "describe_pod", pod_name=name)
    assert "PodScheduled: False, Unschedulable: 0/4 nodes are available: 4 Insufficient" in text
    assert "Controlled By:  ReplicaSet/web-" in text


def test_events_come_the_newest_first_and_only_as_many_as_asked_for() -> None:
    played = session()
    every, warnings, one, other = call(
        played,
        ("get_events", {"deploy": "web"}),
        ("get_events", {"deploy": "web", "type": "Warning"}),
        ("get_events", {"last_n": 1}),
        ("get_events", {"deploy": "api"}),
    )
    assert "showing 7 of 7 (4 Normal, 3 Warning)" in said(every)
    assert "ScalingReplicaSet" in said(every).splitlines()[-1]
    assert "showing 3 of 3" in said(warnings)
    assert said(warnings).count("FailedScheduling") == 3
    assert len(said(one).splitlines()) == 3
    assert other.is_error
    assert 'Error from server (NotFound): deployments.apps "api" not found' in said(other)


def test_errors_are_in_the_words_of_kubectl() -> None:
    played = session()
    pod = played.backend.list("Pod", None)[0]["metadata"]["name"]
    texts = names(
        call(
            played,
            ("describe_pod", {"pod_name": "x"}),
            ("get_pod_logs", {"pod_name": pod}),
            ("describe_deployment", {"deploy": "web", "namespace": "*"}),
            ("get_pods", {"label_selector": "a=("}),
            ("explain_scheduling", {}),
        )
    )
    assert 'Error from server (NotFound): pods "x" not found' in texts[0]
    assert f"(BadRequest): pod {pod} does not have a host assigned" in texts[1]
    assert "by name across all namespaces" in texts[2]
    assert "unable to parse requirement" in texts[3]
    assert "either a pod (pod_name) or a Deployment" in texts[4]


def test_nodes_tell_what_is_requested_of_them() -> None:
    text = ask(session("1Gi"), "get_nodes")
    assert "500m/16 (3%)" in text
    assert "1Gi/32Gi (3%)" in text
    assert "1/110" in text
    assert "kwok-provider" not in text


def test_the_scheduler_explains_itself_and_nothing_changes() -> None:
    played = session()
    before = played.backend.cluster.snapshot().live.catalogue.world.state.tobytes()
    text = ask(played, "explain_scheduling", deploy="web")
    assert "it would stay Pending. 0/4 nodes are available: 4 Insufficient memory." in text
    assert text.count("Insufficient memory") == 5
    assert played.backend.cluster.snapshot().live.catalogue.world.state.tobytes() == before
    healthy = session("1Gi")
    pod = healthy.backend.list("Pod", None)[0]["metadata"]["name"]
    assert "it would be scheduled to n" in ask(healthy, "explain_scheduling", pod_name=pod)


def test_acting_moves_time_and_looking_does_not() -> None:
    played = session()
    *_, first, pods, last = call(
        played,
        ("get_nodes", {}),
        ("top_nodes", {}),
        *[("act", {"action": "decrease_memory"})] * 4,
        ("get_pods", {}),
        ("act", {"action": "noop"}),
    )
    head = "Step 4 of 40, decrease_memory: memory request -256Mi."
    assert said(first).startswith(f"{head}\nAfter 20 s: web has 3 of 3 pods ready, 0 pending")
    assert "The goal is met; the episode is over." in said(first)
    assert first.structured_content is not None
    assert first.structured_content["solved"]
    assert first.structured_content["counts"]["ready"] == 3
    assert "(3 Running)" in said(pods)
    assert last.is_error
    assert "error: the episode is over: solved after 4 steps" in said(last)
    assert played.steps == 4
    assert played.tool_calls == {"get_nodes": 1, "top_nodes": 1, "act": 5, "get_pods": 1}


def test_a_blocked_action_says_so() -> None:
    played = ScenarioSession(scenario(1), max_steps=1)
    text = ask(played, "act", action="decrease_replicas")
    assert "blocked, it would cross a limit; nothing changed." in text
    assert text.endswith("no steps are left; the episode is over.")


def test_trying_out_tells_the_outcome_and_changes_nothing() -> None:
    played = ScenarioSession(scenario(2), allow_what_if=True)
    tried, pods = names(
        call(played, ("what_if", {"action": "increase_replicas"}), ("get_pods", {}))
    )
    assert tried.startswith("What if, step 1 of 40, increase_replicas: replicas +1.")
    assert "web has 3 of 3 pods ready" in tried
    assert "showing 2 of 2" in pods
    assert played.steps == 0


def test_actions_are_told_by_their_own_names_and_amounts() -> None:
    tools = {tool.name: tool for tool in tools_of(session(allow_what_if=True))}
    for name in ("act", "what_if"):
        told = tools[name].input_schema["properties"]["action"]
        assert told["enum"] == [action.name.lower() for action in Action]
        said_of = told["description"].replace("+/-", "+")
        ups = [each for each in Action if each.name.startswith("INCREASE")]
        assert all(each.words in said_of for each in ups)
        assert "+/-500m" in told["description"]


def test_an_argument_that_is_none_of_the_choices_is_refused_and_costs_nothing() -> None:
    played = session()
    assert "Input should be 'noop'" in refusal(played, "act", action="increase")
    assert played.steps == 0


def test_calls_that_come_at_once_are_carried_out_in_their_order() -> None:
    played = ScenarioSession(scenario(2), max_steps=3)
    texts: list[str] = [""] * 5

    async def together() -> None:
        async with Client(build_server(played)) as client, anyio.create_task_group() as group:

            async def act(number: int) -> None:
                result = await client.call_tool("act", {"action": "increase_cpu"})
                assert isinstance(result, CallToolResult)
                texts[number] = said(result)

            for number in range(5):
                group.start_soon(act, number)

    asyncio.run(together())
    assert [text[:11] for text in texts[:3]] == ["Step 1 of 3", "Step 2 of 3", "Step 3 of 3"]
    assert all("the episode is over" in text for text in texts[3:])
    assert played.steps == 3


def test_crashing_containers_are_seen_in_statuses_logs_and_usage() -> None:
    played = ScenarioSession(crashing("5s", duration_s=40))
    pod = played.backend.list("Pod", None)[0]["metadata"]["name"]
    pods, described, logs, previous, events = names(
        call(
            played,
            ("get_pods", {}),
            ("describe_pod", {"pod_name": pod}),
            ("get_pod_logs", {"pod_name": pod, "tail_lines": 1}),
            ("get_pod_logs", {"pod_name": pod, "previous": True, "timestamps": True}),
            ("get_events", {"deploy": "web", "type": "Warning"}),
        )
    )
    assert "CrashLoopBackOff" in pods
    assert "Last State: Terminated, reason OOMKilled, exit code 137" in described
    assert "usage-memory" not in described
    assert logs.splitlines()[1] == "Killed"
    assert "allocation failed" in previous
    assert "BackOff" in events
    steady = ScenarioSession(crashing("90s", duration_s=40))
    assert "50Mi" in ask(steady, "top_pods", sort_by="memory")
    assert "64Mi/128Mi" in ask(steady, "top_pods")
    assert "50Mi" in ask(steady, "top_nodes")


def test_answers_about_a_thousand_pods_are_small() -> None:
    web = deployment("a-service-with-a-rather-long-name-of-its-own", 1_000, "100m", "128Mi")
    played = ScenarioSession(
        Scenario(
            name="large",
            family="large",
            trace=new_trace([web]),
            nodes=default_nodes(12),
            deploy="a-service-with-a-rather-long-name-of-its-own",
            target=1_000,
            duration_s=20,
        )
    )
    results = call(
        played,
        ("get_pods", {}),
        ("get_pods", {"limit": 1_000, "namespace": "*"}),
        ("get_events", {"last_n": 1_000}),
        ("top_pods", {"limit": 1_000}),
        ("get_nodes", {}),
        ("describe_deployment", {"deploy": played.deploy}),
        ("explain_scheduling", {"deploy": played.deploy, "limit": 1_000}),
    )
    for result in results:
        assert not result.is_error
        whole = len(said(result).encode()) + len(json.dumps(result.structured_content).encode())
        assert whole <= MAX_BYTES < 16_000
    assert "of 1000 (1000 Running); the next ones: cursor=" in said(results[0])
    shown = results[1].structured_content
    assert shown is not None
    assert 30 < shown["shown"] < 1_000
