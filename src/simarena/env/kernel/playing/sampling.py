"""Which scenario an environment plays next, and the numbers that it draws for itself."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from simarena.cluster.codes import NONE
from simarena.cluster.kernel.ground.random import mix
from simarena.env.codes import Sampling
from simarena.jit.decorators import inner

if TYPE_CHECKING:
    from simarena.env.records.episode import Row

_NOISE_STREAM = np.uint64(0xD1B54A32D192ED03)
_11 = np.uint64(11)
_UNIT = 2.0**-53


@inner
def gaussian(episode: Row) -> float:
    """Return a standard normal number (Box-Muller) and step the episode's stream of noise."""
    seed = episode["seed"] ^ _NOISE_STREAM
    number = episode["num_noise"]
    episode["num_noise"] = number + 2
    radius = (np.float64(mix(seed, number) >> _11) + 1.0) * _UNIT
    turn = np.float64(mix(seed, number + 1) >> _11) * _UNIT
    return math.sqrt(-2.0 * math.log(radius)) * math.cos(2.0 * math.pi * turn)


@inner
def uniform(episode: Row) -> float:
    """Return a number from [0, 1) and step the episode's stream of noise."""
    number = episode["num_noise"]
    episode["num_noise"] = number + 1
    return float(np.float64(mix(episode["seed"] ^ _NOISE_STREAM, number) >> _11) * _UNIT)


@inner
def next_scenario(episode: Row, rules: Row, env: int) -> int:
    """Return the row of the scenario that an environment plays next, and count the episode."""
    number = episode["num_episodes"]
    episode["num_episodes"] = number + 1
    forced = episode["forced_scenario"]
    if forced != NONE:
        episode["forced_scenario"] = NONE
        return int(forced)
    num_scenarios = rules["num_scenarios"]
    if rules["sampling"] == Sampling.CYCLE:
        return int((env + number * rules["num_envs"]) % num_scenarios)
    return int(np.float64(mix(episode["seed"], number) >> _11) * _UNIT * num_scenarios)
