"""Settings are refused before anything is touched."""

from __future__ import annotations

from dataclasses import fields
from typing import Any, get_args

import pytest

from simarena.checks.declared import declarations
from simarena.cluster.replay.kubelet_choice import KUBELETS
from simarena.errors import ConfigError, RunError
from simarena.training.named import KubeletName
from simarena.training.settings import TrainSettings

TRACE: dict[str, Any] = {
    "suite": None,
    "trace": "a.sktrace",
    "deploy": "web",
    "target": 3,
}


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"steps": 0}, "steps must be from 1"),
        ({"gamma": 1.5}, "gamma must be from 0"),
        ({"learning_rate": float("nan")}, "learning_rate must be"),
        ({"num_actions": 8}, "num_actions must be from 1 to 7"),
        ({"exploration_end": -0.1}, "exploration_end must be"),
        ({"seed": -1}, "seed must be from 0"),
        ({"net_arch": ()}, "net_arch must be"),
        ({"net_arch": (64, 0)}, "net_arch must be"),
        ({"net_arch": (999_999_999_999,)}, "net_arch must be up to 32 widths from 1 to 65536"),
        ({"net_arch": (64,) * 33}, "net_arch must be up to 32 widths"),
        ({"net_arch": (65_536,) * 3}, "net_arch would have 8,589,934,592 weights"),
        ({"net_arch": ("wide",)}, "net_arch must be a list, each of it a whole number"),
        ({"net_arch": 64}, "net_arch must be a list"),
        ({"gamma": 10**400}, "gamma must be a number"),
        (
            {"steps": 10**5_000},
            "steps must be a whole number of up to 64 bits, got a very large int",
        ),
        ({"agent": 5}, "agent must be text of up to .* got 5"),
        ({"agent": None}, "agent must be text of up to .* got None"),
        (TRACE | {"nodes": "2x4cpu,8Gi"}, "nodes must be a list, each of it text"),
        (TRACE | {"nodes": (5,)}, "nodes must be a list, each of it text"),
        ({"suite": None}, "either a suite or a trace"),
        ({"trace": "a.sktrace"}, "either a suite or a trace"),
        (TRACE | {"target": 0}, "target must be from 1"),
        (TRACE | {"target": None}, "--target"),
        (TRACE | {"deploy": None}, "--deploy"),
        (TRACE | {"nodes": ()}, "--nodes"),
    ],
)
def test_what_no_run_could_use_is_refused(values: dict[str, Any], said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        TrainSettings(**values)


def test_without_a_word_the_best_learner_learns_with_what_suits_it() -> None:
    assert TrainSettings.for_agent(None) == TrainSettings() == TrainSettings.for_agent("ppo")
    assert TrainSettings().agent == "ppo"
    sizes = {name: TrainSettings.for_agent(name).batch_size for name in ("ppo", "dqn", "qrdqn")}
    assert sizes == {"ppo": 512, "dqn": 256, "qrdqn": 256}


def test_settings_come_back_from_json() -> None:
    for settings in (TrainSettings(), TrainSettings(**TRACE, nodes=("1x4cpu,8Gi",), steps=7)):
        assert TrainSettings.from_json(settings.to_json(), "settings.json") == settings


@pytest.mark.parametrize(
    "value",
    [
        {"colour": "red"},
        {"steps": 0},
        {"steps": "many"},
        {"steps": None},
        {"steps": 1.5},
        {"num_envs": True},
        {"gamma": []},
        {"net_arch": ["wide"]},
        {"net_arch": [999_999_999_999]},
        {"steps": {"a": [[[[]]]]}},
        {5: 6, "colour": "red"},
        [],
        None,
    ],
)
def test_damaged_settings_are_said_in_a_line(value: object) -> None:
    with pytest.raises(RunError, match=r"^settings\.json: "):
        TrainSettings.from_json(value, "settings.json")


def test_every_setting_is_explained_in_a_sentence() -> None:
    declared = declarations(TrainSettings)
    assert list(declared) == [field.name for field in fields(TrainSettings)]
    assert all(each.says.endswith((".", "]")) for each in declared.values())


def test_every_number_has_bounds_that_hold_its_default() -> None:
    settings = TrainSettings()
    for name, each in declarations(TrainSettings).items():
        value = getattr(settings, name)
        if isinstance(value, int | float):
            assert each.least is not None, name
            assert each.most is not None, name
            assert each.least <= value <= each.most, name


def test_the_kubelets_are_those_that_there_are() -> None:
    assert get_args(KubeletName) == KUBELETS
