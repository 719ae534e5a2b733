"""Deployments to repair, stepped together: the only implementation of the game, one or many."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from simarena.env.codes import Stage
from simarena.env.deployment.compiled import compile_scenarios
from simarena.env.deployment.memory import Memory, new_memory
from simarena.env.deployment.rendering import words
from simarena.env.deployment.spaces import most_pods, observation_space
from simarena.env.kernel.deployment.stepping import play
from simarena.env.playing.batch import CHANGING, EnvironmentBatch, check_sizes, new_progress
from simarena.env.records.deployment import EPISODE, INFO_KEYS, Seat

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from simarena.cluster.records import Rows
    from simarena.env.codes import Autoreset
    from simarena.env.deployment.options import Options
    from simarena.env.records.bank import Batch
    from simarena.env.scenarios.scenario import Manifest, Scenario


class DeploymentBatch(EnvironmentBatch):
    """`num_envs` Deployments, each in a cluster of its own.

    `autoreset` decides what a finished environment does; with DISABLED it rests until it is reset.
    """

    info_keys: ClassVar[tuple[str, ...]] = INFO_KEYS
    play: ClassVar[Callable[..., int]] = staticmethod(play)

    def __init__(
        self, options: Options, num_envs: int, autoreset: Autoreset, num_threads: int = 1
    ) -> None:
        check_sizes(num_envs, num_threads)
        self.compiled = compile_scenarios(options.load())
        self.observation_space = observation_space(
            options.observation_kind, self.compiled.extremes, options.limits
        )
        self.num_actions = options.num_actions
        size = self.observation_space.shape[0]
        pods = most_pods(self.compiled.extremes, options.limits)
        tasks = self.compiled.tasks_with(options.max_steps, options.duration_s)
        memory = new_memory(
            self.compiled.bank, tasks, num_envs, num_threads, wanted=options.remember
        )
        seat = Seat(
            tasks=tasks,
            rules=options.rules(num_envs, len(self.scenarios), pods, autoreset),
            actions=np.zeros(num_envs, np.int64),
            mask=np.ones(num_envs, np.bool_),
            progress=new_progress(num_envs, num_threads),
            episodes=np.zeros(num_envs, EPISODE),
            finals=np.zeros(num_envs, EPISODE),
            observations=np.zeros((num_envs, size), np.float32),
            final_observations=np.zeros((num_envs, size), np.float32),
            unedited=self._unedited(tasks, num_threads),
            **memory._asdict(),
        )
        super().__init__(self.compiled.bank, seat, num_envs, num_threads)

    def _unedited(self, tasks: Rows, num_threads: int) -> NDArray[np.int32]:
        """Return room for how all fare in each scenario without edits, for each thread its own."""
        bank = self.compiled.bank
        num_scenarios = len(tasks) if tasks["harmless"].any() else 0
        num_others = bank.workloads.shape[1] + bank.bare.shape[1]
        return np.zeros((num_threads, num_scenarios, num_others + 1, 2), np.int32)

    @property
    def scenarios(self) -> Sequence[Scenario]:
        """What is played."""
        return self.compiled.scenarios

    def __getstate__(self) -> dict[str, Any]:
        """Leave out the bank, which is among what was compiled."""
        kept = super().__getstate__()
        del kept["_bank"]
        return kept

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__({**state, "_bank": state["compiled"].bank})

    @property
    def num_bytes(self) -> int:
        """Memory of the tables that environments do not share, and of what they remember."""
        remembered: int = sum(getattr(self.seat, name).nbytes for name in Memory._fields)
        return super().num_bytes + remembered

    @property
    def num_replays(self) -> int:
        """How many replays were run since the batch was made; remembered ones are not."""
        return int(self.seat.num_replays.sum())

    def nodes_of(self, scenario: int) -> Sequence[Manifest]:
        """Return the Node manifests of a scenario, by row of its nodes."""
        return self.scenarios[scenario].nodes

    def workloads_of(self, scenario: int) -> list[int]:
        """Return the row of the Deployment to repair."""
        return [int(self.seat.tasks[scenario]["workload"])]

    def tables_of(self, env: int) -> Batch:
        """Return the tables of a replay that is run for this: what was shown may be remembered."""
        one = slice(env, env + 1)
        seat = self.seat
        alone = seat._replace(
            progress=new_progress(1, 1),
            edits=seat.edits[one].copy(),
            endings=seat.endings[:1, :0].copy(),
            kept_edits=seat.kept_edits[:1, :0].copy(),
            num_replays=np.zeros_like(seat.num_replays[:1]),
            **{name: getattr(seat, name)[one].copy() for name in seat._fields if name in CHANGING},
        )
        viewer = type(self).__new__(type(self))
        viewer.compiled = self.compiled
        EnvironmentBatch.__init__(viewer, self._bank, alone, 1, 1)
        for name in ("state", "templates", "specs", "usage"):
            getattr(viewer._batch, name)[:] = getattr(self._batch, name)[one]  # noqa: SLF001 - its own
        viewer.episodes["stage"] = Stage.STARTED
        viewer.resume()
        return super(DeploymentBatch, viewer).tables_of(0)

    def words(self, episode: np.void, action: int) -> list[str]:
        """Return where an episode stands, for people to read: each thing by itself."""
        return words(episode, action)
