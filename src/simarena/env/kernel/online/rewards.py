"""What a step is worth. The formula is documented on `OnlineEnv`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simarena.jit.decorators import inner

if TYPE_CHECKING:
    from simarena.env.records.episode import Row


@inner
def reward_of(episode: Row, rules: Row) -> float:
    """Return what the interval was worth: how well it was served, less what that took."""
    return (
        rules["service_weight"] * episode["served"]
        - rules["cost_weight"] * episode["cost"]
        - rules["change_weight"] * episode["changed"]
    )
