"""What measured models see: nothing by which a simulator is known, in anything that tools say."""

from __future__ import annotations

import json
import re
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from tests.env.cases import crashing
from tests.mcp._sessions import call
from tests.mcp.answers.test_arguments import tools_of

from simarena.apiserver.printing.ages import read_time
from simarena.benchmark.prompts import SYSTEM, task_text
from simarena.benchmark.rules import Rules
from simarena.cluster.messages.clock import EPOCH
from simarena.env import load_suite
from simarena.mcp import ScenarioSession

if TYPE_CHECKING:
    from mcp.types import CallToolResult, Tool

    from simarena.env import Scenario

TELL_TALES = re.compile(
    r"virtual|kwok|simarena|simkube|simulat|\.example|trace\b|replay"
    rf"|{EPOCH:%Y-%m-%d}|{EPOCH:%d %b %Y}",  # the day on which clusters begin
    re.IGNORECASE,
)
RULES = Rules(what_if=True)
KINDS = ("Pod", "Node", "Deployment", "ReplicaSet", "Service", "Namespace", "PriorityClass")


def scenarios() -> list[Scenario]:
    """Return one scenario of each family of both arenas, and one whose containers crash."""
    families: dict[tuple[str, str], Scenario] = {}
    for suite in ("arena-v1", "arena-v2"):
        for each in load_suite(suite):
            families.setdefault((suite, each.family), each)
    return [*families.values(), crashing("5s", duration_s=40)]


def looked(session: ScenarioSession) -> list[CallToolResult]:
    """Return what every tool answers that only looks, about every object there is."""
    pods = [pod["metadata"]["name"] for pod in session.backend.list("Pod", session.namespace)]
    workloads = [
        each["metadata"]["name"] for each in session.backend.list("Deployment", session.namespace)
    ]
    asked: list[tuple[str, dict[str, Any]]] = [
        ("get_goal", {}),
        ("get_pods", {"namespace": "*"}),
        ("get_deployments", {"namespace": "*"}),
        ("get_events", {"namespace": "*", "last_n": 1_000}),
        ("get_nodes", {}),
        ("top_pods", {"namespace": "*"}),
        ("top_nodes", {}),
        ("describe_pod", {"pod_name": "nothing"}),
        ("get_pods", {"namespace": "nowhere"}),
    ]
    for name in workloads:
        asked += [("describe_deployment", {"deploy": name}), ("get_events", {"deploy": name})]
        asked += [("explain_scheduling", {"deploy": name})]
    for name in pods:
        asked += [("describe_pod", {"pod_name": name}), ("explain_scheduling", {"pod_name": name})]
        asked += [
            ("get_pod_logs", {"pod_name": name, "timestamps": True, "previous": previous})
            for previous in (False, True)
        ]
    named = {name for name, _ in asked} | {"act", "what_if"}
    for tool in tools_of(session):
        if tool.name not in named:
            asked += [(tool.name, each) for each in ways_to_ask(tool, session)]
    return call(session, *asked)


def ways_to_ask(tool: Tool, session: ScenarioSession) -> list[dict[str, Any]]:
    """Return arguments that ask a tool about all there is, by the names of what it takes."""
    takes = tool.input_schema["properties"].keys()
    ways: list[dict[str, Any]] = [{}]
    if "kind" in takes:
        ways = [{"kind": kind} for kind in KINDS]
    if "name" in takes:
        ways = [
            {**way, "name": each["metadata"]["name"]}
            for way in ways
            for each in session.backend.list(way.get("kind", "Deployment"), None)
        ]
    elif "namespace" in takes:
        ways = [{**way, "namespace": "*"} for way in ways]
    return ways


@pytest.mark.parametrize("played", scenarios(), ids=lambda scenario: scenario.name)
def test_nothing_in_a_benchmark_session_tells_of_a_simulator(played: Scenario) -> None:
    session = RULES.session(played)
    told = [SYSTEM, task_text(session, RULES), session.instructions]
    told += [f"{tool.title} {tool.description} {tool.input_schema}" for tool in tools_of(session)]
    for action in ("noop", "increase_cpu"):
        told += [result.model_dump_json(exclude={"meta"}) for result in looked(session)]
        told += [
            json.dumps(each, default=str)
            for kind in KINDS
            for each in session.backend.list(kind, None)
        ]
        if session.is_over:
            break
        done = call(session, ("what_if", {"action": action}), ("act", {"action": action}))
        told += [result.model_dump_json(exclude={"meta"}) for result in done]
    for text in told:
        assert not TELL_TALES.search(text), TELL_TALES.search(text)


def created(session: ScenarioSession, kind: str) -> dict[str, datetime]:
    times = {}
    for each in session.backend.list(kind, None):
        at = read_time(each["metadata"]["creationTimestamp"])
        assert at is not None
        times[each["metadata"]["name"]] = at
    return times


def test_the_clock_goes_on_and_what_stays_grows_older() -> None:
    played = next(each for each in load_suite("arena-v1") if each.family == "replica_deficit")
    session = RULES.session(played)
    now = session.backend.now
    pods, nodes, events = created(session, "Pod"), created(session, "Node"), first_event(session)
    assert all(now - at == timedelta(seconds=played.duration_s) for at in pods.values())
    assert all(now - at > timedelta(days=14) for at in nodes.values())
    session.step(0)
    assert session.backend.now == now + timedelta(seconds=played.duration_s)
    assert created(session, "Pod") == pods
    assert created(session, "Node") == nodes
    assert first_event(session) == events
    deployments = created(session, "Deployment")
    session.step(1)  # more CPU, so all its pods are new
    later = created(session, "Pod")
    new = later.keys() - pods.keys()
    assert new
    assert all(later[name] == pods[name] for name in later.keys() & pods.keys())
    assert all(later[name] > now for name in new)
    assert created(session, "Deployment") == deployments
    assert created(session, "Node") == nodes


def first_event(session: ScenarioSession) -> str:
    return str(session.backend.events(None)[0]["lastTimestamp"])


def test_looking_alike_changes_nothing_about_the_episode() -> None:
    played = scenarios()[0]
    plain, shown = ScenarioSession(played), RULES.session(played)
    for action in (1, 2, 3):
        if plain.is_over:
            break
        first, second = plain.step(action), shown.step(action)
        looked(shown)
        assert (first.counts, first.reward) == (second.counts, second.reward)
    assert plain.judgement() == shown.judgement()


def test_the_day_on_which_clusters_begin_is_a_tell_tale_and_no_other_day_is() -> None:
    for said in ("2026-01-01T00:00:40Z", "Thu, 01 Jan 2026 00:00:40 +0000"):
        assert TELL_TALES.search(said)
    for said in ("2026-01-11T00:00:00Z", "Sun, 11 Jan 2026 00:00:00 +0000"):
        assert not TELL_TALES.search(said)


def test_the_scheduler_says_the_same_of_a_pod_as_it_is_shown() -> None:
    for played in scenarios()[:-1]:
        plain, shown = ScenarioSession(played), RULES.session(played)
        for pod in plain.backend.list("Pod", plain.namespace)[:2]:
            name = pod["metadata"]["name"]
            results = [
                call(each, ("explain_scheduling", {"pod_name": name}))[0] for each in (plain, shown)
            ]
            assert results[0].content == results[1].content


def test_equal_episodes_look_equal() -> None:
    played = scenarios()[0]
    one, other = (RULES.session(played) for _ in range(2))
    assert [each.content for each in looked(one)] == [each.content for each in looked(other)]
