"""`SimArena/Deployment-v0` on live clusters, for Gymnasium: one, or several side by side."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, Unpack

import numpy as np
from gymnasium import Env, spaces
from gymnasium.vector import AutoresetMode, VectorEnv
from gymnasium.vector.utils import batch_space

from simarena.client.api import KubeApi
from simarena.client.patience import LIVE_PATIENCE
from simarena.env.deployment.options import OptionNames, Options
from simarena.env.playing.arguments import check_arguments
from simarena.env.playing.base_env import action_number
from simarena.errors import ConfigError, EpisodeError
from simarena.simkube.game import FAULT, LiveGame
from simarena.simkube.settings import SimKubeSettings

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray


class SimKubeEnv(Env[Any, np.int64]):
    """`DeploymentEnv`, whose replays SimKube runs on a live cluster.

    Scenarios, actions, observations, rewards and ends are those of `SimArena/Deployment-v0`, and so
    are its options, `remember` apart. Each step takes the scenario's duration in real time, divided
    by `settings.speed`, and what SimKube needs besides.

    Where the cluster does not do its part `reset` raises InfrastructureError. A step ends the
    episode then: it is truncated with a reward of 0, shows the last observation again, and
    `info["infrastructure_error"]` says what happened; it is empty in every other step.

    Args:
        settings: how SimKube is asked; None: its defaults.
        kubeconfig: of the cluster; None: the usual one.
        context: of the kubeconfig; None: its current one.
        attempts: how often a replay is tried before the cluster's fault ends the episode.
        options: as `DeploymentEnv` takes them.
    """

    metadata: dict[str, Any] = {"render_modes": []}  # noqa: RUF012 - as Gymnasium declares it

    def __init__(
        self,
        *,
        settings: SimKubeSettings | None = None,
        kubeconfig: str | None = None,
        context: str | None = None,
        attempts: int = 2,
        **options: Unpack[OptionNames],
    ) -> None:
        check_arguments(SimKubeEnv, Options, options)
        self.options = Options(**options)
        api = KubeApi(kubeconfig, context, LIVE_PATIENCE)
        self.game = LiveGame(api, settings or SimKubeSettings(), self.options, attempts=attempts)
        self.action_space = spaces.Discrete(self.options.num_actions)
        self.observation_space = self.game.observation_space

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[Any, dict[str, Any]]:
        """Begin an episode; return what the unedited trace leads to. Raises InfrastructureError."""
        super().reset(seed=seed)
        if seed is not None:
            self.game.seed(seed)
        if options and options.get("scenario") is not None:
            self.game.force(options["scenario"])
        self.game.begin()
        return self.game.vector.copy(), self.game.info()

    def step(self, action: np.int64 | int) -> tuple[Any, float, bool, bool, dict[str, Any]]:
        """Take an action; return observation, reward, terminated, truncated, info."""
        self.game.step(action_number(action, self.options.num_actions))
        episode = self.game.episode
        return (
            self.game.vector.copy(),
            float(episode["reward"]),
            bool(episode["terminated"]),
            bool(episode["truncated"]),
            self.game.info(),
        )

    def action_masks(self) -> NDArray[np.bool_]:
        """Return which actions the next step would not block: (num_actions,)."""
        return self.game.info()["action_mask"].astype(np.bool_)  # type: ignore[no-any-return]


class SimKubeVectorEnv(VectorEnv[Any, Any, Any]):
    """Several clusters, one a context of the kubeconfig, stepped at the same time.

    Each plays as `SimKubeEnv` does. An environment that has ended rests until it is reset with
    `reset_mask`; a cluster that fails ends its own episode and no other.
    """

    def __init__(
        self,
        contexts: Sequence[str | None] = (None,),
        *,
        settings: SimKubeSettings | None = None,
        kubeconfig: str | None = None,
        attempts: int = 2,
        **options: Unpack[OptionNames],
    ) -> None:
        check_arguments(SimKubeVectorEnv, Options, options)
        if not contexts:
            message = "contexts must name at least one cluster"
            raise ConfigError(message)
        self.options = Options(**options)
        chosen = settings or SimKubeSettings()
        self.games = [
            LiveGame(
                KubeApi(kubeconfig, each, LIVE_PATIENCE), chosen, self.options, attempts=attempts
            )
            for each in contexts
        ]
        self.num_envs = len(self.games)
        self.metadata = {"autoreset_mode": AutoresetMode.DISABLED}
        self.single_action_space = spaces.Discrete(self.options.num_actions)
        self.action_space = batch_space(self.single_action_space, self.num_envs)
        self.single_observation_space = self.games[0].observation_space
        self.observation_space = batch_space(self.single_observation_space, self.num_envs)

    def reset(
        self,
        *,
        seed: int | Sequence[int | None] | None = None,
        options: dict[str, Any] | None = None,
    ) -> tuple[Any, dict[str, Any]]:
        """Begin episodes; return first observations and infos. Raises InfrastructureError."""
        options = options or {}
        seeds = [seed + row for row in range(self.num_envs)] if isinstance(seed, int) else seed
        for game, one in zip(self.games, seeds or [None] * self.num_envs, strict=True):
            if one is not None:
                game.seed(one)
            if options.get("scenario") is not None:
                game.force(options["scenario"])
        mask = options.get("reset_mask", np.ones(self.num_envs, np.bool_))
        self._together(
            [game.begin for game, begins in zip(self.games, mask, strict=True) if begins]
        )
        return self._observations(), self._infos()

    def step(
        self,
        actions: Any,  # noqa: ANN401 - as Gymnasium has it
    ) -> tuple[Any, NDArray[np.float64], NDArray[np.bool_], NDArray[np.bool_], dict[str, Any]]:
        """Take an action on each cluster, all at the same time."""
        chosen = [action_number(each, self.options.num_actions) for each in actions]
        resting = [row for row, game in enumerate(self.games) if not game.is_playing]
        if len(chosen) != self.num_envs or resting:
            message = f"{self.num_envs} actions are needed, and episodes under way; reset {resting}"
            raise EpisodeError(message)
        self._together(
            [
                lambda game=game, action=action: game.step(action)
                for game, action in zip(self.games, chosen, strict=True)
            ]
        )
        return (
            self._observations(),
            self._column("reward", np.float64),
            self._column("terminated", np.bool_),
            self._column("truncated", np.bool_),
            self._infos(),
        )

    def action_masks(self) -> NDArray[np.bool_]:
        """Return which actions the next step would not block: (num_envs, num_actions)."""
        return np.stack([game.info()["action_mask"].astype(np.bool_) for game in self.games])

    def _together(self, work: Sequence[Any]) -> None:
        """Do things at the same time; raise the first failure once all have ended."""
        with ThreadPoolExecutor(max(len(work), 1)) as pool:
            done = [pool.submit(each) for each in work]
        for each in done:
            each.result()

    def _observations(self) -> NDArray[np.float32]:
        return np.stack([game.vector for game in self.games])

    def _column(self, name: str, dtype: Any) -> NDArray[Any]:  # noqa: ANN401 - a dtype
        return np.array([game.episode[name] for game in self.games], dtype)

    def _infos(self) -> dict[str, Any]:
        infos = [game.info() for game in self.games]
        columns: dict[str, Any] = {
            name: np.array([each[name] for each in infos]) for name in infos[0] if name != FAULT
        }
        faults = np.empty(self.num_envs, object)
        faults[:] = [each[FAULT] for each in infos]
        return {**columns, FAULT: faults}
