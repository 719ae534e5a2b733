"""What tokens cost: read from a file, told to Inspect, and said in reports."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import yaml

from simarena.errors import ConfigError

if TYPE_CHECKING:
    from inspect_ai.model import ModelCost

_MOST_DOLLARS: Final = 1_000_000
_KEYS: Final = ("input", "output", "input_cache_write", "input_cache_read")


def load_prices(path: str) -> dict[str, ModelCost]:
    """Return the prices of models in the file at `path`, and let Inspect count with them.

    The file is YAML or JSON, as Inspect's `--model-cost-config` takes it: under the name of each
    model `input` and `output`, and where it differs from `input` also `input_cache_write` and
    `input_cache_read`, in dollars for a million tokens.

    Raises:
        ConfigError: the file cannot be read, or is none of prices.
    """
    from inspect_ai.model import ModelInfo, get_model_info, set_model_cost, set_model_info

    try:
        found = yaml.safe_load(Path(path).read_text("utf-8"))
    except (OSError, ValueError, yaml.YAMLError, RecursionError) as error:
        reason = " ".join(str(error).split())
        message = f"{path}: cannot be read as a file of prices ({reason}); mend it"
        raise ConfigError(message) from error
    if not isinstance(found, dict) or not found:
        message = f"{path}: names no model; write PROVIDER/NAME: {{input: ..., output: ...}}"
        raise ConfigError(message)
    prices = {str(name): _price(path, name, values) for name, values in found.items()}
    for name, price in prices.items():
        if get_model_info(name) is None:
            set_model_info(name, ModelInfo())
        set_model_cost(name, price)
    return prices


def price_text(price: ModelCost) -> str:
    """Return a price in words."""
    return f"${price.input:g} in, ${price.output:g} out, for a million tokens"


def _price(path: str, name: object, values: Any) -> ModelCost:  # noqa: ANN401 - as read
    from inspect_ai.model import ModelCost

    where = f"{path}: {name}"
    if not isinstance(values, dict) or not {"input", "output"} <= set(values) <= set(_KEYS):
        message = f"{where}: give input and output, and of the rest only {', '.join(_KEYS[2:])}"
        raise ConfigError(message)
    for key, value in values.items():
        if (
            isinstance(value, bool)
            or not isinstance(value, int | float)
            or not 0 <= value < _MOST_DOLLARS
        ):
            message = f"{where}: {key} must be dollars for a million tokens, got {value!r}"
            raise ConfigError(message)
    filled = {key: float(values[key if key in values else "input"]) for key in _KEYS}
    return ModelCost(**filled)
