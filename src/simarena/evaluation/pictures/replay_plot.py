"""The picture of a replay: pods of each workload over time, and how full each node was."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Final

import matplotlib as mpl
import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator

from simarena.evaluation.pictures.plot_style import BLUE, GREEN, GREY, ORANGE, PINK, STYLE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes
    from numpy.typing import NDArray

    from simarena.cluster.objects.history import NodeFill, PodCounts
    from simarena.cluster.replay.replayed import NodeHistory, Replayed

MAX_BANDS: Final = 48
"""Workloads, or nodes, that are drawn each by itself."""

_BAND: Final = 0.78  # of the distance between two bands
_ROW_INCHES: Final = 0.2
_WIDTH_INCHES: Final = 8.2
_NAMES_INCHES: Final = 1.6
_ABOVE_INCHES: Final = 0.6
_BELOW_INCHES: Final = 0.45
_GAP_INCHES: Final = 0.3
_MAX_NAME: Final = 28


def replay_png(replayed: Replayed, title: str) -> bytes:
    """Return a picture of a replay as PNG.

    Of more than MAX_BANDS workloads those are drawn that waited longest or changed most; of more
    nodes, the fullest. A line says how many are not.
    """
    workloads = _chosen_workloads(replayed)
    nodes = _chosen_nodes(replayed)
    heights = (1.3, _ROW_INCHES * len(workloads) + 0.2, 1.6 * _ROW_INCHES * len(nodes) + 0.2)
    with mpl.rc_context(STYLE):
        # Placed by hand, since a computed layout takes longer than all the rest.
        height = sum(heights) + _ABOVE_INCHES + _BELOW_INCHES + 2 * _GAP_INCHES
        figure = Figure(figsize=(_WIDTH_INCHES, height))
        top, middle, bottom = figure.subplots(
            3,
            1,
            sharex=True,
            height_ratios=heights,
            gridspec_kw={
                "left": _NAMES_INCHES / _WIDTH_INCHES,
                "right": 0.96,
                "bottom": _BELOW_INCHES / height,
                "top": 1 - _ABOVE_INCHES / height,
                "hspace": 3 * _GAP_INCHES / sum(heights),
            },
        )
        figure.suptitle(title, x=0.01, y=1 - 0.1 / height, ha="left", va="top", fontsize=11)
        _draw_pods(top, replayed)
        _draw_workloads(middle, workloads, replayed)
        _draw_nodes(bottom, nodes, replayed)
        bottom.set(xlabel="seconds", xlim=(0, max(1.0, replayed.end_ms / 1_000)))
        figure.legend(
            handles=[
                Patch(color=GREEN, label="ready"),
                Patch(color=ORANGE, label="pending"),
                Patch(color=BLUE, label="CPU"),
                Patch(color=PINK, label="memory"),
            ],
            loc="upper right",
            ncols=4,
            borderaxespad=0.2,
        )
        picture = io.BytesIO()
        figure.savefig(picture, format="png")
    return picture.getvalue()


def _chosen_workloads(replayed: Replayed) -> list[str]:
    names = list(replayed.workloads)
    if len(names) <= MAX_BANDS:
        return names

    def interest(name: str) -> tuple[int, int]:
        series = replayed.workloads[name]
        return max((counts.pending for _, counts in series), default=0), len(series)

    kept = set(sorted(names, key=interest, reverse=True)[:MAX_BANDS])
    return [name for name in names if name in kept]


def _chosen_nodes(replayed: Replayed) -> list[str]:
    names = list(replayed.nodes)
    if len(names) <= MAX_BANDS:
        return names

    def fullest(name: str) -> float:
        node = replayed.nodes[name]
        return max((fill.cpu_milli / max(1, node.cpu_milli) for _, fill in node.fills), default=0.0)

    kept = set(sorted(names, key=fullest, reverse=True)[:MAX_BANDS])
    return [name for name in names if name in kept]


def _draw_pods(axes: Axes, replayed: Replayed) -> None:
    series = replayed.pods()
    seconds = _seconds(series, replayed)
    ready = _values([counts.ready for _, counts in series])
    total = _values([counts.total for _, counts in series])
    axes.fill_between(seconds, 0, ready, step="post", color=GREEN, alpha=0.75, linewidth=0)
    axes.fill_between(seconds, ready, total, step="post", color=ORANGE, linewidth=0)
    axes.set_title("Pods of all workloads")
    axes.yaxis.set_major_locator(MaxNLocator(4, integer=True))
    axes.set_ylim(bottom=0)


def _draw_workloads(axes: Axes, names: Sequence[str], replayed: Replayed) -> None:
    for place, name in enumerate(names):
        series = replayed.workloads[name]
        if not series:
            continue
        seconds = _seconds(series, replayed)
        most = max(1, *(counts.total for _, counts in series))
        ready = _values([counts.ready for _, counts in series]) / most * _BAND
        total = _values([counts.total for _, counts in series]) / most * _BAND
        base = place + _BAND / 2
        axes.fill_between(
            seconds, base, base - ready, step="post", color=GREEN, alpha=0.75, linewidth=0
        )
        axes.fill_between(
            seconds, base - ready, base - total, step="post", color=ORANGE, linewidth=0
        )
        axes.text(
            1.005,
            place,
            str(most),
            transform=axes.get_yaxis_transform(),
            va="center",
            fontsize=6,
            color=GREY,
        )
    left = len(replayed.workloads) - len(names)
    more = f"; {left} quieter ones are not drawn" if left else ""
    axes.set_title(f"Pods of each workload, the most at the right{more}")
    _name_bands(axes, [name.split("/", 1)[1] for name in names])


def _draw_nodes(axes: Axes, names: Sequence[str], replayed: Replayed) -> None:
    for place, name in enumerate(names):
        node = replayed.nodes[name]
        base = place + _BAND / 2
        axes.axhline(base, color=GREY, linewidth=0.4)
        axes.axhline(base - _BAND, color=GREY, linewidth=0.4, linestyle=":")
        if node.fills:
            seconds = _seconds(node.fills, replayed)
            cpu, memory = _shares(node)
            axes.fill_between(
                seconds, base, base - cpu * _BAND, step="post", color=BLUE, alpha=0.3, linewidth=0
            )
            axes.step(seconds, base - cpu * _BAND, where="post", color=BLUE, linewidth=1)
            axes.step(seconds, base - memory * _BAND, where="post", color=PINK, linewidth=1)
    left = len(replayed.nodes) - len(names)
    more = f"; {left} emptier ones are not drawn" if left else ""
    axes.set_title(f"What pods ask of each node, of all it has{more}")
    _name_bands(axes, names)


def _shares(node: NodeHistory) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    cpu = _values([fill.cpu_milli for _, fill in node.fills]) / max(1, node.cpu_milli)
    memory = _values([fill.memory_bytes for _, fill in node.fills]) / max(1, node.memory_bytes)
    return cpu, memory


def _seconds(
    series: Sequence[tuple[int, PodCounts | NodeFill]], replayed: Replayed
) -> NDArray[np.float64]:
    """Return the times of a series and, so that its last value is drawn, the end."""
    return np.array([*(time_ms for time_ms, _ in series), replayed.end_ms]) / 1_000


def _values(values: Sequence[int]) -> NDArray[np.float64]:
    return np.array([*values, *values[-1:]] or [0], dtype=np.float64)


def _name_bands(axes: Axes, names: Sequence[str]) -> None:
    short = [name if len(name) <= _MAX_NAME else f"{name[: _MAX_NAME - 1]}…" for name in names]
    axes.set_yticks(range(len(names)), short, fontsize=7)
    axes.set_ylim(len(names) - 0.45, -0.55)
    axes.tick_params(axis="y", length=0)
    axes.grid(visible=False, axis="y")
