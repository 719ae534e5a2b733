"""Settings of a training run, checked before anything is touched."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from simarena.checks.plain_fields import check_plain_fields
from simarena.cluster.manifests.node_words import DEFAULT_NODES
from simarena.cluster.replay.kubelet_choice import KUBELETS
from simarena.errors import ConfigError, RunError, UnknownNameError, shown
from simarena.files.storage import located

if TYPE_CHECKING:
    from simarena.evaluation.run_folder import RunFolder


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainSettings:
    """What is learned, on what, and how. The defaults are those of the main job."""

    agent: str = "ppo"
    """Name of the agent that learns."""

    suite: str | None = "train"
    """Named scenarios to train on; None with a trace."""

    eval_suite: str | None = "held-out"
    """Named scenarios to evaluate on; None evaluates on those trained on."""

    trace: str | None = None
    """A trace, or a folder of traces of which each episode takes one at random."""

    deploy: str | None = None
    """Deployment of the trace that the agent looks after."""

    namespace: str | None = None
    """Its namespace; None if only one has a workload of that name."""

    target: int | None = None
    """Pods that shall be ready, with a trace."""

    nodes: tuple[str, ...] = DEFAULT_NODES
    """Nodes of the cluster, with a trace."""

    kubelet: str | None = None
    """Its kubelets: `kwok`, where containers never fail, or `real`; None is real where pods of the
    trace tell what they use."""

    steps: int = 300_000
    """Steps of the environment to train for, all parallel ones counted."""

    episodes: int | None = None
    """End when so many episodes are finished, if that comes before `steps`."""

    max_steps: int | None = None
    """Most steps of an episode; None leaves it to the scenario."""

    duration_s: int | None = None
    """Virtual seconds that a step replays; None leaves it to the scenario."""

    min_return: float | None = None
    """An episode whose return falls under this is cut off."""

    observation: str = "diagnostic"
    """Name of the observation vector."""

    reward: str = "guided"
    """Name of the reward."""

    step_penalty: float = 0.0
    """What the reward `cost_aware_v2` takes off each step."""

    action_price: float = 0.05
    """What a network pays, while it trains, for every action but "nothing"."""

    num_actions: int = 7
    """Actions to choose from: the first so many of the list."""

    noise: float = 0.0
    """Standard deviation of the noise on the observed counts, in pods."""

    seed: int = 0
    """Everything random in the run follows from it."""

    learning_rate: float = 1e-3
    """Step size of the optimizer at the start; it falls linearly to a tenth."""

    gamma: float = 0.97
    """Discount of future reward."""

    exploration_start: float = 1.0
    """Share of random actions at the start."""

    exploration_end: float = 0.05
    """Share of random actions at the end of the exploration schedule, and from then on."""

    exploration_fraction: float = 0.4
    """Part of the training over which that share falls, linearly."""

    net_arch: tuple[int, ...] = (128, 128)
    """Widths of the network's hidden layers."""

    batch_size: int = 512
    """Transitions of one gradient step; with PPO the most, as all its batches are of one size."""

    buffer_size: int = 200_000
    """Transitions remembered."""

    learning_starts: int = 5_000
    """Steps before the first gradient step."""

    gradient_steps: int = 2
    """Gradient steps after each step of all parallel environments."""

    target_update_interval: int = 4_000
    """Steps between copies of the network to its target network."""

    num_quantiles: int = 32
    """Quantiles of the return that QR-DQN learns for each action."""

    rollout_steps: int = 32
    """Steps of each environment between two updates of PPO."""

    num_epochs: int = 4
    """Times that PPO goes through a rollout."""

    gae_lambda: float = 0.95
    """PPO's trade of bias against variance in advantages."""

    clip_range: float = 0.2
    """Most that PPO lets the odds of an action change in an update."""

    entropy_coef: float = 0.01
    """What PPO earns for staying undecided."""

    num_envs: int = 64
    """Environments side by side."""

    checkpoint_interval: int = 30_000
    """Steps between checkpoints: the most that is lost when the run is killed."""

    eval_seeds: int = 5
    """Seeds with which each scenario is played in the evaluation."""

    transfer: str | None = None
    """A run whose weights to start from; its exploration and history are not taken over."""

    @classmethod
    def for_agent(cls, agent: str | None = None, **given: Any) -> TrainSettings:  # noqa: ANN401 - fields
        """Return the settings `given`, and for the others what suits the agent.

        Raises:
            ConfigError: no run could use them.
        """
        agent = agent or cls().agent
        suited = SUITED.get(agent, {}) if isinstance(agent, str) else {}
        return cls(**{"agent": agent, **suited, **given})

    def __post_init__(self) -> None:
        """Refuse settings that no run could use."""
        check_plain_fields(self)
        self._check_numbers()
        if (self.suite is None) == (self.trace is None):
            _refuse("train on either a suite or a trace; give one of --suite and --trace")
        if self.kubelet is not None and self.kubelet not in KUBELETS:
            raise UnknownNameError("kubelet", str(self.kubelet), KUBELETS)  # noqa: EM101 a kind
        if self.trace is not None:
            if not self.deploy:
                _refuse("with a trace, say which workload to look after: --deploy NAME")
            if self.target is None:
                _refuse("with a trace, say how many pods shall be ready: --target N")
            if not self.nodes:
                _refuse("with a trace, say what the cluster is made of: --nodes 3x16cpu,32Gi")
        self._check_network()
        if self.agent in _ROLLOUT_AGENTS and self.rollout_batch_size < _LEAST_BATCH:
            _refuse(
                f"rollout_steps * num_envs = {self.rollout_steps * self.num_envs} cannot be split "
                f"into batches of 2 to {self.batch_size} transitions; change one of the three"
            )

    def located(self) -> TrainSettings:
        """Return the settings with files named as they can be found from anywhere."""
        return replace(self, **located_files(asdict(self)))

    @property
    def rollout_batch_size(self) -> int:
        """Transitions of a gradient step of PPO, whose batches are all of one size."""
        steps = self.rollout_steps * self.num_envs
        return next(size for size in range(min(self.batch_size, steps), 0, -1) if steps % size == 0)

    def _check_numbers(self) -> None:
        for name, low, high in _BOUNDS:
            value = getattr(self, name)
            if value is None and name in _OPTIONAL:
                continue
            if not low <= value <= high:
                _refuse(f"{name} must be from {low} to {high}, got {shown(value)}")

    def _check_network(self) -> None:
        widths = self.net_arch
        if not 1 <= len(widths) <= _MAX_LAYERS or not all(
            1 <= each <= _MAX_WIDTH for each in widths
        ):
            _refuse(
                f"net_arch must be up to {_MAX_LAYERS} widths from 1 to {_MAX_WIDTH}, "
                f"got {str(list(widths))[:60]}"
            )
        if (weights := sum(a * b for a, b in pairwise(widths))) > _MAX_WEIGHTS:
            _refuse(f"net_arch would have {weights:,} weights, at most are {_MAX_WEIGHTS:,}")

    def to_json(self) -> dict[str, Any]:
        """Return the settings as JSON can hold them."""
        return {
            key: list(value) if isinstance(value, tuple) else value
            for key, value in asdict(self).items()
        }

    @classmethod
    def from_json(cls, value: object, where: str) -> TrainSettings:
        """Return the settings that `to_json` gave; `where` names their file in errors.

        Raises:
            RunError: something is missing, unknown or of the wrong kind.
        """
        if not isinstance(value, Mapping):
            message = f"{where}: is no map of settings; train again with a new --name"
            raise RunError(message)
        known = {field.name: field for field in fields(cls)}
        strange = sorted(set(value) - set(known), key=str)
        if strange:
            message = (
                f"{where}: unknown setting {shown(strange[0])}; was it written by a later release?"
            )
            raise RunError(message)
        try:
            values: dict[str, Any] = {
                key: tuple(each) if isinstance(each, list) else each for key, each in value.items()
            }
            values.setdefault("kubelet", "kwok")  # of a run from before there was a choice
            return cls(**values)
        except (TypeError, ConfigError, UnknownNameError) as error:
            message = f"{where}: {error}; train again with a new --name"
            raise RunError(message) from error


