"""Named sets of scenarios: those that come with SimArena, those of other packages, and files."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cache
from importlib.metadata import entry_points
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, overload

from simarena.env.scenarios.arena import ARENAS, arena_scenarios
from simarena.env.scenarios.classic import classic_scenarios
from simarena.env.scenarios.file import load_scenario_file
from simarena.env.scenarios.generator import FAMILIES, generate
from simarena.errors import ScenarioError, UnknownNameError
from simarena.files.storage import text_of

if TYPE_CHECKING:
    import os
    from importlib.metadata import EntryPoint

    from simarena.env.scenarios.scenario import Scenario

SUITES: Final = (
    "classic",
    "train",
    "held-out",
    *(f"{arena}{part}" for arena in ARENAS for part in ("", "/train", "/held-out")),
)
"""Suites that come with SimArena."""

ENTRY_POINTS: Final = "simarena.scenarios"
"""Group of entry points in which other packages offer suites, each under its name."""

_GENERATED = {"train": 1_000, "held-out": 200}
_DRAWN_FROM = FAMILIES[:12]  # a further family leaves these suites as they are
_SUFFIXES = {".yaml", ".yml"}


class Suite(Sequence["Scenario"]):
    """The scenarios of a name, each made when somebody looks at it, the same ones every time."""

    def __init__(self, name: str, size: int, make: Callable[[int], Scenario]) -> None:
        self.name = name
        self._size = size
        self._make = make
        self._made: dict[int, Scenario] = {}

    def __len__(self) -> int:
        return self._size

    @overload
    def __getitem__(self, index: int) -> Scenario: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[Scenario, ...]: ...
    def __getitem__(self, index: int | slice) -> Scenario | tuple[Scenario, ...]:
        if isinstance(index, slice):
            return tuple(self[row] for row in range(*index.indices(len(self))))
        row = range(len(self))[index]
        if row not in self._made:
            self._made[row] = self._make(row)
        return self._made[row]

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle, and copy, a suite by its name."""
        return load_suite, (self.name,)

    def __repr__(self) -> str:
        return f"<suite {self.name!r} of {len(self)} scenarios>"


def load_suite(name: str | os.PathLike[str]) -> Sequence[Scenario]:
    """Return the scenarios of a suite.

    "classic" are the fourteen of the first SimArena. "train" (1,000) and "held-out" (200) are
    generated, all families in turn, from seeds that they never share. "arena-v1" and "arena-v2"
    never change; "arena-v2/train" and "arena-v2/held-out" are halves. Further names are those of
    installed packages (entry points of the group `simarena.scenarios`) and paths of YAML files, of
    which `FILE.yaml/SPLIT` are the scenarios of one split.

    Raises:
        UnknownNameError: nothing goes by that name; the message offers the nearest.
        ScenarioError: a file, or a package's suite, cannot be used.
    """
    name = text_of(name)
    if name in SUITES:
        return _built_in(name)
    path, _, split = name, "", ""
    if Path(path).suffix not in _SUFFIXES and Path(path).parent.suffix in _SUFFIXES:
        path, _, split = name.rpartition("/")
    if Path(path).suffix in _SUFFIXES:
        return _of_split(load_scenario_file(Path(path)), split, path)
    offered = _offered()
    base, _, split = name.partition("/")
    if name in offered:
        return _load(name, offered[name])
    if base in offered and split:
        return _of_split(_load(base, offered[base]), split, base)
    kind = "suite"
    raise UnknownNameError(kind, name, suite_names())


def suite_names() -> tuple[str, ...]:
    """Return the names that `load_suite` knows, files aside."""
    return (*SUITES, *(name for name in sorted(_offered()) if name not in SUITES))


def find_scenario(name: str) -> Scenario:
    """Return the scenario of this name, from whichever suite has it.

    `FAMILY:SEED` and `FAMILY:SEED:SEVERITY` are generated ones. Raises UnknownNameError, with the
    nearest name, where there is none.
    """
    if name.partition(":")[0] in FAMILIES:
        return _generated(name)
    known: list[str] = []
    for suite in _by_cost():
        for scenario in load_suite(suite):
            if scenario.name == name:
                return scenario
            known.append(scenario.name)
    kind = "scenario"
    raise UnknownNameError(kind, name, known)


@cache
def _built_in(name: str) -> Suite:
    base, _, split = name.partition("/")
    if base in ARENAS:
        fixed = tuple(one for one in arena_scenarios(base) if split in {"", one.split})
        return Suite(name, len(fixed), fixed.__getitem__)
    if name == "classic":
        classic = classic_scenarios()
        return Suite(name, len(classic), classic.__getitem__)

    def make(row: int) -> Scenario:
        return generate(_DRAWN_FROM[row % len(_DRAWN_FROM)], row, name)

    return Suite(name, _GENERATED[name], make)


def _offered() -> dict[str, EntryPoint]:
    return {point.name: point for point in entry_points(group=ENTRY_POINTS)}


@cache
def _load(name: str, point: EntryPoint) -> tuple[Scenario, ...]:
    """Return what a package offers: scenarios, a function that gives them, or a file's path."""
    where = f"suite {name!r} ({point.value})"
    try:
        found = point.load()
        if callable(found):
            found = found()
    except (ImportError, AttributeError) as error:
        message = f"{where}: cannot be loaded: {error}; mend or remove the package that offers it"
        raise ScenarioError(message) from error
    if isinstance(found, (str, Path)):
        return load_scenario_file(Path(found))
    from simarena.env.scenarios.scenario import Scenario

    scenarios = tuple(found)
    if not scenarios or not all(isinstance(one, Scenario) for one in scenarios):
        message = f"{where}: gives no scenarios; let it return Scenario objects or a file's path"
        raise ScenarioError(message)
    from simarena.env.scenarios.foregone import check_open

    check_open(scenarios, where)
    return scenarios


def _of_split(scenarios: tuple[Scenario, ...], split: str, where: str) -> tuple[Scenario, ...]:
    if not split:
        return scenarios
    chosen = tuple(one for one in scenarios if one.split == split)
    if not chosen:
        kind = f"split of {where}"
        raise UnknownNameError(kind, split, (one.split for one in scenarios if one.split))
    return chosen


def _by_cost() -> tuple[str, ...]:
    """Return suites that together hold every scenario, those first that cost least to look at."""
    others = [name for name in suite_names() if name not in SUITES]
    return ("classic", *ARENAS, *others, "held-out", "train")


def _generated(name: str) -> Scenario:
    family, _, rest = name.partition(":")
    seed, _, severity = rest.partition(":")
    if not seed.isdecimal() or (severity and not severity.isdecimal()):
        message = f"scenario {name!r}: write a generated one as {family}:7, or {family}:7:3"
        raise ScenarioError(message)
    scenario = generate(family, int(seed), severity=int(severity) if severity else None)
    return replace(scenario, split="free")
