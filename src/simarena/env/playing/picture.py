"""A cluster drawn: nodes with what is requested of them, pods by state, and the numbers."""

from __future__ import annotations

from math import ceil
from typing import TYPE_CHECKING, Final

import numpy as np

from simarena.env.playing.scene import PodState
from simarena.errors import ConfigError
from simarena.trace import format_cpu_milli, format_memory_bytes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes
    from numpy.typing import NDArray

    from simarena.env.playing.scene import DrawnNode, DrawnPod, Scene

WIDTH: Final = 1_280
"""Pixels. What encodes films wants multiples of 16."""
HEIGHT: Final = 720

_DPI: Final = 100
_MOST_NODES: Final = 24
_LEFT, _RIGHT, _TOP, _BOTTOM = 24, 920, 84, 588
_GAP: Final = 10
_PAD: Final = 10
_BAR: Final = 13
_WAITING_TOP: Final = 606
_NUMBERS_LEFT: Final = 952
_MOST_WORDS: Final = 18
_INK: Final = "#222222"
_FAINT: Final = "#777777"
_FRAME: Final = "#c8c8c8"
_TRACK: Final = "#e8e8e8"
# Okabe and Ito's palette, which colour-blind readers tell apart.
_CPU: Final = "#0072B2"
_MEMORY: Final = "#CC79A7"
_COLOURS: Final = {
    PodState.READY: "#009E73",
    PodState.STARTING: "#F0E442",
    PodState.CRASHED: "#D55E00",
    PodState.FAILED: "#000000",
    PodState.TERMINATING: "#999999",
    PodState.WAITING: "#56B4E9",
}


def draw(scene: Scene, title: str, words: Sequence[str]) -> NDArray[np.uint8]:
    """Return a picture: (HEIGHT, WIDTH, 3). Equal arguments give equal pictures.

    Raises ConfigError where matplotlib is not installed.
    """
    try:
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure
    except ImportError as error:
        message = (
            "render_mode 'rgb_array' draws with matplotlib, which is not installed; "
            "pip install 'simarena[plot]'"
        )
        raise ConfigError(message) from error
    figure = Figure(figsize=(WIDTH / _DPI, HEIGHT / _DPI), dpi=_DPI)
    canvas = FigureCanvasAgg(figure)
    axes = figure.add_axes((0.0, 0.0, 1.0, 1.0))
    axes.set_axis_off()
    axes.set_xlim(0, WIDTH)
    axes.set_ylim(HEIGHT, 0)
    sheet = _Sheet(axes)
    sheet.write(_LEFT, 42, _cut(title, 60), size=17)
    _draw_nodes(sheet, scene.nodes)
    _draw_waiting(sheet, scene.waiting)
    _draw_legend(sheet)
    _draw_words(sheet, words)
    sheet.finish()
    canvas.draw()  # type: ignore[no-untyped-call]
    pixels = canvas.buffer_rgba()  # type: ignore[no-untyped-call]
    return np.array(pixels, np.uint8)[..., :3].copy()


def _draw_nodes(sheet: _Sheet, nodes: Sequence[DrawnNode]) -> None:
    shown = nodes[:_MOST_NODES]
    if not shown:
        sheet.write(_LEFT, _TOP + 20, "no nodes", size=12, colour=_FAINT)
        return
    columns = 1 if len(shown) == 1 else min(6, max(2, ceil((1.5 * len(shown)) ** 0.5)))
    lines = ceil(len(shown) / columns)
    width = (_RIGHT - _LEFT + _GAP) / columns - _GAP
    height = min((_BOTTOM - _TOP + _GAP) / lines - _GAP, 250)
    for index, node in enumerate(shown):
        line, column = divmod(index, columns)
        left, top = _LEFT + column * (width + _GAP), _TOP + line * (height + _GAP)
        _draw_node(sheet, node, left, top, width, height)
    if len(nodes) > len(shown):
        more = f"{len(nodes) - len(shown)} more nodes are not drawn"
        sheet.write(_LEFT, 66, more, size=10, colour=_FAINT)


def _draw_node(
    sheet: _Sheet, node: DrawnNode, left: float, top: float, width: float, height: float
) -> None:
    sheet.box(left, top, width, height, "white", edge=_FRAME)
    inner = width - 2 * _PAD
    letters = int(inner / 7.4)
    small = height < 110  # noqa: PLR2004 - pixels
    sheet.write(left + _PAD, top + 14, _cut(node.name, letters), size=9)
    y = top + 28
    bars = (
        ("cpu", node.cpu_requested_milli, node.cpu_milli, _CPU, format_cpu_milli),
        (
            "mem",
            node.memory_requested_bytes,
            node.memory_bytes,
            _MEMORY,
            format_memory_bytes,
        ),
    )
    for name, asked, there, colour, form in bars:
        bar = 6 if small else _BAR
        sheet.box(left + _PAD, y, inner, bar, _TRACK)
        sheet.box(left + _PAD, y, inner * min(asked / max(there, 1), 1.0), bar, colour)
        if not small:
            text = _cut(f"{name} {form(asked)} of {form(there)}", letters)
            sheet.write(left + _PAD, y + bar + 9, text, size=7.5, colour=_FAINT)
            y += 14
        y += bar + 5
    y += 2
    _draw_pods(sheet, node.pods, left + _PAD, y, inner, top + height - y - 6)


