"""Any number of agents side by side: one table, one set of plots, whoever they are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from simarena.errors import ConfigError
from simarena.training.summary import Difference, Summary, by_agent, compare, summarize

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from simarena.training.outcome import Outcome

PICTURES: Final = (
    ("solve_rates.png", "Share of scenarios solved"),
    ("solved_by_step.png", "Scenarios solved within so many steps"),
    ("differences.png", "Differences on the same scenarios and seeds"),
)
"""What `draw` leaves: name of the file, what it shows."""

HOW_TO_READ: Final = (
    "Means over scenarios, each counting once however often it is played; 95 % intervals in "
    "brackets: Wilson's for rates, bootstrap over scenarios for others. An unsolved episode counts "
    "as many steps as the scenario allows."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Agents on the same scenarios. The first is the one that the others are compared with."""

    suite: str
    """What was played, for titles."""

    summaries: tuple[Summary, ...]
    differences: tuple[Difference, ...]
    """The first agent − each other."""

    def to_json(self) -> dict[str, Any]:
        """Return it as JSON can hold it."""
        return {
            "suite": self.suite,
            "num_scenarios": self.summaries[0].num_scenarios,
            "num_plays": self.summaries[0].num_plays,
            "agents": [each.to_json() for each in self.summaries],
            "differences": [each.to_json() for each in self.differences],
        }


def compare_agents(outcomes: Iterable[Outcome], suite: str) -> Comparison:
    """Return how the agents in `outcomes` did; the one that comes first is the reference.

    Raises:
        ConfigError: there are no outcomes.
        RunError: an agent played nothing that the first one played.
    """
    groups = list(by_agent(outcomes).values())
    if not groups:
        message = "there is nothing to compare: no outcomes were given"
        raise ConfigError(message)
    return Comparison(
        suite=suite,
        summaries=tuple(summarize(group) for group in groups),
        differences=tuple(compare(groups[0], group) for group in groups[1:]),
    )


def table(comparison: Mapping[str, Any]) -> list[str]:
    """Return the lines of Markdown that tell a comparison's JSON: agents, families, differences."""
    return [
        *_agents(comparison["agents"]),
        HOW_TO_READ,
        "",
        *_families(comparison["agents"]),
        *_differences(comparison["differences"]),
    ]


def draw(comparison: Comparison, folder: Path) -> None:
    """Draw the `PICTURES` into `folder`; differences only where there are any."""
    from simarena.training import comparison_plots

    comparison_plots.plot_solve_rates(comparison.summaries, folder / PICTURES[0][0])
    comparison_plots.plot_solved_by_step(comparison.summaries, folder / PICTURES[1][0])
    if comparison.differences:
        comparison_plots.plot_differences(comparison.differences, folder / PICTURES[2][0])


def percent(interval: Mapping[str, float | None]) -> str:
    """Return a rate with its interval in per cent, from JSON."""
    value, low, high = (interval[key] for key in ("value", "low", "high"))
    if value is None:
        return "–"
    bounds = "" if low is None or high is None else f" [{100 * low:.1f}, {100 * high:.1f}]"
    return f"{100 * value:.1f} %{bounds}"


def figure(interval: Mapping[str, float | None]) -> str:
    """Return a figure with its interval, from JSON."""
    value, low, high = (interval[key] for key in ("value", "low", "high"))
    if value is None:
        return "–"
    bounds = "" if low is None or high is None else f" [{low:.2f}, {high:.2f}]"
    return f"{value:.2f}{bounds}"


def shown_figures(agents: Sequence[Mapping[str, Any]]) -> list[tuple[str, str]]:
    """Return title and key of the figures worth a column: those known of at least one agent."""
    columns = [
        ("steps to solve", "steps"),
        ("× optimum", "steps_over_optimal"),
        ("return", "reward"),
        ("blocked actions", "blocked"),
        ("waste", "waste"),
    ]
    return [
        (title, key)
        for title, key in columns
        if any(each[key]["value"] is not None for each in agents)
    ]


def _agents(agents: list[dict[str, Any]]) -> list[str]:
    columns = shown_figures(agents)
    titles = ["agent", "solved", *(title for title, _ in columns), "median steps"]
    lines = [_row(titles), _row(["---"] * len(titles))]
    for each in agents:
        median = each["curve"]["median"]["value"]
        cells = [each["agent"], percent(each["solve_rate"])]
        cells += [figure(each[key]) for _, key in columns]
        lines.append(_row([*cells, "–" if median is None else f"{median:g}"]))
    return [*lines, ""]


def _families(agents: list[dict[str, Any]]) -> list[str]:
    families = sorted({family for each in agents for family in each["solve_rate_by_family"]})
    if len(families) < 2:  # noqa: PLR2004 one family is the whole
        return []
    titles = ["family", *(each["agent"] for each in agents)]
    lines = ["## Solved, by family", "", _row(titles), _row(["---"] * len(titles))]
    for family in families:
        rates = [each["solve_rate_by_family"].get(family) for each in agents]
        lines.append(_row([family, *("–" if rate is None else percent(rate) for rate in rates)]))
    return [*lines, ""]


def _differences(differences: list[dict[str, Any]]) -> list[str]:
    if not differences:
        return []
    titles = ["", "solved", "steps to solve", "better / equal / worse (scenarios solved)"]
    lines = ["## Differences on the same scenarios and seeds", ""]
    lines += [_row(titles), _row(["---"] * len(titles))]
    for each in differences:
        solved = each["solved"]
        lines.append(
            _row(
                [
                    f"{each['first']} − {each['second']}",
                    percent(solved["difference"]),
                    figure(each["steps"]["difference"]),
                    f"{solved['num_better']} / {solved['num_equal']} / {solved['num_worse']}",
                ]
            )
        )
    return [*lines, ""]


def _row(cells: Iterable[str]) -> str:
    return "| " + " | ".join(cells) + " |"
