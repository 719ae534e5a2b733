"""Which scenarios are played: suites, names, traces, and parts of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from tests.env.cases import scenario as case

from simarena.benchmark.selection import Selection
from simarena.env import load_suite
from simarena.env.scenarios.export import export_scenario
from simarena.errors import ConfigError, SimArenaError, UnknownNameError

if TYPE_CHECKING:
    from pathlib import Path


def test_without_a_word_it_is_the_half_of_arena_v2_that_nobody_trains_on() -> None:
    selection = Selection()
    assert selection.title == "arena-v2/held-out"
    assert len(selection.scenarios()) == 60
    assert {scenario.split for scenario in selection.scenarios()} == {"held-out"}
    assert len(Selection(split="all").scenarios()) == 120


def test_a_run_goes_on_with_what_it_began_with_though_the_default_is_another_now() -> None:
    assert Selection.of({}).title == "arena-v1/held-out"
    assert Selection.of({"split": "all"}).title == "arena-v1"
    assert Selection.of(Selection().to_json()).title == "arena-v2/held-out"
    of_trace: dict[str, Any] = {"trace": "a.sktrace", "deploy": "web", "target": 3}
    assert Selection.of(of_trace).kubelet == "kwok"
    assert Selection.of(Selection(**of_trace).to_json()).kubelet is None


def test_families_and_splits_narrow_a_suite_down() -> None:
    selection = Selection(suite="arena-v1", family=("taints", "healthy"), split="train")
    assert {scenario.family for scenario in selection.scenarios()} == {"taints", "healthy"}
    assert {scenario.split for scenario in selection.scenarios()} == {"train"}
    assert selection.title == "arena-v1/train; only taints; only healthy"


def test_scenarios_are_found_by_name_wherever_they_are_from() -> None:
    selection = Selection(scenario=("classic-03", "taints:7:2"))
    classic, generated = selection.scenarios()
    assert (classic.name, generated.family, generated.severity) == ("classic-03", "taints", 2)
    assert selection.find(generated.name) is generated
    with pytest.raises(UnknownNameError, match="classic-30"):
        selection.find("classic-30")


def test_shortest_solutions_are_searched_for_where_a_suite_does_not_know_them() -> None:
    assert [each.optimal_steps for each in Selection(suite="classic").scenarios()][:4] == [
        4,  # 33Gi - 4 * 256Mi = 32Gi, which a node has
        2,
        8,
        6,
    ]


def test_a_recorded_cluster_is_played_too(tmp_path: Path) -> None:
    load_suite("classic")[5].trace.save(str(tmp_path / "mine.sktrace"))
    selection = Selection(trace=str(tmp_path / "mine.sktrace"), deploy="web", target=3)
    (played,) = selection.scenarios()
    assert (played.name, played.deploy, played.target) == ("mine", "web", 3)


@pytest.mark.parametrize(
    "selection",
    [
        Selection(suite="classic", family=("healthy",)),
        Selection(trace="a.sktrace", deploy="web", target=3, nodes=("3x16cpu,32Gi",)),
        Selection(trace="a.sktrace", deploy="web", target=3, kubelet="real"),
    ],
)
def test_what_is_written_as_json_is_read_again(selection: Selection) -> None:
    assert Selection.of(selection.to_json()) == selection


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"suite": "clasic"}, "did you mean 'classic'"),
        ({"suite": "classic", "family": ("taint",)}, "there is no family 'taint'"),
        ({"suite": "classic", "split": "held-out"}, "there is no split 'held-out'"),
        ({"suite": "classic", "scenario": ("classic-01",)}, "either a suite, scenarios or a trace"),
        ({"trace": "a.sktrace"}, "--deploy NAME --target N"),
        ({"deploy": "web"}, "--deploy belongs to a trace"),
        ({"scenario": ("classic-01", "classic-01")}, "two scenarios are called 'classic-01'"),
    ],
)
def test_what_cannot_be_played_is_said_in_a_line(options: dict[str, Any], said: str) -> None:
    with pytest.raises(SimArenaError, match=said):
        Selection(**options).scenarios()


def test_json_that_is_no_selection_is_refused() -> None:
    with pytest.raises(ConfigError, match="no selection"):
        Selection.of({"colour": "red"})


def test_a_file_of_scenarios_is_a_suite(tmp_path: Path) -> None:
    export_scenario(case(2), tmp_path / "mine")
    selection = Selection(suite=str(tmp_path / "mine" / "scenario.yaml"))
    assert [each.name for each in selection.scenarios()] == ["case"]
