"""An agent of one's own, measured on scenarios beside the built-in ones.

The command line takes it, too:

    PYTHONPATH=examples simarena evaluate --agent own_agent:ReplicasFirst --agent rules
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from simarena.agents import TaskShape, make_agent
from simarena.env import load_suite
from simarena.evaluation.playing import evaluate
from simarena.trace import Action

if TYPE_CHECKING:
    from collections.abc import Mapping


class ReplicasFirst:
    """Set the replicas, then ask for less of what pods wait for."""

    name = "replicas-first"

    def act(self, observation: object, info: Mapping[str, Any]) -> int:  # noqa: ARG002
        """Return the number of the next action."""
        if info["replicas"] < info["target"]:
            return Action.INCREASE_REPLICAS
        if info["replicas"] > info["target"]:
            return Action.DECREASE_REPLICAS
        if info["short_cpu"]:
            return Action.DECREASE_CPU
        return Action.DECREASE_MEMORY if info["short_memory"] else Action.NOOP


def main() -> None:
    """Measure it, the rules and chance on the fourteen classic scenarios."""
    scenarios = load_suite("classic")
    shape = TaskShape(observation="full", observation_size=35, num_actions=7)
    for name in ("own_agent:ReplicasFirst", "rules", "random"):
        result = evaluate(make_agent(name, shape), scenarios, num_seeds=2)
        summary = result.summary()
        rate = summary.solve_rate
        print(
            f"{summary.agent}: solved {rate.value:.0%} [{rate.low:.0%}, {rate.high:.0%}], "
            f"{summary.steps.value:.1f} steps"
        )


if __name__ == "__main__":
    main()
