"""ReplicationControllers: ReplicaSets of the first API."""

from __future__ import annotations

from typing import Any

import pytest
from tests.cluster._objects import node, pod

from simarena.cluster import Cluster
from simarena.errors import ApiRefusalError


def controller(replicas: int = 2, **spec: object) -> dict[str, Any]:
    template = {"metadata": {"labels": {"app": "web"}}, "spec": pod()["spec"]}
    return {
        "apiVersion": "v1",
        "kind": "ReplicationController",
        "metadata": {"name": "web"},
        "spec": {"replicas": replicas, "selector": {"app": "web"}, "template": template, **spec},
    }


def test_it_keeps_its_number_of_pods() -> None:
    cluster = Cluster([node()])
    cluster.apply(controller())
    cluster.advance(10)
    pods = cluster.list("Pod")
    owners = [each["metadata"]["ownerReferences"][0] for each in pods]
    assert [(each["apiVersion"], each["kind"], each["name"]) for each in owners] == [
        ("v1", "ReplicationController", "web")
    ] * 2
    assert cluster.get("ReplicationController", "web")["status"]["readyReplicas"] == 2
    cluster.delete("Pod", pods[0]["metadata"]["name"])
    cluster.advance(10)
    assert len(cluster.list("Pod")) == 2
    cluster.apply(controller(5))
    cluster.advance(10)
    assert len(cluster.list("Pod")) == 5
    cluster.delete("ReplicationController", "web")
    cluster.advance(60)
    assert cluster.list("Pod") == []


def test_its_pods_are_told_of_by_the_replication_controller() -> None:
    cluster = Cluster([node()])
    cluster.apply(controller(1))
    cluster.advance(10)
    (created,) = [each for each in cluster.events() if each["reason"] == "SuccessfulCreate"]
    assert created["source"]["component"] == "replication-controller"
    assert created["involvedObject"]["kind"] == "ReplicationController"


def test_its_selector_is_that_of_its_template_by_default() -> None:
    cluster = Cluster([node()])
    cluster.apply(controller(selector=None))
    given = cluster.get("ReplicationController", "web")["spec"]["selector"]
    assert given == {"app": "web"}


def test_a_selector_that_does_not_match_is_refused() -> None:
    with pytest.raises(ApiRefusalError, match=r'ReplicationController "web" is invalid: spec'):
        Cluster([node()]).apply(controller(selector={"app": "other"}))
