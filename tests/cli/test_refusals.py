"""What `run`, `evaluate` and `compare` refuse: in a line that names the mend, leaving nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.conftest import Refused


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("run", "name either a run's folder, or an agent"),
        ("run nowhere", "is no run folder"),
        ("run --agent dqn", "has to be trained"),
        ("run --agent os:getcwd", "module 'os' has no class 'getcwd' with a method act"),
        ("run --agent rules --scenario clasic-02", "did you mean 'classic-02'"),
        ("run --agent rules --scenario nothing-like-it", "more"),
        ("run --agent rules --trace a.sktrace", "--deploy NAME --target N"),
        ("run --agent rules --target 3", "--target belongs to a trace"),
        ("run --agent rules --trace a --scenario b", "leave out --scenario or --trace"),
        ("evaluate", "nobody to evaluate"),
        ("evaluate nowhere", "is no run folder"),
        ("evaluate .", "is no run folder"),
        ("evaluate --agent rulez", "did you mean 'rules'"),
        ("evaluate --agent nowhere", "no agent 'nowhere'"),
        ("evaluate --agent dqn", "has to be trained"),
        ("evaluate --agent rules --suite clasic", "did you mean 'classic'"),
        ("evaluate --agent rules --trace nowhere.sktrace --deploy a --target 1", "nowhere.sktrace"),
        ("compare rules", "rules alone compares with nobody"),
        ("compare rules rules", "rules is named twice"),
        ("compare rulez noop", "did you mean 'rules'"),
        ("compare rules noop --suite classic --scenario classic-02", "--suite or --scenario"),
        ("compare rules noop --nodes 1x4cpu,8Gi", "--nodes belongs to a trace"),
        ("compare rules nowhere.jsonl", "cannot be read"),
        ("compare rules noop --name a/b", "use letters"),
    ],
)
def test_what_cannot_be_done_is_one_line_and_leaves_nothing(
    command: str,
    said: str,
    empty_folder: Path,
    refused: Refused,
) -> None:
    assert said in refused(*command.split())
