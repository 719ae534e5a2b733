"""How the time of a served cluster passes."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from simarena.apiserver.api import SavedApi


@dataclass(slots=True)
class Clock:
    """How the time of a cluster passes."""

    speed: float = 0.0
    """Virtual seconds a second; 0: only when told to."""
    paused: bool = False
    snapshots: dict[str, SavedApi] = field(default_factory=dict)
    """States that clients have named."""

    @property
    def passing(self) -> float:
        """Virtual seconds that pass by themselves in a second."""
        return 0.0 if self.paused else self.speed
