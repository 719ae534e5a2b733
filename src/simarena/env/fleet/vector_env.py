"""`SimArena/Cluster-v0`, many at once."""

from __future__ import annotations

from typing import Unpack

from gymnasium.vector import AutoresetMode

from simarena.env.fleet.batch import ClusterBatch
from simarena.env.fleet.options import ClusterOptionNames, ClusterOptions
from simarena.env.playing.arguments import check_arguments
from simarena.env.playing.base_vector_env import ArenaVectorEnv, autoreset_of


class ClusterVectorEnv(ArenaVectorEnv):
    """Many clusters at once, each with many Deployments, stepped by one call of compiled code.

    ## Description

    `num_envs` environments as `ClusterEnv` describes them: same actions, observations, rewards and
    ends. Member i, seeded with s + i, does what `ClusterEnv` does when seeded with s + i.

    ## Action Space

    `MultiDiscrete` of `num_envs` numbers. `action_masks()` has a row for each environment.

    ## Observation Space

    A `Box` with one row for each environment, or a `Dict` of such tables.

    ## Rewards

    float64, one for each environment; 0 where the call began a new episode.

    ## Starting State

    Seeds, `reset_mask` and `scenario` as in `DeploymentVectorEnv`.

    ## Episode End

    `autoreset_mode` decides, as in `DeploymentVectorEnv`.

    ## Arguments

    ```python
    >>> import gymnasium, simarena
    >>> envs = gymnasium.make_vec("SimArena/Cluster-v0", num_envs=16, num_workloads=8)

    ```

    `num_envs`; `autoreset_mode`; `num_threads`; `render_mode`, None, "ansi" or "rgb_array"; and
    those of `ClusterEnv`.

    ## Version History

    * v0: first version
    """

    batch: ClusterBatch

    def __init__(
        self,
        num_envs: int = 1,
        *,
        autoreset_mode: AutoresetMode | str = AutoresetMode.NEXT_STEP,
        num_threads: int = 1,
        render_mode: str | None = None,
        **options: Unpack[ClusterOptionNames],
    ) -> None:
        check_arguments(ClusterVectorEnv, ClusterOptions, options)
        mode, autoreset = autoreset_of(autoreset_mode)
        self.options = ClusterOptions(**options)
        batch = ClusterBatch(self.options, num_envs, autoreset, num_threads)
        super().__init__(batch, mode, render_mode)
