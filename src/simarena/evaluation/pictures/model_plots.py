"""Pictures of what language models tell: what solving costs, how reliably, and why it fails."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import matplotlib as mpl
import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import (
    FuncFormatter,
    LogLocator,
    MaxNLocator,
    NullFormatter,
    PercentFormatter,
)

from simarena.evaluation.pictures.label_places import place_labels
from simarena.evaluation.pictures.plot_style import STYLE, add_legend, label, look

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from simarena.evaluation.summary import Summary

_WIDE: Final = 12.0  # costs that differ by more are told apart by their logarithms

# Okabe and Ito's colours and lighter ones of them: neighbours in a bar differ in lightness, too.
_REASONS: Final = (
    "#0072B2",
    "#E69F00",
    "#56B4E9",
    "#D55E00",
    "#009E73",
    "#F0E442",
    "#CC79A7",
    "#999999",
)


def known_cost(summaries: Sequence[Summary]) -> str:
    """Return which figure of agents to hold against their solve rates: money, if any tells it.

    `cost_usd`, else `output_tokens`, else nothing.
    """
    for name in ("cost_usd", "output_tokens"):
        if any(np.isfinite(getattr(each, name).value) for each in summaries):
            return name
    return ""


def plot_cost(summaries: Sequence[Summary], path: Path) -> None:
    """Draw what an episode costs against the share solved, of agents that tell what it costs.

    In dollars, or in tokens where nobody's price is known.
    """
    name = known_cost(summaries)
    costs = np.array([getattr(each, name) for each in summaries])
    rates = np.array([each.solve_rate for each in summaries])
    told = np.flatnonzero(np.isfinite(costs[:, 0])).tolist()
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(6.6, 4.2), layout="constrained")
        axes = figure.subplots()
        for number in told:
            axes.errorbar(
                costs[number, 0],
                rates[number, 0],
                xerr=np.abs(costs[number, 1:, np.newaxis] - costs[number, 0]),
                yerr=np.abs(rates[number, 1:, np.newaxis] - rates[number, 0]),
                fmt=look(number).marker,
                markersize=5,
                linewidth=1.0,
                color=look(number).colour,
            )
        # Of one scenario, or where all cost the same, there is no interval.
        low, high = np.nanmin(costs[told]), np.nanmax(costs[told])
        if low > 0 and high / low > _WIDE:
            axes.set_xscale("log")
            axes.xaxis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
            axes.set_xlim(low / 1.4, high * 1.4)
        else:
            axes.set_xlim(0, 1.12 * high or 1.0)
        unit = "$" if name == "cost_usd" else "tokens made"
        axes.set(title="What solving costs, with 95 % intervals", ylim=(-0.02, 1.05))
        axes.set(xlabel=f"{unit} an episode", ylabel="scenarios solved")
        axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.4g}"))
        axes.xaxis.set_minor_formatter(NullFormatter())
        axes.yaxis.set_major_formatter(PercentFormatter(1.0))
        place_labels(
            axes,
            costs[told],
            rates[told],
            [label(summaries[number].agent) for number in told],
            [look(number).colour for number in told],
        )
        figure.savefig(path)


def plot_pass_pow_k(summaries: Sequence[Summary], path: Path) -> None:
    """Draw, for each agent, the chance that all of k plays of a scenario solve it, over k."""
    most = min((len(each.pass_pow_k) for each in summaries if len(each.pass_pow_k) > 1), default=1)
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(6.2, 3.2), layout="constrained")
        axes = figure.subplots()
        for number, each in enumerate(summaries):
            agent = look(number)
            repeats = np.arange(1, min(most, len(each.pass_pow_k)) + 1)
            values = np.array([each.pass_pow_k[k] for k in repeats.tolist()])
            shift = 0.03 * (number - (len(summaries) - 1) / 2)
            axes.errorbar(
                repeats + shift,
                values[:, 0],
                yerr=np.abs(values[:, 1:].T - values[:, 0]),
                marker=agent.marker,
                markersize=4,
                linewidth=1.2,
                elinewidth=0.7,
                color=agent.colour,
                linestyle=agent.line,
                label=label(each.agent),
            )
        axes.set(title="All of k plays solve the scenario (pass^k)", xlabel="k", ylim=(-0.03, 1.04))
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        axes.yaxis.set_major_formatter(PercentFormatter(1.0))
        add_legend(figure, [label(each.agent) for each in summaries])
        figure.savefig(path)


def plot_reasons(summaries: Sequence[Summary], path: Path) -> None:
    """Draw, for each agent, the shares of its plays that stay unsolved for each reason."""
    reasons = sorted({reason for each in summaries for reason in each.reasons})
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(7.2, 1.0 + 0.3 * len(summaries)), layout="constrained")
        axes = figure.subplots()
        left = np.zeros(len(summaries))
        for number, reason in enumerate(reasons):
            shares = [each.reasons.get(reason, 0) / each.num_plays for each in summaries]
            colour = _REASONS[number % len(_REASONS)]
            axes.barh(
                range(len(summaries)),
                shares,
                left=left,
                height=0.62,
                color=colour,
                edgecolor="white",
                linewidth=0.6,
                hatch="////" if number >= len(_REASONS) else None,
                label=label(reason),
            )
            left += shares
        axes.set_yticks(range(len(summaries)), [label(each.agent) for each in summaries])
        axes.set_ylim(len(summaries) - 0.5, -0.5)
        axes.set(
            title="Plays that stay unsolved, by reason", xlim=(0, max(1.05 * left.max(), 0.05))
        )
        axes.xaxis.set_major_formatter(PercentFormatter(1.0, decimals=0))
        axes.grid(visible=False, axis="y")
        add_legend(figure, [label(reason) for reason in reasons])
        figure.savefig(path)
