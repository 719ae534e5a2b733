"""Repair Deployments in a Gymnasium loop, at random, and say how often that worked."""

from __future__ import annotations

import gymnasium

import simarena  # noqa: F401 - makes the environment known to Gymnasium

EPISODES = 20


def main() -> None:
    """Play some episodes of the fourteen classic scenarios."""
    env = gymnasium.make("SimArena/Deployment-v0", scenarios="classic", reward="shaped")
    env.action_space.seed(0)
    num_solved = 0
    for episode in range(EPISODES):
        _, info = env.reset(seed=episode)
        finished = False
        while not finished:
            _, _, terminated, truncated, info = env.step(env.action_space.sample())
            finished = terminated or truncated
        num_solved += bool(info["solved"])
    print(f"random actions solved {num_solved} of {EPISODES} episodes")


if __name__ == "__main__":
    main()
