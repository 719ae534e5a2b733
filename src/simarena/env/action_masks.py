"""Which actions a limit would block, for agents that must not choose among those."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from simarena.cluster.codes import NONE, Operation
from simarena.env.kernel.editing import _TOO_LARGE
from simarena.trace import CPU_STEP_MILLI, MEMORY_STEP_BYTES, Action

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from simarena.cluster.records import Rows
    from simarena.env.records import Bank, Batch, Seat


class ActionMasks:
    """Masks of a batch: False where the action would be blocked, exactly as a step decides it.

    It is where it could change none of the events that apply the workload.
    """

    def __init__(self, bank: Bank, tasks: Rows) -> None:
        """Look up once which specs the events apply to each scenario's workload."""
        specs = [_specs_of(bank, row, int(task["workload"])) for row, task in enumerate(tasks)]
        most = max(len(each) for each in specs)
        # A scenario with fewer specs names its last one again, which changes nothing.
        self._specs: NDArray[np.int64] = np.array(
            [each + each[-1:] * (most - len(each)) for each in specs], dtype=np.int64
        )

    def of(self, batch: Batch, seat: Seat, num_actions: int) -> NDArray[np.bool_]:
        """Return the masks of all environments, (num_envs, num_actions)."""
        rules = seat.rules[0]
        envs = np.arange(len(seat.episodes))[:, np.newaxis]
        specs = batch.specs[envs, self._specs[seat.episodes["scenario"]]]
        templates = batch.templates[envs, specs["template"]]
        masks = np.ones((len(envs), len(Action)), dtype=np.bool_)
        for what, step, more, less in (
            ("cpu_milli", CPU_STEP_MILLI, Action.INCREASE_CPU, Action.DECREASE_CPU),
            ("memory_bytes", MEMORY_STEP_BYTES, Action.INCREASE_MEMORY, Action.DECREASE_MEMORY),
        ):
            values = np.maximum(templates[f"first_{what}"], 0)
            limits = templates[f"first_{what.replace('_', '_limit_', 1)}"]
            masks[:, more] = _any(
                (values + step <= rules[f"max_{what}"]) & ~_outgrows(limits, values, step)
            )
            masks[:, less] = _any(values - step >= rules[f"min_{what}"])
        replicas = specs["replicas"]
        masks[:, Action.INCREASE_REPLICAS] = _any(replicas + 1 <= rules["max_replicas"])
        masks[:, Action.DECREASE_REPLICAS] = _any(replicas - 1 >= rules["min_replicas"])
        return masks[:, :num_actions]


def _specs_of(bank: Bank, scenario: int, workload: int) -> list[int]:
    timeline = bank.timeline[scenario, : bank.state[scenario, 0]["num_timeline"]]
    applies = timeline["operation"] == Operation.APPLY_WORKLOAD
    rows = timeline["spec"][applies & (timeline["subject"] == workload)]
    return sorted(set(rows.tolist()))


def _outgrows(limits: NDArray[Any], values: NDArray[Any], step: int) -> NDArray[np.bool_]:
    """Return where a limit scaled along would be more than a trace can hold."""
    scaled = limits * ((values + step) / np.maximum(values, 1))
    return np.asarray((limits != NONE) & (values > 0) & (scaled >= _TOO_LARGE), dtype=np.bool_)


def _any(allowed: NDArray[np.bool_]) -> NDArray[np.bool_]:
    return np.asarray(allowed.any(axis=1), dtype=np.bool_)
