"""Services under load, stepped together: the only implementation of the game, one or many."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

import numpy as np

from simarena.env.kernel.online.stepping import play
from simarena.env.living.start import compile_live, stacked_families
from simarena.env.online.rendering import words
from simarena.env.online.spaces import observation_space
from simarena.env.playing.bank import bank_of
from simarena.env.playing.batch import EnvironmentBatch, check_sizes, new_progress
from simarena.env.records.online import EPISODE, INFO_KEYS, TASK, Seat
from simarena.errors import ScenarioError
from simarena.trace import Action

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from simarena.cluster.records import Rows
    from simarena.env.codes import Autoreset
    from simarena.env.living.start import LiveStart
    from simarena.env.online.options import OnlineOptions
    from simarena.env.online.scenario import OnlineScenario
    from simarena.env.scenarios.scenario import Manifest

NUM_SPARE: Final = 8
"""Different requests of one Deployment that can be in use, or remembered, at once."""

MEMORY_PRICE: Final = 0.11
"""Price of a GiB of memory where a CPU costs 1, about the ratio of public list prices."""

_GI = 1024**3


class OnlineBatch(EnvironmentBatch):
    """`num_envs` services, each in a cluster of its own.

    `autoreset` decides what a finished environment does; with DISABLED it rests until it is reset.
    """

    info_keys: ClassVar[tuple[str, ...]] = INFO_KEYS
    play: ClassVar[Callable[..., int]] = staticmethod(play)

    def __init__(
        self, options: OnlineOptions, num_envs: int, autoreset: Autoreset, num_threads: int = 1
    ) -> None:
        check_sizes(num_envs, num_threads)
        self._scenarios = options.load()
        if not self._scenarios:
            message = "there are no scenarios to play; give at least one"
            raise ScenarioError(message)
        self.num_actions = len(Action)
        self.observation_space = observation_space()
        starts = [
            compile_live(one.played(), [one.cluster.workload], NUM_SPARE) for one in self._scenarios
        ]
        bank = bank_of([start.world for start in starts])
        size = self.observation_space.shape[0]
        seat = Seat(
            tasks=np.concatenate(
                [_task(*pair) for pair in zip(self._scenarios, starts, strict=True)]
            ),
            families=stacked_families(starts, bank.templates.shape[1]),
            loads=_loads(self._scenarios),
            rules=options.rules(num_envs, len(self._scenarios), autoreset),
            actions=np.zeros(num_envs, np.int64),
            mask=np.ones(num_envs, np.bool_),
            progress=new_progress(num_envs, num_threads),
            episodes=np.zeros(num_envs, EPISODE),
            finals=np.zeros(num_envs, EPISODE),
            observations=np.zeros((num_envs, size), np.float32),
            final_observations=np.zeros((num_envs, size), np.float32),
        )
        super().__init__(bank, seat, num_envs, num_threads)

    @property
    def scenarios(self) -> Sequence[OnlineScenario]:
        """What is played."""
        return self._scenarios

    def nodes_of(self, scenario: int) -> Sequence[Manifest]:
        """Return the Node manifests of a scenario, by row of its nodes."""
        return self._scenarios[scenario].cluster.nodes

    def workloads_of(self, scenario: int) -> list[int]:
        """Return the row of the Deployment under load."""
        return [int(self.seat.tasks[scenario]["workload"])]

    def words(self, episode: np.void, action: int) -> list[str]:
        """Return where an episode stands, for people to read: each thing by itself."""
        return words(episode, action)


def _task(scenario: OnlineScenario, start: LiveStart) -> Rows:
    (workload,) = start.workloads
    service = scenario.service
    task = np.zeros(1, TASK)
    row = task[0]
    row["workload"] = workload
    row["warmup_s"] = scenario.cluster.duration_s
    row["num_seconds"] = len(scenario.load.seconds())
    row["idle_cpu_milli"] = service.idle_cpu_milli
    row["idle_memory_bytes"] = service.idle_memory_bytes
    row["cpu_milli_per_rps"] = service.cpu_per_request_ms
    row["memory_bytes_per_rps"] = service.memory_per_rps_bytes
    row["objective_s"] = service.objective_ms / 1_000
    row["memory_price"] = MEMORY_PRICE
    template, replicas = _first_settings(scenario, start)
    reserved = template["cpu_milli"] / 1_000 + MEMORY_PRICE * template["memory_bytes"] / _GI
    if reserved == 0:
        message = (
            f"scenario {scenario.name!r}: {scenario.cluster.deploy} requests neither CPU nor "
            "memory, so nothing it does costs anything; give it requests"
        )
        raise ScenarioError(message)
    row["target"] = replicas
    row["reference_cost"] = max(replicas, 1) * reserved
    return task


def _first_settings(scenario: OnlineScenario, start: LiveStart) -> tuple[np.void, int]:
    """Return template and replicas that the trace gives the Deployment."""
    world = start.world
    for row in world.timeline[: world.state[0]["num_timeline"]]:
        if row["subject"] == start.workloads[0] and row["spec"] >= 0:
            spec = world.specs[row["spec"]]
            return world.templates[spec["template"]], int(spec["replicas"])
    message = f"scenario {scenario.name!r}: the trace never applies {scenario.cluster.deploy}"
    raise ScenarioError(message)


def _loads(
    scenarios: Sequence[OnlineScenario],
) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    seconds = [scenario.load.seconds() for scenario in scenarios]
    loads = np.zeros((len(seconds), max(map(len, seconds))), np.float64)
    for row, values in enumerate(seconds):
        loads[row, : len(values)] = values
    return loads
