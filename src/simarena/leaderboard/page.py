"""The board as one HTML page that needs nothing else: no network, no other file."""

from __future__ import annotations

import base64
import hashlib
from importlib.metadata import version
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final

from jinja2 import Environment, StrictUndefined
from markupsafe import Markup

from simarena.evaluation.columns import board_columns
from simarena.evaluation.planned import MARK, NOTE, any_marked, planned
from simarena.evaluation.repeats import few_repeats, varying_repeats
from simarena.leaderboard.board import Board, to_json
from simarena.leaderboard.pictures import inline_pictures
from simarena.leaderboard.pool import MERGE_RULE
from simarena.leaderboard.rows import (
    difference_matrix,
    family_rows,
    reason_rows,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

_MEANINGS: Final = {
    "Solved": (
        "The mean over the plays of a scenario is taken first, then over scenarios: each counts "
        "once, however often it was played. The interval, at 95 %, supposes nothing of scenarios "
        "but that they are independent. Agents that solve equally many stand in the order of their "
        "steps. Standing higher does not make an agent better: look whether the "
        "interval of the difference, play by play, excludes 0."
    ),
    "Over families": (
        "Scenarios of one family are variants of one problem. If what they share is drawn once, "
        "this is the interval of the same rate."
    ),
    "pass^k": (
        "The chance that all of k plays of a scenario solve it, estimated without bias. k is the "
        "most that nine of ten scenarios of each agent have; those with fewer plays are left out."
    ),
    "Steps": "An unsolved play counts as many steps as its scenario allows.",
    "× optimum": (
        "Those steps over the steps of the shortest solutions. An unsolved play counts at least "
        "the shortest solution, where the scenario allows fewer."
    ),
    "Tokens, $": (
        "Means of an episode; tokens read from a cache are included. Totals are given where every "
        "play tells."
    ),
    "P50, P95": "Percentiles of how long the model took for an answer, over all its calls.",
    "–": "Not known, or not told.",
}


def render(board: Board, *, title: str, made_on: date) -> str:
    """Return the page's text. Whatever names and messages hold is shown, and never run."""
    package = files("simarena.leaderboard")
    style, script, template = (
        (package / f"page.{suffix}").read_text("utf-8") for suffix in ("css", "js", "html.jinja")
    )
    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters["breakable"] = _breakable
    values = to_json(board)
    agents, failures = values["agents"], values["failures"]
    columns = board_columns(agents)
    pictures = inline_pictures(board.comparison)
    return environment.from_string(
        template
    ).render(
        title=title,
        made_on=made_on.isoformat(),
        version=version("simarena"),
        policy=_policy(style, script),
        style=Markup(style),  # noqa: S704 our own file
        script=Markup(script),  # noqa: S704 our own file
        played=_played(values),
        counted=_counted(values),
        warnings=values["warnings"],
        columns=[
            {"title": "Agent", "meaning": "", "first": "ascending", "sorted": ""},
            *(
                {**column._asdict(), "sorted": _order(number)}
                for number, column in enumerate(columns)
            ),
        ],
        rows=[
            {
                "agent": each["agent"],
                "mark": MARK if planned(each).misses_many else "",
                "cells": [column.cell(each) for column in columns],
            }
            for each in agents
        ],
        marked=NOTE if any_marked(agents) else "",
        left_out=few_repeats(agents, varying_repeats(agents)[-1:]),
        agents=[each["agent"] for each in agents],
        families=family_rows(agents),
        pictures={name: Markup(svg) for name, svg in pictures.items()},  # noqa: S704 escaped there
        matrix=difference_matrix(agents, values["rate_differences"]),
        reasons=reason_rows(agents),
        failures=failures,
        sources=values["sources"],
        merge_rule=MERGE_RULE,
        meanings=_MEANINGS,
    )


def _policy(style: str, script: str) -> str:
    """Return the page's content security policy: its own style and script, and nothing else."""
    return (
        f"default-src 'none'; style-src '{_hash(style)}'; script-src '{_hash(script)}'; "
        "base-uri 'none'; form-action 'none'"
    )


def _hash(text: str) -> str:
    digest = hashlib.sha256(text.encode()).digest()
    return f"sha256-{base64.b64encode(digest).decode()}"


def _breakable(name: str) -> Markup:
    """Return a name that is broken after its slashes, and elsewhere only where it must be."""
    *parts, last = name.split("/")
    pieces = [*(f"{part}/" for part in parts), last]
    return Markup("<wbr>").join(Markup("<span>{}</span>").format(piece) for piece in pieces)


def _order(number: int) -> str:
    return "descending" if number == 0 else ""


def _played(values: Mapping[str, Any]) -> str:
    agents, failed = values["agents"], values["failures"]
    names = {each["agent"] for each in (*agents, *failed)}
    if not agents:
        return f"{_counted_noun(len(names), 'agent')} on {values['suite']}; no play has a result."
    plays = sum(each["num_plays"] for each in agents)
    scenarios = _spread([each["num_scenarios"] for each in agents])
    each = " each" if len(agents) > 1 else ""
    return (
        f"{_counted_noun(len(names), 'agent')} on {values['suite']}: "
        f"{scenarios} scenarios{each}, {plays:,} plays."
    )


def _counted(values: Mapping[str, Any]) -> str:
    if not values["common"]:
        return "Figures are of all scenarios that an agent played, which are not the same for all."
    text = "Figures are of the scenarios that all agents were to play"
    if left_out := values["num_left_out"]:
        return f"{text}; {_counted_noun(left_out, 'other scenario')} left out."
    return f"{text}; none is left out."


def _spread(numbers: Sequence[int]) -> str:
    low, high = min(numbers), max(numbers)
    return f"{low:,}" if low == high else f"{low:,} to {high:,}"


def _counted_noun(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'' if count == 1 else 's'}"
