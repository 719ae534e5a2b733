"""What a replay takes of a trace that the API would not take, and what it says of it."""

from __future__ import annotations

from typing import Any

import pytest
from tests.cluster.replay.test_compile import NODES, asking
from tests.trace._objects import pod, trace_of

from simarena.cluster import Cluster
from simarena.cluster.replay.compile import compile_replay
from simarena.cluster.replay.driver import virtual_object
from simarena.errors import ConfigError, ManifestError


def stub(kind: str, name: str, version: str = "apps/v1") -> dict[str, Any]:
    metadata = {"name": name, "namespace": "default"}
    return {"apiVersion": version, "kind": kind, "metadata": metadata}


def test_an_object_is_deleted_by_kind_namespace_and_name_alone() -> None:
    trace = trace_of(
        (0, [asking("web", 1, "1"), pod()], []),
        (30, [], [stub("Deployment", "web"), stub("Pod", "solo", "v1"), stub("Job", "none")]),
        (60, [], []),
    )
    cluster = Cluster(NODES)
    assert cluster.replay(trace) == ()
    assert cluster.list("Deployment") == []
    assert cluster.list("Pod") == []


def test_names_of_what_is_only_kept_follow_the_rules_of_their_kind() -> None:
    role = stub("Role", "system:reader", "rbac.authorization.k8s.io/v1")
    cluster = Cluster(NODES)
    assert cluster.replay(trace_of((0, [{**role, "rules": "odd"}, pod()], []), (5, [], []))) == ()
    assert cluster.get("Role", "system:reader", "virtual-default")["rules"] == "odd"
    wrong = stub("ConfigMap", "system:settings", "v1")
    with pytest.raises(ManifestError, match=r"metadata.name 'system:settings'"):
        Cluster(NODES).replay(trace_of((0, [wrong], [])))


def test_a_change_that_the_api_refuses_is_left_out_and_named() -> None:
    changed = asking("web", 3, "1")
    changed["spec"]["selector"] = {"matchLabels": {"app": "other"}}
    changed["spec"]["template"]["metadata"]["labels"] = {"app": "other"}
    trace = trace_of((0, [asking("web", 1, "1")], []), (10, [changed], []), (40, [], []))
    cluster = Cluster(NODES)
    with pytest.warns(UserWarning, match="a change of Deployment web, which the API refuses"):
        (left_out,) = cluster.replay(trace)
    assert "spec.selector: Invalid value" in left_out
    assert cluster.get("Deployment", "web", "virtual-default")["status"]["replicas"] == 1


def test_a_field_that_the_api_lacks_is_named_once_for_all_objects() -> None:
    odd = [asking(name, 1, "1") for name in ("web", "api")]
    for each in odd:
        each["spec"]["replicaz"] = 2
    assert compile_replay(trace_of((0, odd, [])), NODES).left_out == (
        "Deployment field spec.replicaz, which the API lacks",
    )


def test_a_template_keeps_the_node_that_it_names() -> None:
    named = asking("web", 1, "1")
    named["spec"]["template"]["spec"]["nodeName"] = "virtual-2"
    assert virtual_object(named)["spec"]["template"]["spec"]["nodeName"] == "virtual-2"
    cluster = Cluster(NODES)
    cluster.replay(trace_of((0, [named], []), (30, [], [])))
    (made,) = cluster.list("Pod")
    assert made["spec"]["nodeName"] == "virtual-2"


def test_a_first_event_at_zero_is_told_to_take_its_time() -> None:
    trace = trace_of((0, [pod()], []), (1_700_000_000, [pod("late")], []))
    with pytest.raises(ConfigError, match=r"first event has ts 0 .* such as 1699999999"):
        compile_replay(trace, NODES)
    later = trace_of((1, [pod()], []), (1_700_000_000, [pod("late")], []))
    with pytest.raises(ConfigError, match="end it with a duration"):
        compile_replay(later, NODES)
