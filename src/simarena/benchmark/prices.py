"""What tokens cost: read from a file, told to Inspect, and said in reports."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, TypeAlias

from simarena.errors import ConfigError, ManifestError, StorageError
from simarena.files.yaml_nodes import read_values

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

Prices: TypeAlias = "dict[str, dict[str, float]]"
"""Dollars for a million tokens of each kind, by the name of the model."""

_MAX_BYTES: Final = 16 << 20
_MOST_DOLLARS: Final = 1_000_000
_KINDS: Final = ("input", "output", "input_cache_write", "input_cache_read")


def read_prices(path: Path) -> Prices:
    """Return the prices of models in the file at `path`.

    The file is YAML or JSON, as Inspect's `--model-cost-config` takes it: under the name of each
    model `input` and `output`, and where it differs from `input` also `input_cache_write` and
    `input_cache_read`, in dollars for a million tokens.

    Raises:
        ConfigError: the file cannot be read, or is none of prices.
    """
    try:
        documents = read_values(path, _MAX_BYTES)
    except (StorageError, ManifestError) as error:
        message = f"{error}; a file of prices is YAML or JSON"
        raise ConfigError(message) from error
    return checked_prices(str(path), documents[0] if len(documents) == 1 else None)


def checked_prices(where: str, found: object) -> Prices:
    """Return prices as they were read; `where` begins what is said of them.

    Raises:
        ConfigError: they are none.
    """
    if not isinstance(found, dict) or not found:
        message = f"{where}: names no model; write PROVIDER/NAME: {{input: ..., output: ...}}"
        raise ConfigError(message)
    return {str(name): _price(f"{where}: {name}", values) for name, values in found.items()}


def tell_inspect(prices: Prices) -> None:
    """Let Inspect count costs with these prices, in this process."""
    from inspect_ai.model import (
        ModelCost,
        ModelInfo,
        get_model_info,
        set_model_cost,
        set_model_info,
    )

    for name, price in prices.items():
        if get_model_info(name) is None:
            set_model_info(name, ModelInfo())
        set_model_cost(name, ModelCost(**price))


def price_text(price: Mapping[str, float]) -> str:
    """Return a price in words."""
    return f"${price['input']:g} in, ${price['output']:g} out, for a million tokens"


def _price(where: str, values: Any) -> dict[str, float]:  # noqa: ANN401 - as read
    if not isinstance(values, dict) or not {"input", "output"} <= set(values) <= set(_KINDS):
        message = f"{where}: give input and output, and of the rest only {', '.join(_KINDS[2:])}"
        raise ConfigError(message)
    for kind, value in values.items():
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        if not is_number or not 0 <= value < _MOST_DOLLARS:
            message = f"{where}: {kind} must be dollars for a million tokens, got {value!r}"
            raise ConfigError(message)
    return {kind: float(values[kind if kind in values else "input"]) for kind in _KINDS}
