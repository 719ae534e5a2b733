"""What a trace holds beside workloads: objects that the scheduler reads, or that are only kept."""

from __future__ import annotations

from typing import Any

import pytest
from tests.cluster._controllers import cronjob, job
from tests.cluster._objects import pod
from tests.cluster.replay.test_compile import NODES, asking
from tests.trace._objects import trace_of

from simarena.cluster import Cluster
from simarena.cluster.replay.compile import compile_replay
from simarena.errors import ManifestError


def of_kind(kind: str, name: str, version: str = "v1", **more: object) -> dict[str, Any]:
    return {"apiVersion": version, "kind": kind, "metadata": {"name": name}, **more}


def priority_class(name: str, value: int) -> dict[str, Any]:
    return of_kind("PriorityClass", name, "scheduling.k8s.io/v1", value=value)


def budget(name: str, app: str, **spec: object) -> dict[str, Any]:
    spec = {"selector": {"matchLabels": {"app": app}}, **spec}
    return of_kind("PodDisruptionBudget", name, "policy/v1", spec=spec)


def test_priority_classes_of_a_trace_decide_who_is_preempted() -> None:
    urgent = asking("urgent", 1, "3")
    urgent["spec"]["template"]["spec"]["priorityClassName"] = "high"
    trace = trace_of(
        (0, [priority_class("high", 1_000), asking("web", 2, "2")], []),
        (10, [urgent], []),
        (30, [], []),
    )
    cluster = Cluster(NODES[:1])
    assert cluster.replay(trace) == ()
    running = {
        pod["metadata"]["labels"]["app"]
        for pod in cluster.list("Pod")
        if pod["status"]["phase"] == "Running"
    }
    assert "urgent" in running
    assert cluster.get("PriorityClass", "high")["value"] == 1_000


def test_budgets_of_a_trace_are_spared() -> None:
    compiled = compile_replay(
        trace_of((0, [budget("keep", "web", minAvailable=1), asking("web", 2, "1")], [])), NODES
    )
    world = compiled.catalogue.world
    assert world.state[0]["num_budgets"] == 1
    assert (world.templates["first_budget"][: world.state[0]["num_templates"]] >= 0).all()


def test_services_of_a_trace_spread_bare_pods() -> None:
    service = of_kind("Service", "web", spec={"selector": {"app": "web"}, "ports": [{"port": 80}]})
    lone = pod("one")
    lone["metadata"]["labels"] = {"app": "web"}
    without = compile_replay(trace_of((0, [lone], [])), NODES).catalogue.world
    behind = compile_replay(trace_of((0, [lone, service], [])), NODES).catalogue.world
    assert (without.templates[0]["scores_spread"], behind.templates[0]["scores_spread"]) == (0, 1)


def test_labels_of_a_traced_namespace_are_those_of_its_virtual_one() -> None:
    space = of_kind("Namespace", "default")
    space["metadata"]["labels"] = {"team": "a"}
    catalogue = compile_replay(trace_of((0, [space, pod("one")], [])), NODES).catalogue
    own = {"kubernetes.io/metadata.name": "virtual-default"}
    assert catalogue.surroundings.namespaces == {"virtual-default": {"team": "a", **own}}


def test_what_comes_late_or_goes_holds_for_the_whole_replay_and_is_named() -> None:
    keep = budget("keep", "web", minAvailable=1)
    trace = trace_of(
        (0, [keep, asking("web", 2, "1")], []),
        (10, [priority_class("late", 5)], []),
        (20, [], [keep]),
        (30, [], []),
    )
    cluster = Cluster(NODES)
    with pytest.warns(UserWarning, match="not simulated: changes of PriorityClass late"):
        left_out = cluster.replay(trace)
    assert left_out == (
        "changes of PriorityClass late (it holds for the whole replay)",
        "changes of PodDisruptionBudget keep (it holds for the whole replay)",
    )
    assert cluster.list("PodDisruptionBudget") == []


def test_what_is_only_kept_is_kept_and_what_would_matter_is_named() -> None:
    trace = trace_of(
        (0, [of_kind("ConfigMap", "some"), of_kind("ResourceQuota", "most", spec={})], []),
        (10, [], []),
    )
    cluster = Cluster(NODES)
    with pytest.warns(UserWarning, match="not simulated: ResourceQuota most"):
        assert cluster.replay(trace) == ("ResourceQuota most",)
    assert cluster.get("ConfigMap", "some", "virtual-default")["kind"] == "ConfigMap"


def test_a_malformed_budget_of_a_trace_is_refused() -> None:
    bad = budget("keep", "web", minAvailable="many")
    with pytest.raises(ManifestError, match=r'PodDisruptionBudget.policy "keep" is invalid'):
        Cluster(NODES).replay(trace_of((0, [bad], [])))


def test_jobs_of_other_controllers_are_named() -> None:
    elsewhere = {"managedBy": "example.com/queue"}
    trace = trace_of((0, [job("one", **elsewhere), cronjob("two", job=elsewhere)], []), (5, [], []))
    assert compile_replay(trace, NODES).left_out == ("Job one", "CronJob two")


def test_what_would_decide_about_pods_in_a_real_cluster_is_told_of() -> None:
    boxed = of_kind("RuntimeClass", "boxed", "node.k8s.io/v1", handler="x")
    boxed["overhead"] = {"podFixed": {"cpu": "250m"}}
    limits = of_kind("LimitRange", "most", spec={"limits": [{"type": "Pod", "max": {"cpu": "1"}}]})
    compiled = compile_replay(trace_of((0, [boxed, limits, asking("web", 1, "2")], [])), NODES)
    assert compiled.left_out == ("RuntimeClass boxed", "LimitRange most")
