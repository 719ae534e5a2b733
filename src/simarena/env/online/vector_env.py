"""`SimArena/Online-v0`, many at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Unpack

from gymnasium.vector import AutoresetMode

from simarena.env.base_vector_env import ArenaVectorEnv, autoreset_of
from simarena.env.online.batch import OnlineBatch
from simarena.env.online.options import OnlineOptionNames, OnlineOptions

if TYPE_CHECKING:
    from collections.abc import Sequence

    from simarena.env.online.scenario import OnlineScenario


class OnlineVectorEnv(ArenaVectorEnv):
    """x"""

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
        mode, autoreset = autoreset_of(autoreset_mode)
        self.options = OnlineOptions(**options)
        batch = OnlineBatch(self.options, num_envs, autoreset, num_threads)
        super().__init__(batch, mode, render_mode)

    @property
    def scenarios(self) -> Sequence[OnlineScenario]:
        """What is played; `infos["scenario"]` are rows of this."""
        return self.batch.scenarios
