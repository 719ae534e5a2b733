"""A cluster that is not there, or that cannot go on, is one line."""

from __future__ import annotations

import importlib.metadata
import os
import signal
import socket
from typing import TYPE_CHECKING, Any

import pytest
from tests.distributed._clusters import ray_cluster
from tests.distributed._trainings import CUT, assert_equal, run_of

from simarena.distributed.crews.ray_crew import RayCrew, connect
from simarena.distributed.federated import CrewExecutor, train_in_rounds
from simarena.distributed.manifests import EVALUATION, Manifest
from simarena.distributed.work import Order, WorkEnd
from simarena.errors import ConfigError, RunError
from simarena.training.checkpoint import Checkpoint

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from simarena.training.job import Prepared

ray = pytest.importorskip("ray", reason="the extra 'ray' is not installed")


@pytest.fixture(scope="module")
def cluster() -> Iterator[None]:
    with ray_cluster(num_cpus=2):
        yield


@pytest.mark.parametrize(
    ("address", "reason"),
    [
        ("ray://head:10001", "is no address of a Ray cluster"),
        ("head", "is no address of a Ray cluster"),
        ("127.0.0.1:99999", "no Ray cluster answers at 127.0.0.1:99999"),
    ],
)
def test_an_address_that_is_none_is_refused(address: str, reason: str) -> None:
    with pytest.raises(ConfigError, match=reason):
        connect(address)


def test_an_address_where_nobody_listens_is_refused_at_once() -> None:
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{bound.getsockname()[1]}"
        with pytest.raises(ConfigError, match=f"no Ray cluster answers at {address}: .*refused"):
            connect(address)


def test_without_a_cluster_on_this_machine_it_says_how_to_start_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("RAY_ADDRESS", raising=False)
    with pytest.raises(ConfigError, match="ray start --head"):
        connect(None)


def order(agent: str, **settings: object) -> Order:
    manifest = Manifest(
        job_id="any",
        job_type=EVALUATION,
        agent=agent,
        settings={"suite": "classic", "eval_suite": "classic", "eval_seeds": 1, **settings},
    )
    return Order(kind=EVALUATION, manifest=manifest)


def ended(crew: RayCrew, number: int) -> dict[str, WorkEnd]:
    found: dict[str, WorkEnd] = {}
    while len(found) < number:
        found |= dict(crew.ended())
    return found


@pytest.mark.usefixtures("cluster")
def test_more_orders_than_cores_take_turns_and_what_is_wrong_with_one_is_told() -> None:
    told: list[str] = []
    crew = RayCrew(None, 3, tell=told.append)
    for name, agent in (("a", "noop"), ("b", "ppo"), ("c", "noop")):
        crew.begin(name, order(agent))
    crew.begin("d", order("noop"))
    crew.stop("d")
    found = ended(crew, 3)
    crew.close()
    assert told == ["The cluster has 2 cores for 3 side by side; they take turns until it grows"]
    assert found["a"].files["outcomes.jsonl"] == found["c"].files["outcomes.jsonl"]
    assert "has to be trained" in str(found["b"].error)


@pytest.mark.usefixtures("cluster")
def test_a_cluster_with_another_release_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    crew = RayCrew(None, 1)
    monkeypatch.setattr(importlib.metadata, "version", lambda _name: "9.9.9")
    crew.begin("a", order("noop"))
    with pytest.raises(RunError, match=r"the cluster has simarena .*, this is 9\.9\.9"):
        ended(crew, 1)
    crew.close()


@pytest.mark.usefixtures("cluster")
def test_actors_of_a_cluster_make_the_weights_of_one_process_though_one_is_killed(
    undisturbed: tuple[Prepared, dict[str, Any]], tmp_path: Path
) -> None:
    prepared, wanted = undisturbed
    run = run_of(prepared.settings, tmp_path / "run")
    killed: list[int] = []

    class Killing(RayCrew):
        """Actors one of which is killed while it is at a piece of the second round."""

        def begin(self, name: str, order: Order) -> None:
            super().begin(name, order)
            if order.round["round"] == 2 and not killed:
                killed.extend(self.process_ids()[:1])
                for each in killed:
                    os.kill(each, signal.SIGKILL)

    train_in_rounds(prepared, run, CUT, CrewExecutor(lambda number: Killing(None, number)))
    assert_equal(Checkpoint(run.latest).arrays("weights"), wanted)
    assert len(killed) == 1
