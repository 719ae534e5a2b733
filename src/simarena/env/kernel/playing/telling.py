"""What came of a call, copied to arrays that Python gives to its caller.

The thread that played an environment copies its results, while they are in its processor's cache:
nobody else then reads the tables that it goes on with in the next call. Where they go stands in
`progress`, as a thread may play several calls without Python (see `sharing`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from simarena.env.kernel.sources import CACHE_FOLDER
from simarena.jit.decorators import inner, kernel
from simarena.jit.memory import address_of, copy_row, store_number, store_truth

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from simarena.env.records.bank import Told
    from simarena.env.records.seats import AnySeat

OBSERVATIONS = 8
"""Column of the last row of `progress`: the address of an array, as below; 0: nobody asks."""
EPISODES = 9
REWARDS = 10
TERMINATED = 11
TRUNCATED = 12


@kernel(cached_in=CACHE_FOLDER)
def ask_for(progress: NDArray[np.int64], told: Told) -> int:
    """Write down where the results of the next call go; return 0."""
    asked = progress[progress.shape[0] - 1]
    asked[OBSERVATIONS] = address_of(told.observations)
    asked[EPISODES] = address_of(told.episodes)
    asked[REWARDS] = address_of(told.rewards)
    asked[TERMINATED] = address_of(told.terminated)
    asked[TRUNCATED] = address_of(told.truncated)
    return 0


@inner
def tell(seat: AnySeat, env: int) -> None:
    """Copy what an environment shows now to where that is asked for, if it is."""
    episode = seat.episodes[env]
    asked = seat.progress[seat.progress.shape[0] - 1]
    if asked[OBSERVATIONS] == 0:
        return
    copy_row(seat.observations, env, asked[OBSERVATIONS])
    copy_row(seat.episodes, env, asked[EPISODES])
    store_number(episode["reward"], env, asked[REWARDS])
    store_truth(episode["terminated"], env, asked[TERMINATED])
    store_truth(episode["truncated"], env, asked[TRUNCATED])
