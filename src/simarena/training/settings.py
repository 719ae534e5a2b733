"""Settings of a training run, checked before anything is touched."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, get_args

from simarena.checks.declared import check_bounds, setting, used_for
from simarena.checks.plain_fields import check_plain_fields
from simarena.errors import ConfigError, RunError, UnknownNameError, shown
from simarena.files.storage import located
from simarena.training.named import KUBELET_SAYS, OF_TRACE, KubeletName

if TYPE_CHECKING:
    from simarena.evaluation.run_folder import RunFolder

LEARNING: Final = "Learning"
WHERE: Final = "What to train on"
HOW: Final = "The environment"
RUN: Final = "The run"
"""Panels of a help that lists settings as options."""

OF_GAME: Final = "an option of the environment"
FIXED: Final = "nothing to search: who learns, or on what"
SUITE: Final = "a suite, which may be a file"
FILE: Final = "a file"


def _default_nodes() -> tuple[str, ...]:
    from simarena.cluster.manifests.node_words import DEFAULT_NODES  # brings the simulator

    return DEFAULT_NODES


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainSettings:
    """What is learned, on what, and how. The defaults are those of the main job."""

    agent: str = setting(
        "ppo", "Who learns: ppo, maskable-ppo, qrdqn, dqn or greedy.", FIXED, panel=LEARNING
    )
    suite: str | None = setting("train", "Named scenarios to train on.", FIXED, SUITE, panel=WHERE)
    """None with a trace."""

    eval_suite: str | None = setting(
        "held-out", "Named scenarios to measure on.", FIXED, SUITE, panel=WHERE
    )
    """None measures on those trained on."""

    trace: str | None = setting(
        None,
        "A trace, or a folder of them: each episode takes one at random.",
        *(FIXED, FILE),
        panel=WHERE,
    )
    deploy: str | None = setting(
        None, "Workload of the trace to look after.", OF_TRACE, panel=WHERE
    )
    namespace: str | None = setting(
        None, "Its namespace, where several have that name.", OF_TRACE, panel=WHERE
    )
    target: int | None = setting(
        None, "Pods that shall be ready.", OF_TRACE, least=1, most=100_000, panel=WHERE
    )
    nodes: tuple[str, ...] = setting(
        None,
        "Nodes for the trace, as 3x16cpu,32Gi or a file of manifests; may be repeated.",
        *(FIXED, FILE, OF_TRACE),
        made_by=_default_nodes,
        panel=WHERE,
    )
    kubelet: KubeletName | None = setting(None, KUBELET_SAYS, FIXED, OF_TRACE, panel=WHERE)
    steps: int = setting(
        300_000,
        "Steps to train for, over all environments.",
        least=1,
        most=10**12,
        panel=LEARNING,
    )
    episodes: int | None = setting(
        None, "End after so many episodes at the latest.", least=1, most=10**12, panel=LEARNING
    )
    duration_s: int | None = setting(
        None,
        "Virtual seconds that each step replays.",
        OF_GAME,
        least=1,
        most=31_536_000,
        option="duration",
        panel=HOW,
    )
    """None leaves it to the scenario."""

    max_steps: int | None = setting(
        None, "Most steps of an episode.", OF_GAME, least=1, most=1_000_000, panel=HOW
    )
    """None leaves it to the scenario."""

    reward: str = setting(
        "guided",
        "base, shaped, scale, max_punish, cost_aware_v2 or guided.",
        OF_GAME,
        panel=HOW,
    )
    step_penalty: float = setting(
        0.0, "What cost_aware_v2 takes off each step.", OF_GAME, least=0.0, most=1.0, panel=HOW
    )
    action_price: float = setting(
        0.05,
        'What a network pays, while it trains, for every action but "nothing".',
        least=0.0,
        most=10.0,
    )
    observation: str = setting("diagnostic", "base, scale, full or diagnostic.", OF_GAME, panel=HOW)
    num_actions: int = setting(7, "The first so many actions.", OF_GAME, least=1, most=7, panel=HOW)
    noise: float = setting(
        0.0, "Noise on observed counts, in pods.", OF_GAME, least=0.0, most=1000.0, panel=HOW
    )
    """Its standard deviation."""

    min_return: float | None = setting(
        None, "Cut off an episode under this return.", least=-1e9, most=1e9, panel=HOW
    )
    num_envs: int = setting(64, "Environments side by side.", least=1, most=65_536, panel=HOW)
    seed: int = setting(0, "All chance follows from it.", FIXED, least=0, most=2**63 - 1, panel=RUN)
    learning_rate: float = setting(1e-3, "At the start.", least=1e-9, most=10.0, panel=LEARNING)
    """Step size of the optimizer; it falls linearly to a tenth."""

    gamma: float = setting(0.97, "Discount of future reward.", least=0.0, most=1.0, panel=LEARNING)
    exploration_start: float = setting(
        1.0, "Share of random actions at first.", least=0.0, most=1.0, panel=LEARNING
    )
    exploration_end: float = setting(
        0.05, "Share of random actions at last.", least=0.0, most=1.0, panel=LEARNING
    )
    exploration_fraction: float = setting(
        0.4, "Part of the training in which it falls.", least=0.0, most=1.0, panel=LEARNING
    )
    net_arch: tuple[int, ...] = setting((128, 128), "Widths of the network's hidden layers.")
    batch_size: int = setting(512, "Transitions of one gradient step.", least=1, most=1 << 20)
    """With PPO the most, as all its batches are of one size."""

    buffer_size: int = setting(200_000, "Transitions remembered.", least=1, most=1 << 30)
    learning_starts: int = setting(
        5_000, "Steps before the first gradient step.", least=0, most=10**12
    )
    gradient_steps: int = setting(
        2, "Gradient steps after each step of all environments.", least=1, most=100_000
    )
    target_update_interval: int = setting(
        4_000, "Steps between copies of the network to its target network.", least=1, most=10**12
    )
    num_quantiles: int = setting(
        32, "Quantiles of the return that QR-DQN learns for each action.", least=1, most=32
    )
    rollout_steps: int = setting(
        32, "Steps of each environment between two updates of PPO.", least=1, most=100_000
    )
    num_epochs: int = setting(4, "Times that PPO goes through a rollout.", least=1, most=1_000)
    gae_lambda: float = setting(
        0.95, "PPO's trade of bias against variance in advantages.", least=0.0, most=1.0
    )
    clip_range: float = setting(
        0.2, "Most that PPO lets the odds of an action change in an update.", least=1e-6, most=10.0
    )
    entropy_coef: float = setting(
        0.01, "What PPO earns for staying undecided.", least=0.0, most=10.0
    )
    transfer: str | None = setting(
        None,
        "Run (or checkpoint) whose weights to start from; nothing else is taken over.",
        *(FIXED, FILE),
        panel=LEARNING,
    )
    checkpoint_interval: int = setting(
        30_000, "Steps between checkpoints.", least=1, most=10**12, panel=RUN
    )
    """The most that is lost when the run is killed."""

    eval_seeds: int = setting(
        5, "Seeds to play each scenario with.", least=1, most=10_000, panel=RUN
    )

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
        check_bounds(self)
        if (self.suite is None) == (self.trace is None):
            _refuse("train on either a suite or a trace; give one of --suite and --trace")
        if self.kubelet is not None and self.kubelet not in get_args(KubeletName):
            raise UnknownNameError("kubelet", self.kubelet, get_args(KubeletName))  # noqa: EM101
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
    found: dict[str, Any] = {}
    for use, locate in ((SUITE, located_suite), (FILE, located)):
        for name in used_for(TrainSettings, use):
            value = values.get(name)
            if value is not None:
                found[name] = tuple(map(locate, value)) if name == "nodes" else locate(value)
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
    return {name: getattr(settings, name) for name in used_for(settings, OF_GAME)}


_ROLLOUT_AGENTS: Final = frozenset({"ppo", "maskable-ppo"})
_LEAST_BATCH: Final = 2  # of one transition there is no mean to compare it with
_MAX_LAYERS: Final = 32
_MAX_WIDTH: Final = 65_536
_MAX_WEIGHTS: Final = 100_000_000
SUITED: Final[Mapping[str, Mapping[str, Any]]] = {
    "dqn": {"batch_size": 256},
    "qrdqn": {"batch_size": 256},
}
"""Where an agent's defaults are others than those of `TrainSettings`, which are PPO's."""


def _refuse(message: str) -> None:
    raise ConfigError(message)
