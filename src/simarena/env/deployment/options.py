"""What an environment can be asked to be."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, TypedDict, TypeVar, get_args

import numpy as np

from simarena.checks.bounds import check_kind, check_number, check_whole, is_finite, is_whole
from simarena.checks.plain_fields import check_plain_fields
from simarena.cluster.manifests.node_words import DEFAULT_NUM_NODES
from simarena.cluster.replay.kubelet_choice import KubeletName  # noqa: TC001 - read to check options
from simarena.env.codes import (
    Autoreset,
    ObservationKind,
    ObservationName,
    RewardKind,
    RewardName,
    Sampling,
)
from simarena.env.records.deployment import RULES
from simarena.env.scenarios.scenario import Scenario, scenario_from_trace
from simarena.env.scenarios.suite import Suite, load_suite
from simarena.errors import ConfigError, UnknownNameError, shown
from simarena.trace import Action, Limits

if TYPE_CHECKING:
    import os
    from collections.abc import Sequence
    from enum import IntEnum

    from simarena.cluster.records import Rows
    from simarena.trace import Trace

SamplingName = Literal["random", "cycle"]

OBSERVATIONS: tuple[str, ...] = get_args(ObservationName)
REWARDS: tuple[str, ...] = get_args(RewardName)
SAMPLINGS: tuple[str, ...] = get_args(SamplingName)

T = TypeVar("T")

_MOST = 1_000_000


class OptionNames(TypedDict, total=False):
    """Names and types of the options, for the signatures that pass them on."""

    scenarios: str | Scenario | Sequence[Scenario]
    trace: Trace | str | os.PathLike[str] | None
    deploy: str | None
    target: int | None
    nodes: Sequence[dict[str, Any]] | int | None
    kubelet: KubeletName | None
    namespace: str | None
    observation: ObservationName
    reward: RewardName
    num_actions: int
    noise: float
    step_penalty: float
    min_return: float | None
    max_steps: int | None
    duration_s: int | None
    limits: Limits
    sampling: SamplingName
    remember: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """How a Deployment environment plays; ConfigError or UnknownNameError if it cannot so."""

    scenarios: str | Scenario | Sequence[Scenario] = "train"
    """A suite's name, a scenario, or several. Not used when `trace` is given."""

    trace: Trace | str | os.PathLike[str] | None = None
    """A recorded trace, or where one is: the only scenario. Needs `deploy` and `target`."""

    deploy: str | None = None
    """Workload of `trace` to look after."""

    target: int | None = None
    """Pods of it that should be ready."""

    nodes: Sequence[dict[str, Any]] | int | None = None
    """Cluster for `trace`: Node manifests, or how many nodes of 16 CPUs and 32Gi; None: four."""

    namespace: str | None = None
    """Where the workload of `trace` is, if several namespaces have one of its name."""

    kubelet: KubeletName | None = None
    """What becomes of the pods of `trace` on their nodes: "kwok" lets none fail, "real" does. None:
    "real" where pods of the trace tell what they use."""

    observation: ObservationName = "diagnostic"
    """What the agent sees."""

    reward: RewardName = "guided"
    """What a step is worth."""

    num_actions: int = len(Action)
    """Size of the action space: the first so many actions."""

    noise: float = 0.0
    """Standard deviation, in pods, of the Gaussian noise on the counts that the agent sees."""

    step_penalty: float = 0.0
    """What the reward "cost_aware_v2" takes off each step."""

    min_return: float | None = None
    """An episode is truncated when its return falls under this; None: never."""

    max_steps: int | None = None
    """Steps of an episode; None: the scenario's."""

    duration_s: int | None = None
    """Virtual seconds that each step replays; None: the scenario's."""

    limits: Limits = field(default_factory=Limits)
    """Bounds that no action crosses."""

    sampling: SamplingName = "random"
    """How the next scenario is chosen: evenly at random, or in turn."""

    remember: bool = True
    """Whether outcomes are kept and used again when the same changes come back, rather than
    replayed. What comes out is the same, bit by bit."""

    def __post_init__(self) -> None:
        """Refuse options that no environment could have."""
        check_plain_fields(self)
        for what, name, known in (
            ("observation", self.observation, OBSERVATIONS),
            ("reward", self.reward, REWARDS),
            ("sampling", self.sampling, SAMPLINGS),
        ):
            if name not in known:
                raise UnknownNameError(what, name, known)
        if not is_whole(self.num_actions) or not 1 <= self.num_actions <= len(Action):
            message = f"num_actions must be from 1 to {len(Action)}, got {shown(self.num_actions)}"
            raise ConfigError(message)
        check_number("noise", self.noise, 0)
        check_number("step_penalty", self.step_penalty, 0)
        least = self.min_return
        if least is not None and not (is_finite(least) or least in (math.inf, -math.inf)):
            message = f"min_return must be a number or None, got {shown(least)}"
            raise ConfigError(message)
        check_kind("limits", self.limits, Limits, "Limits")
        check_kind("remember", self.remember, bool, "True or False")
        if self.step_penalty and self.reward != "cost_aware_v2":
            message = f"step_penalty belongs to reward 'cost_aware_v2', not to {self.reward!r}"
            raise ConfigError(message)
        for what, count in (("max_steps", self.max_steps), ("duration_s", self.duration_s)):
            if count is not None:
                check_whole(what, count, 1, _MOST)

    def load(self) -> Sequence[Scenario]:
        """Return the scenarios to play."""
        if self.trace is not None:
            if self.deploy is None or self.target is None:
                message = "a trace needs deploy (which workload) and target (how many ready pods)"
                raise ConfigError(message)
            lengths = {"max_steps": self.max_steps, "duration_s": self.duration_s}
            given = {name: value for name, value in lengths.items() if value is not None}
            scenario = scenario_from_trace(
                self.trace,
                deploy=self.deploy,
                target=self.target,
                nodes=nodes_or_default(self.nodes),
                namespace=self.namespace,
                kubelet=self.kubelet,
                **given,
            )
            return (scenario,)
        refuse_without_trace(self, "deploy", "target", "nodes", "namespace", "kubelet")
        if isinstance(self.scenarios, str):
            return load_suite(self.scenarios)
        if isinstance(self.scenarios, Suite):
            return self.scenarios
        return listed_scenarios(self.scenarios, Scenario)

    def rules(self, num_envs: int, num_scenarios: int, max_pods: int, autoreset: Autoreset) -> Rows:
        """Return these options as the kernels read them: (1,) of RULES."""
        rules = np.zeros(1, RULES)
        row = rules[0]
        for name in ("noise", "step_penalty"):
            row[name] = getattr(self, name)
        row["min_return"] = -math.inf if self.min_return is None else self.min_return
        for what in ("cpu_milli", "memory_bytes", "replicas"):
            row[f"min_{what}"] = getattr(self.limits, f"min_{what}")
            row[f"max_{what}"] = getattr(self.limits, f"max_{what}")
        row["num_envs"] = num_envs
        row["num_scenarios"] = num_scenarios
        row["max_pods"] = max_pods
        row["observation"] = self.observation_kind
        row["reward"] = _code(RewardKind, self.reward)
        row["sampling"] = _code(Sampling, self.sampling)
        row["autoreset"] = autoreset
        return rules

    @property
    def observation_kind(self) -> ObservationKind:
        """The observation as the kernels know it."""
        return ObservationKind(_code(ObservationKind, self.observation))


def _code(kind: type[IntEnum], name: str) -> int:
    return int(kind[name.upper()])


def nodes_or_default(
    nodes: Sequence[dict[str, Any]] | int | None,
) -> Sequence[dict[str, Any]] | int:
    """Return the cluster for a trace, which is one of four nodes where none is given."""
    return DEFAULT_NUM_NODES if nodes is None else nodes


def refuse_without_trace(options: object, *names: str) -> None:
    """Raise ConfigError if any of these options is given: nothing would come of it."""
    given = [name for name in names if getattr(options, name) is not None]
    if given:
        verb = "belongs" if len(given) == 1 else "belong"
        message = f"{' and '.join(given)} {verb} to a trace; give trace as well, or leave it out"
        raise ConfigError(message)


def listed_scenarios(given: object, kind: type[T]) -> tuple[T, ...]:
    """Return one scenario, or several, as a tuple; ConfigError if they are of another kind."""
    if isinstance(given, kind):
        return (given,)
    words = f"a {kind.__name__}, or several"
    check_kind("scenarios", given, Iterable, words)
    listed = tuple(given)  # type: ignore[arg-type, var-annotated]
    for each in listed:
        check_kind("scenarios", each, kind, words)
    return listed
