"""Pods that are kept from one list to the next: what is told is what telling all anew tells."""

from __future__ import annotations

import copy
import pickle
import random
from typing import TYPE_CHECKING, Any

import pytest
from tests.cluster._objects import deployment, node, pod
from tests.cluster.scenario import some_node, step

from simarena.cluster import Cluster, ClusterConfig
from simarena.cluster.objects.pods.listing import MOST_COPIED
from simarena.cluster.operations import names

if TYPE_CHECKING:
    from collections.abc import Iterator

NO_POD_IS_FEW = 0


@pytest.fixture(autouse=True)
def _kept() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(names, "LEAST_KEPT", NO_POD_IS_FEW)
        yield


def anew(cluster: Cluster) -> list[dict[str, Any]]:
    """Return all pods in names, none of them kept."""
    return sorted(
        copy.deepcopy(list(cluster._objects.view.all("Pod"))),
        key=lambda each: (each["metadata"]["namespace"], each["metadata"]["name"]),
    )


@pytest.mark.parametrize("seed", range(6))
def test_pods_that_are_kept_are_as_if_told_anew(seed: int) -> None:
    chance = random.Random(seed)
    config = ClusterConfig(
        profile=("1.36", "1.34")[seed % 2], kubelet=("kwok", "real")[seed % 3 == 0]
    )
    cluster = Cluster([some_node(chance, f"n{number}") for number in range(4)], config=config)
    others: list[dict[str, Any]] = [
        deployment("set", 3, "100m", kind="StatefulSet", serviceName="web"),
        deployment("set", 2, "200m", kind="StatefulSet", serviceName="web"),
    ]
    for number in range(25):
        step(cluster, chance, number)
        if number % 10 == 5:
            cluster.apply(others.pop())
        if number % 4 == 0:
            annotate(cluster, chance)
        cluster.advance(chance.choice([0, 0.05, 1, 7]))
        assert cluster.list("Pod") == anew(cluster)


def annotate(cluster: Cluster, chance: random.Random) -> None:
    """Change the annotations of a pod that is there."""
    pods = cluster.list("Pod")
    if pods:
        chosen = chance.choice(pods)
        annotations = {"note": str(chance.randrange(100))}
        manifest = {key: chosen[key] for key in ("apiVersion", "kind", "metadata", "spec")}
        manifest["metadata"] = {**manifest["metadata"], "annotations": annotations}
        cluster.apply(manifest)


def test_a_few_pods_are_the_askers_own() -> None:
    cluster = Cluster([node()])
    cluster.apply(pod())
    cluster.list("Pod")[0]["metadata"]["labels"]["app"] = "other"
    assert cluster.list("Pod")[0]["metadata"]["labels"]["app"] == "solo"


def test_many_pods_are_shared_until_they_change() -> None:
    cluster = Cluster([node(cpu="100k", memory="100Ti", pods=10_000)])
    cluster.apply(deployment("web", MOST_COPIED, "1m", "1Mi"))
    cluster.apply(deployment("api", 5, "1m", "1Mi"))
    cluster.advance(60)
    before = cluster.list("Pod")
    again = cluster.list("Pod")
    assert all(one is other for one, other in zip(before, again, strict=True))
    cluster.apply(deployment("api", 3, "1m", "1Mi"))
    cluster.advance(60)
    kept = {id(each) for each in before}
    after = cluster.list("Pod")
    assert len(after) == MOST_COPIED + 3
    anew_ = [each for each in after if id(each) not in kept]
    assert len(anew_) <= 3 + 2 * 4  # those of the other Deployment, and neighbours of two that left
    assert len(cluster.list("Pod", selector={"app": "api"})) == 3
    assert cluster.list("Pod", namespace="other") == []


def test_copies_of_a_cluster_tell_their_own_pods() -> None:
    cluster = Cluster([node()])
    cluster.apply(deployment("web", 3, "100m"))
    cluster.advance(5)
    before = cluster.list("Pod")
    saved = cluster.snapshot()
    for other in (cluster.copy(), copy.deepcopy(cluster), pickle.loads(pickle.dumps(cluster))):
        assert other.list("Pod") == before
        other.delete("Deployment", "web")
        other.advance(5)
        assert other.list("Pod") == []
    assert cluster.list("Pod") == before
    cluster.delete("Deployment", "web")
    cluster.advance(5)
    assert cluster.list("Pod") == []
    cluster.restore(saved)
    assert cluster.list("Pod") == before
