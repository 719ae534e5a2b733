"""Settings and ranges as they are typed."""

from __future__ import annotations

import pytest

from simarena.errors import ConfigError, SimArenaError
from simarena.training.sweeps.search_space import (
    Parameter,
    parse_setting,
    parse_space,
    write_setting,
)


@pytest.mark.parametrize(
    ("text", "name", "value"),
    [
        ("gamma=0.9", "gamma", 0.9),
        ("batch-size=512", "batch_size", 512),
        ("steps=1e5", "steps", 100_000),
        ("net_arch=64-32", "net_arch", (64, 32)),
        ("reward=scale", "reward", "scale"),
        ("target=3", "target", 3),
    ],
)
def test_settings_are_read_and_written(text: str, name: str, value: object) -> None:
    assert parse_setting(text) == (name, value)
    assert parse_setting(f"{name}={write_setting(value)}") == (name, value)


def test_ranges_and_choices_are_read() -> None:
    assert Parameter.parse("gamma=0.9..0.99") == Parameter("gamma", 0.9, 0.99)
    assert Parameter.parse("learning_rate=log:1e-4..1e-2") == Parameter(
        "learning_rate", 1e-4, 1e-2, is_log=True
    )
    assert Parameter.parse("batch_size=64..512") == Parameter("batch_size", 64, 512)
    assert Parameter.parse("net_arch=64,64-64").choices == ((64,), (64, 64))


@pytest.mark.parametrize(
    ("texts", "said"),
    [
        ([], "nothing to search"),
        (["gama=0.9..1"], "did you mean 'gamma'"),
        (["seed=1..5"], "no setting to search 'seed'"),
        (["gamma"], "write it as name=low..high"),
        (["gamma=0.9"], "one value is nothing to search"),
        (["gamma=0.99..0.9"], "from a smaller number to a larger"),
        (["learning_rate=log:0..1"], "above 0 on a log scale"),
        (["gamma=0.9..2"], "gamma must be from 0.0 to 1.0"),
        (["batch_size=64..many"], "batch_size is a whole number"),
        (["batch_size=64,1.5"], "batch_size is a whole number"),
        (["net_arch=64,wide"], "net_arch is widths such as 64-64"),
        (["net_arch=64..128"], "from a smaller number"),
        (["gamma=0.9..1", "gamma=0.8..1"], "'gamma' is given twice"),
        (["num_epochs=1..2"], "'num_epochs' is given twice"),
        (["num_quantiles=8,64"], "num_quantiles must be from 1 to 32"),
    ],
)
def test_bad_spaces_are_one_line(texts: list[str], said: str) -> None:
    with pytest.raises(SimArenaError, match=said) as raised:
        parse_space(texts, {"agent": "dqn", "num_epochs": 3})
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize(
    "text",
    ["steps=1e999999999", "steps=1..1e999999999", "steps=10,1e999999999", "steps=" + "9" * 99],
)
def test_whole_numbers_that_would_fill_memory_are_no_whole_numbers(text: str) -> None:
    with pytest.raises(ConfigError, match="steps is a whole number"):
        Parameter.parse(text)
    with pytest.raises(ConfigError, match="steps is a whole number"):
        parse_setting("steps=1e999999999")


def test_short_powers_of_ten_are_whole_numbers() -> None:
    assert parse_setting("steps=3e5") == ("steps", 300_000)
