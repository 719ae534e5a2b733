"""One episode of a scenario, played through tools."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict
from threading import Lock
from typing import TYPE_CHECKING, Final

import numpy as np

from simarena.cluster.driver import virtual_namespace
from simarena.env.codes import Autoreset
from simarena.env.kernel.rewards import reward_of
from simarena.env.options import Options
from simarena.env.records import EPISODE
from simarena.errors import EpisodeError, NotFoundError
from simarena.mcp.kubectl_words import is_ready, pod_state
from simarena.mcp.outcome import Counts, Outcome, Reason, Verdict, at_goal, missed
from simarena.mcp.ownership import deployment_family, is_owned_by, pods_of
from simarena.mcp.simulated import SimulatedBackend
from simarena.trace import Action, Limits, apply_action, settings

if TYPE_CHECKING:
    from simarena.cluster import Cluster
    from simarena.cluster.fields import Fields
    from simarena.env.options import RewardName
    from simarena.env.scenario import Scenario
    from simarena.trace import Trace

SETTLE_S: Final = 60
SETTLE_EVERY_S: Final = 5
_FINISHED: Final = frozenset({"Succeeded", "Failed"})


class ScenarioSession:
    """An episode of `SimArena/Deployment-v0`, with the cluster as the API would show it.

    Every step edits the trace, replays it from its start on a fresh cluster for the scenario's
    duration, and leaves the cluster as it is then. Counts, rewards and ends are those of the
    environment. Nothing else moves time.

    Args:
        scenario: what is played.
        max_steps: steps of the episode; None: the scenario's.
        reward: which of the environment's rewards is counted.
        limits: bounds that no action crosses.
        allow_what_if: whether actions may be tried without taking them.
    """

    def __init__(
        self,
        scenario: Scenario,
        *,
        max_steps: int | None = None,
        reward: RewardName = "shaped",
        limits: Limits | None = None,
        allow_what_if: bool = False,
    ) -> None:
        self.scenario = scenario
        self.limits = limits or Limits()
        self.allow_what_if = allow_what_if
        self.max_steps = scenario.max_steps if max_steps is None else max_steps
        options = Options(
            scenarios=scenario, reward=reward, limits=self.limits, max_steps=max_steps
        )
        self._rules = options.rules(1, 1, 0, Autoreset.DISABLED)
        self._workload = scenario.workload
        self.trace = scenario.trace
        """The trace with all edits so far."""
        self.namespace = virtual_namespace(self._workload.namespace)
        """Where the workload is."""
        self.steps = 0
        self.num_blocked = 0
        self.solved = False
        """Whether the last step has met the goal; False before the first one."""
        self.episode_return = 0.0
        self.outcomes: list[Outcome] = []
        self.tool_calls: Counter[str] = Counter()
        self._state: tuple[SimulatedBackend, Counts] | None = None
        self._opening = Lock()

    def open(self) -> None:
        """Replay the unedited trace, if that has not happened yet.

        Whatever needs the cluster does so itself. A first replay compiles the simulator, which
        takes a while; so a server can be there before it.
        """
        with self._opening:
            if self._state is None:
                backend = SimulatedBackend(self._replayed(self.trace))
                self._state = backend, self._counted(backend, self.trace)

    @property
    def backend(self) -> SimulatedBackend:
        """The cluster as it is now."""
        return self._opened()[0]

    @property
    def counts(self) -> Counts:
        """How the workload fares now."""
        return self._opened()[1]

    @property
    def deploy(self) -> str:
        """Name of the workload to look after."""
        return self._workload.name

    @property
    def is_over(self) -> bool:
        """Whether no more steps can be taken."""
        return self.solved or self.steps >= self.max_steps

    @property
    def is_healthy(self) -> bool:
        """Whether the goal is met now, be it by a step or from the start."""
        return at_goal(self.counts)

    @property
    def steps_left(self) -> int:
        """How many more steps can be taken."""
        return 0 if self.is_over else self.max_steps - self.steps

    @property
    def instructions(self) -> str:
        """What a client is told beforehand."""
        kind = self._workload.kind.rpartition(".")[2]
        return (
            f"A Kubernetes cluster. {kind} {self.deploy} in namespace {self.namespace} should have "
            f"exactly {self.scenario.target} pods, all ready and none pending. Find out with the "
            "read tools what keeps it from that, and repair it with `act`, in at most "
            f"{self.max_steps} steps. A step changes one thing by a fixed amount, lets "
            f"{self.scenario.duration_s} s pass, and says how the workload fares then; looking "
            "takes no time. If nothing is wrong, act with noop."
        )

    def before_call(self) -> None:
        """Let no time pass: only steps do."""

    def step(self, action: Action | int) -> Outcome:
        """Take an action and return what it has led to.

        Raises EpisodeError if the episode is over, or the action is none.
        """
        if self.is_over:
            how = "solved" if self.solved else "out of steps"
            message = f"the episode is over: {how} after {self.steps} steps"
            raise EpisodeError(message)
        outcome, trace, backend = self._tried(_action(action))
        self.trace = trace
        self._state = backend, outcome.counts
        self.steps = outcome.step
        self.num_blocked += outcome.blocked
        self.solved = outcome.solved
        self.episode_return += outcome.reward
        self.outcomes.append(outcome)
        return outcome

    def what_if(self, action: Action | int) -> Outcome:
        """Return what an action would lead to; nothing changes, and no step is counted.

        Raises EpisodeError if the action is none.
        """
        return self._tried(_action(action))[0]

    def verdict(self, settle_s: int = SETTLE_S) -> Verdict:
        """Return whether the goal is met, and stays met for `settle_s` more virtual seconds.

        It is looked at every five seconds; a pod that was replaced and a container that restarted
        in between do not count as staying. This session's cluster stays as it is.
        """
        if not self.is_healthy:
            return Verdict(solved=False, reason=missed(self.counts), held_s=0, counts=self.counts)
        cluster = self.backend.cluster
        saved = cluster.snapshot()
        counts = self.counts
        lives = _lives(self._pods(self.backend))
        held_s = 0
        try:
            while held_s < settle_s:
                pause_s = min(SETTLE_EVERY_S, settle_s - held_s)
                cluster.advance(pause_s)
                backend = SimulatedBackend(cluster)
                counts = self._counted(backend, self.trace)
                if not at_goal(counts) or _lives(self._pods(backend)) != lives:
                    return Verdict(
                        solved=False, reason=Reason.UNSTABLE, held_s=held_s, counts=counts
                    )
                held_s += pause_s
        finally:
            cluster.restore(saved)
        return Verdict(solved=True, reason=Reason.SOLVED, held_s=held_s, counts=counts)

    def _opened(self) -> tuple[SimulatedBackend, Counts]:
        if self._state is None:
            self.open()
        assert self._state is not None  # noqa: S101 - open leaves one
        return self._state

    def _tried(self, action: Action) -> tuple[Outcome, Trace, SimulatedBackend]:
        """Return what an action leads to, the edited trace, and the cluster after it."""
        trace, blocked = apply_action(self.trace, self._workload, action, self.limits)
        backend, counts = self.backend, self.counts
        if trace is not self.trace:
            backend = SimulatedBackend(self._replayed(trace))
            counts = self._counted(backend, trace)
        solved = at_goal(counts)
        outcome = Outcome(
            action=action,
            step=self.steps + 1,
            blocked=blocked,
            solved=solved,
            truncated=not solved and self.steps + 1 >= self.max_steps,
            reward=self._reward(counts, blocked=blocked),
            counts=counts,
        )
        return outcome, trace, backend

    def _replayed(self, trace: Trace) -> Cluster:
        """Return a cluster at the end of the replay of a trace, as the environment plays it."""
        from simarena.cluster import Cluster

        scenario = self.scenario
        cluster = Cluster(scenario.nodes, config=scenario.config, seed=scenario.seed)
        cluster.replay(trace, duration=scenario.duration_s)
        return cluster

    def _counted(self, backend: SimulatedBackend, trace: Trace) -> Counts:
        """Return how the workload fares; a pod that is deleted counts until it is gone."""
        pods = [
            pod
            for pod in self._pods(backend)
            if (pod.get("status") or {}).get("phase") not in _FINISHED
        ]
        wanted = settings(_until(trace, self.scenario.duration_s), self._workload)
        return Counts(
            ready=sum(map(is_ready, pods)),
            pending=sum(pod["status"]["phase"] == "Pending" for pod in pods),
            total=len(pods),
            target=self.scenario.target,
            cpu_milli=wanted.cpu_milli,
            memory_bytes=wanted.memory_bytes,
            replicas=wanted.replicas,
        )

    def _pods(self, backend: SimulatedBackend) -> list[Fields]:
        kind = self._workload.kind.rpartition(".")[2]
        try:
            if kind == "Deployment":
                return pods_of(backend, deployment_family(backend, self.deploy, self.namespace))
            owner = backend.get(kind, self.deploy, self.namespace)
        except NotFoundError:  # the trace has deleted it
            return []
        return [pod for pod in backend.list("Pod", self.namespace) if is_owned_by(pod, owner)]

    def _reward(self, counts: Counts, *, blocked: bool) -> float:
        episode = np.zeros(1, EPISODE)[0]
        for name, value in asdict(counts).items():
            episode[name] = value
        episode["blocked"] = blocked
        return float(reward_of(episode, self._rules[0]))


def _action(action: Action | int) -> Action:
    try:
        return Action(action)
    except ValueError as error:
        message = f"an action is a whole number from 0 to {len(Action) - 1}, got {action!r}"
        raise EpisodeError(message) from error


def _lives(pods: list[Fields]) -> dict[str, int]:
    """Return the restarts of each pod by its uid."""
    return {pod["metadata"]["uid"]: pod_state(pod).restarts for pod in pods}


def _until(trace: Trace, duration_s: int) -> Trace:
    """Return the part of a trace that a replay of this length carries out."""
    last = trace.events[0].ts + duration_s
    return trace.with_events([event for event in trace.events if event.ts <= last])
