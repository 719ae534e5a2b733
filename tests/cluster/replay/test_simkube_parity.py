"""Traces of all kinds replay as SimKube replays them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from tests.cluster._controllers import cronjob, daemonset, job, pod_names, statefulset
from tests.cluster._objects import check_world, node, world_of
from tests.trace._objects import deployment, pod, trace_of

from simarena.cluster import Cluster
from simarena.cluster.objects.identity import clone_name
from simarena.cluster.objects.journal import Journal
from simarena.cluster.objects.view import View
from simarena.cluster.operations.live import LiveWorld
from simarena.cluster.replay.compile import compile_replay
from simarena.cluster.replay.driver import ReplayOptions
from simarena.cluster.rows.tables import Capacities
from simarena.trace import Trace, TraceEvent

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cluster._objects import Manifest

TAINTS = [{"key": "kwok-provider", "value": "true", "effect": "NoSchedule"}]
NODES = [node(f"n{i}", "16", "64Gi", labels={"type": "virtual"}, taints=TAINTS) for i in range(2)]


def phases(cluster: Cluster) -> dict[str, str]:
    return {pod["metadata"]["name"]: pod["status"]["phase"] for pod in cluster.list("Pod")}


def with_lifecycles(trace: Trace, owner: tuple[str, str], entries: list[object]) -> Trace:
    return replace(trace, pod_lifecycles={owner: {1: entries}})


def test_recorded_bare_pods_end_when_they_did(shared: Path) -> None:
    trace = Trace.from_path(shared / "traces" / "bare-pods.sktrace")
    cluster = Cluster(NODES)
    # Applied at 0, 42, 102 and 162 s; they run 12, 30, 30 s and for ever, from 1.002 s after that.
    assert cluster.replay(trace, duration=200) == ()
    assert list(phases(cluster).values()) == ["Succeeded", "Succeeded", "Succeeded", "Running"]
    ends = [
        pod["status"]["containerStatuses"][0]["state"]["terminated"]["finishedAt"][14:19]
        for pod in cluster.list("Pod")[:3]
    ]
    assert ends == ["00:13", "01:13", "02:13"]


def test_an_interrupted_bare_pod_comes_back_as_a_clone_if_asked_for() -> None:
    trace = trace_of((0, [pod("solo")], []), (30, [], [pod("solo")]), (60, [], []))
    for again, left in ((False, {}), (True, {"solo-clone-1": "Running"})):
        cluster = Cluster(NODES)
        cluster.replay(trace, reschedule_interrupted_bare_pods=again)
        assert phases(cluster) == left
        check_world(world_of(cluster)) if not again else None


def test_clones_count_on_and_those_that_wait_or_ended_do_not_come_back() -> None:
    trace = trace_of((0, [pod("solo"), pod("done")], []), (30, [], []))
    trace = with_lifecycles(trace, ("v1.Pod", "default/done"), [{"Finished": [0, 5]}])
    cluster = Cluster(NODES)
    cluster.replay(trace, reschedule_interrupted_bare_pods=True)
    cluster.delete("Pod", "solo", "virtual-default")
    cluster.settle()
    cluster.delete("Pod", "solo-clone-1", "virtual-default")
    cluster.settle()
    cluster.delete("Pod", "done", "virtual-default")
    cluster.settle()
    assert phases(cluster) == {"solo-clone-2": "Running"}


@pytest.mark.parametrize(
    ("name", "clone", "expected"),
    [("a", -1, "a"), ("a", 2, "a-clone-2"), ("a-clone-4", 1, "a-clone-5")],
)
def test_a_clone_is_named_after_the_first_of_its_line(name: str, clone: int, expected: str) -> None:
    assert clone_name(name, clone) == expected


def test_pods_of_a_deployment_take_recorded_lifecycles_in_turn() -> None:
    trace = trace_of((0, [deployment("web", replicas=3)], []), (20, [], []))
    entries: list[object] = [{"Finished": [100, 105]}, {"Running": 100}]
    trace = with_lifecycles(trace, ("apps/v1.Deployment", "default/web"), entries)
    cluster = Cluster(NODES)
    cluster.replay(trace)
    # The 1st and the 3rd end after 5 s; of the two in their place the 4th stays, the 5th ends.
    assert sorted(phases(cluster).values()).count("Running") == 3
    assert sorted(phases(cluster).values()).count("Succeeded") == 3
    assert cluster.get("Deployment", "web", "virtual-default")["status"]["readyReplicas"] == 3


def test_speed_shortens_lifecycles() -> None:
    trace = trace_of((0, [pod("solo")], []), (40, [], []))
    trace = with_lifecycles(trace, ("v1.Pod", "default/solo"), [{"Finished": [0, 30]}])
    cluster = Cluster(NODES)
    cluster.replay(trace, speed=2)
    assert cluster.now_ms == 20_000
    assert phases(cluster) == {"solo": "Succeeded"}


def test_pods_of_a_cronjob_end_as_recorded() -> None:
    trace = trace_of((0, [cronjob("tick")], []), (200, [], []))
    entries: list[object] = [{"Finished": [0, 10]}, {"Finished": [0, 100]}]
    trace = with_lifecycles(trace, ("batch/v1.CronJob", "default/tick"), entries)
    cluster = Cluster(NODES)
    cluster.replay(trace)
    # Due at 60, 120 and 180 s; the second runs until 221 s, the third is done at 191 s.
    assert [pod["status"]["phase"] for pod in cluster.list("Pod")] == [
        "Succeeded",
        "Running",
        "Succeeded",
    ]
    cluster.advance(100)
    assert len(cluster.list("Job")) >= 3


def test_jobs_without_a_recorded_end_run_for_ever() -> None:
    trace = trace_of((0, [job()], []), (100, [], []))
    cluster = Cluster(NODES)
    cluster.replay(trace)
    assert list(phases(cluster).values()) == ["Running"]


def test_a_cronjob_is_due_in_a_compiled_replay_as_on_a_living_cluster() -> None:
    trace = trace_of(
        (0, [cronjob("tick", "*/2 * * * *")], []),
        (150, [cronjob("tick", "* * * * *")], []),
        (400, [], [cronjob("tick")]),
        (500, [], []),
    )
    cluster = Cluster(NODES)
    cluster.replay(trace)
    compiled = compile_replay(trace, NODES, capacities=Capacities(log=4_096))
    live = LiveWorld(compiled.catalogue, Journal([], []))
    live.advance_to(compiled.end_ms)
    first, second = (
        {(int(row["time_ms"]), int(row["kind"])) for row in journal.table()}
        for journal in (live.journal, cluster._live.journal)
    )
    assert first == second
    events = [event["message"] for event in cluster.events() if "Created job" in event["message"]]
    assert len(events) == 5  # 2 under the first schedule; 3, 4, 5 and 6 under the second


def test_every_kind_of_simkube_replays() -> None:
    objects = [deployment(), pod(), statefulset("db", 2), daemonset(), job(), cronjob()]
    trace = trace_of((0, objects, []), (90, [], []))
    cluster = Cluster(NODES)
    assert cluster.replay(trace) == ()
    assert len(pod_names(cluster)) == 2 + 1 + 2 + 2 + 1 + 1


def test_custom_kinds_have_the_pods_that_the_configuration_says() -> None:
    template = {"metadata": {"labels": {"app": "g"}}, "spec": pod()["spec"]}
    gadget: Manifest = {
        "apiVersion": "example.com/v1",
        "kind": "Gadget",
        "metadata": {"name": "g", "namespace": "default"},
        "spec": {
            "head": {"template": template},
            "workers": [{"replicas": 2, "template": template}, {"template": template}],
        },
    }
    paths = ["/spec/head/template", "/spec/workers/*/template"]
    config = {"trackedObjects": {"example.com/v1.Gadget": {"podSpecTemplatePaths": paths}}}
    events = [TraceEvent(0, [gadget]), TraceEvent(30, [], []), TraceEvent(40, [], [])]
    trace = replace(trace_of((0, [pod()], [])), config=config).with_events(events)
    cluster = Cluster(NODES)
    assert cluster.replay(trace) == ()
    pods = cluster.list("Pod")
    assert [pod["status"]["phase"] for pod in pods] == ["Running"] * 4
    assert {pod["metadata"]["ownerReferences"][0]["kind"] for pod in pods} == {"Gadget"}
    involved = [event["involvedObject"] for event in cluster.events()]
    versions = {each["apiVersion"] for each in involved if each["kind"] == "Gadget"}
    assert versions == {"example.com/v1"}
    assert pods[0]["spec"]["nodeSelector"] == {"type": "virtual"}
    stored = cluster.get("Gadget", "g", "virtual-default")
    assert stored["spec"]["workers"][0]["replicas"] == 2
    cluster.delete("Gadget", "g", "virtual-default")
    cluster.settle()
    assert cluster.list("Pod") == []


def test_what_cannot_be_simulated_is_named_in_the_result_and_in_a_warning() -> None:
    claim: dict[str, object] = {
        "apiVersion": "v1",
        "kind": "PersistentVolumeClaim",
        "spec": {
            "accessModes": ["ReadWriteOnce"],
            "resources": {"requests": {"storage": "1Gi"}},
        },
    }
    claim["metadata"] = {"name": "data", "namespace": "default"}
    trace = trace_of((0, [claim, pod()], []), (5, [], []))
    cluster = Cluster(NODES)
    with pytest.warns(UserWarning, match="not simulated: PersistentVolumeClaim data"):
        assert cluster.replay(trace) == ("PersistentVolumeClaim data",)


def test_compiled_replays_clone_too() -> None:
    trace = trace_of((0, [pod("solo")], []), (30, [], [pod("solo")]), (60, [], []))
    options = ReplayOptions(reschedule_interrupted_bare_pods=True)
    compiled = compile_replay(trace, NODES, options=options)
    live = LiveWorld(compiled.catalogue, Journal([], []))
    live.advance_to(compiled.end_ms)
    pods = list(View(live.catalogue).all("Pod"))
    assert [each["metadata"]["name"] for each in pods] == ["solo-clone-1"]
