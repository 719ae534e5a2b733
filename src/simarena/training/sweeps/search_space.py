"""Settings written as text: `gamma=0.99`, and ranges of them: `learning_rate=log:1e-4..1e-2`."""

from __future__ import annotations

import re
from dataclasses import dataclass, fields
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Final, Self

from simarena.checks.declared import used_for
from simarena.errors import ConfigError, UnknownNameError
from simarena.training.settings import FIXED, TrainSettings

if TYPE_CHECKING:
    from collections.abc import Sequence

    from optuna.trial import Trial

_SHORT_NUMBER: Final = re.compile(r"[^eE]{1,40}([eE][+-]?\d{1,3})?")
_TYPES: Final = {field.name: str(field.type) for field in fields(TrainSettings)}
_FIXED: Final = frozenset(used_for(TrainSettings, FIXED))


def parse_setting(text: str) -> tuple[str, Any]:
    """Return name and value of a setting written as `name=value`; widths are written as 64-64.

    Raises:
        ConfigError: it is not written so, or the value is of the wrong kind.
        UnknownNameError: there is no setting of that name.
    """
    name, equals, value = text.partition("=")
    if not equals:
        message = f"{text!r}: write a setting as name=value"
        raise ConfigError(message)
    name = name.strip().replace("-", "_")
    if name not in _TYPES:
        raise UnknownNameError("setting", name, _TYPES)  # noqa: EM101 a kind, not a message
    return name, _value(name, value.strip())


def write_setting(value: object) -> str:
    """Return a value as `parse_setting` reads it."""
    if isinstance(value, (tuple, list)):
        return "-".join(str(each) for each in value)
    return f"{value:.6g}" if isinstance(value, float) else str(value)


@dataclass(frozen=True, slots=True)
class Parameter:
    """A setting to search: from `low` to `high`, or one of `choices`."""

    name: str
    low: Any = None
    high: Any = None
    is_log: bool = False
    choices: tuple[Any, ...] = ()

    @classmethod
    def parse(cls, text: str) -> Self:
        """Return what `name=low..high`, `name=log:low..high` or `name=one,other` means.

        Raises:
            ConfigError: it is not written so, or nothing can be searched there.
            UnknownNameError: there is no setting of that name.
        """
        name, equals, space = text.partition("=")
        name, space = name.strip().replace("-", "_"), space.strip()
        if name not in _TYPES or name in _FIXED:
            raise UnknownNameError("setting to search", name, set(_TYPES) - _FIXED)  # noqa: EM101, TRY003
        if not equals or not space:
            message = f"{text!r}: write it as name=low..high, name=log:low..high or name=one,other"
            raise ConfigError(message)
        if ".." not in space:
            choices = tuple(dict.fromkeys(_value(name, each.strip()) for each in space.split(",")))
            if len(choices) < 2:  # noqa: PLR2004 one choice is none
                message = f"{text!r}: one value is nothing to search; give it with --set"
                raise ConfigError(message)
            return cls(name, choices=choices)
        is_log = space.startswith("log:")
        low, _, high = space.removeprefix("log:").partition("..")
        least, most = _value(name, low), _value(name, high)
        if not isinstance(least, (int, float)) or not least < most or (is_log and least <= 0):
            message = (
                f"{text!r}: a range goes from a smaller number to a larger one"
                f"{', above 0 on a log scale' if is_log else ''}"
            )
            raise ConfigError(message)
        return cls(name, least, most, is_log)

    def ends(self) -> Sequence[Any]:
        """Return the values that stand for all: the ends of the range, or every choice."""
        return self.choices or (self.low, self.high)

    def suggest(self, trial: Trial) -> Any:  # noqa: ANN401 - as the setting has it
        """Return the value that the study proposes for `trial`."""
        if self.choices:
            written = trial.suggest_categorical(self.name, [write_setting(c) for c in self.choices])
            return _value(self.name, str(written))
        if isinstance(self.low, int):
            return trial.suggest_int(self.name, self.low, self.high, log=self.is_log)
        return trial.suggest_float(self.name, self.low, self.high, log=self.is_log)


def parse_space(texts: Sequence[str], base: dict[str, Any]) -> list[Parameter]:
    """Return the parameters that `texts` name; all their ends make settings together with `base`.

    Raises:
        ConfigError: there is none, one comes twice, or an end is out of bounds.
        UnknownNameError: a setting does not exist.
    """
    space = [Parameter.parse(text) for text in texts]
    names = [each.name for each in space]
    if not space:
        message = "there is nothing to search; say what with --param learning_rate=log:1e-4..1e-2"
        raise ConfigError(message)
    for name in names:
        if names.count(name) > 1 or name in base:
            message = f"setting {name!r} is given twice; leave one of them out"
            raise ConfigError(message)
    for each in space:
        for end in each.ends():
            TrainSettings.for_agent(**base | {each.name: end})
    return space


def _value(name: str, text: str) -> Any:  # noqa: ANN401 - as the setting has it
    kind = _TYPES[name]
    try:
        if kind.startswith("tuple[int"):
            return tuple(int(each) for each in text.split("-"))
        if kind.startswith("tuple[str"):
            return tuple(text.split(";"))
        if kind.startswith("int"):
            # A power of ten such as e999999999 would fill memory.
            number = Fraction(text if _SHORT_NUMBER.fullmatch(text) else "no number")
            return int(text) if number.denominator > 1 else int(number)
        if kind.startswith("float"):
            return float(text)
    except (ValueError, ArithmeticError) as error:
        what = {"t": "widths such as 64-64", "i": "a whole number", "f": "a number"}[kind[0]]
        message = f"{name}={text}: {name} is {what}"
        raise ConfigError(message) from error
    return text
