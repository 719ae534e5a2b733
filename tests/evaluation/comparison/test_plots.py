"""Which pictures a comparison has, and what is written in them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import matplotlib as mpl
import pytest

from simarena.evaluation.comparison.compare import PICTURES, compare_agents, draw
from simarena.evaluation.outcome import Outcome
from simarena.evaluation.pictures.model_plots import known_cost
from simarena.evaluation.summary import summarize

if TYPE_CHECKING:
    from pathlib import Path


def play(agent: str, scenario: str, seed: int, solved: bool, **told: Any) -> Outcome:
    values: dict[str, Any] = {
        "family": "f",
        "steps": 3,
        "max_steps": 9,
        "reason": "" if solved else "unstable",
    }
    return Outcome(
        **(values | {"agent": agent, "scenario": scenario, "seed": seed, "solved": solved} | told)
    )


def plays(agent: str, **told: Any) -> list[Outcome]:
    return [
        play(agent, scenario, seed, scenario == "a" or seed == 0, **told)
        for scenario in ("a", "b", "c")
        for seed in range(2)
    ]


def drawn(outcomes: list[Outcome], folder: Path) -> dict[str, str]:
    with mpl.rc_context({"svg.fonttype": "none"}):
        names = [name for name, _ in draw(compare_agents(outcomes, "s"), folder, ".svg")]
    return {name: (folder / name).read_text("utf-8") for name in names}


def test_language_models_have_every_picture(tmp_path: Path) -> None:
    outcomes = plays("lab/model", cost_usd=0.02) + plays("rules")
    pictures = drawn(outcomes, tmp_path)
    assert list(pictures) == [name.replace("png", "svg") for name, _ in PICTURES]
    assert "lab/model" in pictures["cost.svg"]
    assert "$ an episode" in pictures["cost.svg"]
    assert "rules" not in pictures["cost.svg"]
    assert "unstable" in pictures["reasons.svg"]
    assert all("rules" in pictures[name] for name in ("repeats.svg", "reasons.svg"))


def test_agents_that_tell_nothing_have_no_pictures_of_it(tmp_path: Path) -> None:
    outcomes = [play("x", scenario, seed, True) for scenario in ("a", "b") for seed in range(2)]
    (tmp_path / "cost.svg").write_text("of an earlier comparison")
    assert list(drawn(outcomes, tmp_path)) == ["solve_rates.svg", "solved_by_step.svg"]
    assert not (tmp_path / "cost.svg").exists()


def test_without_prices_tokens_are_what_solving_costs(tmp_path: Path) -> None:
    assert known_cost([summarize(plays("x"))]) == ""
    assert known_cost([summarize(plays("x", output_tokens=9))]) == "output_tokens"
    assert known_cost([summarize(plays("x", output_tokens=9, cost_usd=0.1))]) == "cost_usd"
    assert "tokens made an episode" in drawn(plays("x", output_tokens=9), tmp_path)["cost.svg"]


@pytest.mark.parametrize("costs", [(0.0, 0.0), (0.001, 0.5)])
def test_costs_of_nothing_and_of_very_different_size_can_be_drawn(
    costs: tuple[float, float], tmp_path: Path
) -> None:
    cheap, dear = costs
    assert drawn(plays("x", cost_usd=cheap) + plays("y", cost_usd=dear), tmp_path)


def test_names_are_no_formulas(tmp_path: Path) -> None:
    pictures = drawn(plays("$\\foo$", cost_usd=1.0) + plays("_y"), tmp_path)
    assert all("$\\foo$" in picture for picture in pictures.values())
