from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.trace._objects import container_of, deployment, pod, trace_of

from simarena.errors import ConfigError, NotFoundError, TraceError, UnknownNameError
from simarena.trace import (
    Action,
    Limits,
    Settings,
    Trace,
    WorkloadRef,
    apply_action,
    check,
    settings,
    workload,
    workloads,
)
from simarena.trace.siphash import spec_hash

if TYPE_CHECKING:
    from pathlib import Path

MI, GI = 2**20, 2**30
REQUESTS = {"cpu": "1", "memory": "1Gi"}


@pytest.mark.parametrize(
    ("action", "expected"),
    [
        (Action.NOOP, Settings(1000, GI, 2)),
        (Action.INCREASE_CPU, Settings(1500, GI, 2)),
        (Action.INCREASE_MEMORY, Settings(1000, 1280 * MI, 2)),
        (Action.INCREASE_REPLICAS, Settings(1000, GI, 3)),
        (Action.DECREASE_CPU, Settings(500, GI, 2)),
        (Action.DECREASE_MEMORY, Settings(1000, 768 * MI, 2)),
        (Action.DECREASE_REPLICAS, Settings(1000, GI, 1)),
    ],
)
def test_each_action_does_its_step(action: Action, expected: Settings) -> None:
    trace = trace_of((0, [deployment(requests=REQUESTS)], []))
    before = trace.to_bytes()
    ref = workload(trace, "web")
    edited, blocked = apply_action(trace, ref, action)
    assert not blocked
    assert settings(edited, ref) == expected
    assert trace.to_bytes() == before
    check(edited)


def test_every_event_changes_from_its_own_value() -> None:
    trace = trace_of(
        (0, [deployment(requests={"cpu": "100m"}, replicas=1), deployment("other")], []),
        (5, [deployment(requests={"cpu": "2"}, replicas=4)], [pod()]),
    )
    ref = workload(trace, "web")
    edited, _ = apply_action(trace, ref, Action.INCREASE_CPU)
    first, last = edited.events
    assert container_of(first.applied_objs[0])["resources"]["requests"] == {"cpu": "600m"}
    assert container_of(last.applied_objs[0])["resources"]["requests"] == {"cpu": "2500m"}
    assert first.applied_objs[1] is trace.events[0].applied_objs[1]
    assert last.deleted_objs == [pod()]


def test_an_event_in_which_a_step_would_cross_a_limit_stays_as_it_is() -> None:
    trace = trace_of((0, [deployment(replicas=99)], []), (5, [deployment(replicas=100)], []))
    ref = workload(trace, "web")
    edited, blocked = apply_action(trace, ref, Action.INCREASE_REPLICAS)
    assert not blocked
    assert [event.applied_objs[0]["spec"]["replicas"] for event in edited.events] == [100, 100]
    assert edited.events[1] is trace.events[1]
    assert edited.index[ref.kind][ref.key] == trace.index[ref.kind][ref.key]
    check(edited)
    same, blocked = apply_action(edited, ref, Action.INCREASE_REPLICAS)
    assert blocked
    assert same is edited


@pytest.mark.parametrize(
    ("requests", "replicas", "action", "blocked"),
    [
        ({"cpu": "15500m"}, 1, Action.INCREASE_CPU, False),
        ({"cpu": "15501m"}, 1, Action.INCREASE_CPU, True),
        ({"cpu": "550m"}, 1, Action.DECREASE_CPU, False),
        ({"cpu": "549m"}, 1, Action.DECREASE_CPU, True),
        ({}, 1, Action.DECREASE_CPU, True),
        ({"memory": "32512Mi"}, 1, Action.INCREASE_MEMORY, False),
        ({"memory": "32513Mi"}, 1, Action.INCREASE_MEMORY, True),
        ({"memory": "320Mi"}, 1, Action.DECREASE_MEMORY, False),
        ({"memory": "319Mi"}, 1, Action.DECREASE_MEMORY, True),
        ({}, 99, Action.INCREASE_REPLICAS, False),
        ({}, 100, Action.INCREASE_REPLICAS, True),
        ({}, 2, Action.DECREASE_REPLICAS, False),
        ({}, 1, Action.DECREASE_REPLICAS, True),
        ({}, 0, Action.DECREASE_REPLICAS, True),
        ({"cpu": "20"}, 1, Action.DECREASE_CPU, False),
        ({"cpu": "10m"}, 1, Action.INCREASE_CPU, False),
    ],
)
def test_limits_are_inclusive_and_values_outside_may_come_back(
    requests: dict[str, str], replicas: int, action: Action, blocked: bool
) -> None:
    trace = trace_of((0, [deployment(requests=requests, replicas=replicas)], []))
    assert apply_action(trace, workload(trace, "web"), action)[1] is blocked


