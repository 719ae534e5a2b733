"""The pictures of one agent: how it learned, what it does when, its best episode."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import matplotlib as mpl
import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator, PercentFormatter

from simarena.evaluation.episodes import COUNTS, SHORTAGES
from simarena.evaluation.pictures.plot_style import BLUE, GREEN, GREY, ORANGE, PINK, STYLE
from simarena.evaluation.words import ACTION_WORDS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from matplotlib.axes import Axes
    from numpy.typing import NDArray


def plot_learning_curves(runs: Sequence[Sequence[Mapping[str, Any]]], path: Path) -> None:
    """Draw share solved, return and exploration over the steps, a line for each run."""
    alpha = 1.0 if len(runs) == 1 else 0.6
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(7.2, 3.2), layout="constrained")
        left, right = figure.subplots(1, 2)
        for number, metrics in enumerate(runs):
            rows = [row for row in metrics if "return_mean" in row]
            steps = [row["step"] for row in rows]
            solved = [row["solved_rate"] for row in rows]
            label = "solved" if number == 0 else None
            left.plot(steps, solved, color=BLUE, alpha=alpha, label=label)
            right.plot(steps, [row["return_mean"] for row in rows], color=BLUE, alpha=alpha)
            if number == 0 and any("exploration" in row for row in rows):
                left.plot(
                    steps,
                    [row.get("exploration", np.nan) for row in rows],
                    color=GREY,
                    linestyle="--",
                    linewidth=1,
                    label="random actions",
                )
        left.set(title="Training episodes solved", xlabel="steps", ylim=(-0.02, 1.02))
        left.yaxis.set_major_formatter(PercentFormatter(1.0))
        left.legend(loc="center right")
        right.set(title="Mean return of an episode", xlabel="steps")
        for axes in (left, right):
            axes.xaxis.set_major_formatter(_thousands)
        figure.savefig(path)


def plot_actions_by_state(table: NDArray[np.int64], agent: str, path: Path) -> None:
    """Draw which share of its decisions an agent gives to each action, state by state."""
    num_actions = table.shape[2]
    seen = [
        (f"{short}, {count}", table[row, column])
        for row, short in enumerate(SHORTAGES)
        for column, count in enumerate(COUNTS)
        if table[row, column].sum() > 0
    ]
    shares = np.array([counts / counts.sum() for _, counts in seen]).reshape(-1, num_actions)
    with mpl.rc_context(STYLE | {"axes.grid": False}):
        figure = Figure(figsize=(7.2, 1.2 + 0.28 * len(seen)), layout="constrained")
        axes = figure.subplots()
        axes.imshow(shares, cmap="Blues", vmin=0, vmax=1, aspect="auto")
        for (row, column), share in np.ndenumerate(shares):
            if share >= 0.005:  # noqa: PLR2004 what rounds to nothing is left blank
                colour = "white" if share > 0.5 else "#333333"  # noqa: PLR2004
                axes.text(column, row, f"{share:.0%}", ha="center", va="center", color=colour)
        axes.set_xticks(range(num_actions), ACTION_WORDS[:num_actions], rotation=20)
        axes.set_yticks(range(len(seen)), [f"{name}  (n={c.sum()})" for name, c in seen])
        axes.tick_params(length=0)
        axes.set_title(f"What {agent} does in which state")
        figure.savefig(path)


def plot_episode(episode: Mapping[str, Any], path: Path) -> None:
    """Draw an episode step by step: pods, requests, and what the agent did."""
    actions = episode["actions"]
    # What is seen before action t holds from t to t + 1; the end is drawn as wide as a step.
    steps = np.arange(len(actions) + 2)
    seen = {name: [*values, values[-1]] for name, values in episode["seen"].items()}
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(7.2, 5.0), layout="constrained")
        pods, cpu, memory, acts = figure.subplots(
            4, 1, sharex=True, height_ratios=(2.2, 1.1, 1.1, 1.8)
        )
        for name, colour in (("total", GREY), ("ready", GREEN), ("pending", ORANGE)):
            pods.step(steps, seen[name], where="post", color=colour, label=name)
        pods.axhline(seen["target"][0], color=BLUE, linestyle=":", label="target")
        pods.set_title(f"{episode['agent']} on {episode['scenario']} ({episode['family']})")
        pods.set_ylabel("pods")
        pods.yaxis.set_major_locator(MaxNLocator(integer=True))
        pods.legend(loc="center left", bbox_to_anchor=(1.0, 0.5))
        cpu.step(steps, np.array(seen["cpu_milli"]) / 1000, where="post", color=BLUE)
        cpu.set_ylabel("CPU\nper pod")
        memory.step(steps, np.array(seen["memory_bytes"]) / 2**30, where="post", color=PINK)
        memory.set_ylabel("memory\nGi per pod")
        _draw_actions(acts, actions, episode["blocked"])
        figure.savefig(path)


def _draw_actions(axes: Axes, actions: Sequence[int], blocked: Sequence[bool]) -> None:
    places = np.arange(len(actions)) + 0.5
    refused = np.array(blocked, dtype=bool)
    taken = np.array(actions)
    axes.scatter(places[~refused], taken[~refused], color=BLUE, s=18, label="done")
    if refused.any():
        axes.scatter(places[refused], taken[refused], color=ORANGE, marker="x", label="blocked")
        axes.legend(loc="center left", bbox_to_anchor=(1.0, 0.5))
    axes.set_yticks(range(len(ACTION_WORDS)), ACTION_WORDS, fontsize=7)
    axes.set_ylim(-0.5, len(ACTION_WORDS) - 0.5)
    axes.set_xlabel("step")
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))


def _thousands(value: float, _position: int | None) -> str:
    return f"{value / 1000:g}k" if value else "0"
