from __future__ import annotations

import pytest

from simarena.env.kernel.deployment.rewards import (
    cost_aware_reward,
    guided_reward,
    max_punish_reward,
    scale_reward,
    shaped_reward,
)

GI = 2**30
MI = 2**20


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        ((0, 3, 3, 3), -0.1 * 3 - 0.05 * 3),
        ((5, 0, 5, 3), -0.1 * 2 - 0.15 * 2),
        ((1, 0, 1, 3), -0.1 * 2 - 0.08 * 2),
        ((0, 30, 30, 3), -1.0),
        ((3, 0, 3, 3), 0.0),  # all pods are there, and something else is wrong
    ],
)
def test_shaped(counts: tuple[int, int, int, int], expected: float) -> None:
    assert shaped_reward(False, *counts) == pytest.approx(expected, abs=1e-12)
    assert shaped_reward(True, *counts) == 1.0


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        ((3, 3, 3), -0.02),
        ((0, 5, 3), -0.14),
        ((1, 2, 4), -0.02 / 4 - 0.03 * 2 / 4),
        ((0, 30, 3), -1.0),
    ],
)
def test_scale(counts: tuple[int, int, int], expected: float) -> None:
    assert scale_reward(False, *counts) == pytest.approx(expected, abs=1e-12)
    assert scale_reward(True, *counts) == 1.0


@pytest.mark.parametrize(
    ("cpu_milli", "memory_bytes", "replicas", "expected"),
    [
        (16_000, 32 * GI, 100, 1.0),
        (16_001, 32 * GI, 100, 0.5),
        (16_001, 32 * GI + 1, 100, 0.0),
        (16_001, 32 * GI + 1, 101, -0.5),
    ],
)
def test_max_punish(cpu_milli: int, memory_bytes: int, replicas: int, expected: float) -> None:
    assert max_punish_reward(True, cpu_milli, memory_bytes, replicas) == expected
    assert max_punish_reward(False, cpu_milli, memory_bytes, replicas) == expected - 1


@pytest.mark.parametrize(
    ("ready", "num_steps", "expected"),
    [(4, 0, -0.1), (4, 3, -0.19), (1, 0, -0.25), (0, 15, -0.75), (0, 40, -0.75), (9, 1, -0.13)],
)
def test_guided_costs_more_the_more_is_missing(ready: int, num_steps: int, expected: float) -> None:
    assert guided_reward(False, ready, 4, num_steps) == pytest.approx(expected)
    assert guided_reward(True, ready, 4, num_steps) == 1.0


def test_cost_aware_at_the_goal_only_pays_penalties() -> None:
    assert cost_aware_reward(True, 3, 0, 3, 3, 9_000, GI, False, 0.0) == 0.0
    assert cost_aware_reward(True, 3, 0, 3, 3, 9_000, GI, False, 0.05) == pytest.approx(-0.05)
    assert cost_aware_reward(True, 3, 0, 3, 3, 9_000, GI, True, 0.05) == pytest.approx(-0.17)


def test_cost_aware_with_pods_pending() -> None:
    # r/t = 1/4, p/t = 2/4, one pod missing of four; C = 4000m, so x_c = 1500/3500; x_m = 0.
    health = (1 / 4) ** 2 - 0.85 * 2 / 4 - 0.75 * 1 / 4
    expected = health - 0.08 * 0.45 * 1_500 / 3_500 - 1
    assert expected < -1
    assert cost_aware_reward(False, 1, 2, 3, 4, 2_000, 256 * MI, False, 0.0) == -1.0
    # r/t = 3/4 with one pending is above the floor: 0.5625 - 0.2125 - 1 - 0.08 * cost.
    value = cost_aware_reward(False, 3, 1, 4, 4, 2_000, 256 * MI, False, 0.0)
    assert value == pytest.approx(0.5625 - 0.2125 - 1 - 0.08 * 0.45 * 1_500 / 3_500)


def test_cost_aware_with_too_many_healthy_pods() -> None:
    # One of four too many; memory at a quarter of the way from 256Mi to 8Gi.
    memory_bytes = 256 * MI + (8 * GI - 256 * MI) // 4
    cost = 0.45 * 0.25 + 0.60 * 0.25
    value = cost_aware_reward(False, 5, 0, 5, 4, 500, memory_bytes, False, 0.0)
    assert value == pytest.approx(0.9 - 0.6 * cost - 1)


def test_cost_aware_with_pods_missing_but_none_pending() -> None:
    value = cost_aware_reward(False, 3, 0, 3, 4, 500, 256 * MI, True, 0.01)
    assert value == pytest.approx(0.5625 - 0.1875 - 1 - 0.01 - 0.12)
