"""Training steps a second, with all that a run writes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from simarena.cli import main

if TYPE_CHECKING:
    from pathlib import Path

    from benchmarks.conftest import Rate

STEPS = 30_000


@pytest.mark.parametrize("agent", ["ppo", "dqn"])
def test_training_and_evaluation(rate: Rate, tmp_path: Path, agent: str) -> None:
    run = iter(range(100))

    def train() -> None:
        name = f"run-{next(run)}"
        options = ["--agent", agent, "--steps", str(STEPS), "--name", name, "--runs", str(tmp_path)]
        assert main(["train", *options]) == 0

    rate(train, number=STEPS, unit="steps", rounds=2)
