"""What an object owns, found without telling all objects."""

from __future__ import annotations

import pytest
from tests.cluster._objects import deployment, node, pod

from simarena.cluster import Cluster
from simarena.cluster.objects.view import View


def owned(kind: str, name: str, uid: str) -> dict[str, str]:
    return {"apiVersion": "v1", "kind": kind, "name": name, "uid": uid}


def test_what_owns_nothing_is_deleted_without_a_look_at_pods(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    cluster = Cluster([node()])
    cluster.apply(deployment("web", 3, "10m"))
    cluster.apply(pod("solo"))
    cluster.apply({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "settings"}})
    cluster.advance(5)
    told: list[int] = []
    monkeypatch.setattr(View, "pod", lambda _, row: told.append(row))
    cluster.delete("ConfigMap", "settings")
    assert told == []


@pytest.mark.parametrize("kind", ["Pod", "Deployment", "ConfigMap"])
def test_pods_and_workloads_go_with_their_only_owner(kind: str) -> None:
    cluster = Cluster([node()])
    cluster.apply(pod("owner"))
    uid = cluster.get("Pod", "owner")["metadata"]["uid"]
    manifest = {
        "Pod": pod("owned"),
        "Deployment": deployment("owned", 2, "10m"),
        "ConfigMap": {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "owned"}},
    }[kind]
    manifest["metadata"]["ownerReferences"] = [owned("Pod", "owner", uid)]
    cluster.apply(manifest)
    cluster.apply(deployment("other", 2, "10m"))
    cluster.advance(5)
    cluster.delete("Pod", "owner")
    cluster.advance(60)
    names = [each["metadata"]["name"] for each in cluster.list(kind)]
    assert "owned" not in names
    assert len(cluster.list("Pod")) == 2  # those of the other Deployment
