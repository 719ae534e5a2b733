"""A copy and a pickle of a cluster go on as it does, and apart from it."""

from __future__ import annotations

import copy
import pickle
from typing import TYPE_CHECKING, Any

import pytest

from simarena.cluster import Cluster, ClusterConfig
from simarena.cluster.manifests.node_words import make_node

if TYPE_CHECKING:
    from collections.abc import Callable


def web(replicas: int) -> dict[str, Any]:
    labels = {"app": "web"}
    container = {"name": "c", "image": "x", "resources": {"requests": {"cpu": "1"}}}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "web", "namespace": "default"},
        "spec": {
            "replicas": replicas,
            "selector": {"matchLabels": labels},
            "template": {"metadata": {"labels": labels}, "spec": {"containers": [container]}},
        },
    }


def busy() -> Cluster:
    """Return a cluster in the middle of a rollout, a drain and a node's silence."""
    config = ClusterConfig(kubelet="real", pod_startup_ms=3_000, pod_startup_jitter_ms=2_000)
    cluster = Cluster([make_node(name, "4", "8Gi") for name in "abc"], config=config, seed=5)
    cluster.apply(web(6))
    cluster.advance(30)
    cluster.drain("a", timeout_seconds=60)
    cluster.set_node_ready("b", None)
    cluster.apply(web(9))
    cluster.advance(2)
    return cluster


def life(cluster: Cluster) -> list[Any]:
    cluster.advance(20)
    cluster.uncordon("a")
    cluster.apply(web(4))
    cluster.advance(400)
    return [cluster.now_ms, cluster.list("Pod"), cluster.list("Deployment"), cluster.events()]


def unpickled(what: Any) -> Any:
    return pickle.loads(pickle.dumps(what))


def unpickled_from_read_only_memory(what: Any) -> Any:
    buffers: list[pickle.PickleBuffer] = []
    data = pickle.dumps(what, protocol=5, buffer_callback=buffers.append)
    frozen = [memoryview(bytes(buffer.raw())) for buffer in buffers]
    return pickle.loads(data, buffers=frozen)


COPIERS = (copy.copy, copy.deepcopy, unpickled, unpickled_from_read_only_memory)


@pytest.mark.parametrize("copied", COPIERS)
def test_a_copy_goes_on_alike_and_apart(copied: Callable[[Any], Any]) -> None:
    original = busy()
    before = original.list("Pod"), original.now_ms
    twin = copied(original)
    lived = life(twin)
    assert (original.list("Pod"), original.now_ms) == before
    assert life(original) == lived
    assert life(busy()) == lived


@pytest.mark.parametrize("copied", COPIERS)
def test_a_copied_snapshot_is_gone_back_to(copied: Callable[[Any], Any]) -> None:
    original = busy()
    saved = copied(original.snapshot())
    lived = life(original)
    original.restore(saved)
    assert life(original) == lived
    other = Cluster(config=original.config)
    other.restore(saved)
    assert life(other) == lived
