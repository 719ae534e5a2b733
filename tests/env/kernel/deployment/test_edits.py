"""What the kernel does to templates and specs is what editing the trace and compiling would do."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.env.cases import container, trace_of, workload
from tests.examples import examples

from simarena.cluster.manifests.node_words import make_node
from simarena.env.deployment.env import DeploymentEnv
from simarena.env.deployment.start import compile_start
from simarena.env.scenarios.scenario import Scenario
from simarena.errors import ScenarioError
from simarena.trace import Action, Limits, Trace, apply_action

if TYPE_CHECKING:
    from simarena.cluster.records import Rows
    from simarena.env.deployment.start import Start

CPU = st.sampled_from(["50m", "300m", "550m", "1", "2500m", "15600m", "17"])
MEMORY = st.sampled_from(["64Mi", "300Mi", "1Gi", "17.41550499759833Gi", "31.9Gi", "33Gi"])


def amounts(draw: st.DrawFn, nothing: str | None) -> dict[str, str]:
    found = {}
    for name, values in (("cpu", CPU), ("memory", MEMORY)):
        if draw(st.booleans()):
            found[name] = draw(values)
        elif nothing is not None:
            found[name] = nothing
    return found


@st.composite
def containers(draw: st.DrawFn, nothing: str | None) -> dict[str, Any]:
    requests = amounts(draw, nothing)
    limits = {}
    if "cpu" in requests and draw(st.booleans()):
        limits["cpu"] = "17500m"
    if "memory" in requests and draw(st.booleans()):
        limits["memory"] = "34Gi"
    if "cpu" not in requests and draw(st.booleans()):
        limits["cpu"] = "700m"  # the API takes it for the request too
    resources = {"requests": requests} if requests else {}
    if limits:
        resources["limits"] = limits
    return container(**resources)


@st.composite
def traces(draw: st.DrawFn) -> Trace:
    # Versions of which one asks for 0 and another for nothing stay apart once they are equal.
    nothing = draw(st.sampled_from([None, "0"]))
    versions = draw(
        st.lists(
            st.tuples(
                st.sampled_from([None, 1, 2, 5]),
                st.lists(containers(nothing), min_size=1, max_size=2),
            ),
            min_size=1,
            max_size=3,
        )
    )
    other = workload("other", 2, container(requests={"cpu": "3", "memory": "5Gi"}))
    events = [(0, [other])]
    events += [
        (5 * row, [workload("web", replicas, *pods)])
        for row, (replicas, pods) in enumerate(versions, start=1)
    ]
    return trace_of(*events)


def scenario_of(trace: Trace, duration_s: int = 30) -> Scenario:
    return Scenario(
        name="walk",
        family="test",
        trace=trace,
        nodes=(make_node("a", "16", "32Gi"), make_node("b", "8", "64Gi")),
        deploy="web",
        target=3,
        max_steps=1_000,
        duration_s=duration_s,
        seed=7,
    )


def tables(env: DeploymentEnv) -> tuple[Rows, Rows]:
    batch = env._batch._batch
    return batch.templates[0], batch.specs[0]


@examples(40)
@given(traces(), st.lists(st.sampled_from(list(Action)), min_size=1, max_size=12), st.booleans())
def test_a_walk_of_edits_equals_editing_the_trace(
    trace: Trace, actions: list[Action], short: bool
) -> None:
    scenario = scenario_of(trace, duration_s=7 if short else 30)
    limits = Limits(max_replicas=6)
    env = DeploymentEnv(scenarios=scenario, limits=limits, max_steps=1_000)
    env.reset(seed=0)
    edited = trace
    for step, action in enumerate(actions, start=1):
        edited, blocked = apply_action(edited, scenario.workload, action, limits)
        observation, _, terminated, _, info = env.step(action)
        assert info["blocked"] == blocked
        afresh = replace(scenario, trace=edited)
        start = compile_start(afresh)
        assert_same_requests(start, env)
        other = DeploymentEnv(scenarios=afresh, limits=limits, max_steps=1_000)
        expected, expected_info = other.reset(seed=0)
        for name, value in expected_info.items():
            if name not in {"step", "blocked", "scenario"}:
                np.testing.assert_array_equal(info[name], value, name)
        # Steps left and blocked are the only components about the episode.
        np.testing.assert_array_equal(
            np.delete(observation, [27, 28]), np.delete(expected, [27, 28])
        )
        assert info["step"] == step
        if terminated:
            break


def assert_same_requests(start: Start, env: DeploymentEnv) -> None:
    """Compare what each event applies. Templates that became equal are one where compiled anew."""
    templates, specs = tables(env)
    workload_row = start.task[0]["workload"]
    ours, theirs = (
        [
            timeline["spec"][row]
            for row in range(num_rows)
            if timeline[row]["subject"] == workload_row and timeline[row]["operation"] == 0
        ]
        for timeline, num_rows in (
            (env._batch._bank.timeline[0], env._batch._bank.state[0, 0]["num_timeline"]),
            (start.world.timeline, start.world.state[0]["num_timeline"]),
        )
    )
    for our_row, their_row in zip(ours, theirs, strict=True):
        spec, expected = specs[our_row], start.world.specs[their_row]
        assert spec["replicas"] == expected["replicas"]
        template, wanted = templates[spec["template"]], start.world.templates[expected["template"]]
        for name in template.dtype.names:
            if name not in {"first_term", "first_counted", "kin"}:  # where their rows are
                assert template[name] == wanted[name], name


def test_events_that_apply_the_same_thing_twice_are_edited_once() -> None:
    one = workload("web", 2, container(requests={"cpu": "1", "memory": "1Gi"}))
    env = DeploymentEnv(scenarios=scenario_of(trace_of((0, [one]), (5, [one]), (9, [one]))))
    env.reset(seed=0)
    assert env.step(Action.INCREASE_CPU)[4]["cpu_milli"] == 1_500
    assert env.step(Action.INCREASE_REPLICAS)[4]["replicas"] == 3


def test_an_event_at_a_limit_keeps_its_value_while_others_change() -> None:
    once = workload("web", 1, container(requests={"cpu": "15600m", "memory": "1Gi"}))
    now = workload("web", 4, container(requests={"cpu": "1", "memory": "1Gi"}))
    scenario = replace(scenario_of(trace_of((0, [once]), (5, [now]))), target=9)
    env = DeploymentEnv(scenarios=scenario)
    env.reset(seed=0)
    for wanted in (3, 2, 1):
        info = env.step(Action.DECREASE_REPLICAS)[4]
        assert (info["blocked"], info["replicas"]) == (False, wanted)
    assert env.step(Action.DECREASE_REPLICAS)[4]["blocked"]
    info = env.step(Action.INCREASE_CPU)[4]
    assert (info["blocked"], info["cpu_milli"]) == (False, 1_500)
    assert [int(each) for each in tables(env)[0]["first_cpu_milli"][:2]] == [15_600, 1_500]


def test_events_that_come_to_ask_for_the_same_are_no_rollout() -> None:
    # 600m and 100m: one step less leaves the second where it is, and both at 100m.
    events = [
        (at, [workload("web", 2, container(requests={"cpu": cpu, "memory": "1Gi"}))])
        for at, cpu in ((0, "600m"), (5, "100m"))
    ]
    env = DeploymentEnv(scenarios=scenario_of(trace_of(*events)))
    env.reset(seed=0)
    assert num_replicasets(env) == 2
    env.step(Action.DECREASE_CPU)
    assert num_replicasets(env) == 1
    env.step(Action.INCREASE_CPU)  # they stay together
    assert num_replicasets(env) == 1


def test_a_request_of_nothing_and_none_at_all_become_the_same() -> None:
    some = container(requests={"cpu": "0", "memory": "1Gi"})
    none = container(requests={"memory": "1Gi"})
    trace = trace_of((0, [workload("web", 2, some)]), (5, [workload("web", 2, none)]))
    env = DeploymentEnv(scenarios=replace(scenario_of(trace), target=9))
    env.reset(seed=0)
    assert num_replicasets(env) == 2
    env.step(Action.INCREASE_CPU)
    assert num_replicasets(env) == 1


def num_replicasets(env: DeploymentEnv) -> int:
    workloads = env._batch._batch.workloads[0]
    return int(workloads[env._batch.seat.tasks[0]["workload"]]["num_children"])


def test_a_pod_wide_request_cannot_be_looked_after() -> None:
    manifest = workload("web", 2, container(requests={"cpu": "1", "memory": "1Gi"}))
    manifest["spec"]["template"]["spec"]["resources"] = {"requests": {"cpu": "2"}}
    with pytest.raises(ScenarioError, match="whole pod"):
        DeploymentEnv(scenarios=scenario_of(trace_of((0, [manifest]))))
