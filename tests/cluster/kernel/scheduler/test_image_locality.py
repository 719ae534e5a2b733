"""ImageLocality: nodes that have a pod's images are better."""

from __future__ import annotations

from typing import Any

from tests.cluster._objects import node
from tests.cluster.kernel.scheduler._stage import Manifest, asked, scores

from simarena.cluster import Cluster
from simarena.cluster.manifests.check import read_as
from simarena.cluster.manifests.nodes import Node
from simarena.cluster.manifests.pods.images import image_score, image_states
from simarena.cluster.manifests.pods.spec import read_pod_spec

MIB = 1024**2


def with_image(name: str, *images: tuple[str, int]) -> Manifest:
    manifest = node(name)
    manifest["status"]["images"] = [
        {"names": [image], "sizeBytes": size * MIB} for image, size in images
    ]
    return manifest


def test_a_large_image_that_is_there_counts() -> None:
    # 511.5 MiB x 2 of 2 nodes: 100 x (511.5 - 23) / (1000 - 23) = 50; x 1 of 2 nodes: 23.8.
    both = Cluster([with_image("n1", ("web:1", 512)), with_image("n2", ("web:1", 512))])
    assert scores(both, asked(), "ImageLocality") == {"n1": 50, "n2": 50}
    one = Cluster([with_image("n1", ("web:1", 512)), node("n2")])
    assert scores(one, asked(), "ImageLocality") == {"n1": 23, "n2": 0}


def test_small_images_count_nothing_and_large_ones_no_more_than_all() -> None:
    cluster = Cluster([with_image("n1", ("web:1", 22))])
    cluster.apply(with_image("n2", ("web:1", 22)))
    assert scores(cluster, asked(), "ImageLocality") == {"n1": 0, "n2": 0}
    cluster.apply(with_image("n1", ("web:1", 5_000)))
    assert scores(cluster, asked(), "ImageLocality") == {"n1": 100, "n2": 100}


def test_images_of_init_containers_count_and_raise_the_bar() -> None:
    spec: dict[str, Any] = {
        "containers": [{"name": "a", "image": "web"}, {"name": "b", "image": "other:2"}],
        "initContainers": [{"name": "c", "image": "host:5000/setup"}],
    }
    manifest = with_image("n1", ("web:latest", 1_000), ("host:5000/setup:latest", 500))
    here = read_as(manifest, Node).images
    # 1500 of 3 x 1000 MiB: 100 x (1500 - 23) / (3000 - 23) = 49.6.
    assert image_score(read_pod_spec(spec, "spec").images, here, image_states([here]), 1) == 49


def test_a_node_that_joins_dilutes_the_images_of_the_others() -> None:
    cluster = Cluster([with_image("n1", ("web:1", 1_000))])
    assert scores(cluster, asked(), "ImageLocality") == {"n1": 100}
    cluster.apply(node("n2"))
    # Half of 1000 MiB: 100 x (500 - 23) / 977 = 48.8.
    assert scores(cluster, asked(), "ImageLocality") == {"n1": 48, "n2": 0}
    cluster.delete("Node", "n2")
    assert scores(cluster, asked(), "ImageLocality") == {"n1": 100}
