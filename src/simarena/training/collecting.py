"""Transitions of any agent as a Minari dataset, to learn from without an environment."""

from __future__ import annotations

import os
import re
import tempfile
import warnings
from contextlib import contextmanager
from copy import deepcopy
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from simarena.agents.networks import MASKS
from simarena.env import DeploymentVectorEnv
from simarena.errors import ConfigError, StorageError
from simarena.files.whole_folder import whole_folder

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from minari.data_collector import EpisodeBuffer

    from simarena.agents import BatchAgent
    from simarena.env import Scenario

_NAME: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_-]{0,90}-v\d{1,6}")
_NUM_ENVS: Final = 64
_STEP_BYTES: Final = 16  # a reward and two flags, and some room
_EPISODE_BYTES: Final = 16 << 10  # what HDF5 adds for each; measured: 13.8 KB
_BYTES: Final = 1 << 20
_ROOT: Final = "MINARI_DATASETS_PATH"
_SCENARIO: Final = "options/scenario"  # as Minari calls it in a file


def check_dataset(root: Path, name: str) -> None:
    """Refuse a name under which no new dataset can be kept in `root`.

    Raises:
        ConfigError: it is taken, or not of the form that Minari asks for.
    """
    if not _NAME.fullmatch(name):
        message = f"dataset {name!r}: use letters, digits, dashes, and a version: rules-v0"
        raise ConfigError(message)
    if (root / name).exists():
        message = f"{root / name}: exists already; choose another --name"
        raise ConfigError(message)


def collect_episodes(
    agent: BatchAgent,
    scenarios: Sequence[Scenario],
    *,
    num_episodes: int,
    random_share: float = 0.0,
    seed: int = 0,
    **game: Any,  # noqa: ANN401 - the environment's own options
) -> list[EpisodeBuffer]:
    """Return the episodes of `agent` on scenarios drawn at random; equal seeds give equal ones.

    `random_share` of the actions are drawn evenly from all, whatever the agent would do.

    Raises:
        ConfigError: a number is out of its bounds.
    """
    if num_episodes < 1 or not 0.0 <= random_share <= 1.0:
        message = (
            "collect at least one episode, with a share of random actions from 0 to 1, "
            f"got {num_episodes} and {random_share}"
        )
        raise ConfigError(message)
    num_envs = min(_NUM_ENVS, num_episodes)
    env = DeploymentVectorEnv(num_envs, scenarios=scenarios, **game)
    random = np.random.default_rng(seed)
    episodes: list[EpisodeBuffer] = []
    rounds = 0
    while len(episodes) < num_episodes:
        # Streams are seeded once and go on, so each round draws other scenarios.
        first = env.reset(seed=seed if rounds == 0 else None)
        agent.begin(num_envs, seed + rounds)
        episodes += _play(agent, env, first, random, random_share)
        rounds += 1
    env.close()
    return episodes[:num_episodes]


def _play(
    agent: BatchAgent,
    env: DeploymentVectorEnv,
    first: tuple[Any, dict[str, Any]],
    random: np.random.Generator,
    random_share: float,
) -> list[EpisodeBuffer]:
    """Return one episode of each environment, from its first observation and info on."""
    from minari.data_collector import EpisodeBuffer

    observations, infos = first
    num_envs = env.num_envs
    rows = infos["scenario"].tolist()
    seen = [observations]
    taken: list[Any] = []
    earned: list[Any] = []
    terminations: list[Any] = []
    truncations: list[Any] = []
    playing = np.ones(num_envs, dtype=np.bool_)
    lengths = np.zeros(num_envs, dtype=np.int64)
    while playing.any():
        if agent.needs_masks:
            infos = infos | {MASKS: env.action_masks()}
        actions = agent.act_batch(observations, infos)
        drawn = random.integers(env.batch.num_actions, size=num_envs)
        actions = np.where(random.random(num_envs) < random_share, drawn, actions)
        observations, rewards, terminated, truncated, infos = env.step(actions)
        finished = playing & (terminated | truncated)
        agent.learn_batch(actions, rewards, playing=playing, finished=finished)
        for values, each in (
            (seen, observations),
            (taken, actions),
            (earned, rewards),
            (terminations, terminated),
            (truncations, truncated),
        ):
            values.append(each)
        lengths += playing
        playing = playing & ~finished
    return [
        EpisodeBuffer(
            options={"scenario": env.scenarios[rows[row]].name},
            observations=np.stack([each[row] for each in seen[: length + 1]]),
            actions=np.array([each[row] for each in taken[:length]], dtype=np.int64),
            rewards=[float(each[row]) for each in earned[:length]],
            terminations=[bool(each[row]) for each in terminations[:length]],
            truncations=[bool(each[row]) for each in truncations[:length]],
        )
        for row, length in enumerate(lengths.tolist())
    ]


