"""Repair a cluster of several Deployments with random actions that no limit forbids."""

from __future__ import annotations

import numpy as np

from simarena.env.fleet import ClusterEnv


def main() -> None:
    """Play one generated scenario and say how healthy it was and became."""
    env = ClusterEnv(num_scenarios=1, num_workloads=4, max_steps=100)
    rng = np.random.default_rng(0)
    _, info = env.reset(seed=0)
    print(f"healthy at first: {info['healthy']} of {info['workloads']}")
    best, finished = 0, False
    while not finished:
        allowed = np.flatnonzero(env.action_masks())
        _, _, terminated, truncated, info = env.step(int(rng.choice(allowed)))
        best = max(best, info["healthy"])
        finished = terminated or truncated
    print(f"most at once, with random actions: {best}; all healthy: {info['solved']}")


if __name__ == "__main__":
    main()
