"""The rules of a live game, over replays that a simulated cluster plays in place of SimKube."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from simarena.client.api import KubeApi
from simarena.cluster import Cluster
from simarena.env import load_suite
from simarena.env.codes import Autoreset
from simarena.env.deployment.batch import DeploymentBatch
from simarena.env.deployment.options import Options
from simarena.env.kernel.playing.sampling import next_scenario
from simarena.errors import InfrastructureError
from simarena.simkube.counting import Place
from simarena.simkube.game import FAULT, LiveGame
from simarena.simkube.running import Replayed
from simarena.simkube.settings import SimKubeSettings

if TYPE_CHECKING:
    from collections.abc import Callable

    from simarena.env import Scenario
    from simarena.trace import Trace, WorkloadRef


def simulated(scenario: Scenario) -> Callable[..., Replayed]:
    """Return what replays a trace as SimKube would, in virtual time."""

    def replay(
        api: object, settings: object, trace: Trace, ref: WorkloadRef, duration_s: int
    ) -> Replayed:
        cluster = Cluster(scenario.nodes, config=scenario.config, seed=scenario.seed)
        cluster.replay(trace, duration=duration_s)
        replicasets = {each["metadata"]["uid"]: each for each in cluster.list("ReplicaSet")}
        place = Place(f"virtual-{ref.namespace}", ref.kind.rpartition(".")[2], ref.name)
        pods, nodes = tuple(cluster.list("Pod")), tuple(cluster.list("Node"))
        return Replayed(pods, replicasets, place, nodes, (), 0.0)

    return replay


@pytest.fixture
def scenario(monkeypatch: pytest.MonkeyPatch) -> Scenario:
    """Return two replicas where three are wanted; its replays are simulated."""
    chosen = next(
        each for each in load_suite("classic") if each.settings.replicas == 2 and each.target == 3
    )
    monkeypatch.setattr("simarena.simkube.game.replay_live", simulated(chosen))
    return chosen


def game(scenario: Scenario, attempts: int = 1, **options: Any) -> LiveGame:
    api: Any = KubeApi.__new__(KubeApi)
    made = LiveGame(
        api, SimKubeSettings(), Options(scenarios=scenario, **options), attempts=attempts
    )
    made.seed(0)
    made.begin()
    return made


def test_an_episode_begins_with_what_the_unedited_trace_leads_to(scenario: Scenario) -> None:
    info = game(scenario).info()
    assert (info["ready"], info["total"], info["target"], info["step"]) == (2, 2, 3, 0)
    assert (info["replicas"], info["solved"], info[FAULT]) == (2, False, "")


def test_an_action_edits_the_trace_and_the_goal_ends_the_episode(scenario: Scenario) -> None:
    played = game(scenario, reward="shaped")
    played.step(0)
    assert played.episode["reward"] == pytest.approx(-0.1 - 0.08)
    played.step(3)
    assert (played.episode["ready"], played.episode["reward"]) == (3, 1.0)
    assert played.episode["terminated"]
    assert not played.is_playing


def test_base_and_scale_are_the_formulas_of_the_predecessor(scenario: Scenario) -> None:
    played = game(scenario, observation="scale")
    info = played.info()
    expected = [info["cpu_milli"] / 4000, info["memory_bytes"] / 2**20 / 4096, 0, 1 / 15, 2 / 15]
    np.testing.assert_allclose(played.vector, expected, rtol=1e-6)


def test_equal_seeds_choose_equal_scenarios(monkeypatch: pytest.MonkeyPatch) -> None:
    suite = load_suite("classic")
    monkeypatch.setattr("simarena.simkube.game.check_nodes", lambda *_: None)
    monkeypatch.setattr("simarena.simkube.game.replay_live", simulated(suite[0]))
    options = Options(scenarios=suite)
    made = LiveGame(KubeApi.__new__(KubeApi), SimKubeSettings(), options, attempts=1)
    made.seed(7)
    rows = []
    for _ in range(4):
        made.begin()
        rows.append(int(made.episode["scenario"]))
    batch = DeploymentBatch(options, 1, Autoreset.DISABLED)
    batch.seed(np.array([7], np.uint64), np.array([True]))
    expected = [next_scenario(batch.episodes[0], batch.seat.rules[0], 0) for _ in range(4)]
    assert rows == expected


def test_a_fault_is_marked_and_what_was_seen_before_stays(
    scenario: Scenario, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> Replayed:
        message = "the driver died"
        raise InfrastructureError(message)

    played = game(scenario, attempts=3, observation="diagnostic")
    before, seen = played.info(), played.vector.copy()
    monkeypatch.setattr("simarena.simkube.game.replay_live", fail)
    played.step(3)
    after = played.info()
    assert after[FAULT] == "the driver died"
    assert (played.episode["reward"], played.episode["truncated"]) == (0.0, True)
    assert not played.episode["terminated"]
    assert played.num_faults == 3
    assert (played.vector == seen).all()
    told = ("ready", "total", "replicas", "cpu_milli", "solved")
    assert [after[name] for name in told] == [before[name] for name in told]


def test_a_fault_that_passes_costs_nothing_but_time(
    scenario: Scenario, monkeypatch: pytest.MonkeyPatch
) -> None:
    played = game(scenario, attempts=2)
    works, failures = simulated(scenario), ["once"]

    def fail_once(*arguments: Any) -> Replayed:
        if failures:
            raise InfrastructureError(failures.pop())
        return works(*arguments)

    monkeypatch.setattr("simarena.simkube.game.replay_live", fail_once)
    played.step(3)
    assert played.episode["terminated"]
    assert (played.num_faults, played.info()[FAULT]) == (1, "")


def test_what_nodes_have_room_for_is_as_in_virtual_time(
    scenario: Scenario, monkeypatch: pytest.MonkeyPatch
) -> None:
    from simarena.env import DeploymentEnv

    # As many nodes as pods: what is left of each depends on whose pod is on it.
    scenario = replace(scenario, nodes=scenario.nodes[:2], optimal_steps=None)
    monkeypatch.setattr("simarena.simkube.game.replay_live", simulated(scenario))
    played = game(scenario, observation="neighbours")
    env = DeploymentEnv(scenarios=scenario, observation="neighbours")
    expected, info = env.reset(seed=0)
    np.testing.assert_allclose(played.vector, expected, atol=1e-6)
    told = {name: value for name, value in played.info().items() if name in info}
    assert {**told, "action_mask": list(told["action_mask"])} == {
        **info,
        "action_mask": list(info["action_mask"]),
    }
