"""A HorizontalPodAutoscaler against a fixed allocation, on a day and on spikes of load."""

from __future__ import annotations

import numpy as np

from simarena.env.online import Hpa, OnlineVectorEnv

PROFILES = ("daily", "spikes")


def played(hpa: Hpa | None) -> tuple[float, float, float]:
    """Return mean reward, share of requests served and cost of an hour without any action."""
    envs = OnlineVectorEnv(len(PROFILES), profile=PROFILES, hpa=hpa, sampling="cycle")
    envs.reset(seed=0)
    rows = []
    for _ in range(envs.options.max_steps):
        _, rewards, _, _, infos = envs.step(np.zeros(len(PROFILES), np.int64))
        rows.append((rewards.mean(), infos["served"].mean(), infos["cost"].mean()))
    reward, served, cost = np.mean(rows, axis=0)
    return float(reward), float(served), float(cost)


def main() -> None:
    """Print a line for the fixed allocation and one for each target of the autoscaler."""
    candidates: dict[str, Hpa | None] = {"fixed allocation": None}
    candidates |= {f"HPA at {percent} %": Hpa(target_percent=percent) for percent in (50, 70)}
    for name, hpa in candidates.items():
        reward, served, cost = played(hpa)
        print(f"{name:16}  reward {reward:.3f}  served {served:6.1%}  cost {cost:.2f}")


if __name__ == "__main__":
    main()
