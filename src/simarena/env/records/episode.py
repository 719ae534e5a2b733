"""What the rows of every environment's episodes have in common. Field names carry their units."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, TypeAlias

import numpy as np

from simarena.trace import Action

if TYPE_CHECKING:
    from collections.abc import Sequence

Row: TypeAlias = np.void
"""One record of one of the dtypes in this folder."""

Fields: TypeAlias = "Sequence[tuple[str, Any] | tuple[str, Any, tuple[int, ...]]]"

NUM_ACTIONS: Final = len(Action)
"""What can be done to one Deployment, nothing included."""

MASK: Final = ("action_mask", np.int8, (NUM_ACTIONS,))  # 0: the next step would block this action

PODS: Final = (
    ("ready", np.int32),
    ("pending", np.int32),
    ("total", np.int32),
)
"""Pods of what is looked after, as the API shows them."""

WAITING: Final = (
    ("waiting", np.int32),  # pods without a node
    ("terminating", np.int32),
    ("short_cpu", np.int32),  # waiting pods for which some node lacks CPU
    ("short_memory", np.int32),
)
SEEN_NODES: Final = (
    ("short_cpu_nodes", np.int32),  # over waiting pods: nodes that lack CPU
    ("short_memory_nodes", np.int32),
    ("other_nodes", np.int32),  # over waiting pods: nodes that refuse for another reason
    ("seen_nodes", np.int32),  # over waiting pods: nodes that were looked at
)
ENDS: Final = (
    ("failures", np.int32),  # ends of containers that were not asked for
    ("oom_killed", np.int32),  # pods whose container ended last for want of memory
    ("evicted", np.int32),  # pods that were evicted, or failed otherwise
)

POD_COUNTS: Final = np.dtype([*PODS, *WAITING, *SEEN_NODES, *ENDS])
"""The fourteen counts of pods. Records that have them get and give them all at once."""


def episode_dtype(shown: Fields, kept: Fields) -> np.dtype[np.void]:
    """Return the dtype of an environment's episodes, given the fields that are its own.

    `shown` are those that an info holds, between the step and what every info ends with.
    """
    return np.dtype(
        [
            ("seed", np.uint64),
            ("num_episodes", np.int64),  # begun since the seed was set
            ("num_noise", np.int64),  # numbers drawn for noise since the seed was set
            ("scenario", np.int32),
            ("step", np.int32),
            *shown,
            ("blocked", np.bool_),  # the last action could not be taken
            ("solved", np.bool_),
            ("terminated", np.bool_),
            ("truncated", np.bool_),
            ("reward", np.float64),
            ("episode_return", np.float64),
            *kept,
            ("max_steps", np.int32),
            ("forced_scenario", np.int32),  # of the next episode; NONE: sampled
            ("status", np.int32),  # cluster Status with which time stopped
            ("stage", np.int8),  # Stage
            ("finished", np.int8),  # the episode is over; nothing more happens before a reset
        ],
        align=True,
    )


def info_keys(episode: np.dtype[np.void]) -> tuple[str, ...]:
    """Return the fields of an episode that an info holds, in the dtype's order."""
    names = episode.names or ()
    return names[names.index("scenario") : names.index("solved") + 1]
