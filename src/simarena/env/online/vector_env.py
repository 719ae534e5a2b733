"""`SimArena/Online-v0`, many at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Unpack

from gymnasium.vector import AutoresetMode

from simarena.env.online.batch import OnlineBatch
from simarena.env.online.options import OnlineOptionNames, OnlineOptions
from simarena.env.playing.arguments import check_arguments
from simarena.env.playing.base_vector_env import ArenaVectorEnv, autoreset_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from simarena.env.online.scenario import OnlineScenario


class OnlineVectorEnv(ArenaVectorEnv):
    """Many services under load at once, stepped by one call of compiled code.

    ## Description

    `num_envs` environments as `OnlineEnv` describes them: same actions, observations, rewards and
    ends. Member i, seeded with s + i, does what `OnlineEnv` does when seeded with s + i.

    ## Action Space

    `MultiDiscrete` of `num_envs` numbers. An action that is none raises EpisodeError, and no
    environment moves.

    ## Observation Space

    A `Box` with one row for each environment. What `reset` and `step` return is never written to
    again.

    ## Rewards

    float64, one for each environment; 0 where the call began a new episode.

    ## Starting State

    Seeds, `reset_mask` and `scenario` as in `DeploymentVectorEnv`.

    ## Episode End

    `autoreset_mode` decides, as in `DeploymentVectorEnv`.

    ## Information

    `infos` always has the same keys, an array each: scenario, step, time, load, share served,
    utilisation, cost, pods by state, requests, usage, what happened since the last observation, and
    whether the action was blocked.

    ## Arguments

    ```python
    >>> import gymnasium, simarena
    >>> envs = gymnasium.make_vec("SimArena/Online-v0", num_envs=64, profile=["daily", "spikes"])

    ```

    `num_envs`; `autoreset_mode`; `num_threads`, between which the environments are divided (results
    do not depend on it); `render_mode`, None, "ansi" or "rgb_array"; and those of `OnlineEnv`.

    ## Version History

    * v0: first version
    """

    batch: OnlineBatch

    def __init__(
        self,
        num_envs: int = 1,
        *,
        autoreset_mode: AutoresetMode | str = AutoresetMode.NEXT_STEP,
        num_threads: int = 1,
        render_mode: str | None = None,
        **options: Unpack[OnlineOptionNames],
    ) -> None:
        check_arguments(OnlineVectorEnv, OnlineOptions, options)
        mode, autoreset = autoreset_of(autoreset_mode)
        self.options = OnlineOptions(**options)
        batch = OnlineBatch(self.options, num_envs, autoreset, num_threads)
        super().__init__(batch, mode, render_mode)

    @property
    def scenarios(self) -> Sequence[OnlineScenario]:
        """What is played; `infos["scenario"]` are rows of this."""
        return self.batch.scenarios
