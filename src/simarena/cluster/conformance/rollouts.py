"""Does a Deployment walk through edits as a recorded one did?

A record says how a real Deployment went from state to state after each edit. The simulator must
pass through the same states in the same order; it may pass through more, since the record was
sampled, and times are not compared.

In a real control plane chance decides which of two controllers is quicker, so that the same edit is
recorded with its states in different orders. As with ties of the scheduler, the record is followed
then: the walk agrees if the simulator, too, can go that way (see `following`).
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

from simarena.cluster.config import ClusterConfig
from simarena.cluster.conformance.following import Run, follow, new_run, recorded_state
from simarena.cluster.manifests.check import read_as
from simarena.cluster.manifests.workloads.workload import Workload

if TYPE_CHECKING:
    from simarena.cluster.conformance.walk import State

_UNLIMITED = ClusterConfig(kube_api_qps=0)
"""Edits follow each other as soon as nothing moves; the recorder waited for some time, in which
controllers could send a full burst again."""
_NUM_SEEDS = 6
"""Runs with the settings' own delays that differ in how ties came out in earlier edits."""


class JudgedStep(NamedTuple):
    """How one edit of a record came out."""

    case: str
    step: int
    expected: State
    """The settled state that was recorded."""
    settled: State
    num_states: int
    """States of the record."""
    num_reached: int
    """Those that the simulator reached in the same order, counted from the first, with the
    settings' own delays."""
    num_followed: int
    """The same, with delays drawn so as to follow the record."""

    @property
    def same_end(self) -> bool:
        """Whether the settled states are equal."""
        return self.expected == self.settled

    @property
    def by_chance(self) -> bool:
        """Whether every recorded state was reached, in order, but only with other delays."""
        return self.num_reached < self.num_states == self.num_followed

    @property
    def same_walk(self) -> bool:
        """Whether every recorded state can be reached, in order."""
        return self.num_followed == self.num_states


def judge(
    case: dict[str, Any],
    *,
    config: ClusterConfig | None = None,
    seed: int = 0,
    follows: bool = True,
) -> list[JudgedStep]:
    """Return how each edit of a recorded case comes out in the simulator.

    Without `follows` the settings' own delays alone decide.
    """
    config = replace(config or _UNLIMITED, pod_startup_ms=case["ready_ms"], pod_startup_jitter_ms=0)
    run = new_run(case["nodes"], config, seed)
    judged = []
    for number, step in enumerate(case["steps"], start=1):
        name = step["apply"]["metadata"]["name"]
        recorded = [recorded_state(entry[name]) for entry in step["timeline"]]
        run.apply(read_as(step["apply"], Workload), recorded)
        settled = run.settle(recorded)
        num_followed = run.num_reached
        if follows and num_followed < len(recorded):
            starts = [_before(case, number, config, seed + more) for more in range(_NUM_SEEDS)]
            workload = read_as(step["apply"], Workload)
            num_followed, _ = follow(starts, workload, recorded, config, seed)
        judged.append(
            JudgedStep(
                case=case["name"],
                step=number,
                expected=recorded_state(step["settled"][name]),
                settled=settled,
                num_states=len(recorded),
                num_reached=run.num_reached,
                num_followed=num_followed,
            )
        )
    return judged


def _before(case: dict[str, Any], number: int, config: ClusterConfig, seed: int) -> Run:
    """Return a run that has settled after the edits before edit `number`."""
    run = new_run(case["nodes"], config, seed)
    for step in case["steps"][: number - 1]:
        run.apply(read_as(step["apply"], Workload), ())
        run.settle(())
    return run
