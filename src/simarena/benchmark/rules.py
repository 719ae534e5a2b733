"""The rules that a model plays by."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Final, Literal, get_args

from simarena.checks.plain_fields import check_plain_fields
from simarena.errors import ConfigError
from simarena.mcp import ScenarioSession

if TYPE_CHECKING:
    from simarena.env import Scenario

Answering = Literal["tool", "json"]

MAX_STRIKES: Final = 3
"""Answers in a row that lead to nothing, after which a model has given up."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What a model may do in an episode, and how it says what it does."""

    steps: int | None = None
    """Steps of an episode; None: as many as the scenario allows."""

    max_tool_rounds: int = 8
    """Answers that only look, before each step; then the model has to act."""

    answer: Answering = "tool"
    """`tool`: actions are calls of the tool `act`. `json`: they are written as
    `{"action_index": 3, "reasoning": "..."}`, and tools only look."""

    what_if: bool = False
    """Whether the model may try actions out on a copy of the cluster."""

    def __post_init__(self) -> None:
        """Refuse rules that nobody could play by."""
        check_plain_fields(self)
        require_within("steps", self.steps, 1, 1_000_000)
        require_within("max_tool_rounds", self.max_tool_rounds, 0, 1_000_000)
        if self.answer not in get_args(Answering):
            message = f"answer must be tool or json, got {self.answer!r}"
            raise ConfigError(message)

    def to_json(self) -> dict[str, Any]:
        """Return them as JSON can hold them."""
        return asdict(self)

    def session(self, scenario: Scenario) -> ScenarioSession:
        """Return a fresh episode of `scenario`."""
        return ScenarioSession(
            scenario, max_steps=self.steps, allow_what_if=self.what_if, ordinary=True
        )


def require_within(name: str, value: float | None, least: int, most: int) -> None:
    """Raise ConfigError for a setting that is given and outside of what makes sense."""
    if value is not None and not least <= value <= most:
        message = f"{name} must be from {least} to {most}, got {value}"
        raise ConfigError(message)
