"""What the images that nodes have already are worth to pod templates, in classes.

Nodes with the same images are of one sort, templates that want the same ones have one ask. Row 0 of
the table is of the templates that want none of those that are anywhere, column 0 of nodes without.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from simarena.cluster.manifests.pods.images import image_score, image_states, with_tag
from simarena.cluster.rows.tables import room_for

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from simarena.cluster.manifests.pods.images import ImageState
    from simarena.cluster.rows.catalogue import Catalogue


@dataclass(slots=True)
class ImageClasses:
    """The images of one World: who has them and who wants them."""

    states: Mapping[str, ImageState] = field(default_factory=dict)
    """Of the images of all nodes, by name."""
    sorts: dict[frozenset[str], int] = field(default_factory=lambda: {frozenset(): 0})
    sorts_with: dict[str, list[int]] = field(default_factory=dict)
    """By image."""
    asks: dict[tuple[str, ...], int] = field(default_factory=lambda: {(): 0})
    wanted_by: dict[str, list[int]] = field(default_factory=dict)
    """Rows of templates, by image."""

    def copied(self) -> ImageClasses:
        """Return classes that can be changed apart."""
        return replace(
            self,
            sorts=dict(self.sorts),
            sorts_with={name: list(sorts) for name, sorts in self.sorts_with.items()},
            asks=dict(self.asks),
            wanted_by={name: list(rows) for name, rows in self.wanted_by.items()},
        )


def write_image_ask(catalogue: Catalogue, template_row: int) -> None:
    """Write which images a new template wants, and what they are worth to it on all nodes."""
    images = catalogue.images
    wanted = catalogue.templates[template_row].template.spec.images
    for name in dict.fromkeys(map(with_tag, wanted)):
        images.wanted_by.setdefault(name, []).append(template_row)
    _ask(catalogue, template_row)


def write_node_images(catalogue: Catalogue, node_rows: Sequence[int]) -> None:
    """Write which images nodes have that are new, have changed or were removed.

    What images are worth depends on how many nodes there are and have them, so all scores follow.
    """
    images = catalogue.images
    changed = [catalogue.nodes[row] for row in node_rows]
    if not images.states and not any(node.images for node in changed if node is not None):
        return
    before = images.states
    images.states = image_states(node.images for node in catalogue.nodes if node is not None)
    for row, node in zip(node_rows, changed, strict=True):
        if node is not None:
            catalogue.world.nodes[row]["image_sort"] = _sort(catalogue, frozenset(node.images))
    for name in images.states.keys() - before.keys():
        for template_row in images.wanted_by.get(name, ()):
            _ask(catalogue, template_row)
    for wanted, row in images.asks.items():
        _write_scores(catalogue, wanted, row)


def _sort(catalogue: Catalogue, names: frozenset[str]) -> int:
    images = catalogue.images
    sort = images.sorts.get(names)
    if sort is None:
        sort = images.sorts[names] = len(images.sorts)
        for name in names:
            images.sorts_with.setdefault(name, []).append(sort)
        catalogue.world = room_for(catalogue.world, image_sorts=sort + 1)
    return sort


def _ask(catalogue: Catalogue, template_row: int) -> None:
    images = catalogue.images
    wanted = catalogue.templates[template_row].template.spec.images
    if not any(with_tag(name) in images.states for name in wanted):
        return  # a new template's ask is 0
    ask = images.asks.get(wanted)
    if ask is None:
        ask = images.asks[wanted] = len(images.asks)
        catalogue.world = room_for(catalogue.world, image_asks=ask + 1)
        _write_scores(catalogue, wanted, ask)
    catalogue.world.templates[template_row]["image_ask"] = ask


def _write_scores(catalogue: Catalogue, wanted: tuple[str, ...], ask: int) -> None:
    """Write what nodes of all sorts are worth to one ask; those without its images are worth 0."""
    images = catalogue.images
    number = int(catalogue.world.state[0]["num_nodes"])
    there: dict[int, set[str]] = {}
    for name in map(with_tag, wanted):
        if name in images.states:
            for sort in images.sorts_with.get(name, ()):
                there.setdefault(sort, set()).add(name)
    scores = catalogue.world.image_scores[ask]
    scores[:] = 0
    for sort, names in there.items():
        scores[sort] = image_score(wanted, names, images.states, number)
