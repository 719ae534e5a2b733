"""Pods told from one another are as if each were told by itself."""

from __future__ import annotations

import json
from typing import Any, Literal

import pytest
from tests.cluster._objects import deployment, node

from simarena.cluster import Cluster, ClusterConfig
from simarena.cluster.objects.pods import alike
from simarena.cluster.objects.pods.alike import tell_pods
from simarena.cluster.objects.pods.view import pod_of_row, pod_rows


def cluster_of(*manifests: dict[str, Any], kubelet: Literal["kwok", "real"] = "kwok") -> Cluster:
    cluster = Cluster([node("a"), node("b")], config=ClusterConfig(kubelet=kubelet))
    for manifest in manifests:
        cluster.apply(manifest)
    return cluster


def several() -> list[dict[str, Any]]:
    """Return Deployments with init containers, in the host's network, and plain."""
    first, second = deployment("first", 4, "100m"), deployment("second", 3, "100m")
    spec = first["spec"]["template"]["spec"]
    spec["initContainers"] = [{"name": "init", "image": "init:1"}]
    second["spec"]["template"]["spec"]["hostNetwork"] = True
    return [first, second, deployment("third", 3, "100m")]


@pytest.mark.parametrize("kubelet", ["kwok", "real"])
@pytest.mark.parametrize("seconds", [0.2, 1, 1.5, 30])
def test_all_pods_are_told_as_each_is(kubelet: Literal["kwok", "real"], seconds: float) -> None:
    cluster = cluster_of(*several(), kubelet=kubelet)
    cluster.advance(seconds)
    cluster.delete("Pod", cluster.list("Pod")[0]["metadata"]["name"])
    catalogue = cluster._live.catalogue
    rows = pod_rows(catalogue)
    told = list(tell_pods(catalogue, rows))
    alone = [pod_of_row(catalogue, row) for row in rows]
    assert told == alone
    assert json.dumps(told) == json.dumps(alone)  # fields come in the same order, too


def test_of_pods_that_are_alike_one_is_told_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    cluster = cluster_of(deployment("web", 10, "100m"))
    cluster.advance(30)
    told: list[int] = []

    def counted(*arguments: Any) -> dict[str, Any]:
        told.append(arguments[1])
        return pod_of_row(*arguments)

    monkeypatch.setattr(alike, "pod_of_row", counted)
    catalogue = cluster._live.catalogue
    assert len(list(tell_pods(catalogue, pod_rows(catalogue)))) == 10
    assert len(told) < 10
