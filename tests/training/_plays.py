"""Plays that are small enough to be counted by hand."""

from __future__ import annotations

from typing import Any

from simarena.evaluation.outcome import Outcome


def play(scenario: str, steps: int | None, seed: int = 0, **changes: Any) -> Outcome:
    """Return a play that took so many of ten steps; None stands for unsolved."""
    values: dict[str, Any] = {
        "scenario": scenario,
        "family": scenario[0],
        "seed": seed,
        "agent": "x",
        "solved": steps is not None,
        "steps": 10 if steps is None else steps,
        "max_steps": 10,
    }
    return Outcome(**(values | changes))
