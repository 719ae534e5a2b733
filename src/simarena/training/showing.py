"""One episode, or one step of it, as it happens."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from gymnasium.vector import AutoresetMode

from simarena.agents.networks import MASKS
from simarena.env import DeploymentVectorEnv
from simarena.evaluation.words import plain
from simarena.training.players import player

if TYPE_CHECKING:
    from collections.abc import Iterator

    from simarena.env import Scenario
    from simarena.simkube.env import SimKubeVectorEnv


class Step(NamedTuple):
    """One step: what was seen, what was done, and what came of it."""

    before: dict[str, Any]
    action: int
    reward: float
    after: dict[str, Any]


def state_of(scenario: Scenario) -> dict[str, Any]:
    """Return what is seen of a scenario once its `duration_s` have passed without any action."""
    env = DeploymentVectorEnv(1, scenarios=(scenario,))
    _, infos = env.reset(seed=0)
    env.close()
    return plain(infos)


def play_episode(
    source: str,
    scenario: Scenario,
    game: dict[str, Any],
    seed: int,
    live: SimKubeVectorEnv | None = None,
) -> Iterator[Step]:
    """Yield the steps of an episode of the agent at `source`, until it is over.

    It is played in virtual time, or in `live`, one cluster that plays this scenario.
    """
    env: DeploymentVectorEnv | SimKubeVectorEnv = live or DeploymentVectorEnv(
        1, scenarios=(scenario,), autoreset_mode=AutoresetMode.DISABLED, **game
    )
    agent = player(source, env, game, seed)
    agent.study((scenario,))
    observations, infos = env.reset(seed=seed)
    agent.begin(1, seed)
    playing = np.ones(1, dtype=np.bool_)
    while playing[0]:
        before = plain(infos)
        if agent.needs_masks:
            infos = infos | {MASKS: env.action_masks()}
        actions = agent.act_batch(observations, infos)
        observations, rewards, terminated, truncated, infos = env.step(actions)
        finished = terminated | truncated
        agent.learn_batch(actions, rewards, playing=playing, finished=finished)
        yield Step(before, int(actions[0]), float(rewards[0]), plain(infos))
        playing = ~finished
    env.close()
