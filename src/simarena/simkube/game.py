"""One cluster's episodes of `SimArena/Deployment-v0`, which SimKube replays."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from simarena.cluster.codes import NONE
from simarena.env.codes import Autoreset
from simarena.env.deployment.compiled import compile_scenarios
from simarena.env.deployment.spaces import most_pods, observation_space
from simarena.env.kernel.deployment.goal import meets_goal
from simarena.env.kernel.deployment.observing import observe, shows_rooms
from simarena.env.kernel.deployment.rewards import reward_of
from simarena.env.kernel.playing.episodes import judge_step
from simarena.env.kernel.playing.sampling import next_scenario
from simarena.env.playing.batch import scrambled
from simarena.env.records.deployment import EPISODE, INFO_KEYS
from simarena.errors import EpisodeError, InfrastructureError, UnknownNameError
from simarena.simkube.looking import check_nodes, read_counts, read_rooms, read_settings
from simarena.simkube.running import replay_live
from simarena.trace import apply_action

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from simarena.client.api import KubeApi
    from simarena.env.deployment.options import Options
    from simarena.env.scenarios.scenario import Scenario
    from simarena.simkube.counting import Place
    from simarena.simkube.running import Replayed
    from simarena.simkube.settings import SimKubeSettings
    from simarena.trace import Trace

FAULT = "infrastructure_error"
"""Key of an info: what befell the cluster in this step; empty where nothing did."""


class LiveGame:
    """Episodes on one cluster: same scenarios, actions, observations and rewards.

    The rules are the environment's own functions, called with what the cluster shows in place of
    what the simulator would.
    """

    def __init__(
        self, api: KubeApi, settings: SimKubeSettings, options: Options, *, attempts: int
    ) -> None:
        self._api = api
        self._settings = settings
        self._options = options
        self._attempts = attempts
        compiled = compile_scenarios(options.load())
        self.scenarios = compiled.scenarios
        self.observation_space = observation_space(
            options.observation_kind, compiled.extremes, options.limits
        )
        pods = most_pods(compiled.extremes, options.limits)
        self._rules = options.rules(1, len(self.scenarios), pods, Autoreset.DISABLED)[0]
        self._episodes = np.zeros(1, EPISODE)
        self.episode = self._episodes[0]
        """How the episode stands: a row of EPISODE, which every step writes."""
        self.episode["forced_scenario"] = NONE
        self.vector: NDArray[np.float32] = np.zeros(self.observation_space.shape, np.float32)
        self.fault = ""
        self.num_faults = 0
        """Replays that the cluster did not do its part in, since the game was made."""
        self.waited_s = 0.0
        """What the last replay took beside its duration."""
        self._trace: Trace
        self._scenario: Scenario
        self._unedited: dict[Place, list[int]] | None = None

    @property
    def is_playing(self) -> bool:
        """Whether an episode is under way."""
        return bool(self.episode["max_steps"]) and not self.episode["finished"]

    def seed(self, seed: int) -> None:
        """Begin the streams of chance anew: which scenario comes next, and noise.

        As in virtual time: equal seeds choose equal scenarios.
        """
        mixed = scrambled(np.array([seed % 2**64], np.uint64))[0]
        for name, value in (("seed", mixed), ("num_episodes", 0), ("num_noise", 0)):
            self.episode[name] = value

    def force(self, scenario: int | str) -> None:
        """Make a scenario the next one, by its row or its name. Raises UnknownNameError."""
        names = [each.name for each in self.scenarios]
        if isinstance(scenario, str) and scenario in names:
            scenario = names.index(scenario)
        if not isinstance(scenario, int) or not 0 <= scenario < len(names):
            kind = "scenario"
            raise UnknownNameError(kind, scenario, names)
        self.episode["forced_scenario"] = scenario

    def begin(self) -> None:
        """Begin an episode: replay the scenario's trace unedited. Raises InfrastructureError."""
        episode = self.episode
        self.fault = ""
        row = next_scenario(episode, self._rules, 0)
        self._scenario = self._as_played(self.scenarios[row])
        self._trace = self._scenario.trace
        self._unedited = None
        for name in ("step", "blocked", "solved", "terminated", "truncated", "reward"):
            episode[name] = 0
        episode["scenario"], episode["episode_return"] = row, 0.0
        episode["target"], episode["max_steps"] = self._scenario.target, self._scenario.max_steps
        episode["finished"] = 1  # until the replay has shown how it stands
        task, others = self._look(self._trace)
        self._unedited = others
        episode["solved"] = meets_goal(task, episode)
        observe(task, episode, self._rules, self.vector)
        episode["finished"] = 0

    def step(self, action: int) -> None:
        """Take an action: edit the trace, replay it, judge.

        Where the cluster does not do its part the episode is truncated, with a reward of 0 and the
        last observation, and `fault` says what happened; nothing is counted as seen.
        """
        if not self.is_playing:
            message = "there is no episode under way; call reset first"
            raise EpisodeError(message)
        episode = self.episode
        edited, blocked = apply_action(
            self._trace, self._scenario.workload, action, self._options.limits
        )
        kept = self._episodes.copy()
        episode["blocked"] = blocked
        episode["step"] += 1
        try:
            task, _ = self._look(edited)
        except InfrastructureError as error:
            self._episodes[:] = kept
            self.fault = str(error)
            episode["step"] += 1
            episode["reward"], episode["truncated"], episode["finished"] = 0.0, True, 1
            return
        self._trace = edited
        solved = meets_goal(task, episode)
        episode["solved"] = solved  # rewards go by it
        judge_step(
            episode, reward_of(task, episode, self._rules), solved, self._rules["min_return"]
        )
        observe(task, episode, self._rules, self.vector)

    def info(self) -> dict[str, Any]:
        """Return what an info of the environment holds, and what befell the cluster."""
        info: dict[str, Any] = {name: self.episode[name].item() for name in INFO_KEYS}
        info["action_mask"] = self.episode["action_mask"][: self._options.num_actions].copy()
        info[FAULT] = self.fault
        return info

    def _as_played(self, scenario: Scenario) -> Scenario:
        given = {
            name: getattr(self._options, name)
            for name in ("max_steps", "duration_s")
            if getattr(self._options, name) is not None
        }
        return replace(scenario, optimal_steps=None, **given)

    def _look(self, trace: Trace) -> tuple[Any, dict[Place, list[int]]]:
        """Replay a trace and write what there is to see; return the task, and how others fare."""
        replayed = self._replayed(trace)
        check_nodes(self._scenario, replayed.nodes)
        task = read_settings(self._scenario, trace, self._rules, self.episode)[0]
        others = read_counts(replayed, task, self.episode, self._unedited)
        if shows_rooms(self._rules):
            read_rooms(replayed, trace, self._scenario, int(task["target"]), self.vector)
        return task, others

    def _replayed(self, trace: Trace) -> Replayed:
        """Replay a trace, again where the cluster did not do its part, as often as is wanted."""
        scenario = self._scenario
        for attempt in range(1, self._attempts + 1):
            try:
                replayed = replay_live(
                    self._api, self._settings, trace, scenario.workload, scenario.duration_s
                )
            except InfrastructureError:
                self.num_faults += 1
                if attempt == self._attempts:
                    raise
            else:
                self.waited_s = replayed.waited_s
                return replayed
        raise AssertionError  # the last attempt returns or raises
