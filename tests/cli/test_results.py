"""Results as the terminal shows them."""

from __future__ import annotations

from io import StringIO

from rich.console import Console

from simarena.cli.output.results import print_comparison
from simarena.evaluation.comparison.compare import compare_agents
from simarena.evaluation.outcome import Outcome


def test_a_difference_on_one_scenario_is_shown_without_an_interval_that_nobody_knows() -> None:
    plays = [
        Outcome(
            scenario="a", family="f", seed=0, agent=agent, solved=True, steps=steps, max_steps=9
        )
        for agent, steps in (("quick", 2), ("slow", 5))
    ]
    console = Console(width=100, file=StringIO())
    with console.capture() as shown:
        print_comparison(console, compare_agents(plays, "s").to_json())
    assert "quick − slow: solved +0.0% [-92.4, +92.4], steps -3.0\n" in shown.get()
