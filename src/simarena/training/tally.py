"""Episodes counted while a batch of environments is played, and the rows of metrics they make."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


class Tally:
    """Returns and lengths of the episodes under way, and what has finished since the last row."""

    def __init__(self, num_envs: int, episodes: int = 0) -> None:
        self.episodes = episodes
        self._returns: NDArray[np.float64] = np.zeros(num_envs)
        self._lengths: NDArray[np.int64] = np.zeros(num_envs, dtype=np.int64)
        self._finished: list[tuple[float, int, bool]] = []  # return, length, solved

    def restart(self) -> None:
        """Forget the episodes under way: all environments were reset."""
        self._returns[:] = 0.0
        self._lengths[:] = 0

    def add(
        self, rewards: NDArray[Any], finished: NDArray[np.bool_], cut: NDArray[np.bool_]
    ) -> None:
        """Take in one step of all environments; `cut` are finished without being solved."""
        self._returns += rewards
        self._lengths += 1
        for index in np.flatnonzero(finished):
            self._finished.append(
                (float(self._returns[index]), int(self._lengths[index]), not cut[index])
            )
            self._returns[index] = 0.0
            self._lengths[index] = 0
            self.episodes += 1

    def take(self) -> dict[str, Any]:
        """Return the means over the episodes finished since the last call, if there are any."""
        if not self._finished:
            return {}
        returns, lengths, solved = zip(*self._finished, strict=True)
        self._finished.clear()
        return {
            "num_finished": len(returns),
            "return_mean": float(np.mean(returns)),
            "length_mean": float(np.mean(lengths)),
            "solved_rate": float(np.mean(solved)),
        }
