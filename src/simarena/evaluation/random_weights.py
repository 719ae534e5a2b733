"""Random weights: how much each of the scenarios seen may count in the world they come from.

Weights are independent and exponential; divided by their sum they are spread evenly over all ways
to share out a whole (Rubin's Bayesian bootstrap, 1981). A thing in the same place has the same
weights always, so equal data have equal intervals, and a larger value never has a smaller bound.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

NUM_DRAWS: Final = 5_000
"""Ways to share out that are looked at."""

_BLOCK: Final = 64  # things whose weights are drawn together
_ONE_MORE: Final = 2**32  # the seed of the weights of what was not seen; blocks count from 0


def weighted_sums(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return, for each draw, the weighted sums (NUM_DRAWS, k) of k figures of things (count, k)."""
    sums = np.zeros((NUM_DRAWS, values.shape[1]))
    for number, first in enumerate(range(0, len(values), _BLOCK)):
        some = values[first : first + _BLOCK]
        sums += _weights(number)[: len(some)].T @ some
    return sums


def one_more() -> NDArray[np.float64]:
    """Return the weights (NUM_DRAWS,) of one thing more than there are, which nobody has seen."""
    weights: NDArray[np.float64] = _weights(_ONE_MORE)[0]
    return weights


@lru_cache(maxsize=17)  # 1,024 things and the one more; 2.5 MB for each
def _weights(seed: int) -> NDArray[np.float64]:
    # All weights of one thing, over the draws, are the distribution's quantiles in random order
    # (a Latin hypercube): their chances are met exactly, and bounds need fewer draws.
    quantiles = -np.log1p(-(np.arange(NUM_DRAWS) + 0.5) / NUM_DRAWS)
    random = np.random.default_rng(seed)
    weights: NDArray[np.float64] = random.permuted(np.tile(quantiles, (_BLOCK, 1)), axis=1)
    weights.flags.writeable = False
    return weights
