"""How a run is cut up.

A segment is `checkpoint_interval` steps. Each ends with a checkpoint and starts with fresh episodes
and with random streams that follow from the seed and the segment's number. So a run that was killed
and resumed is, from its last checkpoint on, the run that nobody killed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Protocol

import numpy as np

if TYPE_CHECKING:
    from simarena.training.settings import TrainSettings

_NUM_ROWS: Final = 100  # of metrics in a run, at least
_ROWS_OF_SEGMENT: Final = 10  # at least


class OnProgress(Protocol):
    """Told now and then how far the training is."""

    def __call__(self, row: dict[str, Any]) -> None:
        """Take a row of metrics."""


def segment_seed(seed: int, segment: int) -> int:
    """Return the seed of one segment of a run, below 2**32."""
    return int(np.random.SeedSequence([seed, segment]).generate_state(1)[0])


def row_interval(settings: TrainSettings) -> int:
    """Return the steps between rows of metrics."""
    most = min(settings.steps // _NUM_ROWS, settings.checkpoint_interval // _ROWS_OF_SEGMENT)
    return max(most, settings.num_envs)
