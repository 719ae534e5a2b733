"""Images that nodes already have, and what that is worth (kube-scheduler's ImageLocality)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from simarena.cluster.codes import MAX_SCORE

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Mapping, Sequence

_MIB: Final = 1024**2
_LEAST_BYTES: Final = 23 * _MIB
_MOST_BYTES_OF_CONTAINER: Final = 1_000 * _MIB


class ImageState(NamedTuple):
    """An image in the cluster."""

    size_bytes: int
    num_nodes: int
    """That have it."""


def image_states(nodes: Iterable[Mapping[str, int]]) -> dict[str, ImageState]:
    """Return the images of all nodes, given by name; the first node that has one tells its size."""
    states: dict[str, ImageState] = {}
    for images in nodes:
        for name, size_bytes in images.items():
            known = states.get(name)
            if known is None:
                states[name] = ImageState(size_bytes, 1)
            else:
                states[name] = known._replace(num_nodes=known.num_nodes + 1)
    return states


def image_score(
    wanted: Sequence[str],
    here: Container[str],
    states: Mapping[str, ImageState],
    num_nodes: int,
) -> int:
    """Return 0 to 100: how much of what a pod's containers need a node has there already.

    `wanted` are the images of all its containers, `here` those of the node. An image that few nodes
    have counts for less, so that pods do not crowd there.
    """
    total = 0
    for image in wanted:
        name = with_tag(image)
        if name in here:
            state = states[name]
            total += int(state.size_bytes * (state.num_nodes / num_nodes))
    most = _MOST_BYTES_OF_CONTAINER * len(wanted)
    total = min(max(total, _LEAST_BYTES), most)
    return MAX_SCORE * (total - _LEAST_BYTES) // (most - _LEAST_BYTES)


def with_tag(name: str) -> str:
    """Return an image's name as nodes have it: complete with its tag."""
    return name if name.rfind(":") > name.rfind("/") else f"{name}:latest"
