"""Files of prices: read, and refused with where and what."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from simarena.benchmark.prices import price_text, read_prices
from simarena.errors import ConfigError

if TYPE_CHECKING:
    from pathlib import Path


def test_tokens_of_a_cache_cost_like_others_where_nothing_is_said(tmp_path: Path) -> None:
    path = tmp_path / "prices.yaml"
    path.write_text(
        "a/b: {input: 0.25, output: 2}\nc/d: {input: 1, output: 5, input_cache_read: 0.1}"
    )
    prices = read_prices(path)
    assert prices["a/b"]["input_cache_read"] == prices["a/b"]["input_cache_write"] == 0.25
    assert (prices["c/d"]["input_cache_read"], prices["c/d"]["input_cache_write"]) == (0.1, 1)
    assert price_text(prices["a/b"]) == "$0.25 in, $2 out, for a million tokens"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "names no model"),
        ("[1]", "names no model"),
        ("a: [", "a file of prices is YAML or JSON"),
        ("a/b: 3", "a/b: give input and output"),
        ("a/b: {input: 3}", "a/b: give input and output"),
        ("a/b: {input: 3, output: 1, reasoning: 2}", "of the rest only"),
        ("a/b: {input: -1, output: 1}", "input must be dollars"),
        ("a/b: {input: cheap, output: 1}", "got 'cheap'"),
        ("a/b: {input: .nan, output: 1}", "input must be dollars"),
        ("a/b: {input: true, output: 1}", "input must be dollars"),
    ],
)
def test_what_are_no_prices_is_said_in_a_line(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "prices.yaml"
    path.write_text(text)
    with pytest.raises(ConfigError, match=said) as caught:
        read_prices(path)
    assert "\n" not in str(caught.value)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"nowhere\.yaml"):
        read_prices(tmp_path / "nowhere.yaml")
