"""All settings of a benchmark run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Self

from simarena.benchmark.prices import checked_prices
from simarena.benchmark.rules import Rules, require_within
from simarena.benchmark.selection import Selection
from simarena.checks.plain_fields import check_plain_fields
from simarena.errors import ConfigError

if TYPE_CHECKING:
    from simarena.benchmark.prices import Prices

DEFAULT_AGENTS: Final = ("random", "blind", "rules", "oracle")
"""Who stands beside the models where nobody else is named."""

_BOUNDS: Final = (
    ("epochs", 1, 10_000),
    ("temperature", 0, 100),
    ("max_tokens", 1, 10**9),
    ("max_retries", 0, 10_000),
    ("timeout_s", 1, 7 * 86_400),
    ("max_connections", 1, 10_000),
    ("token_limit", 1, 10**12),
    ("time_limit_s", 1, 365 * 86_400),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class BenchSettings:
    """Who plays what, how often, and how patiently."""

    models: tuple[str, ...] = ()
    """Models, by the names that Inspect gives them."""

    agents: tuple[str, ...] = DEFAULT_AGENTS
    """Agents without a language model: names, runs' folders, import paths."""

    selection: Selection = field(default_factory=Selection)
    rules: Rules = field(default_factory=Rules)

    epochs: int = 1
    """How often everybody plays each scenario."""

    base_url: str | None = None
    """Where the models are reached, if not where their providers have them."""

    prices: Prices | None = None
    """What tokens cost; None: costs are not known."""

    temperature: float | None = None
    max_tokens: int | None = None
    """Most tokens of one answer."""

    max_retries: int = 5
    """How often a request is sent again that a provider or the network refused."""

    timeout_s: int = 120
    """How long an answer may take before its request is sent again."""

    max_connections: int = 10
    """Requests under way at once, for each model."""

    token_limit: int | None = None
    """Most tokens of an episode."""

    time_limit_s: int | None = None
    """Most seconds of an episode, without those in which refused requests wait to be sent again."""

    def __post_init__(self) -> None:
        """Refuse settings that no run could use."""
        check_plain_fields(self)
        if not self.models and not self.agents:
            message = "nobody plays; name a model with --model or an agent with --agent"
            raise ConfigError(message)
        for names in (self.models, self.agents):
            repeated = [name for name in names if names.count(name) > 1]
            if repeated:
                message = f"{repeated[0]} is named twice; name everybody once"
                raise ConfigError(message)
        for name, least, most in _BOUNDS:
            require_within(name, getattr(self, name), least, most)

    @classmethod
    def of(cls, values: object) -> Self:
        """Return the settings whose `to_json` these values are.

        Raises:
            ConfigError: they are not, or no run could use them.
        """
        if not isinstance(values, Mapping):
            message = "settings that are no map of names; begin a new run"
            raise ConfigError(message)
        known = {each.name for each in fields(cls)}
        if unknown := sorted(set(values) - known):
            message = f"settings of another release: {unknown[0]!r} is not known; begin a new run"
            raise ConfigError(message)
        given = dict(values)
        try:
            given["selection"] = Selection.of(given.get("selection") or {})
            given["rules"] = Rules(**given.get("rules") or {})
            for name in ("models", "agents"):
                given[name] = tuple(given.get(name) or ())
            if given.get("prices") is not None:
                checked_prices("prices", given["prices"])
            return cls(**given)
        except TypeError as error:
            message = f"settings that no run could use ({error}); begin a new run"
            raise ConfigError(message) from error

    def to_json(self) -> dict[str, Any]:
        """Return the settings as JSON can hold them."""
        plain = {each.name: getattr(self, each.name) for each in fields(self)}
        return plain | {
            "models": list(self.models),
            "agents": list(self.agents),
            "selection": self.selection.to_json(),
            "rules": self.rules.to_json(),
        }

    def located(self) -> Self:
        """Return the settings with files named as they can be found from anywhere."""
        return replace(
            self,
            selection=self.selection.located(),
            agents=tuple(
                str(Path(name).absolute()) if Path(name).is_dir() else name for name in self.agents
            ),
        )

    def task_arguments(self) -> dict[str, Any]:
        """Return the arguments of the Inspect task that play by these settings."""
        chosen = asdict(self.selection) | asdict(self.rules) | {"epochs": self.epochs}
        return {
            name: list(value) if isinstance(value, tuple) else value
            for name, value in chosen.items()
            if value not in {None, ()}
        }
