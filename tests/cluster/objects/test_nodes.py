from __future__ import annotations

from typing import Any

from simarena.cluster.manifests.check import normalise
from simarena.cluster.objects.nodes import node_manifest


def node(**spec: object) -> dict[str, Any]:
    return normalise(
        {
            "apiVersion": "v1",
            "kind": "Node",
            "metadata": {"name": "n0"},
            "spec": spec,
            "status": {"allocatable": {"cpu": "4", "memory": "8Gi", "pods": "110"}},
        }
    )


def test_a_node_comes_back_ready_with_capacity_and_addresses() -> None:
    made = node_manifest(node(), uid="u", row=0, created_ms=1000)
    assert made["status"]["capacity"] == made["status"]["allocatable"]
    states = {c["type"]: c["status"] for c in made["status"]["conditions"]}
    assert states["Ready"] == "True"
    assert states["MemoryPressure"] == "False"
    assert made["status"]["addresses"][1] == {"type": "Hostname", "address": "n0"}
    assert made["metadata"]["creationTimestamp"] == "2026-01-01T00:00:01Z"
    assert "taints" not in made["spec"]


def test_a_node_tells_everything_of_its_kubelet_that_clients_insist_on() -> None:
    info = node_manifest(node(), uid="u", row=0)["status"]["nodeInfo"]
    assert len(info) == 10
    assert (info["architecture"], info["operatingSystem"], info["bootID"]) == ("amd64", "linux", "")
    assert info["kubeletVersion"] == "v1.36.0"


def test_a_cordoned_node_has_the_taint_for_it_once() -> None:
    cordoned = node_manifest(node(unschedulable=True), uid="u", row=0)
    taint = {"key": "node.kubernetes.io/unschedulable", "effect": "NoSchedule"}
    assert cordoned["spec"]["taints"] == [taint]
    again = node_manifest(normalise(cordoned), uid="u", row=0)
    assert again["spec"]["taints"] == [taint]


def test_what_the_manifest_says_of_its_status_is_kept() -> None:
    given = node()
    given["status"]["conditions"] = [{"type": "Ready", "status": "True"}]
    made = node_manifest(given, uid="u", row=0)
    assert made["status"]["conditions"] == [{"type": "Ready", "status": "True"}]