def read_episodes(dataset: Path) -> list[EpisodeBuffer]:
    """Return the episodes of a dataset that `write_dataset` left, in their order.

    Raises:
        StorageError: it is damaged, or none.
    """
    import h5py
    from minari.data_collector import EpisodeBuffer

    path = dataset / "data" / "main_data.hdf5"
    try:
        with h5py.File(path, "r") as file:
            return [
                EpisodeBuffer(
                    options={"scenario": str(each.attrs[_SCENARIO])},
                    observations=each["observations"][()],
                    actions=each["actions"][()],
                    rewards=each["rewards"][()].tolist(),
                    terminations=each["terminations"][()].tolist(),
                    truncations=each["truncations"][()].tolist(),
                )
                for each in (file[f"episode_{number}"] for number in range(len(file)))
            ]
    except (OSError, KeyError, TypeError, AttributeError) as error:
        message = f"{path}: is no dataset of ours ({' '.join(str(error).split())}); collect again"
        raise StorageError(message) from error


def write_dataset(
    root: Path,
    name: str,
    episodes: Sequence[EpisodeBuffer],
    *,
    agent: str,
    description: str,
    scenarios: Sequence[Scenario],
    game: dict[str, Any],
    suite: str | None,
) -> Path:
    """Write the episodes as the dataset `name` in `root`, whole or not at all; return its folder.

    `scenarios` and `game` are what was played. With the name of a `suite`, the dataset can make its
    environment again (`recover_environment`).

    Raises:
        ConfigError: `name` is taken.
        StorageError: it cannot be written.
    """
    import gymnasium
    import minari

    check_dataset(root, name)
    options = {key: value for key, value in game.items() if value is not None}
    env = DeploymentVectorEnv(1, scenarios=scenarios, **game)
    spaces = {
        "observation_space": env.single_observation_space,
        "action_space": env.single_action_space,
    }
    env.close()
    spec = deepcopy(gymnasium.spec("SimArena/Deployment-v0"))
    spec.kwargs = options | {"scenarios": suite}
    try:
        with (
            whole_folder(root / name) as folder,
            _datasets_under(folder),
            warnings.catch_warnings(),
        ):
            _require_space(folder, episodes)
            warnings.simplefilter("ignore", UserWarning)  # that nobody is named as the author
            minari.create_dataset_from_buffers(
                dataset_id=name,
                buffer=list(episodes),
                env=spec if suite is not None else None,
                algorithm_name=agent,
                description=description,
                requirements=["simarena"],
                **spaces,
            )
            for made in (folder / name).iterdir():
                made.rename(folder / made.name)
            (folder / name).rmdir()
    except (OSError, RuntimeError) as error:  # the latter is what h5py makes of a full disk
        reason = getattr(error, "strerror", None) or " ".join(str(error).split())
        message = (
            f"{root / name}: cannot be written: {reason}; free some space, or choose another --out"
        )
        raise StorageError(message) from error
    return root / name


def _require_space(folder: Path, episodes: Sequence[EpisodeBuffer]) -> None:
    """Raise OSError where the disk, a quota or a limit has no room for the dataset.

    That is found out before it is written: HDF5 does not survive a disk that is full, but prints
    hundreds of errors and ends the process.
    """
    arrays = (array for each in episodes for array in (each.observations, each.actions))
    num_bytes = sum(np.asarray(array).nbytes for array in arrays)
    num_bytes += sum(len(each.rewards) for each in episodes) * _STEP_BYTES
    with tempfile.TemporaryFile(dir=folder) as file:
        os.posix_fallocate(file.fileno(), 0, num_bytes + len(episodes) * _EPISODE_BYTES + _BYTES)


@contextmanager
def _datasets_under(folder: Path) -> Iterator[None]:
    """Let Minari write its datasets into `folder`, named so that it is found from anywhere."""
    before = os.environ.get(_ROOT)
    os.environ[_ROOT] = str(folder)
    try:
        yield
    finally:
        if before is None:
            del os.environ[_ROOT]
        else:
            os.environ[_ROOT] = before