def located_files(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return those of some settings that name files, named as they can be found from anywhere."""
    named = {key: value for key, value in values.items() if value is not None}
    found: dict[str, Any] = {
        key: locate(named[key])
        for key, locate in (
            ("suite", located_suite),
            ("eval_suite", located_suite),
            ("trace", located),
            ("transfer", located),
        )
        if key in named
    }
    if "nodes" in named:
        found["nodes"] = tuple(map(located, named["nodes"]))
    return found


def located_suite(name: str) -> str:
    """Return the name of a suite, one in a file as it can be found from anywhere.

    A folder that happens to be called as a suite is none.
    """
    path = Path(name)
    is_file = path.is_file() or path.parent.is_file()  # a split's name may follow the file's
    return str(path.absolute()) if is_file else name


def measured_on(settings: TrainSettings) -> str:
    """Return the name of what a run with these settings is measured on."""
    if settings.suite is None:
        return str(settings.trace)
    return settings.eval_suite or settings.suite


def settings_of(run: RunFolder) -> TrainSettings:
    """Return the settings that a run was made with.

    Raises:
        RunError: they are missing or damaged.
    """
    name = "settings.json"
    return TrainSettings.from_json(run.read_json(name), str(run.path / name))


def env_options(settings: TrainSettings) -> dict[str, Any]:
    """Return the environment's options that training, evaluation and shown episodes share."""
    return {
        "observation": settings.observation,
        "reward": settings.reward,
        "step_penalty": settings.step_penalty,
        "num_actions": settings.num_actions,
        "noise": settings.noise,
        "max_steps": settings.max_steps,
        "duration_s": settings.duration_s,
    }


_ROLLOUT_AGENTS: Final = frozenset({"ppo", "maskable-ppo"})
_LEAST_BATCH: Final = 2  # of one transition there is no mean to compare it with
_MAX_LAYERS: Final = 32
_MAX_WIDTH: Final = 65_536
_MAX_WEIGHTS: Final = 100_000_000
_BOUNDS = (
    ("target", 1, 100_000),
    ("steps", 1, 10**12),
    ("episodes", 1, 10**12),
    ("max_steps", 1, 1_000_000),
    ("duration_s", 1, 31_536_000),
    ("min_return", -1e9, 1e9),
    ("num_actions", 1, 7),
    ("step_penalty", 0.0, 1.0),
    ("action_price", 0.0, 10.0),
    ("noise", 0.0, 1000.0),
    ("seed", 0, 2**63 - 1),
    ("learning_rate", 1e-9, 10.0),
    ("gamma", 0.0, 1.0),
    ("exploration_start", 0.0, 1.0),
    ("exploration_end", 0.0, 1.0),
    ("exploration_fraction", 0.0, 1.0),
    ("batch_size", 1, 1 << 20),
    ("buffer_size", 1, 1 << 30),
    ("learning_starts", 0, 10**12),
    ("gradient_steps", 1, 100_000),
    ("target_update_interval", 1, 10**12),
    ("num_quantiles", 1, 32),
    ("rollout_steps", 1, 100_000),
    ("num_epochs", 1, 1_000),
    ("gae_lambda", 0.0, 1.0),
    ("clip_range", 1e-6, 10.0),
    ("entropy_coef", 0.0, 10.0),
    ("num_envs", 1, 65_536),
    ("checkpoint_interval", 1, 10**12),
    ("eval_seeds", 1, 10_000),
)

SUITED: Final[Mapping[str, Mapping[str, Any]]] = {
    "dqn": {"batch_size": 256},
    "qrdqn": {"batch_size": 256},
}
"""Where an agent's defaults are others than those of `TrainSettings`, which are PPO's."""

_OPTIONAL = frozenset({"target", "episodes", "max_steps", "duration_s", "min_return"})


def _refuse(message: str) -> None:
    raise ConfigError(message)
