"""What a worker lets be done: begun with bytes, looked at now and then, and ended with bytes."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping

    from simarena.distributed.manifests import Manifest


ROUND: Final = "round"
"""Kind of the order that is one piece of training."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """One piece of work."""

    kind: str
    """The type of a job, or `round`."""
    manifest: Manifest
    files: Mapping[str, bytes] = field(default_factory=dict)
    """What it begins with, by name: `trace`, `weights`, `checkpoint`, `state`."""
    round: Mapping[str, int] = field(default_factory=dict)
    """With a round: its number, of how many, which member, and how many steps."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkEnd:
    """How a piece of work ended."""

    error: str | None = None
    """Why it failed; None if it did not."""
    is_checkpoint_bad: bool = False
    """Whether it failed because of the checkpoint that it was to go on from."""
    files: Mapping[str, bytes] = field(default_factory=dict)
    """What it made, by name."""
    figures: Mapping[str, Any] = field(default_factory=dict)
    """What there is to tell of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """How a piece of work stands."""

    checkpoint: bytes | None = None
    """A checkpoint that was not seen before."""
    checkpoint_number: int = 0
    """Later ones have higher numbers."""
    files: Mapping[str, bytes] = field(default_factory=dict)
    """What belongs to that checkpoint: metrics and log."""
    end: WorkEnd | None = None
    """None while it goes on."""
    again_s: float | None = None
    """Seconds before which there is nothing new to see, where that is known."""


class Work(Protocol):
    """Whoever does the work. All three return at once."""

    def begin(self, order: Order) -> None:
        """Begin a piece of work; there is none under way."""

    def look(self) -> Look:
        """Return how it stands."""

    def stop(self) -> None:
        """Give it up, if there is any under way."""
