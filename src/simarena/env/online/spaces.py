"""Between which bounds the numbers of an observation are."""

from __future__ import annotations

import numpy as np
from gymnasium import spaces

from simarena.env.kernel.online.components import OnlineComponent


def observation_space() -> spaces.Box:
    """Return the space of one environment's observations; nothing observed is ever outside."""
    low = np.array([component.low for component in OnlineComponent], np.float32)
    return spaces.Box(low, np.ones(len(low), np.float32), dtype=np.float32)
