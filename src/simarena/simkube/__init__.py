"""The live backend: the same game on a real cluster, where SimKube replays the edited trace."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simarena.lazy_face import lazy_face

if TYPE_CHECKING:
    from simarena.simkube.env import SimKubeEnv
    from simarena.simkube.running import Replayed, replay_live
    from simarena.simkube.settings import SimKubeSettings

__all__ = ["Replayed", "SimKubeEnv", "SimKubeSettings", "replay_live"]

__getattr__, __dir__ = lazy_face(
    __name__,
    {
        "simarena.simkube.env": ["SimKubeEnv"],
        "simarena.simkube.running": ["Replayed", "replay_live"],
        "simarena.simkube.settings": ["SimKubeSettings"],
    },
)
