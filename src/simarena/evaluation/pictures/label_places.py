"""Names beside points of a picture, placed so that they do not hide each other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
from matplotlib.transforms import Bbox

from simarena.evaluation.pictures.plot_style import GREY

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from matplotlib.axes import Axes
    from matplotlib.text import Annotation
    from numpy.typing import NDArray

_AWAY: Final = (8.0, 16.0, 26.0, 38.0, 52.0, 68.0, 86.0)  # points up or down, the nearest first
_ASIDE: Final = 7.0
_ROOM: Final = 3.0  # kept free around points and bars, in pixels
_FAR: Final = 20.0  # from here a line leads to the name


def place_labels(
    axes: Axes,
    x: NDArray[np.float64],
    y: NDArray[np.float64],
    names: Sequence[str],
    colours: Sequence[str],
) -> None:
    """Write each name near its point, where it hides neither a name nor a bar, if it can.

    `x` and `y` are (num_names, 3): value, low and high. The layout is settled first, so nothing
    that changes it may follow.
    """
    axes.get_figure(root=True).draw_without_rendering()  # type: ignore[union-attr]
    taken = [box for row in range(len(names)) for box in _bars(axes, x[row], y[row])]
    room = axes.get_window_extent()
    for row in sorted(range(len(names)), key=lambda row: -y[row, 0]):
        point = (float(x[row, 0]), float(y[row, 0]))
        best, least, where = Bbox.null(), float("inf"), (0.0, 0.0)
        for offset in _offsets():
            text = _annotate(axes, names[row], point, offset)
            box = text.get_window_extent()
            text.remove()
            hidden = sum(_shared(box, other) for other in taken) + 10 * _outside(box, room)
            if hidden < least:
                best, least, where = box, hidden, offset
            if least == 0.0:
                break
        taken.append(best)
        text = _annotate(axes, names[row], point, where, leads=abs(where[1]) >= _FAR)
        text.set_color(colours[row])


def _annotate(
    axes: Axes,
    name: str,
    point: tuple[float, float],
    offset: tuple[float, float],
    *,
    leads: bool = False,
) -> Annotation:
    side = 0.0 if offset[0] > 0 else 1.0
    line = {"arrowstyle": "-", "color": GREY, "linewidth": 0.6, "relpos": (side, 0.5)}
    return axes.annotate(
        name,
        point,
        offset,
        textcoords="offset points",
        ha="left" if side == 0.0 else "right",
        va="center",
        fontsize=8,
        arrowprops=line if leads else None,
        annotation_clip=False,
    )


def _offsets() -> Iterator[tuple[float, float]]:
    """Give where a name may stand from its point: near before far, right before left."""
    for away in _AWAY:
        for aside in (_ASIDE, -_ASIDE):
            yield aside, away
            yield aside, -away


def _bars(axes: Axes, x: NDArray[np.float64], y: NDArray[np.float64]) -> list[Bbox]:
    """Return the boxes that a point's two bars take, in pixels."""
    corners = [[(x[1], y[0]), (x[2], y[0])], [(x[0], y[1]), (x[0], y[2])]]
    boxes = [Bbox(axes.transData.transform(bar)) for bar in np.array(corners)]
    return [box.padded(_ROOM) for box in boxes]


def _shared(first: Bbox, second: Bbox) -> float:
    """Return the area, in square pixels, that two boxes have in common."""
    wide = min(first.x1, second.x1) - max(first.x0, second.x0)
    high = min(first.y1, second.y1) - max(first.y0, second.y0)
    return float(max(wide, 0.0) * max(high, 0.0))


def _outside(box: Bbox, room: Bbox) -> float:
    """Return how much of the box lies outside the room, in square pixels."""
    return max(float(box.width * box.height) - _shared(box, room), 0.0)
