"""Suites by name: those that come along, and those of other packages."""

from __future__ import annotations

from importlib.metadata import EntryPoint
from typing import TYPE_CHECKING

import pytest
from tests.env.cases import scenario

from simarena.env.scenarios import suite
from simarena.env.scenarios.export import export_scenario
from simarena.env.scenarios.generator import generate
from simarena.env.scenarios.suite import ENTRY_POINTS, find_scenario, load_suite, suite_names
from simarena.errors import ScenarioError, StorageError, UnknownNameError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from simarena.env.scenarios.scenario import Scenario

    Offer = Callable[..., None]


def two() -> list[Scenario]:
    """Return what a package of one's own would offer."""
    return [scenario(1, name="mine-a", split="train"), scenario(2, name="mine-b")]


def nothing() -> list[Scenario]:
    """Return what no package should."""
    return []


@pytest.fixture
def offer(monkeypatch: pytest.MonkeyPatch) -> Offer:
    def install(**values: str) -> None:
        points = [EntryPoint(name, value, ENTRY_POINTS) for name, value in values.items()]
        monkeypatch.setattr(
            suite, "entry_points", lambda group: points if group == ENTRY_POINTS else []
        )

    return install


def test_another_package_offers_a_suite(offer: Offer) -> None:
    offer(mine="tests.env.scenarios.test_suite:two")
    assert [one.name for one in load_suite("mine")] == ["mine-a", "mine-b"]
    assert [one.name for one in load_suite("mine/train")] == ["mine-a"]
    assert "mine" in suite_names()
    assert find_scenario("mine-b").settings.replicas == 2
    with pytest.raises(UnknownNameError, match="did you mean 'mine'"):
        load_suite("mien")


def test_a_package_may_offer_a_file(
    offer: Offer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    *_, described = export_scenario(generate("taints", 3), tmp_path / "one")
    monkeypatch.setattr("tests.env.cases.FILE", str(described), raising=False)
    offer(filed="tests.env.cases:FILE")
    assert load_suite("filed")[0] == generate("taints", 3)


def test_a_package_that_offers_no_scenarios_is_named(offer: Offer) -> None:
    offer(gone="no_such_package:suite", empty="tests.env.scenarios.test_suite:nothing")
    with pytest.raises(ScenarioError, match=r"suite 'gone' \(no_such_package:suite\)"):
        load_suite("gone")
    with pytest.raises(ScenarioError, match="gives no scenarios"):
        load_suite("empty")


def test_scenarios_are_found_by_name_or_made_by_seed() -> None:
    assert find_scenario("classic-03").family == "cpu_insufficient"
    assert find_scenario("arena-v1-007").split in {"train", "held-out"}
    assert find_scenario("mixed:7:3") == generate("mixed", 7, severity=3)
    with pytest.raises(UnknownNameError, match="did you mean 'classic-13'"):
        find_scenario("classic-3")
    with pytest.raises(ScenarioError, match="mixed:7:3"):
        find_scenario("mixed:seven")


def test_an_unknown_suite_names_the_nearest() -> None:
    with pytest.raises(UnknownNameError, match="held-out"):
        load_suite("heldout")
    with pytest.raises(UnknownNameError, match="did you mean 'arena-v1'"):
        load_suite("arena-v11")


def test_what_is_no_name_of_a_suite_is_refused() -> None:
    with pytest.raises(StorageError, match="by its path or URI, not by 5"):
        load_suite(5)  # type: ignore[arg-type]
