"""Clusters with many Deployments, stepped together: the only implementation, one or many."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar, Final

import numpy as np

from simarena.cluster.codes import NONE
from simarena.env.codes import Autoreset
from simarena.env.fleet.harm import most_others, unedited_of
from simarena.env.fleet.rendering import words
from simarena.env.fleet.spaces import num_actions, observation_size, observation_space
from simarena.env.kernel.fleet.components import ClusterComponent, MemberComponent
from simarena.env.kernel.fleet.observing import NUM_CHANGES
from simarena.env.kernel.fleet.stepping import play
from simarena.env.living.start import compile_live, stacked_families
from simarena.env.playing.bank import bank_of
from simarena.env.playing.batch import EnvironmentBatch, check_sizes, new_progress
from simarena.env.records.fleet import EPISODE, INFO_KEYS, MEMBER, MEMBER_STATE, Seat
from simarena.errors import ScenarioError
from simarena.trace import Action

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from simarena.cluster.records import Rows
    from simarena.env.fleet.options import ClusterOptions
    from simarena.env.fleet.scenario import ClusterScenario
    from simarena.env.living.start import LiveStart
    from simarena.env.scenarios.scenario import Manifest

NUM_SPARE: Final = 6
"""Different requests of one Deployment that can be in use, or remembered, at once."""

_MOST_STEPS: Final = 2_000
"""Steps for which is looked how others fare without any action; later ones are as the last."""


class ClusterBatch(EnvironmentBatch):
    """`num_envs` clusters.

    `autoreset` decides what a finished environment does; with DISABLED it rests until it is reset.
    """

    info_keys: ClassVar[tuple[str, ...]] = INFO_KEYS
    play: ClassVar[Callable[..., int]] = staticmethod(play)

    def __init__(
        self, options: ClusterOptions, num_envs: int, autoreset: Autoreset, num_threads: int = 1
    ) -> None:
        check_sizes(num_envs, num_threads)
        self._scenarios = options.load()
        if not self._scenarios:
            message = "there are no scenarios to play; give at least one"
            raise ScenarioError(message)
        self.num_members = max(len(one.members) for one in self._scenarios)
        self.num_actions = num_actions(self.num_members)
        self._is_flat = options.observation == "flat"
        self.observation_space = observation_space(self.num_members, is_flat=self._is_flat)
        starts = [
            compile_live(one.cluster, [member.ref for member in one.members], NUM_SPARE)
            for one in self._scenarios
        ]
        bank = bank_of([start.world for start in starts])
        size = observation_size(self.num_members)
        num_others = most_others(bank, starts)
        seat = Seat(
            members=self._members(starts),
            warmup_ms=np.array(
                [1_000 * one.cluster.duration_s for one in self._scenarios], np.int64
            ),
            families=stacked_families(starts, bank.templates.shape[1]),
            rules=options.rules(num_envs, len(self._scenarios), autoreset),
            actions=np.zeros(num_envs, np.int64),
            mask=np.ones(num_envs, np.bool_),
            progress=new_progress(num_envs, num_threads),
            states=np.zeros((num_envs, self.num_members), MEMBER_STATE),
            others=np.zeros((num_envs, num_others, 2), np.int32),
            unedited=np.zeros((len(starts), 1, num_others, 2), np.int32),
            episodes=np.zeros(num_envs, EPISODE),
            finals=np.zeros(num_envs, EPISODE),
            observations=np.zeros((num_envs, size), np.float32),
            final_observations=np.zeros((num_envs, size), np.float32),
        )
        super().__init__(bank, seat, num_envs, num_threads)
        if num_others:
            self.seat = seat._replace(
                unedited=unedited_of(self, min(options.max_steps, _MOST_STEPS))
            )
        if options.trace is not None and options.scenarios is None:
            self._refuse_healthy(options)

    def _refuse_healthy(self, options: ClusterOptions) -> None:
        """Raise ScenarioError if nothing is wrong with a recorded cluster: noop would earn all."""
        asked = replace(options, trace=None, nodes=None, kubelet=None, scenarios=self._scenarios)
        trial = ClusterBatch(asked, 1, Autoreset.DISABLED)
        trial.reset(np.ones(1, np.bool_))
        episode = trial.episodes[0]
        if episode["solved"]:
            message = (
                f"{self._scenarios[0].cluster.trace.source}: all {episode['workloads']} "
                "Deployments are healthy before any action, so doing nothing earns 1; give fewer "
                "or smaller nodes"
            )
            raise ScenarioError(message)

    @property
    def scenarios(self) -> Sequence[ClusterScenario]:
        """What is played."""
        return self._scenarios

    def shown(self, vectors: NDArray[np.float32]) -> Any:  # noqa: ANN401 - as the space says
        """Return observations as the space has them: vectors, or dictionaries of tables."""
        if self._is_flat:
            return vectors
        rows = self.num_members * len(MemberComponent)
        cluster = rows + len(ClusterComponent)
        table = vectors[..., :rows].reshape(*vectors.shape[:-1], self.num_members, -1)
        return {
            "workloads": table,
            "cluster": vectors[..., rows:cluster],
            "present": table[..., 0].astype(np.int8),
            "action_mask": vectors[..., cluster:].astype(np.int8),
        }

    def masks_of(self, episodes: Rows, vectors: NDArray[np.float32]) -> NDArray[Any]:  # noqa: ARG002
        """Return the masks that observations end with: 1 where an action is allowed, else 0."""
        return vectors[:, -self.num_actions :]

    def nodes_of(self, scenario: int) -> Sequence[Manifest]:
        """Return the Node manifests of a scenario, by row of its nodes."""
        return self._scenarios[scenario].cluster.nodes

    def workloads_of(self, scenario: int) -> list[int]:
        """Return the rows of the Deployments to look after."""
        rows: list[int] = self.seat.members[scenario]["workload"].tolist()
        return [row for row in rows if row != NONE]

    def words(self, episode: np.void, action: int) -> list[str]:
        """Return where an episode stands, for people to read: each thing by itself."""
        name = self.action_name(int(episode["scenario"]), action)
        return words(episode, name)

    def action_name(self, scenario: int, action: int) -> str:
        """Return what an action does, such as "web: increase_cpu"."""
        if action == 0:
            return "noop"
        index, change = divmod(action - 1, NUM_CHANGES)
        members = self._scenarios[scenario].members
        name = members[index].ref.name if index < len(members) else "none"
        return f"{name}: {Action(change + 1).name.lower()}"

    def _members(self, starts: Sequence[LiveStart]) -> Rows:
        rows = np.zeros((len(starts), self.num_members), MEMBER)
        rows["workload"] = NONE
        for row, (start, scenario) in enumerate(zip(starts, self._scenarios, strict=True)):
            number = len(scenario.members)
            rows["workload"][row, :number] = start.workloads
            rows["target"][row, :number] = [member.target for member in scenario.members]
        return rows
