"""SimKube's driver: what it changes in objects, and when it applies them."""

from __future__ import annotations

import copy
import math
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.trace._objects import deployment, pod, trace_of

from simarena.cluster.codes import NONE
from simarena.cluster.replay.driver import (
    ReplayOptions,
    arrivals,
    end_ms,
    recorded_object,
    virtual_namespace,
    virtual_object,
)
from simarena.errors import ConfigError, ManifestError

if TYPE_CHECKING:
    from simarena.trace import Trace

SELECTOR = {"type": "virtual"}
TOLERATION = {"key": "kwok-provider", "operator": "Exists", "effect": "NoSchedule"}


def at(*times: int) -> Trace:
    return trace_of(*((time, [deployment(f"web-{n}")], []) for n, time in enumerate(times)))


def times_ms(trace: Trace, *, speed: float = 1.0, duration_s: int | None = None) -> list[int]:
    options = ReplayOptions(speed=speed, duration_s=duration_s)
    return [arrival.time_ms for arrival in arrivals(trace, options)]


def test_namespaces_become_virtual() -> None:
    assert virtual_namespace("shop") == "virtual-shop"
    assert virtual_object(deployment(namespace="shop"))["metadata"]["namespace"] == "virtual-shop"
    assert virtual_object(deployment(namespace=None))["metadata"]["namespace"] == "virtual-default"
    space = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop"}}
    assert virtual_object(space) == space


def test_pods_are_sent_to_virtual_nodes() -> None:
    manifest = deployment()
    spec = manifest["spec"]["template"]["spec"]
    spec["nodeSelector"] = {"disk": "ssd", "type": "real"}
    spec["tolerations"] = [{"key": "mine", "operator": "Exists"}]
    before = copy.deepcopy(manifest)
    changed = virtual_object(manifest)["spec"]["template"]["spec"]
    assert changed["nodeSelector"] == {"disk": "ssd", **SELECTOR}
    assert changed["tolerations"] == [{"key": "mine", "operator": "Exists"}, TOLERATION]
    assert manifest == before


def test_a_bare_pod_loses_its_node_and_its_ports() -> None:
    manifest = pod()
    manifest["spec"]["nodeName"] = "where-it-was"
    manifest["spec"]["containers"][0]["ports"] = [{"containerPort": 80}]
    changed = virtual_object(manifest)["spec"]
    assert "nodeName" not in changed
    assert "ports" not in changed["containers"][0]
    assert (changed["nodeSelector"], changed["tolerations"]) == (SELECTOR, [TOLERATION])


def test_a_cron_jobs_template_is_found_where_it_is() -> None:
    template = {"spec": {"containers": [{"name": "main"}]}}
    manifest = {
        "apiVersion": "batch/v1",
        "kind": "CronJob",
        "metadata": {"name": "nightly"},
        "spec": {"jobTemplate": {"spec": {"template": template}}},
    }
    changed = virtual_object(manifest)["spec"]["jobTemplate"]["spec"]["template"]["spec"]
    assert changed["nodeSelector"] == SELECTOR


def test_times_begin_at_the_first_event() -> None:
    assert times_ms(at(1_000, 1_007, 1_060)) == [0, 7_000, 60_000]
    assert end_ms(at(1_000, 1_007, 1_060), ReplayOptions()) == 60_000


def test_waits_are_cut_to_whole_seconds_one_by_one() -> None:
    # 7 / 2 = 3.5 s and 7 / 2 again: 3 + 3, not 7.
    trace = at(0, 7, 14)
    assert times_ms(trace, speed=2.0) == [0, 3_000, 6_000]
    assert end_ms(trace, ReplayOptions(speed=2.0)) == 6_000
    assert times_ms(at(0, 1, 2), speed=100) == [0, 0, 0]
    assert times_ms(at(0, 1), speed=0.3) == [0, 3_000]


def test_a_duration_drops_what_is_due_at_its_end_and_later_and_ends_there() -> None:
    trace = at(0, 10, 40, 41)
    assert times_ms(trace, duration_s=41) == [0, 10_000, 40_000]
    assert times_ms(trace, duration_s=40) == [0, 10_000]
    assert end_ms(trace, ReplayOptions(duration_s=40)) == 40_000
    assert times_ms(trace, duration_s=39) == [0, 10_000]
    assert end_ms(trace, ReplayOptions(duration_s=39)) == 39_000


def test_a_duration_may_go_on_after_the_last_event() -> None:
    assert times_ms(at(0, 10), duration_s=100) == [0, 10_000]
    assert end_ms(at(0, 10), ReplayOptions(duration_s=100)) == 100_000


def test_a_duration_is_recorded_time_and_passes_faster_at_speed() -> None:
    options = ReplayOptions(duration_s=30, speed=3.0)
    assert times_ms(at(0, 10, 40), duration_s=30, speed=3.0) == [0, 3_000]
    assert end_ms(at(0, 10, 40), options) == 3_000 + 6_000


def test_a_trace_without_events_lasts_as_long_as_asked() -> None:
    assert times_ms(trace_of()) == []
    assert end_ms(trace_of(), ReplayOptions()) == 0
    assert end_ms(trace_of(), ReplayOptions(duration_s=5)) == 5_000


