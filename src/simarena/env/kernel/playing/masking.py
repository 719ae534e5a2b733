"""Which actions the next step would block, by the very rules by which it decides that."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simarena.env.kernel.deployment.editing import is_blocked
from simarena.env.kernel.playing.live_editing import is_possible
from simarena.jit.decorators import inner

if TYPE_CHECKING:
    from simarena.cluster.records import Rows, World
    from simarena.env.records.replaying import Row


@inner
def mask_edits(world: World, workload: int, rules: Row, episode: Row) -> None:
    """Write the mask of actions that edit every event about a workload."""
    mask = episode["action_mask"]
    mask[0] = 1
    for action in range(1, mask.shape[0]):
        mask[action] = 0 if is_blocked(world, workload, rules, action) else 1


@inner
def mask_live_edits(world: World, families: Rows, row: int, rules: Row, episode: Row) -> None:
    """Write the mask of actions that edit the running Deployment of a row."""
    mask = episode["action_mask"]
    mask[0] = 1
    for action in range(1, mask.shape[0]):
        mask[action] = 1 if is_possible(world, families, row, rules, action) else 0
