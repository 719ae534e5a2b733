"""What the baselines of `SimArena/Online-v0` earn: the table of `docs/online.md`.

    python benchmarks/online_baselines.py

Eight episodes of an hour on each named profile, begun anywhere in it, with 5 % noise on the load.
"""

from __future__ import annotations

import numpy as np

from simarena.agents.right_sizing import RightSizingAgent
from simarena.env.online import PROFILES, Hpa, OnlineVectorEnv

EPISODES = 8
SEED = 1_000


def play(hpa: Hpa | None = None, agent: RightSizingAgent | None = None) -> str:
    """Return mean reward, share served, cost, and the reward of each profile, as a table's row."""
    num_envs = EPISODES * len(PROFILES)
    envs = OnlineVectorEnv(num_envs, hpa=hpa, sampling="cycle", noise=0.05, random_start=True)
    observations, infos = envs.reset(seed=SEED)
    rewards, served, cost = [], [], []
    for _ in range(envs.options.max_steps):
        actions = np.zeros(num_envs, np.int64)
        if agent is not None:
            actions = agent.act_batch(observations, infos)
        observations, reward, _, _, infos = envs.step(actions)
        rewards.append(reward)
        served.append(infos["served"])
        cost.append(infos["cost"])
    by_profile = np.mean(rewards, axis=0).reshape(EPISODES, len(PROFILES)).mean(axis=0)
    figures = [f"{np.mean(rewards):.3f}", f"{np.mean(served):.1%}", f"{np.mean(cost):.2f}"]
    return " | ".join(figures + [f"{value:.3f}" for value in by_profile])


def main() -> None:
    """Print the table."""
    print(f"| baseline | reward | served | cost | {' | '.join(PROFILES)} |")
    print(f"| {' | '.join(['---'] * (4 + len(PROFILES)))} |")
    print(f"| fixed: 8 replicas | {play()} |")
    for percent in (40, 50, 60, 65, 70, 80):
        print(f"| HPA at {percent} % | {play(Hpa(target_percent=percent))} |")
    print(f"| right-sizing | {play(agent=RightSizingAgent())} |")


if __name__ == "__main__":
    main()
