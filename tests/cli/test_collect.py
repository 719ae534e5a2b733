"""`simarena collect`: a dataset that others can load, and learn from."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from simarena.cli import main

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.conftest import Refused

minari = pytest.importorskip("minari")


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("datasets")
    options = ["--episodes", "400", "--random", "0.2", "--out", str(root), "--name", "rules-v0"]
    assert main(["collect", "rules", "--suite", "train", *options]) == 0
    return root


@pytest.fixture
def dataset(root: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setenv("MINARI_DATASETS_PATH", str(root))
    return minari.load_dataset("rules-v0")


def test_it_is_an_ordinary_dataset(root: Path, dataset: Any) -> None:
    assert dataset.total_episodes == 400
    assert [path.name for path in root.iterdir()] == ["rules-v0"]
    for episode in list(dataset.iterate_episodes())[:20]:
        length = len(episode.rewards)
        assert episode.observations.shape == (length + 1, *dataset.observation_space.shape)
        assert episode.actions.shape == (length,)
        ends = episode.terminations | episode.truncations
        assert ends.tolist() == [False] * (length - 1) + [True]
    env = dataset.recover_environment()
    assert env.observation_space == dataset.observation_space
    assert env.unwrapped.spec.kwargs["scenarios"] == "train"


def test_an_agent_cloned_from_it_beats_chance(dataset: Any) -> None:
    torch = pytest.importorskip("torch")
    from simarena.agents import BatchAgent, RandomAgent, TaskShape
    from simarena.env import load_suite
    from simarena.evaluation.playing import evaluate
    from simarena.training.players import game_of

    episodes = list(dataset.iterate_episodes())
    seen = torch.from_numpy(np.concatenate([each.observations[:-1] for each in episodes]))
    done = torch.from_numpy(np.concatenate([each.actions for each in episodes]))
    torch.manual_seed(0)
    size = seen.shape[1]
    network = torch.nn.Sequential(
        torch.nn.Linear(size, 64), torch.nn.ReLU(), torch.nn.Linear(64, 7)
    )
    optimizer = torch.optim.Adam(network.parameters(), lr=3e-3)
    for _ in range(300):
        rows = torch.randint(len(seen), (256,))
        loss = torch.nn.functional.cross_entropy(network(seen[rows]), done[rows])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()

    class Cloned(BatchAgent):
        name = "cloned"

        def act_batch(self, observations: Any, infos: Any) -> Any:
            with torch.no_grad():
                return network(torch.from_numpy(observations)).argmax(dim=1).numpy()

    held_out = load_suite("held-out")[:40]
    shape = TaskShape(observation="full", observation_size=size, num_actions=7)
    cloned = evaluate(Cloned(), held_out, num_seeds=1, **game_of("rules")).solved.mean()
    chance = evaluate(RandomAgent(shape), held_out, num_seeds=1, **game_of("rules")).solved.mean()
    assert cloned > chance + 0.2


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["rulez"], "did you mean 'rules'"),
        (["rules", "--suite", "clasic"], "did you mean 'classic'"),
        (["rules", "--name", "a/b"], "and a version"),
        (["rules", "--target", "3"], "belongs to a trace"),
    ],
)
def test_what_cannot_be_collected_is_one_line_and_leaves_nothing(
    arguments: list[str],
    said: str,
    empty_folder: Path,
    refused: Refused,
) -> None:
    assert said in refused("collect", *arguments)


def test_a_name_is_given_once(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["collect", "rules", "--name", "rules-v0", "--out", str(root)]) == 1
    assert "exists already" in capsys.readouterr().err


FULL = """
import resource, sys
resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, resource.RLIM_INFINITY))
from simarena.cli import main
sys.exit(main(["collect", "rules", "--suite", "classic", "--episodes", "100"]))
"""


def test_a_disk_without_room_is_told_before_anything_is_written(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", FULL], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert "cannot be written: File too large" in done.stderr
    assert list((tmp_path / "datasets").iterdir()) == []


def test_by_default_datasets_are_kept_in_this_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["collect", "rules", "--suite", "classic", "--episodes", "2"]) == 0
    assert [path.name for path in (tmp_path / "datasets").iterdir()] == ["rules-classic-v0"]
    monkeypatch.setenv("MINARI_DATASETS_PATH", "datasets")
    assert minari.load_dataset("rules-classic-v0").total_episodes == 2
