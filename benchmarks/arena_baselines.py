"""What agents that learn nothing come to on a suite: the table of `docs/scenarios.md`.

    python benchmarks/arena_baselines.py [SUITE]      # arena-v1, if none is named

Every scenario is played with five seeds, by the environment's own verdict; intervals are over
scenarios.
"""

from __future__ import annotations

import sys

from simarena.agents import TaskShape, make_agent
from simarena.env import load_suite
from simarena.evaluation.figures import figure, percent
from simarena.evaluation.playing import evaluate
from simarena.evaluation.summary import summarize

AGENTS = ("oracle", "rules", "blind", "random", "add-cpu", "add-memory", "scale-replicas", "noop")
SEEDS = 5


def table(suite: str) -> str:
    """Return the table."""
    scenarios = load_suite(suite)
    shape = TaskShape(observation="diagnostic", observation_size=45, num_actions=7)
    lines = ["| who | solves | × optimum |", "| --- | --- | --- |"]
    for name in AGENTS:
        played = evaluate(
            make_agent(name, shape, seed=0),
            scenarios,
            num_seeds=SEEDS,
            observation="diagnostic",
            reward="guided",
        )
        told = summarize(played.outcomes()).to_json()
        over = figure(told["steps_over_optimal"])
        lines.append(f"| `{name}` | {percent(told['solve_rate'])} | {over} |")
    return "\n".join(lines)


if __name__ == "__main__":
    print(table(sys.argv[1] if len(sys.argv) > 1 else "arena-v1"))