def _draw_pods(
    sheet: _Sheet, pods: Sequence[DrawnPod], left: float, top: float, width: float, height: float
) -> None:
    """Draw a square for each pod, as large as all of them fit."""
    side = 34.0
    while side > 7 and len(pods) > int(width // side) * int(height // side):  # noqa: PLR2004
        side -= 1
    across, down = max(int(width // side), 1), max(int(height // side), 1)
    room = across * down
    shown = pods if len(pods) <= room else pods[: max(room - max(across // 2, 4), 0)]
    for index, pod in enumerate(shown):
        line, column = divmod(index, across)
        x, y = left + column * side, top + line * side
        edge = _INK if pod.is_ours else "none"
        sheet.box(x + 1, y + 1, side - 3, side - 3, _COLOURS[pod.state], edge=edge)
    if len(shown) < len(pods):
        line, column = divmod(len(shown), across)
        x, y = left + column * side + 2, top + (line + 0.5) * side
        sheet.write(x, y, f"+{len(pods) - len(shown)}", size=8)


def _draw_waiting(sheet: _Sheet, pods: Sequence[DrawnPod]) -> None:
    sheet.box(_LEFT, _WAITING_TOP, _RIGHT - _LEFT, 62, "white", edge=_FRAME)
    text = f"waiting for a node: {len(pods)}"
    sheet.write(_LEFT + _PAD, _WAITING_TOP + 14, text, size=9)
    _draw_pods(sheet, pods, _LEFT + _PAD, _WAITING_TOP + 26, _RIGHT - _LEFT - 2 * _PAD, 32)


def _draw_legend(sheet: _Sheet) -> None:
    x = _LEFT + 2.0
    for state, colour in _COLOURS.items():
        name = state.name.lower()
        sheet.box(x, 688, 14, 14, colour)
        sheet.write(x + 20, 695, name, size=9)
        x += 42 + 7.2 * len(name)
    sheet.box(x, 688, 14, 14, "white", edge=_INK)
    sheet.write(x + 20, 695, "framed: of the workload looked after", size=9)


def _draw_words(sheet: _Sheet, words: Sequence[str]) -> None:
    sheet.box(_NUMBERS_LEFT - 14, _TOP, WIDTH - _NUMBERS_LEFT - 10, HEIGHT - _TOP - 24, "#f6f6f6")
    rows = [row for word in words for row in _wrapped(word, 27)]
    for index, row in enumerate(rows[:_MOST_WORDS]):
        sheet.write(_NUMBERS_LEFT, _TOP + 28 + 32 * index, row, size=13)


def _wrapped(text: str, most: int) -> list[str]:
    """Return text in lines of at most so many letters, broken between words where it can be."""
    lines = [""]
    for word in text.split():
        if lines[-1] and len(lines[-1]) + 1 + len(word) > most:
            lines.append("")
        lines[-1] = f"{lines[-1]} {word}".strip()
    return [_cut(line, most) for line in lines]


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else text[: max(most - 1, 0)] + "…"


class _Sheet:
    """Where boxes and words are drawn, in pixels from the upper left; boxes are below all words."""

    def __init__(self, axes: Axes) -> None:
        self._axes = axes
        self._corners: list[tuple[tuple[float, float], ...]] = []
        self._colours: list[str] = []
        self._edges: list[str] = []

    def write(self, x: float, y: float, text: str, *, size: float, colour: str = _INK) -> None:
        """Write a line of text whose middle is at y."""
        self._axes.text(
            x,
            y,
            text,
            fontsize=size,
            color=colour,
            va="center",
            family="DejaVu Sans",
            parse_math=False,  # a name is no formula
        )

    def box(
        self,
        left: float,
        top: float,
        width: float,
        height: float,
        colour: str,
        *,
        edge: str = "none",
    ) -> None:
        """Draw a box over those before it."""
        right, bottom = left + width, top + height
        self._corners.append(((left, top), (right, top), (right, bottom), (left, bottom)))
        self._colours.append(colour)
        self._edges.append(edge)

    def finish(self) -> None:
        """Draw all boxes at once, which takes a tenth of the time."""
        from matplotlib.collections import PolyCollection

        self._axes.add_collection(
            PolyCollection(
                self._corners, facecolors=self._colours, edgecolors=self._edges, zorder=1
            ),
            autolim=False,
        )
