"""Scenarios of runs: the same cluster wherever nothing is said of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simarena.env import Options, load_suite
from simarena.training.scenarios import training_scenarios
from simarena.training.settings import TrainSettings

if TYPE_CHECKING:
    from pathlib import Path


def test_a_trace_without_nodes_has_the_same_cluster_everywhere(tmp_path: Path) -> None:
    path = str(tmp_path / "a.sktrace")
    load_suite("classic")[5].trace.save(path)
    named = TrainSettings(suite=None, eval_suite=None, trace=path, deploy="web", target=3)
    (trained,) = training_scenarios(named)
    (made,) = Options(trace=path, deploy="web", target=3).load()
    assert trained.nodes == made.nodes
    assert len(made.nodes) == 4
