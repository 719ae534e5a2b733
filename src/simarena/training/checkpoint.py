"""Checkpoints of a training run: everything needed to go on, as arrays and JSON."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from simarena.agents.arrays import ArrayFile, save_arrays
from simarena.agents.protocol import TaskShape
from simarena.checks.plain_fields import check_plain_fields
from simarena.errors import CheckpointError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from numpy.typing import NDArray

FORMAT: Final = 1
"""Version of the layout; a file of another one is refused."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Counters:
    """How far a training is."""

    step: int = 0
    """Steps of the environment taken, over all parallel ones."""

    episodes: int = 0
    """Episodes finished."""

    updates: int = 0
    """Gradient steps made."""

    calls: int = 0
    """Steps of the whole batch: the target network's clock."""

    seconds: float = 0.0
    """Wall time spent training."""

    finished: bool = False
    """Nothing is left to train."""


class Checkpoint:
    """A checkpoint, opened: settings at hand, arrays read when asked for."""

    def __init__(self, path: Path) -> None:
        """Open the file at `path`.

        Raises:
            CheckpointError: it is missing, damaged, or of another layout.
        """
        self.path = path
        self._file = ArrayFile(path)
        meta = self._file.meta
        if meta.get("format") != FORMAT:
            message = (
                f"{path}: is of layout {meta.get('format')!r}, this release reads {FORMAT}; "
                "train again"
            )
            raise CheckpointError(message)
        try:
            self.agent = str(meta["agent"])
            self.shape = TaskShape(**meta["shape"])
            self.counters = Counters(**meta["counters"])
            check_plain_fields(self.shape, f"{path}: ", CheckpointError)
            check_plain_fields(self.counters, f"{path}: ", CheckpointError)
        except (KeyError, TypeError) as error:
            message = f"{path}: its settings are damaged ({error}); use another checkpoint"
            raise CheckpointError(message) from error
        extra = meta.get("extra")
        self.extra: dict[str, Any] = extra if isinstance(extra, dict) else {}

    def arrays(self, part: str) -> dict[str, NDArray[Any]]:
        """Return the arrays of one part, such as `weights`, by name."""
        return self._file.read_all(f"{part}/")

    def require(self, agent: str, shape: TaskShape) -> None:
        """Refuse a checkpoint of another agent or another task.

        Raises:
            CheckpointError: it does not fit; the message names both.
        """
        for what, found, wanted in (
            ("agent", self.agent, agent),
            ("observation", self.shape.observation, shape.observation),
            ("observation size", self.shape.observation_size, shape.observation_size),
            ("number of actions", self.shape.num_actions, shape.num_actions),
        ):
            if found != wanted:
                message = (
                    f"{self.path}: was trained with {what} {found!r}, this asks for {wanted!r}; "
                    "use the same, or another run"
                )
                raise CheckpointError(message)


def save_checkpoint(
    path: Path,
    *,
    agent: str,
    shape: TaskShape,
    counters: Counters,
    parts: Mapping[str, Mapping[str, NDArray[Any]]],
    extra: Mapping[str, Any] | None = None,
) -> None:
    """Write a checkpoint, all of it or nothing. `parts` are groups of arrays by name."""
    arrays = {
        f"{part}/{name}": np.asarray(array)
        for part, group in parts.items()
        for name, array in group.items()
    }
    meta = {
        "format": FORMAT,
        "agent": agent,
        "shape": asdict(shape),
        "counters": asdict(counters),
        "extra": dict(extra or {}),
    }
    save_arrays(path, arrays, meta)
