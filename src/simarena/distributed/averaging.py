"""Weights of many made into one: an outer optimizer on the mean of how far each has moved.

With a learning rate of 1 and no momentum that is federated averaging (FedAvg); with others it is
DiLoCo's outer step. Sums go in the order of the members' names, so that equal updates give equal
weights, bit by bit, wherever they were made and in whichever order they came.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from simarena.checks.bounds import check_number
from simarena.errors import JobError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from numpy.typing import NDArray

    Arrays = Mapping[str, NDArray[Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class OuterSettings:
    """The outer optimizer. The defaults are those of federated averaging."""

    learning_rate: float = 1.0
    """How far to go along the mean difference."""
    momentum: float = 0.0
    """Part of the last step that is gone again."""

    def __post_init__(self) -> None:
        """Refuse settings that no weights could survive."""
        check_number("outer learning rate", self.learning_rate, 1e-6, 10.0)
        check_number("outer momentum", self.momentum, 0.0, 0.999)


class Update(NamedTuple):
    """What a member hands in."""

    member: str
    weights: Arrays
    samples: int
    """Steps of the environment that it learned from: how much its word counts."""
    since: Arrays | None = None
    """The weights that it began with, if it is late and those are not the ones it is added to."""


def aggregate(
    weights: Arrays,
    updates: Iterable[Update],
    outer: OuterSettings,
    velocity: Arrays | None = None,
) -> tuple[dict[str, NDArray[Any]], dict[str, NDArray[np.float64]]]:
    """Return new weights, and the velocity to give to the next call.

    Raises:
        JobError: there is no update, or one does not fit (`check_update`).
    """
    ordered = sorted(updates, key=lambda each: (each.member, each.since is None))
    if not ordered:
        message = "no update to aggregate; a round needs one at least"
        raise JobError(message)
    for update in ordered:
        check_update(weights, update)
    total = sum(update.samples for update in ordered)
    made, moved = {}, {}
    for name, before in weights.items():
        start = before.astype(np.float64)
        mean = np.zeros_like(start)
        for update in ordered:
            began = start if update.since is None else update.since[name].astype(np.float64)
            mean += (update.weights[name].astype(np.float64) - began) * (update.samples / total)
        if velocity is not None and name in velocity:
            mean = outer.momentum * velocity[name] + mean
        moved[name] = mean
        made[name] = (start + outer.learning_rate * mean).astype(before.dtype)
    return made, moved


def check_update(weights: Arrays, update: Update) -> None:
    """Refuse an update that is not of these weights.

    Raises:
        JobError: names, shapes, kinds or numbers are not what they must be; the message says which.
    """
    member = update.member
    if update.weights.keys() != weights.keys():
        message = f"{member}: hands in other arrays than the group has"
        raise JobError(message)
    if not 0 < update.samples <= 2**53:
        message = f"{member}: says that it learned from {update.samples} steps"
        raise JobError(message)
    for name, wanted in weights.items():
        found = update.weights[name]
        if found.shape != wanted.shape or found.dtype != wanted.dtype:
            message = (
                f"{member}: {name} is {found.dtype} of {found.shape}, the group has "
                f"{wanted.dtype} of {wanted.shape}"
            )
            raise JobError(message)
        if not np.isfinite(found).all():
            message = f"{member}: {name} holds what is no number; its training has diverged"
            raise JobError(message)
