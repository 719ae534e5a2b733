"""`SimArena/Online-v0`, one at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Unpack

from simarena.env.base_env import ArenaEnv, check_render_mode
from simarena.env.online.vector_env import OnlineVectorEnv

if TYPE_CHECKING:
    from simarena.env.online.options import OnlineOptionNames


class OnlineEnv(ArenaEnv):
    """x"""

    def __init__(
        self, *, render_mode: str | None = None, **options: Unpack[OnlineOptionNames]
    ) -> None:
        check_render_mode(render_mode)
        members = OnlineVectorEnv(1, autoreset_mode="Disabled", **options)
        super().__init__(members, render_mode)
        self.options = members.options
