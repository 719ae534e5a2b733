"""`SimArena/Deployment-v0`, many at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Unpack

from gymnasium.vector import AutoresetMode

from simarena.env.deployment.batch import DeploymentBatch
from simarena.env.deployment.options import OptionNames, Options
from simarena.env.playing.arguments import check_arguments
from simarena.env.playing.base_vector_env import ArenaVectorEnv, autoreset_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from simarena.env.scenarios.scenario import Scenario


class DeploymentVectorEnv(ArenaVectorEnv):
    """Many Deployments to repair at once, stepped by one call of compiled code.

    ## Description

    `num_envs` environments as `DeploymentEnv` describes them: same actions, observations, rewards
    and ends. Member i, seeded with s + i, does what `DeploymentEnv` does when seeded with s + i.

    ## Action Space

    `MultiDiscrete` of `num_envs` numbers. An action that is none raises EpisodeError, and no
    environment moves.

    ## Observation Space

    A `Box` with one row for each environment. What `reset` and `step` return is never written to
    again.

    ## Rewards

    float64, one for each environment; 0 where the call began a new episode.

    ## Starting State

    `reset(seed=s)` seeds member i with s + i; a list gives each its own seed, None there or
    instead of it lets streams go on. Options of `reset`:

    - `reset_mask`: a boolean array; only these environments begin a new episode.
    - `scenario`: row or name of the scenario to play next, one for all or one for each.

    ## Episode End

    `autoreset_mode` decides, as Gymnasium defines it: NEXT_STEP (the step after the end ignores the
    action and begins a new episode), SAME_STEP (the observation is already the next episode's;
    `infos` has `final_obs` and `final_info`) or DISABLED (stepping an environment that has ended
    raises EpisodeError; use `reset_mask`).

    ## Information

    `infos` always has the same keys, an array each: the row of the scenario, the step, the counts
    of pods, what is asked for, why pods wait, whether the action was blocked, whether the goal is
    met. `final_info` has the same ones.

    ## Arguments

    ```python
    >>> import gymnasium, simarena
    >>> envs = gymnasium.make_vec("SimArena/Deployment-v0", num_envs=64, reward="scale")

    ```

    `num_envs`; `autoreset_mode`; `num_threads`, between which the environments are divided (results
    do not depend on it); `render_mode`, None, "ansi" or "rgb_array"; and those of `DeploymentEnv`.

    ## Version History

    * v0: first version
    """

    batch: DeploymentBatch

    def __init__(
        self,
        num_envs: int = 1,
        *,
        autoreset_mode: AutoresetMode | str = AutoresetMode.NEXT_STEP,
        num_threads: int = 1,
        render_mode: str | None = None,
        **options: Unpack[OptionNames],
    ) -> None:
        check_arguments(DeploymentVectorEnv, Options, options)
        mode, autoreset = autoreset_of(autoreset_mode)
        self.options = Options(**options)
        batch = DeploymentBatch(self.options, num_envs, autoreset, num_threads)
        super().__init__(batch, mode, render_mode)

    @property
    def scenarios(self) -> Sequence[Scenario]:
        """What is played; `infos["scenario"]` are rows of this."""
        return self.batch.scenarios
