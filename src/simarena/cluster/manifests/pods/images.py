"""Images that nodes already have, and what that is worth (kube-scheduler's ImageLocality)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from simarena.cluster.codes import MAX_SCORE
from simarena.cluster.manifests.fields import objects, strings, whole

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from simarena.cluster.manifests.fields import Fields

_MIB: Final = 1024**2
_LEAST_BYTES: Final = 23 * _MIB
_MOST_BYTES_OF_CONTAINER: Final = 1_000 * _MIB


class ImageState(NamedTuple):
    """An image in the cluster."""

    size_bytes: int
    num_nodes: int
    """That have it."""


def check_images(status: Fields, where: str) -> None:
    """Raise ManifestError unless the images that a node's status names are well formed."""
    for index, image in enumerate(objects(status, "images", where)):
        strings(image, "names", f"{where}.images[{index}]")
        whole(image, "sizeBytes", f"{where}.images[{index}]", 0)


def node_images(node: Fields) -> dict[str, int]:
    """Return the sizes of a node's images, by each of their names."""
    images = (node.get("status") or {}).get("images") or ()
    return {
        name: image.get("sizeBytes", 0) for image in images for name in image.get("names") or ()
    }


def image_states(nodes: Iterable[Fields]) -> dict[str, ImageState]:
    """Return the images of all nodes; the first node that has one tells its size."""
    states: dict[str, ImageState] = {}
    for node in nodes:
        for name, size_bytes in node_images(node).items():
            known = states.get(name)
            if known is None:
                states[name] = ImageState(size_bytes, 1)
            else:
                states[name] = known._replace(num_nodes=known.num_nodes + 1)
    return states


def image_score(
    pod_spec: Fields, node: Fields, states: Mapping[str, ImageState], num_nodes: int
) -> int:
    """Return 0 to 100: how much of what the pod's containers need is there already.

    An image that few nodes have counts for less, so that pods do not crowd there.
    """
    here = node_images(node)
    containers = [*(pod_spec.get("initContainers") or ()), *(pod_spec.get("containers") or ())]
    total = 0
    for container in containers:
        name = _with_tag(container.get("image") or "")
        if name in here:
            state = states[name]
            total += int(state.size_bytes * (state.num_nodes / num_nodes))
    most = _MOST_BYTES_OF_CONTAINER * len(containers)
    total = min(max(total, _LEAST_BYTES), most)
    return MAX_SCORE * (total - _LEAST_BYTES) // (most - _LEAST_BYTES)


def _with_tag(name: str) -> str:
    return name if name.rfind(":") > name.rfind("/") else f"{name}:latest"
