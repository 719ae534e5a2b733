"""Every action but "nothing" costs a network something while it trains."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("stable_baselines3")

from simarena.env import DeploymentVectorEnv, Sb3VecEnv
from simarena.training.priced_actions import PricedActions


def made() -> Sb3VecEnv:
    return Sb3VecEnv(DeploymentVectorEnv(3, scenarios="classic", autoreset_mode="SameStep"))


def test_the_price_is_taken_off_and_all_else_stays() -> None:
    plain, priced = made(), PricedActions(made(), 0.25)
    plain.seed(7)
    priced.seed(7)
    np.testing.assert_array_equal(plain.reset(), priced.reset())
    actions = np.array([0, 4, 6])
    expected, found = plain.step(actions), priced.step(actions)
    np.testing.assert_array_equal(found[0], expected[0])
    np.testing.assert_allclose(found[1], expected[1] - np.array([0, 0.25, 0.25]), atol=1e-6)
    np.testing.assert_array_equal(found[2], expected[2])
    assert found[1].dtype == np.float32


def test_masks_are_still_found() -> None:
    contrib = pytest.importorskip("sb3_contrib.common.maskable.utils")
    priced = PricedActions(made(), 0.25)
    priced.reset()
    assert contrib.is_masking_supported(priced)
    assert contrib.get_action_masks(priced).shape == (3, 7)
