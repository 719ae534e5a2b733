"""The rows of the board's further tables: by family, by reason, and of differences."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from simarena.evaluation.columns import NOTHING, Cell, percent_bounds

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    Agent = Mapping[str, Any]
    IntervalJson = Mapping[str, float | None]

MOST_IN_MATRIX: Final = 12
"""Agents; of more, only the differences from the best are shown."""

LEVELS: Final = 10
"""Shades of a rate from none to all, beside the one for none."""


def family_rows(agents: Sequence[Agent]) -> list[dict[str, Any]]:
    """Return a row for each family, by name; none if there is but one."""
    families = sorted({family for each in agents for family in each["solve_rate_by_family"]})
    if len(families) < 2:  # noqa: PLR2004 one family is the whole
        return []
    return [
        {
            "family": family,
            "cells": [_rate(each["solve_rate_by_family"].get(family)) for each in agents],
        }
        for family in families
    ]


def reason_rows(agents: Sequence[Agent]) -> list[dict[str, Any]]:
    """Return for each reason how many plays of each agent it left unsolved, by name."""
    words = sorted({word for each in agents for word in each["reasons"]})
    return [
        {"word": word, "counts": [each["reasons"].get(word, 0) for each in agents]}
        for word in words
    ]


def difference_matrix(
    agents: Sequence[Agent], differences: Sequence[Mapping[str, Any]]
) -> dict[str, Any] | None:
    """Return what each agent is ahead of each other, None if there is but one.

    With more than `MOST_IN_MATRIX` agents it is one column: what the best is ahead of each other.
    """
    names = [each["agent"] for each in agents]
    if len(names) < 2:  # noqa: PLR2004 one alone differs from nobody
        return None
    known = {(each["first"], each["second"]): each["difference"] for each in differences}
    if len(names) > MOST_IN_MATRIX:
        rows = [(other, [_ahead(known.get((names[0], other)), -1)]) for other in names[1:]]
        return _matrix(names[:1], rows)
    rows = [
        (
            row,
            [
                _ahead(known.get((row, column)), 1)
                if (row, column) in known
                else _ahead(known.get((column, row)), -1)
                for column in names
            ],
        )
        for row in names
    ]
    return _matrix(names, rows)


def _matrix(columns: list[str], rows: list[tuple[str, list[Cell]]]) -> dict[str, Any]:
    return {
        "columns": columns,
        "rows": [{"agent": agent, "cells": cells} for agent, cells in rows],
    }


def _rate(rate: IntervalJson | None) -> Cell:
    if rate is None or rate["value"] is None:
        return NOTHING
    value = rate["value"]
    return Cell(f"{100 * value:.0f} %", percent_bounds(rate), value, level=round(value * LEVELS))


def _ahead(difference: IntervalJson | None, sign: int) -> Cell:
    if difference is None:
        return Cell("")
    value, low, high = (difference[key] or 0.0 for key in ("value", "low", "high"))
    low, high = sorted((sign * low, sign * high))
    return Cell(
        _signed(sign * value), f"{_signed(low)} … {_signed(high)}", clear=not low <= 0 <= high
    )


def _signed(share: float) -> str:
    """Return percentage points with their sign, a true minus."""
    return f"{100 * share:+.1f}".replace("-", "−").replace("+0.0", "0.0").replace("−0.0", "0.0")
