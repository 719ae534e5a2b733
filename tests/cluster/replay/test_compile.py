"""Replays: compiled to a timeline, or step by step on a living cluster, they come out the same."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.cluster._objects import check_world, node, world_of
from tests.examples import examples
from tests.trace._objects import deployment, pod, trace_of

from simarena.cluster import Cluster, ClusterConfig
from simarena.cluster.objects.history import PodCounts, history
from simarena.cluster.objects.journal import Journal
from simarena.cluster.operations.live import LiveWorld
from simarena.cluster.replay.compile import CompiledReplay, compile_replay
from simarena.cluster.replay.driver import ReplayOptions
from simarena.cluster.rows.tables import Capacities
from simarena.errors import ManifestError
from simarena.trace import Trace

if TYPE_CHECKING:
    from pathlib import Path

    from simarena.cluster.objects.history import History

TAINTS = [{"key": "kwok-provider", "value": "true", "effect": "NoSchedule"}]
NODES = [
    node(f"virtual-{number}", "4", "8Gi", labels={"type": "virtual"}, taints=TAINTS)
    for number in range(3)
]


def run(replay: CompiledReplay) -> LiveWorld:
    live = LiveWorld(replay.catalogue, Journal([], []))
    live.advance_to(replay.end_ms)
    return live


def history_of(live: LiveWorld) -> History:
    return history(live.journal.table(), live.catalogue.world.templates)


def replayed(trace: Trace, options: ReplayOptions | None = None) -> LiveWorld:
    compiled = compile_replay(trace, NODES, options=options, capacities=Capacities(log=4_096))
    return run(compiled)


def asking(name: str, replicas: int, cpu: str) -> dict[str, Any]:
    return deployment(name, replicas=replicas, requests={"cpu": cpu, "memory": "100Mi"})


def test_a_small_trace_by_hand() -> None:
    trace = trace_of(
        (100, [asking("web", 1, "1")], []),
        (110, [asking("web", 3, "1")], []),
        (120, [], [asking("web", 3, "1")]),
        (130, [], []),
    )
    live = replayed(trace)
    row = live.catalogue.workload_rows["Deployment", "virtual-default", "web"]
    series = history_of(live).workloads["workload", row]
    assert [counts.total for _, counts in series if counts.pending == 0] == [1, 3, 0]
    assert next(t for t, counts in series if counts.ready == 3) < 12_000
    assert series[-1] == (20_000, PodCounts())
    assert live.now_ms == 30_000


def test_what_cannot_be_simulated_is_named_once() -> None:
    unknown = {
        "apiVersion": "example.com/v1",
        "kind": "Gadget",
        "metadata": {"name": "once", "namespace": "default"},
        "spec": {},
    }
    trace = trace_of((0, [unknown, pod()], []), (5, [unknown], []), (9, [], []))
    assert compile_replay(trace, NODES).left_out == ("Gadget once",)


def test_a_malformed_object_leaves_the_cluster_as_it_was() -> None:
    bad = asking("web", 1, "1")
    bad["spec"]["selector"] = {"matchLabels": {"app": "other"}}
    cluster = Cluster(NODES)
    with pytest.raises(ManifestError, match="`selector` does not match template"):
        cluster.replay(trace_of((0, [asking("api", 1, "1")], []), (5, [bad], [])))
    assert cluster.list("Deployment") == []
    assert cluster.now_ms == 0


@pytest.mark.parametrize("metrics", [5, "x", ["x"], [5], [{"resource": "x"}], [{"type": ["x"]}]])
def test_metrics_of_another_form_are_told(metrics: object) -> None:
    scaler = _object("autoscaling/v2", "HorizontalPodAutoscaler", {"metrics": metrics})
    with pytest.raises(ManifestError, match=r"Autoscaler odd: spec\.metrics.* must be"):
        compile_replay(trace_of((0, [scaler], [])), NODES)


@pytest.mark.parametrize("spec", [5, "x", ["x"], {"managedBy": ["x"]}])
def test_of_what_is_deleted_only_kind_and_name_are_read(spec: object) -> None:
    job = _object("batch/v1", "Job", spec)
    plan = compile_replay(trace_of((0, [pod()], []), (5, [], [job])), NODES)
    assert plan.left_out == ()


def _object(version: str, kind: str, spec: object) -> dict[str, Any]:
    return {"apiVersion": version, "kind": kind, "metadata": {"name": "odd"}, "spec": spec}


@pytest.mark.parametrize("nodes", [True, 5, "node-1", NODES[0]])
def test_what_is_no_list_of_nodes_is_told(nodes: Any) -> None:
    with pytest.raises(ManifestError, match="nodes must be a list of manifests, got"):
        compile_replay(trace_of((0, [pod("solo")], [])), nodes)


def test_a_pod_ends_as_long_after_it_ran_as_recorded() -> None:
    trace = trace_of((0, [pod("solo")], []), (60, [], []))
    trace = replace(
        trace, pod_lifecycles={("v1.Pod", "default/solo"): {1: [{"Finished": [100, 130]}]}}
    )
    cluster = Cluster(NODES)
    cluster.replay(trace)
    status = cluster.get("Pod", "solo", "virtual-default")["status"]
    assert status["phase"] == "Succeeded"
    ended = status["containerStatuses"][0]["state"]["terminated"]
    assert (ended["startedAt"][-3:-1], ended["finishedAt"][-3:-1]) == ("01", "31")


def test_a_pod_that_ended_at_once_ends_at_once() -> None:
    trace = trace_of((0, [pod("solo")], []), (60, [], []))
    trace = replace(
        trace, pod_lifecycles={("v1.Pod", "default/solo"): {1: [{"Finished": [100, 100]}]}}
    )
    cluster = Cluster(NODES)
    cluster.replay(trace)
    assert cluster.get("Pod", "solo", "virtual-default")["status"]["phase"] == "Succeeded"


def test_a_pod_that_is_there_stays_as_it_is() -> None:
    changed = pod("solo")
    changed["spec"]["containers"][0]["image"] = "other:2"
    cluster = Cluster(NODES)
    cluster.replay(trace_of((0, [pod("solo")], []), (5, [changed], []), (9, [], [])))
    (container,) = cluster.get("Pod", "solo", "virtual-default")["spec"]["containers"]
    assert container["image"] == "web:1"


def test_what_is_applied_at_a_moment_comes_before_what_was_due_then() -> None:
    # The pods of "web" are Ready at exactly 1 s if every delay is 0; the edit at 1 s comes first.
    config = ClusterConfig(
        deployment_sync_ms=0, replicaset_sync_ms=0, create_batch_ms=0, scheduling_ms=0
    )
    trace = trace_of(
        (0, [asking("web", 1, "1")], []), (1, [], [asking("web", 1, "1")]), (9, [], [])
    )
    cluster = Cluster(NODES, config=config)
    cluster.replay(trace)
    series = cluster.history().workloads["workload", 0]
    assert max(counts.ready for _, counts in series) == 0


def test_a_replay_may_follow_another() -> None:
    cluster = Cluster(NODES)
    cluster.advance(5)
    cluster.replay(trace_of((0, [asking("web", 1, "1")], []), (30, [], [])))
    cluster.replay(trace_of((0, [asking("web", 2, "1")], []), (30, [], [])))
    assert cluster.now_ms == 65_000
    web = cluster.get("Deployment", "web", "virtual-default")
    assert web["status"]["readyReplicas"] == 2
    assert web["metadata"]["generation"] == 2
    assert world_of(cluster).state[0]["num_timeline"] == 0


def test_one_event_without_time_after_it_is_applied_all_the_same() -> None:
    cluster = Cluster(NODES)
    cluster.replay(trace_of((7, [asking("web", 1, "1")], [])))
    assert cluster.now_ms == 0
    assert [m["metadata"]["name"] for m in cluster.list("Deployment")] == ["web"]


names = st.sampled_from(["web", "api", "db"])
edits = st.one_of(
    st.builds(asking, names, st.integers(0, 6), st.sampled_from(["100m", "1", "2", "5"])),
    st.builds(lambda name: pod(f"bare-{name}"), names),
)
events = st.lists(
    st.tuples(st.integers(0, 20), st.lists(edits, max_size=3), st.lists(edits, max_size=1)),
    min_size=1,
    max_size=6,
)


@given(events, st.sampled_from([0.5, 1.0, 3.0]), st.one_of(st.none(), st.integers(1, 60)))
@examples(40)
def test_both_ways_give_the_same_history(
    waits: list[Any], speed: float, duration_s: int | None
) -> None:
    moment, told = 0, []
    for wait, applied, deleted in waits:
        moment += wait
        told.append((moment, applied, deleted))
    trace = trace_of(*told)
    live = replayed(trace, ReplayOptions(speed=speed, duration_s=duration_s))
    cluster = Cluster(NODES)
    cluster.replay(trace, speed=speed, duration=duration_s)
    assert cluster.history() == history_of(live)
    assert cluster._live.journal.table().tolist() == live.journal.table().tolist()
    check_world(live.catalogue.world)


@pytest.mark.parametrize("name", ["dsb-scaling", "bare-pods"])
def test_recorded_traces_come_out_the_same_both_ways(shared: Path, name: str) -> None:
    trace = Trace.from_path(shared / "traces" / f"{name}.sktrace")
    live = replayed(trace)
    cluster = Cluster(NODES)
    cluster.replay(trace)
    assert cluster.history() == history_of(live)
    assert live.now_ms == cluster.now_ms == 1_000 * (trace.events[-1].ts - trace.events[0].ts)
    assert history_of(live).workloads
    check_world(live.catalogue.world)
