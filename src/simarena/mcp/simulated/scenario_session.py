"""One episode of a scenario, played through tools."""

from __future__ import annotations

from collections import Counter
from threading import Lock
from typing import TYPE_CHECKING, Any, Final

from simarena.cluster.replay.driver import virtual_namespace
from simarena.env.playing.harm import harmed
from simarena.errors import EpisodeError
from simarena.mcp.simulated.backend import SimulatedBackend
from simarena.mcp.simulated.judging import (
    Counts,
    Judgement,
    Reason,
    StepResult,
    goal_text,
    missed,
)
from simarena.mcp.simulated.ordinary import OrdinaryBackend, Sightings
from simarena.mcp.simulated.unedited import replayed, standings
from simarena.mcp.simulated.workload_pods import WorkloadPods
from simarena.trace import Action, Limits, apply_action

if TYPE_CHECKING:
    from collections.abc import Iterator

    from simarena.cluster import Cluster
    from simarena.env import DeploymentEnv, Scenario
    from simarena.env.codes import RewardName
    from simarena.env.playing.harm import Standing

SETTLE_S: Final = 60
SETTLE_EVERY_S: Final = 5


class ScenarioSession:
    """An episode of `SimArena/Deployment-v0`, with the cluster as the API would show it.

    The environment decides: counts, rewards, limits and ends are its own. Beside it the trace is
    edited by the same actions, and replayed on a Cluster when somebody looks. Nothing but steps
    moves time.

    Args:
        scenario: what is played.
        max_steps: steps of the episode; None: the scenario's.
        reward: which of the environment's rewards is counted.
        limits: bounds that no action crosses.
        allow_what_if: whether clients may try actions without taking them.
        ordinary: whether tools show the cluster as if nobody had simulated it.
    """

    def __init__(
        self,
        scenario: Scenario,
        *,
        max_steps: int | None = None,
        reward: RewardName = "shaped",
        limits: Limits | None = None,
        allow_what_if: bool = False,
        ordinary: bool = False,
    ) -> None:
        self.scenario = scenario
        self.limits = limits or Limits()
        self.allow_what_if = allow_what_if
        self.max_steps = scenario.max_steps if max_steps is None else max_steps
        self._reward = reward
        self._workload = scenario.workload
        self.trace = scenario.trace
        """The trace with all edits so far."""
        self._simulated_namespace = virtual_namespace(self._workload.namespace)
        self.namespace = self._workload.namespace if ordinary else self._simulated_namespace
        """Where the workload is, as clients see it."""
        self._sightings = Sightings(scenario.name, scenario.duration_s) if ordinary else None
        self.steps = 0
        self.num_blocked = 0
        self.solved = False
        """Whether the last step has met the goal; False before the first one."""
        self.episode_return = 0.0
        self.results: list[StepResult] = []
        self.one_at_a_time = True
        self.tool_calls: Counter[str] = Counter()
        self.fault: Exception | None = None
        self._played: tuple[DeploymentEnv, dict[str, Any]] | None = None
        self._trial: DeploymentEnv | None = None
        self._cluster: Cluster | None = None
        self._view: SimulatedBackend | None = None
        self._opening = Lock()

    def open(self) -> None:
        """Begin the episode, if that has not happened yet.

        Whatever needs it does so itself. A first replay compiles the simulator, which takes a
        while; so a server can be there before it.
        """
        with self._opening:
            if self._played is None:
                env = self._environment()
                self._played = env, env.reset(seed=0)[1]

    @property
    def info(self) -> dict[str, Any]:
        """What the environment tells of the present."""
        return self._begun()[1]

    @property
    def counts(self) -> Counts:
        """How the workload fares now."""
        return Counts.of_info(self.info)

    @property
    def backend(self) -> SimulatedBackend:
        """The cluster as it is now, replayed when somebody looks."""
        self.open()
        if self._cluster is None:
            self._cluster = replayed(self.scenario, self.trace)
        if self._view is None:
            self._view = (
                SimulatedBackend(self._cluster)
                if self._sightings is None
                else OrdinaryBackend(self._cluster, self._sightings, self.steps)
            )
        return self._view

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
        return bool(self.info["solved"])

    @property
    def steps_left(self) -> int:
        """How many more steps can be taken."""
        return 0 if self.is_over else self.max_steps - self.steps

    @property
    def task(self) -> str:
        """What is wanted of the workload, and what a step is."""
        kind = self._workload.kind.rpartition(".")[2]
        return (
            f"{kind} {self.deploy} in namespace {self.namespace} should have exactly "
            f"{self.scenario.target} pods, all ready and none pending."
            f"{goal_text(self.scenario.goal)} There are at most {self.max_steps} steps to get it "
            "there. A step changes one thing by a fixed amount, lets "
            f"{self.scenario.duration_s} s pass, and shows how the workload fares then; looking "
            "takes no time."
        )

    @property
    def instructions(self) -> str:
        """What a client is told beforehand."""
        return (
            f"A Kubernetes cluster. {self.task} Find out with the read tools what keeps the "
            "workload from that, and repair it with `act`. If nothing is wrong, act with noop."
        )

    def before_call(self) -> None:
        """Let no time pass: only steps do."""
        self.open()

    def step(self, action: Action | int) -> StepResult:
        """Take an action and return what it has led to.

        Raises EpisodeError if the episode is over, or the action is none; SimulationError if the
        simulator cannot go on.
        """
        self._refuse_when_over()
        env, _ = self._begun()
        result = self._taken(env, action)
        before = self.trace
        edited, _ = apply_action(before, self._workload, result.action, self.limits)
        if edited is not before:
            self.trace = edited
            self._cluster = None
        if edited is not before or self._sightings is not None:  # there, time goes on
            self._view = None
        self._played = env, dict(result.info)
        self.steps = result.step
        self.num_blocked += result.blocked
        self.solved = result.solved
        self.episode_return += result.reward
        self.results.append(result)
        return result

    def what_if(self, action: Action | int) -> StepResult:
        """Return what an action would lead to; nothing changes, and no step is counted.

        Raises EpisodeError if the episode is over, or the action is none.
        """
        self._refuse_when_over()
        if self._trial is None:
            self._trial = self._environment()
        self._trial.reset(seed=0)
        for result in self.results:
            self._trial.step(result.action)
        return self._taken(self._trial, action)

    def judgement(self, settle_s: int = SETTLE_S) -> Judgement:
        """Return whether the goal is met, and stays met for `settle_s` more virtual seconds.

        Pods are looked at every five seconds; a pod that was replaced and a container that
        restarted in between do not count as staying. Nor may other workloads come to fare worse
        than they do without any step, where the goal says so. This session's cluster stays as it
        is.
        """
        counts = self.counts
        if not self.is_healthy:
            reason = missed(counts, self.scenario.goal)
            return Judgement(solved=False, reason=reason, held_s=0, counts=counts)
        cluster = self.backend.cluster
        saved = cluster.snapshot()
        lives = self._pods(cluster).lives()
        held_s = 0
        try:
            for pause_s, unedited in self._pauses(settle_s):
                num_events = cluster.num_events
                cluster.advance(pause_s)
                reason = Reason.SOLVED
                if cluster.num_events > num_events and not self._holds(cluster, lives):
                    reason = Reason.UNSTABLE
                elif unedited is not None and self._harms(cluster, unedited):
                    reason = Reason.OTHERS_HARMED
                if reason != Reason.SOLVED:
                    return Judgement(solved=False, reason=reason, held_s=held_s, counts=counts)
                held_s += pause_s
        finally:
            cluster.restore(saved)
        return Judgement(solved=True, reason=Reason.SOLVED, held_s=held_s, counts=counts)

    def _pauses(self, settle_s: int) -> Iterator[tuple[int, Standing | None]]:
        """Yield how long to let the cluster alone each time, and how all fare then without steps.

        None where the goal does not ask how others fare.
        """
        pauses = (SETTLE_EVERY_S,) * (settle_s // SETTLE_EVERY_S)
        rest = settle_s % SETTLE_EVERY_S
        pauses += (rest,) if rest else ()
        if not self.scenario.goal.harmless:
            yield from ((pause_s, None) for pause_s in pauses)
        else:
            yield from zip(pauses, standings(self.scenario, pauses), strict=True)

    def _pods(self, cluster: Cluster) -> WorkloadPods:
        """Return the workload's pods as the API shows them in a cluster."""
        backend = SimulatedBackend(cluster)
        return WorkloadPods.of(backend, self._workload, self._simulated_namespace)

    def _holds(self, cluster: Cluster, lives: dict[str, int]) -> bool:
        """Whether the pods are as wanted, and still those that have lived these lives."""
        pods = self._pods(cluster)
        return pods.are_all_ready(self.scenario.target) and pods.lives() == lives

    def _harms(self, cluster: Cluster, unedited: Standing) -> bool:
        """Whether others fare worse than in the cluster of the trace without any step."""
        kind = self._workload.kind.rpartition(".")[2]
        return bool(harmed(cluster, unedited, (kind, self._simulated_namespace, self.deploy)))

    def _environment(self) -> DeploymentEnv:
        from simarena.env import DeploymentEnv

        return DeploymentEnv(
            scenarios=self.scenario,
            max_steps=self.max_steps,
            reward=self._reward,
            limits=self.limits,
        )

    def _begun(self) -> tuple[DeploymentEnv, dict[str, Any]]:
        if self._played is None:
            self.open()
        assert self._played is not None  # noqa: S101 - open leaves it
        return self._played

    def _refuse_when_over(self) -> None:
        if self.is_over:
            how = "solved" if self.solved else "out of steps"
            message = f"the episode is over: {how} after {self.steps} steps"
            raise EpisodeError(message)

    def _taken(self, env: DeploymentEnv, action: Action | int) -> StepResult:
        _, reward, solved, truncated, info = env.step(action)
        return StepResult(
            action=Action(action),
            step=self.steps + 1,
            blocked=bool(info["blocked"]),
            solved=solved,
            truncated=truncated,
            reward=reward,
            counts=Counts.of_info(info),
            info=info | {"action_mask": info["action_mask"].tolist()},
        )
