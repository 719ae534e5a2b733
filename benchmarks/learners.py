"""What the learners come to on scenarios that they never saw: the tables of `docs/training.md`.

    python benchmarks/learners.py learners        # every learner
    python benchmarks/learners.py settings        # the default one: what it sees and is paid

Each line is five trainings with the seeds 0 to 4, measured on the 200 scenarios of `held-out`.
Trainings are kept in `runs/learners` (or where `--runs` says): those that are there already are
read, not made again. A line takes two minutes on two quiet cores; equal seeds give equal figures.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from simarena.cli import main as simarena
from simarena.evaluation.figures import percent

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

SEEDS = 5
SHORT, FULL = 60_000, 300_000
LEARNERS = (
    ("ppo", SHORT),
    ("ppo", FULL),
    ("maskable-ppo", SHORT),
    ("maskable-ppo", FULL),
    ("qrdqn", SHORT),
    ("qrdqn", FULL),
    ("dqn", SHORT),
    ("dqn", FULL),
)
GAMES = (
    ("diagnostic", "guided"),
    ("diagnostic", "shaped"),
    ("diagnostic", "base"),
    ("full", "guided"),
    ("full", "shaped"),
)


def trained(runs: Path, name: str, *options: str) -> Path:
    """Return the folder of five trainings with these options, which are made if need be."""
    folder = runs / name
    if not (folder / "report.json").exists():
        command = ["--resume", str(folder)] if folder.exists() else list(options)
        if not folder.exists():
            command += ["--seeds", str(SEEDS), "--runs", str(runs), "--name", name]
        if status := simarena(["train", *command]):
            raise SystemExit(status)
    return folder


def report(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / "report.json").read_text())
    return found


def results(folder: Path) -> list[str]:
    """Return the cells that say how the five trainings did.

    Solved, with all plays of all seeds taken together and an interval over scenarios; what the
    worst seed solved; steps over those of the shortest solutions, with an interval over seeds.
    """
    told = report(folder)
    worst = min(row["solve_rate"] for row in told["seeds"])
    first = told["evaluation"]["agents"][0]
    over = told["over_seeds"]["steps_over_optimal"]
    return [percent(first["solve_rate"]), f"{100 * worst:.1f} %", three_digits(over)]


def three_digits(interval: Mapping[str, float | None]) -> str:
    value, low, high = (interval[key] for key in ("value", "low", "high"))
    return f"{value:.3f}" if low is None else f"{value:.3f} [{low:.3f}, {high:.3f}]"


def learners(runs: Path) -> list[list[str]]:
    rows = [["learner", "steps of training", "solved", "the worst of five", "× optimum"]]
    for agent, steps in LEARNERS:
        folder = trained(runs, f"{agent}-{steps}", "--agent", agent, "--steps", str(steps))
        rows.append([f"`{agent}`", f"{steps:,}", *results(folder)])
    for each in report(folder)["evaluation"]["agents"]:
        if each["agent"] in {"rules", "blind", "random"}:
            over = three_digits(each["steps_over_optimal"])
            rows.append([f"`{each['agent']}`", "", percent(each["solve_rate"]), "", over])
    return rows


def settings(runs: Path) -> list[list[str]]:
    waste = "`over_allocation`"
    rows = [["observation", "reward", "solved", "the worst of five", "× optimum", waste]]
    for observation, reward in GAMES:
        folder = trained(
            runs,
            f"ppo-{SHORT}-{observation}-{reward}",
            *("--agent", "ppo", "--steps", str(SHORT)),
            *("--observation", observation, "--reward", reward),
        )
        families = report(folder)["evaluation"]["agents"][0]["solve_rate_by_family"]
        cells = [*results(folder), percent(families["over_allocation"])]
        rows.append([f"`{observation}`", f"`{reward}`", *cells])
    return rows


def printed(rows: Sequence[Sequence[str]]) -> str:
    first, *others = [f"| {' | '.join(row)} |" for row in rows]
    return "\n".join([first, f"|{' --- |' * len(rows[0])}", *others])


TABLES = {"learners": learners, "settings": settings}

if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("table", choices=TABLES)
    parser.add_argument("--runs", type=Path, default=Path("runs/learners"))
    given = parser.parse_args()
    print(printed(TABLES[given.table](given.runs)))
