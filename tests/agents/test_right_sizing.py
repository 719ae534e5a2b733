from __future__ import annotations

import numpy as np

from simarena.agents.right_sizing import RightSizingAgent
from simarena.env.online import LoadProfile, OnlineVectorEnv
from simarena.trace import Action


def infos(step: int, cpu_used: int, memory_used: int, cpu: int, memory: int) -> dict[str, object]:
    return {
        "step": np.array([step]),
        "cpu_used_milli": np.array([cpu_used]),
        "memory_used_bytes": np.array([memory_used]),
        "cpu_milli": np.array([cpu]),
        "memory_bytes": np.array([memory]),
    }


def test_it_waits_until_it_has_seen_enough_and_then_goes_towards_usage() -> None:
    agent = RightSizingAgent(cpu_step_milli=100, memory_step_bytes=100, window=4)
    shown = np.zeros((1, 48), np.float32)
    assert agent.act_batch(shown, infos(0, 500, 500, 1000, 600)).tolist() == [Action.NOOP]
    assert agent.act_batch(shown, infos(1, 500, 500, 1000, 600)).tolist() == [Action.NOOP]
    # 15 % above usage: 575 of each.
    assert agent.act_batch(shown, infos(2, 500, 500, 1000, 600)).tolist() == [Action.DECREASE_CPU]
    assert agent.act_batch(shown, infos(3, 500, 500, 600, 600)).tolist() == [Action.NOOP]
    assert agent.act_batch(shown, infos(4, 500, 550, 600, 600)).tolist() == [Action.INCREASE_MEMORY]


def test_it_saves_on_a_level_load_without_losing_requests() -> None:
    envs = OnlineVectorEnv(1, profile=LoadProfile("level", (200.0,)), horizon_s=900)
    agent = RightSizingAgent()
    observations, seen = envs.reset(seed=0)
    for _ in range(90):
        actions = agent.act_batch(observations, seen)
        observations, _, _, _, seen = envs.step(actions)
    # 270 millicores and 400Mi used: requests end within a step of 310 millicores and 460Mi.
    assert seen["cpu_milli"].tolist() == [500]
    assert seen["cost"][0] < 0.6
    assert seen["served"][0] > 0.9
