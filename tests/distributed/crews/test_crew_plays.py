"""Plays that are cut into pieces: the same figures, and the same episodes, whoever plays them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from tests.distributed._fakes import WarmCrew, workers

from simarena.distributed.bucket import open_bucket
from simarena.distributed.crews.bucket_crew import BucketCrew
from simarena.distributed.crews.crew_plays import Played, collect_by_crew, evaluate_by_crew
from simarena.env import load_suite
from simarena.errors import ConfigError
from simarena.evaluation.run_folder import RunFolder
from simarena.training.course import Course
from simarena.training.job import prepare, train
from simarena.training.measuring import evaluate_sources, players_of
from simarena.training.named import Named
from simarena.training.players import game_of
from simarena.training.settings import TrainSettings

if TYPE_CHECKING:
    from pathlib import Path

    from simarena.distributed.crews.crew import Crew

CLASSIC = Named(suite="classic")


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Return the folder of a run that has learned a little."""
    settings = TrainSettings.for_agent("greedy", suite="classic", steps=200, num_envs=8)
    path = tmp_path_factory.mktemp("runs") / "greedy"
    run = RunFolder.create(path, command=["t"], settings=settings.to_json())
    train(prepare(settings), run)
    return str(path)


def test_pieces_make_the_outcomes_that_one_process_makes(trained: str, crew: WarmCrew) -> None:
    sources = [trained, "random", "rules"]
    course = Course("classic", load_suite("classic"))
    players = players_of(sources, course, game_of(trained), seed=3)
    whole = evaluate_sources(sources, course, num_seeds=2, seed=3)
    found = evaluate_by_crew(crew, sources, players, CLASSIC, num_seeds=2, seed=3)
    assert found == {source: each.outcomes() for source, each in whole.items()}


def test_code_and_single_scenarios_are_nothing_for_others_to_play(crew: WarmCrew) -> None:
    one = Played("tests.own:Agent", game_of("rules"), CLASSIC)
    two = Played("rules", game_of("rules"), Named(scenario=("a",)))
    for what, reason in ((one, "code of this machine"), (two, "leave --scenario out")):
        with pytest.raises(ConfigError, match=reason):
            collect_by_crew(crew, what, num_episodes=2, num_pieces=1, random_share=0.0, seed=0)


def test_a_bucket_and_processes_collect_the_same_episodes(tmp_path: Path, crew: WarmCrew) -> None:
    pytest.importorskip("minari")
    what = Played("rules", game_of("rules"), CLASSIC)

    def collected(by: Crew) -> list[tuple[str, bytes, bytes]]:
        episodes = collect_by_crew(by, what, num_episodes=5, num_pieces=2, random_share=0.3, seed=1)
        return [
            (
                str((each.options or {})["scenario"]),
                np.asarray(each.observations).tobytes(),
                np.asarray(each.actions).tobytes(),
            )
            for each in episodes
        ]

    bucket = open_bucket(str(tmp_path / "store"))
    with workers(bucket, crew.processes()):
        remote = collected(BucketCrew(bucket, "nonce", "c"))
    assert remote == collected(crew)
    assert len(remote) == 5
    assert len({actions for _, _, actions in remote}) > 1
