"""Settings of a benchmark run: written, read again, and refused where no run could use them."""

from __future__ import annotations

from typing import Any

import pytest
from inspect_ai._util.error import PrerequisiteError

from simarena.benchmark.rules import Rules
from simarena.benchmark.selection import Selection
from simarena.benchmark.settings import BenchSettings
from simarena.benchmark.task import _nodes, arena
from simarena.errors import ConfigError

FULL = BenchSettings(
    models=("mockllm/model",),
    agents=("rules",),
    selection=Selection(suite="classic", family=("healthy",)),
    rules=Rules(steps=3, answer="json", what_if=True),
    epochs=4,
    prices={"a/b": {"input": 1.0, "output": 2.0}},
    temperature=0.5,
    token_limit=1000,
)


@pytest.mark.parametrize("settings", [FULL, BenchSettings(selection=Selection(suite="classic"))])
def test_what_is_written_as_json_is_read_again(settings: BenchSettings) -> None:
    assert BenchSettings.of(settings.to_json()) == settings


def test_the_inspect_task_plays_what_the_settings_say() -> None:
    task = arena(**FULL.task_arguments())
    assert [sample.id for sample in task.dataset] == ["classic-08", "classic-09"]
    assert task.epochs == 4
    assert task.metadata == {
        "selection": {"suite": "classic", "family": ["healthy"]},
        "rules": FULL.rules.to_json(),
        "endpoints": {},
    }


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"agents": []}, "nobody plays"),
        ({"agents": ["rules", "rules"]}, "rules is named twice"),
        ({"models": ["a/b", "a/b"]}, "a/b is named twice"),
        ({"epochs": 0}, "epochs must be from 1 to 10000, got 0"),
        ({"max_retries": -1}, "max_retries must be from 0"),
        ({"rules": {"steps": 0}}, "steps must be from 1 to"),
        ({"rules": {"answer": "song"}}, "answer must be tool or json"),
        ({"rules": {"colour": 1}}, "settings that no run could use"),
        ({"selection": {"colour": 1}}, "no selection of scenarios"),
        ({"colour": 1}, "'colour' is not known"),
    ],
)
def test_settings_that_no_run_could_use_are_refused(changes: dict[str, Any], said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        BenchSettings.of(BenchSettings().to_json() | changes)


def test_nodes_are_put_together_again_that_a_command_line_took_apart() -> None:
    assert _nodes(["3x16cpu", "32Gi", "nodes.yaml", "1x500mcpu", "1Gi"]) == (
        "3x16cpu,32Gi",
        "nodes.yaml",
        "1x500mcpu,1Gi",
    )
    assert _nodes("3x16cpu,32Gi") == ("3x16cpu,32Gi",)


def test_inspects_command_is_told_of_a_mistake_in_a_line() -> None:
    with pytest.raises(PrerequisiteError, match="did you mean 'classic-03'"):
        arena(scenario="clasic-03")
