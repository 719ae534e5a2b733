"""The pictures of a comparison: rates by family, share solved by steps, paired differences."""

from __future__ import annotations

from typing import TYPE_CHECKING

import matplotlib as mpl
import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator, PercentFormatter

from simarena.evaluation.pictures.plot_style import BLUE, GREY, STYLE, add_legend, label, look

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from matplotlib.axes import Axes

    from simarena.evaluation.difference import Difference
    from simarena.evaluation.statistics import Paired
    from simarena.evaluation.summary import Summary

_MOST_BANDS = 4  # more of them hide each other


def plot_solve_rates(summaries: Sequence[Summary], path: Path) -> None:
    """Draw each agent's share of scenarios solved, with 95 % intervals, overall and by family."""
    families = sorted({family for each in summaries for family in each.solve_rate_by_family})
    groups = ["all", *families] if len(families) > 1 else ["all"]
    with mpl.rc_context(STYLE):
        size = (7.2, 0.7 + len(groups) * (0.22 + 0.07 * len(summaries)))
        figure = Figure(figsize=size, layout="constrained")
        axes = figure.subplots()
        room = 0.7 / len(summaries)
        for number, each in enumerate(summaries):
            rates = {"all": each.solve_rate, **each.solve_rate_by_family}
            there = [row for row, group in enumerate(groups) if group in rates]
            values = np.array([rates[groups[row]] for row in there])
            axes.errorbar(
                values[:, 0],
                np.array(there) + (number - (len(summaries) - 1) / 2) * room,
                xerr=np.abs(values[:, 1:].T - values[:, 0]),
                fmt=look(number).marker,
                markersize=4,
                linewidth=1.2,
                color=look(number).colour,
                label=label(each.agent),
            )
        axes.set_yticks(range(len(groups)), [label(group) for group in groups])
        axes.set_ylim(len(groups) - 0.5, -0.5)
        axes.set(title="Scenarios solved, with 95 % intervals", xlim=(-0.02, 1.02))
        axes.xaxis.set_major_formatter(PercentFormatter(1.0))
        axes.grid(visible=False, axis="y")
        for row in range(1, len(groups)):
            axes.axhline(row - 0.5, color="#e4e4e4", linewidth=0.8)
        add_legend(figure, [label(each.agent) for each in summaries])
        figure.savefig(path)


def plot_solved_by_step(summaries: Sequence[Summary], path: Path) -> None:
    """Draw, for each agent, the share of scenarios solved within so many steps.

    The bands are left out where there would be more than four.
    """
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(6.2, 3.2), layout="constrained")
        axes = figure.subplots()
        for number, each in enumerate(summaries):
            agent, curve = look(number), each.curve
            axes.step(
                curve.steps,
                curve.solved,
                where="post",
                color=agent.colour,
                linestyle=agent.line,
                label=label(each.agent),
            )
            if len(summaries) > _MOST_BANDS:
                continue
            axes.fill_between(
                curve.steps,
                curve.low,
                curve.high,
                step="post",
                color=agent.colour,
                alpha=0.12,
                lw=0,
            )
        axes.set(title="Scenarios solved within so many steps", xlabel="steps", ylim=(-0.02, 1.03))
        axes.yaxis.set_major_formatter(PercentFormatter(1.0))
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        add_legend(figure, [label(each.agent) for each in summaries])
        figure.savefig(path)


def plot_differences(differences: Sequence[Difference], path: Path) -> None:
    """Draw how the first agent differs from each other on the same plays, with 95 % intervals."""
    names = [f"− {label(each.second)}" for each in differences]
    with mpl.rc_context(STYLE):
        size = (7.2 + 0.02 * max(map(len, names)), 1.2 + 0.32 * len(names))
        figure = Figure(figsize=size, layout="constrained")
        solved, steps = figure.subplots(1, 2, sharey=True)
        _draw_paired(solved, [each.solved for each in differences], "scenarios solved")
        solved.xaxis.set_major_formatter(PercentFormatter(1.0))
        _draw_paired(steps, [each.steps for each in differences], "steps to solve (less is better)")
        solved.set_yticks(range(len(names)), names)
        solved.set_ylim(len(names) - 0.5, -0.5)
        first = label(differences[0].first)
        figure.suptitle(f"{first}, and how others differ", x=0.01, ha="left")
        figure.savefig(path)


def _draw_paired(axes: Axes, paired: Sequence[Paired], title: str) -> None:
    values = np.array([each.difference for each in paired])
    axes.axvline(0, color=GREY, linewidth=0.8)
    axes.errorbar(
        values[:, 0],
        range(len(values)),
        xerr=np.abs(values[:, 1:].T - values[:, 0]),
        fmt="o",
        markersize=4,
        linewidth=1.2,
        color=BLUE,
    )
    axes.set_title(title)
    axes.grid(visible=False, axis="y")
