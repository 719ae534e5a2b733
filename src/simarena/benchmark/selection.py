"""Which scenarios are played, in words that a log or a settings file can hold."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Self

from simarena.checks.declared import setting
from simarena.errors import ConfigError, UnknownNameError
from simarena.files.storage import located
from simarena.training.named import Named
from simarena.training.settings import located_suite

if TYPE_CHECKING:
    from collections.abc import Sequence

    from simarena.env import Scenario

DEFAULT_SPLIT: Final = "held-out"
"""The part of `arena-v2` that is played where nothing is named."""


_BY_TRACE: Final = "by-trace"
"""How a selection of a trace tells that its kubelet is not named."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection(Named):
    """What is named, and what of it. Nothing: half of `arena-v2`."""

    family: tuple[str, ...] = setting(
        (), "Only scenarios of this family; may be repeated.", panel="What is played"
    )
    split: str | None = setting(
        None,
        "Only this part of the suite, as train or held-out; all for every one.",
        panel="What is played",
    )

    @classmethod
    def of(cls, values: object) -> Self:
        """Return the selection whose `to_json` these values are.

        Raises:
            ConfigError: they are not.
        """
        from simarena.env.scenarios.arena import ARENA_V1  # brings the simulator

        if not isinstance(values, Mapping):
            message = f"no selection of scenarios ({values!r:.40}); name them anew"
            raise ConfigError(message)
        given: dict[str, Any] = {
            name: tuple(value) if isinstance(value, list) else value
            for name, value in values.items()
        }
        if not any(given.get(name) for name in ("suite", "scenario", "trace")):
            # Recorded by a release whose default was the first suite; later ones tell theirs.
            given = {"split": DEFAULT_SPLIT, **given, "suite": ARENA_V1}
        if given.get("trace") is not None:
            kubelet = given.get("kubelet", "kwok")  # where nothing is told there was no choice
            given["kubelet"] = None if kubelet == _BY_TRACE else kubelet
        try:
            return cls(**given)
        except TypeError as error:
            message = f"no selection of scenarios ({error}); name them anew"
            raise ConfigError(message) from error

    def to_json(self) -> dict[str, Any]:
        """Return what is said, as JSON can hold it."""
        from simarena.env.scenarios.arena import ARENA_V2

        told = {
            name: list(value) if isinstance(value, tuple) else value
            for name, value in asdict(self).items()
            if value not in {None, ()}
        }
        if self.is_nothing:
            return {"split": DEFAULT_SPLIT, **told, "suite": ARENA_V2}
        return told if self.trace is None else {"kubelet": _BY_TRACE, **told}

    def located(self) -> Self:
        """Return the same with files named as they can be found from anywhere."""
        return replace(
            self,
            suite=None if self.suite is None else located_suite(self.suite),
            trace=None if self.trace is None else located(self.trace),
            nodes=tuple(map(located, self.nodes)),
        )

    @property
    def title(self) -> str:
        """What is played, for titles and tables."""
        from simarena.env.scenarios.arena import ARENA_V2

        named = self.suite or self.trace
        name = ", ".join(self.scenario) or ARENA_V2
        if named is not None:
            is_file = Path(named).is_absolute() or located_suite(located(named)) != named
            name = Path(named).name if is_file else named
        split = self.part
        return "; ".join(
            [
                name if split is None else f"{name}/{split}",
                *(f"only {each}" for each in self.family),
            ]
        )

    def scenarios(self) -> tuple[Scenario, ...]:
        """Return what is played, in the order of the suite; made once.

        Where a suite does not say how long the shortest solution is, it is searched for; of
        traces, whose replays may take long, it is not.

        Raises:
            ConfigError: nothing is left, two have one name, or half of something is named.
            SimArenaError: what is named cannot be used.
        """
        return _scenarios(self)

    def find(self, name: str) -> Scenario:
        """Return one of the scenarios.

        Raises:
            UnknownNameError: none goes by that name.
        """
        found = _by_name(self)
        if name not in found:
            kind = f"scenario of {self.title}"
            raise UnknownNameError(kind, name, found)
        return found[name]

    @property
    def part(self) -> str | None:
        """The split that is played; None for every one."""
        if self.split is None:
            return DEFAULT_SPLIT if self.is_nothing else None
        return None if self.split == "all" else self.split


@cache
def _scenarios(selection: Selection) -> tuple[Scenario, ...]:
    from simarena.env.scenarios.arena import ARENA_V2
    from simarena.training.course import named_course

    named = {each.name: getattr(selection, each.name) for each in fields(Named)}
    if selection.is_nothing:
        named["suite"] = ARENA_V2
    course = named_course(Named(**named))
    assert course is not None  # noqa: S101 - something is named
    chosen = tuple(course.scenarios)
    for family in selection.family:
        _require("family", family, [scenario.family for scenario in chosen])
    if selection.family:
        chosen = tuple(each for each in chosen if each.family in selection.family)
    split = selection.part
    if split is not None:
        _require("split", split, [scenario.split for scenario in chosen])
        chosen = tuple(each for each in chosen if each.split == split)
    repeated = [name for name, count in Counter(each.name for each in chosen).items() if count > 1]
    if repeated:
        message = f"two scenarios are called {repeated[0]!r}; name each once"
        raise ConfigError(message)
    return chosen if selection.trace is not None else tuple(map(_with_optimum, chosen))


def _with_optimum(scenario: Scenario) -> Scenario:
    if scenario.optimal_steps is not None:
        return scenario
    from simarena.env import shortest_solution

    way = shortest_solution(scenario)
    return scenario if way is None else replace(scenario, optimal_steps=len(way))


@cache
def _by_name(selection: Selection) -> dict[str, Scenario]:
    return {scenario.name: scenario for scenario in _scenarios(selection)}


def _require(kind: str, name: str, known: Sequence[str]) -> None:
    if name not in known:
        raise UnknownNameError(kind, name, [each for each in known if each])