def test_a_limit_is_scaled_with_its_request() -> None:
    manifest = deployment(requests=REQUESTS, limits={"cpu": "1500m", "memory": "1Gi"})
    trace = trace_of((0, [manifest], []))
    ref = workload(trace, "web")
    edited, _ = apply_action(trace, ref, Action.INCREASE_CPU)
    resources = container_of(edited.events[0].applied_objs[0])["resources"]
    assert resources["requests"] == {"cpu": "1500m", "memory": "1Gi"}
    assert resources["limits"] == {"cpu": "2250m", "memory": "1Gi"}
    edited, _ = apply_action(trace, ref, Action.DECREASE_MEMORY)
    resources = container_of(edited.events[0].applied_objs[0])["resources"]
    assert resources["limits"] == {"cpu": "1500m", "memory": "768Mi"}


def test_a_missing_request_counts_as_the_limit_as_in_the_api() -> None:
    trace = trace_of((0, [deployment(limits={"cpu": "2"})], []))
    ref = workload(trace, "web")
    assert settings(trace, ref) == Settings(2000, 0, 2)
    edited, _ = apply_action(trace, ref, Action.DECREASE_CPU)
    resources = container_of(edited.events[0].applied_objs[0])["resources"]
    assert resources == {"requests": {"cpu": "1500m"}, "limits": {"cpu": "1500m"}}


def test_missing_replicas_are_one_and_a_missing_request_is_none() -> None:
    trace = trace_of((0, [deployment(replicas=None)], []))
    ref = workload(trace, "web")
    assert settings(trace, ref) == Settings(0, 0, 1)
    edited, _ = apply_action(trace, ref, Action.INCREASE_REPLICAS)
    edited, _ = apply_action(edited, ref, Action.INCREASE_MEMORY)
    assert settings(edited, ref) == Settings(0, 256 * MI, 2)


def test_a_limit_without_room_to_grow_blocks() -> None:
    trace = trace_of((0, [deployment(requests={"memory": "1"}, limits={"memory": "1Ti"})], []))
    assert apply_action(trace, workload(trace, "web"), Action.INCREASE_MEMORY)[1]


def test_the_index_follows_the_edit() -> None:
    trace = trace_of((0, [deployment()], []), (5, [deployment(replicas=4)], []))
    edited, _ = apply_action(trace, workload(trace, "web"), Action.INCREASE_REPLICAS)
    expected = spec_hash(edited.events[1].applied_objs[0]["spec"])
    assert edited.index["apps/v1.Deployment"]["default/web"] == expected
    assert trace.index["apps/v1.Deployment"]["default/web"] != expected


def test_settings_are_those_of_the_last_event_that_applies_the_workload() -> None:
    trace = trace_of(
        (0, [deployment(replicas=1)], []),
        (5, [deployment(replicas=3), deployment(replicas=4)], []),
        (9, [], []),
    )
    assert settings(trace, workload(trace, "web")).replicas == 4


