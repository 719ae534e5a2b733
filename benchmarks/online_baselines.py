"""What the baselines of `SimArena/Online-v0` earn: the table of `docs/online.md`.

    python benchmarks/online_baselines.py

192 episodes of an hour on each named profile, begun anywhere in it, with 5 % noise on the load. All
baselines play the same 768 episodes, so what one earns more than another is told by pairs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from simarena.agents.right_sizing import RightSizingAgent
from simarena.env.online import PROFILES, Hpa, OnlineVectorEnv
from simarena.evaluation.statistics import mean_of_runs

if TYPE_CHECKING:
    from numpy.typing import NDArray

EPISODES = 192
SEED = 1_000
TARGETS = (40, 50, 60, 65, 70, 75, 80, 85, 90)


class Played(NamedTuple):
    """Means of a step over each episode; episode i is of profile i modulo their number."""

    reward: NDArray[np.float64]
    served: NDArray[np.float64]
    cost: NDArray[np.float64]


def play(
    hpa: Hpa | None = None, agent: RightSizingAgent | None = None, episodes: int = EPISODES
) -> Played:
    """Return what comes of so many episodes on each profile."""
    num_envs = episodes * len(PROFILES)
    envs = OnlineVectorEnv(num_envs, hpa=hpa, sampling="cycle", noise=0.05, random_start=True)
    observations, infos = envs.reset(seed=SEED)
    totals = np.zeros((3, num_envs))
    for _ in range(envs.options.max_steps):
        actions = np.zeros(num_envs, np.int64)
        if agent is not None:
            actions = agent.act_batch(observations, infos)
        observations, reward, _, _, infos = envs.step(actions)
        totals += (reward, infos["served"], infos["cost"])
    return Played(*(totals / envs.options.max_steps))


def within(values: NDArray[np.float64], digits: int, factor: float = 1.0, unit: str = "") -> str:
    """Return the mean with half the width of its 95 % interval."""
    mean = mean_of_runs(factor * values)
    text = f"{mean.value:.{digits}f}{unit}"
    return text if np.isnan(mean.low) else f"{text} ± {(mean.high - mean.low) / 2:.{digits}f}"


def row(name: str, played: Played, default: Played) -> str:
    """Return a line of the table."""
    profiles = played.reward.reshape(-1, len(PROFILES)).T
    more = played.reward - default.reward
    cells = [
        name,
        within(played.reward, 3),
        "–" if not more.any() else within(more, 4),
        within(played.served, 1, 100, " %"),
        within(played.cost, 2),
        *(within(each, 3) for each in profiles),
    ]
    return f"| {' | '.join(cells)} |"


def table(episodes: int = EPISODES) -> str:
    """Return the table."""
    default = play(Hpa(), episodes=episodes)
    than = f"more than HPA at {Hpa().target_percent} %"
    titles = ["baseline", "reward", than, "served", "cost", *PROFILES]
    lines = [f"| {' | '.join(titles)} |", f"|{' --- |' * len(titles)}"]
    lines.append(row("fixed: 8 replicas", play(episodes=episodes), default))
    for percent in TARGETS:
        played = play(Hpa(target_percent=percent), episodes=episodes)
        lines.append(row(f"HPA at {percent} %", played, default))
    lines.append(row("right-sizing", play(agent=RightSizingAgent(), episodes=episodes), default))
    return "\n".join(lines)


if __name__ == "__main__":
    print(table())
