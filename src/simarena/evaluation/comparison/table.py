"""A comparison in words and tables, made from its JSON and nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from simarena.evaluation.columns import columns
from simarena.evaluation.figures import figure, percent, rate_of
from simarena.evaluation.judged import errata_text
from simarena.evaluation.markdown import plain, table_lines
from simarena.evaluation.planned import NOTE, any_marked
from simarena.evaluation.repeats import few_repeats, varying_repeats

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from simarena.evaluation.columns import Column

    Agents = Sequence[Mapping[str, Any]]

HOW_TO_READ: Final = (
    "Means over scenarios, each counting once however often it is played; 95 % intervals in "
    "brackets, as wide as scenarios differ and are few; none where all came to the same. An "
    "unsolved episode counts as many steps as the scenario allows."
)

_OVER_FAMILIES: Final = (
    "*Over families*: the interval of the same rate, if scenarios of one family are taken for "
    "variants of one problem."
)

_REPEATS: Final = (
    "pass@k: one of k plays of a scenario solves it. pass^k: all of k plays do, which is what an "
    "agent can be relied on for."
)

_WITHOUT_RESULT: Final = (
    "Ended by a provider, the network or the environment. They say nothing about the agent, and no "
    "figure of this report counts them."
)

_MOST_IN_MATRIX: Final = 12  # agents
_FEWEST_IN_MATRIX: Final = 3  # of two agents the differences above say it all


def table(comparison: Mapping[str, Any]) -> list[str]:
    """Return the lines of Markdown that tell a comparison's JSON; what is unknown is left out."""
    agents = comparison["agents"]
    return [
        *_agents(agents),
        *_errata(comparison.get("errata") or {}),
        *_families(agents),
        *_repeats(agents),
        *_usage(agents),
        *_counts(agents, "reasons", "Why plays stay unsolved", "reason"),
        *_counts(agents, "endings", "How plays end", "ending"),
        *_differences(comparison["differences"]),
        *_matrix(agents, comparison["rate_differences"]),
        *_failures(comparison["failures"]),
    ]


def _agents(agents: Agents) -> list[str]:
    if not agents:
        return []
    shown = columns(agents, "figures")
    over_families = any(column.title == "over families" for column in shown)
    note = f"{HOW_TO_READ} {_OVER_FAMILIES}" if over_families else HOW_TO_READ
    marks = [NOTE, ""] if any_marked(agents) else []
    return [*_table_of(agents, shown), note, "", *marks]


def _table_of(agents: Agents, shown: Sequence[Column]) -> list[str]:
    """Return the lines of a table of agents, with those of the columns that reports have."""
    cells = {column.title: column.report for column in shown if column.report is not None}
    return table_lines(list(cells), [[cell(each) for cell in cells.values()] for each in agents])


def _errata(errata: Mapping[str, str]) -> list[str]:
    return [errata_text(errata), ""] if errata else []


def _families(agents: Agents) -> list[str]:
    families = sorted({family for each in agents for family in each["solve_rate_by_family"]})
    if len(families) < 2:  # noqa: PLR2004 one family is the whole
        return []
    rows = []
    for family in families:
        rates = [each["solve_rate_by_family"].get(family) for each in agents]
        rows.append([family, *map(rate_of, rates)])
    return ["## Solved, by family", "", *table_lines(["family", *_names(agents)], rows)]


def _repeats(agents: Agents) -> list[str]:
    repeats = varying_repeats(agents)
    if not repeats:
        return []
    lines = ["## Repeated plays", "", _REPEATS, ""]
    for sign, key in (("pass@", "pass_at_k"), ("pass^", "pass_pow_k")):
        rows = [[each["agent"], *(rate_of(each[key].get(k)) for k in repeats)] for each in agents]
        lines += table_lines(["agent", *(sign + k for k in repeats)], rows)
    left_out = few_repeats(agents, repeats)
    return [*lines, plain(left_out), ""] if left_out else lines


def _usage(agents: Agents) -> list[str]:
    shown = columns(agents, "usage")
    if sum(column.report is not None for column in shown) < 2:  # noqa: PLR2004 only their names
        return []
    return [
        "## What playing took",
        "",
        "Means of an episode with intervals; totals where every play tells; time of single calls.",
        "",
        *_table_of(agents, shown),
    ]


def _counts(agents: Agents, key: str, title: str, word: str) -> list[str]:
    words = sorted({name for each in agents for name in each[key]})
    if not words:
        return []
    rows = [[name, *(str(each[key].get(name, 0)) for each in agents)] for name in words]
    return [f"## {title}", "", *table_lines([f"{word} (plays)", *_names(agents)], rows)]


def _differences(differences: Sequence[Mapping[str, Any]]) -> list[str]:
    if not differences:
        return []
    titles = ["", "solved", "steps to solve", "better / equal / worse (scenarios solved)"]
    rows = []
    for each in differences:
        solved = each["solved"]
        rows.append(
            [
                f"{each['first']} − {each['second']}",
                percent(solved["difference"]),
                figure(each["steps"]["difference"]),
                f"{solved['num_better']} / {solved['num_equal']} / {solved['num_worse']}",
            ]
        )
    return ["## Differences on the same scenarios and seeds", "", *table_lines(titles, rows)]


def _matrix(agents: Agents, differences: Sequence[Mapping[str, Any]]) -> list[str]:
    if not _FEWEST_IN_MATRIX <= len(agents) <= _MOST_IN_MATRIX:
        return []
    cells = {(each["first"], each["second"]): each["difference"] for each in differences}
    names = [each["agent"] for each in agents]
    rows = [
        [first, *(_cell(cells.get((first, second))) for second in names[1:])]
        for first in names[:-1]
    ]
    return [
        "## Differences of solve rates, row − column",
        "",
        *table_lines(["", *_names(agents)[1:]], rows),
    ]


def _failures(failures: Sequence[Mapping[str, Any]]) -> list[str]:
    if not failures:
        return []
    rows = []
    for each in failures:
        kinds = ", ".join(f"{kind} {count}" for kind, count in each["kinds"].items())
        messages = "; ".join(
            f"{said['message']} ({said['num_plays']})" for said in each["messages"]
        )
        rows.append([each["agent"], str(each["num_plays"]), kinds, messages])
    titles = ["agent", "plays", "kinds", "most frequent messages"]
    return ["## Plays without a result", "", _WITHOUT_RESULT, "", *table_lines(titles, rows)]


def _cell(difference: Mapping[str, float | None] | None) -> str:
    return "" if difference is None else percent(difference)


def _names(agents: Agents) -> list[str]:
    return [each["agent"] for each in agents]
