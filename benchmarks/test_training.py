"""Training steps a second, with all that a run writes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simarena.cli import main

if TYPE_CHECKING:
    from pathlib import Path

    from benchmarks.conftest import Rate

STEPS = 30_000


def test_dqn_training_and_evaluation(rate: Rate, tmp_path: Path) -> None:
    run = iter(range(100))

    def train() -> None:
        name = f"run-{next(run)}"
        options = ["--steps", str(STEPS), "--name", name, "--runs", str(tmp_path)]
        assert main(["train", *options]) == 0

    rate(train, number=STEPS, unit="steps", rounds=2)