@given(
    st.lists(st.integers(0, 500), min_size=1, max_size=12),
    st.floats(0.1, 50),
    st.one_of(st.none(), st.integers(1, 2_000)),
)
def test_time_never_goes_back_and_never_passes_the_end(
    waits: list[int], speed: float, duration_s: int | None
) -> None:
    moments = [sum(waits[: n + 1]) for n in range(len(waits))]
    trace = at(*moments)
    options = ReplayOptions(speed=speed, duration_s=duration_s)
    times = [arrival.time_ms for arrival in arrivals(trace, options)]
    assert times == sorted(times)
    assert all(time % 1_000 == 0 for time in times)
    assert times[-1] <= end_ms(trace, options)
    lasts = duration_s if duration_s is not None else moments[-1] - moments[0]
    assert end_ms(trace, options) <= 1_000 * math.ceil(lasts / speed)


def test_applied_objects_come_before_deleted_ones_of_the_same_event() -> None:
    trace = trace_of((0, [deployment("old")], []), (5, [deployment("new")], [deployment("old")]))
    told = [
        (a.time_ms, a.manifest["metadata"]["name"], a.deleted)
        for a in arrivals(trace, ReplayOptions())
    ]
    assert told == [(0, "old", False), (5_000, "new", False), (5_000, "old", True)]


@pytest.mark.parametrize(
    ("lifecycle", "run_ms"),
    [({"Finished": [100, 130]}, 30_000), ({"Running": 100}, NONE), ("Empty", NONE)],
)
def test_a_bare_pod_runs_as_long_as_it_did(lifecycle: object, run_ms: int) -> None:
    trace = trace_of((0, [pod("solo")], []))
    trace = replace(trace, pod_lifecycles={("v1.Pod", "default/solo"): {1: [lifecycle]}})
    assert [arrival.lifecycles for arrival in arrivals(trace, ReplayOptions())] == [(run_ms,)]


@pytest.mark.parametrize(
    "options", [{"duration_s": 0}, {"speed": 0.0}, {"speed": -1.0}, {"speed": math.nan}]
)
def test_what_no_replay_could_do_is_refused(options: dict[str, Any]) -> None:
    with pytest.raises(ConfigError):
        ReplayOptions(**options)


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("nodeSelector", 5, "nodeSelector must be an object, got int"),
        ("tolerations", 5, "tolerations must be a list, got int"),
        ("tolerations", ["x"], r"tolerations\[0\] must be an object, got str"),
        ("containers", 5, "containers must be a list, got int"),
        ("containers", ["x"], r"containers\[0\] must be an object, got str"),
    ],
)
def test_a_pod_that_cannot_be_sent_to_virtual_nodes_is_told(
    field: str, value: object, message: str
) -> None:
    manifest = copy.deepcopy(deployment("web"))
    manifest["spec"]["template"]["spec"][field] = value
    with pytest.raises(ManifestError, match=f"Deployment web: spec.template.spec.{message}"):
        virtual_object(manifest)


@pytest.mark.parametrize("spec", [None, 5, {}, {"template": []}, {"template": {"spec": 5}}])
def test_an_object_without_the_spec_of_its_pods_is_told(spec: object) -> None:
    manifest = {**deployment("web"), "spec": spec}
    with pytest.raises(ManifestError, match=r"web: spec\.template\.spec is missing, or no object"):
        virtual_object(manifest)


@pytest.mark.parametrize(
    "options",
    [
        {"duration_s": "5"},
        {"duration_s": 1.5},
        {"duration_s": 10**30},
        {"speed": "1"},
        {"speed": 10**400},
        {"speed": float("inf")},
        {"speed": True},
    ],
)
def test_options_of_another_kind_are_refused(options: dict[str, Any]) -> None:
    with pytest.raises(ConfigError, match="must be"):
        ReplayOptions(**options)


def test_a_pod_that_ran_for_ages_has_a_run_that_a_row_can_hold() -> None:
    trace = trace_of((0, [pod("bare")], []))
    lives = {("v1.Pod", "default/bare"): {1: [{"Finished": [-(2**63), 2**63 - 1]}]}}
    trace = replace(trace, pod_lifecycles=lives)
    (arrival,) = arrivals(trace, ReplayOptions(speed=1e-6))
    assert arrival.lifecycles == ((2**31 - 1) * 1_000,)


def test_what_is_added_to_pods_of_a_replay_can_be_taken_away_again() -> None:
    web = deployment(namespace="shop")
    web["spec"]["template"]["spec"]["tolerations"] = [{"key": "gpu", "operator": "Exists"}]
    web["spec"]["template"]["spec"]["nodeSelector"] = {"zone": "a"}
    virtual = virtual_object(web)
    before = copy.deepcopy(virtual)
    spec = recorded_object(virtual)["spec"]["template"]["spec"]
    assert spec["tolerations"] == web["spec"]["template"]["spec"]["tolerations"]
    assert spec["nodeSelector"] == {"zone": "a"}
    assert virtual == before
    assert recorded_object(recorded_object(virtual)) == recorded_object(virtual)


@pytest.mark.parametrize(("field", "value"), [("nodeSelector", 5), ("tolerations", ["x"])])
def test_a_pod_to_which_nothing_can_be_added_has_nothing_taken_away(
    field: str, value: object
) -> None:
    manifest = copy.deepcopy(deployment("web"))
    manifest["spec"]["template"]["spec"][field] = value
    with pytest.raises(ManifestError, match=f"Deployment web: spec of its pods.{field}.* must be"):
        recorded_object(manifest)