@given(st.lists(st.sampled_from(Action), max_size=30))
def test_no_walk_leaves_the_limits_or_an_unsound_trace(actions: list[Action]) -> None:
    manifest = deployment(requests=REQUESTS, limits={"cpu": "1300m", "memory": "3Gi"})
    trace = trace_of((0, [manifest], []), (5, [manifest], []))
    ref = workload(trace, "web")
    limits = Limits(max_cpu_milli=2000, max_memory_bytes=2 * GI, max_replicas=4)
    for action in actions:
        before = settings(trace, ref)
        trace, blocked = apply_action(trace, ref, action, limits)
        now = settings(trace, ref)
        assert (now == before) is (blocked or action == Action.NOOP)
        assert 50 <= now.cpu_milli <= 2000
        assert 64 * MI <= now.memory_bytes <= 2 * GI
        assert 1 <= now.replicas <= 4
    check(trace)
    assert Trace.from_bytes(trace.to_bytes()) == trace


def test_recorded_traces_are_edited_in_every_event(shared: Path) -> None:
    trace = Trace.from_path(shared / "traces" / "dsb-scaling.sktrace")
    ref = workload(trace, "nginx-thrift")
    assert ref == WorkloadRef("apps/v1.Deployment", "dsb", "nginx-thrift")
    edited, blocked = apply_action(trace, ref, Action.INCREASE_CPU)
    assert not blocked
    assert settings(edited, ref) == Settings(1500, GI, 10)
    again = Trace.from_bytes(edited.to_bytes())
    cpu = [
        container_of(manifest)["resources"]["requests"]["cpu"]
        for event in again.events
        for manifest in event.applied_objs
        if ref.is_ref_of(manifest)
    ]
    assert cpu == ["1500m"] * 5
    assert len(workloads(again)) == 27


def test_the_nearest_name_is_offered() -> None:
    trace = trace_of((0, [deployment("frontend"), deployment("backend")], []))
    with pytest.raises(NotFoundError, match=r"no workload 'frontent' .* did you mean 'frontend'"):
        workload(trace, "frontent")
    with pytest.raises(NotFoundError, match="did you mean 'default/backend'"):
        workload(trace, "backend", "prod")
    with pytest.raises(NotFoundError, match="it has backend, frontend"):
        workload(trace, "zzz")
    with pytest.raises(NotFoundError, match="no Deployment, StatefulSet or ReplicaSet"):
        workload(trace_of((0, [pod()], [])), "web")


def test_a_workload_that_is_not_there_cannot_be_edited() -> None:
    trace = trace_of((0, [deployment()], []))
    with pytest.raises(NotFoundError):
        apply_action(trace, WorkloadRef("apps/v1.Deployment", "default", "gone"), Action.NOOP)


def test_several_namespaces_need_a_choice() -> None:
    trace = trace_of((0, [deployment(namespace="a"), deployment(namespace="b")], []))
    with pytest.raises(TraceError, match="several namespaces, choose one of: a, b"):
        workload(trace, "web")
    assert workload(trace, "web", "b").namespace == "b"


def test_a_deployment_goes_before_other_kinds_of_the_same_name() -> None:
    trace = trace_of((0, [deployment(kind="StatefulSet"), deployment()], []))
    assert workload(trace, "web").kind == "apps/v1.Deployment"
    only = trace_of((0, [deployment(kind="ReplicaSet")], []))
    assert workload(only, "web").kind == "apps/v1.ReplicaSet"


def test_actions_are_known_by_number_and_name() -> None:
    assert Action.parse("3") is Action.INCREASE_REPLICAS
    assert Action.parse("increase-cpu") is Action.INCREASE_CPU
    assert Action.parse("DECREASE_MEMORY") is Action.DECREASE_MEMORY
    for text in ("7", "-1", "grow", "", "٣"):
        with pytest.raises(UnknownNameError):
            Action.parse(text)


def test_limits_without_room_are_refused() -> None:
    with pytest.raises(ConfigError, match="min_replicas 5 and max_replicas 2"):
        Limits(min_replicas=5, max_replicas=2)
