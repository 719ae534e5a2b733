from __future__ import annotations

import random
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from tests.env.cases import container, crashing, scenario, trace_of, workload
from tests.env.playing.test_harm import beside

from simarena.cluster import Cluster
from simarena.cluster.config import ClusterConfig
from simarena.cluster.manifests.node_words import make_node
from simarena.env import DeploymentEnv, load_suite
from simarena.env.scenarios.scenario import Goal, Scenario, default_nodes
from simarena.errors import EpisodeError
from simarena.mcp import Reason, ScenarioSession
from simarena.trace import Action, TraceEvent
from simarena.trace.workload_ref import settings_of

if TYPE_CHECKING:
    from simarena.trace import Trace

INFOS = ("ready", "pending", "total", "target", "cpu_milli", "memory_bytes", "replicas")


def assert_seen(session: ScenarioSession) -> None:
    """Check that the cluster that clients see is as the environment says."""
    pods = session._pods(session.backend.cluster)
    counts = session.counts
    assert (pods.num_ready, pods.num_pending, len(pods.pods)) == (
        counts.ready,
        counts.pending,
        counts.total,
    )
    if not pods.pods:
        return
    deployment = session.backend.get("Deployment", session.deploy, session.namespace)
    assert settings_of(dict(deployment)) == (
        counts.cpu_milli,
        counts.memory_bytes,
        counts.replicas,
    )


def walk_together(played: Scenario, seed: int, reward: str = "shaped", num_steps: int = 12) -> None:
    """Take the same random steps in an environment and in a session; both say the same."""
    env = DeploymentEnv(scenarios=played, reward=reward)  # type: ignore[arg-type]
    session = ScenarioSession(played, reward=reward)  # type: ignore[arg-type]
    _, info = env.reset(seed=0)
    assert_seen(session)
    assert {name: info[name] for name in INFOS} == {
        name: getattr(session.counts, name) for name in INFOS
    }
    assert session.is_healthy == info["solved"]
    choice = random.Random(seed)
    for _ in range(num_steps):
        action = choice.randrange(7)
        _, value, terminated, truncated, info = env.step(action)
        outcome = session.step(action)
        assert_seen(session)
        assert {name: info[name] for name in INFOS} == {
            name: getattr(outcome.counts, name) for name in INFOS
        }
        assert outcome.reward == pytest.approx(value)
        assert (outcome.solved, outcome.truncated) == (terminated, truncated)
        assert outcome.blocked == info["blocked"]
        assert session.is_over == (terminated or truncated)
        if session.is_over:
            break
    assert session.steps == info["step"]


@pytest.mark.parametrize("row", [0, 3, 4, 11, 13])
def test_a_walk_through_a_classic_scenario_goes_as_in_the_environment(row: int) -> None:
    walk_together(load_suite("classic")[row], seed=row)


@pytest.mark.parametrize("row", range(0, 40, 3))
def test_a_walk_through_a_generated_scenario_goes_as_in_the_environment(row: int) -> None:
    walk_together(load_suite("train")[row], seed=row, reward=["cost_aware_v2", "scale"][row % 2])


def test_later_and_deleted_events_count_as_in_the_environment() -> None:
    small = workload("web", 2, container(requests={"cpu": "1", "memory": "1Gi"}))
    large = workload("web", 4, container(requests={"cpu": "17", "memory": "1Gi"}))
    trace = trace_of((0, [small]), (10, [large]), (90, [small]))
    settings = {"name": "x", "family": "x", "deploy": "web", "target": 4, "nodes": default_nodes(2)}
    walk_together(Scenario(trace=trace, duration_s=30, **settings), seed=1)  # type: ignore[arg-type]
    gone = trace.with_events([*trace.events[:2], TraceEvent(20, [], [large])])
    walk_together(Scenario(trace=gone, duration_s=30, **settings), seed=2)  # type: ignore[arg-type]


def test_four_steps_less_memory_solve_thirty_three_gi_and_no_more_are_taken() -> None:
    session = ScenarioSession(load_suite("classic")[0])
    for _ in range(3):
        assert not session.step(Action.DECREASE_MEMORY).solved
    outcome = session.step(Action.DECREASE_MEMORY)
    assert outcome.solved
    assert outcome.is_over
    assert outcome.step == session.steps == 4
    assert session.episode_return == pytest.approx(1 - 3 * 0.45)
    assert session.judgement().solved
    assert session.judgement().reason == Reason.SOLVED
    with pytest.raises(EpisodeError, match="over: solved after 4 steps"):
        session.step(Action.NOOP)


def test_a_blocked_action_uses_up_a_step_and_changes_nothing() -> None:
    session = ScenarioSession(scenario(1, "500m", "512Mi"))
    outcome = session.step(Action.DECREASE_REPLICAS)
    assert outcome.blocked
    assert outcome.counts.replicas == 1
    assert (session.steps, session.num_blocked) == (1, 1)


def test_what_if_tells_the_outcome_and_leaves_all_as_it_is() -> None:
    session = ScenarioSession(scenario(2, "500m", "512Mi"))
    pods = session.backend.list("Pod", None)
    trial = session.what_if(Action.INCREASE_REPLICAS)
    assert trial.solved
    assert (session.steps, session.solved, session.results) == (0, False, [])
    session.step(Action.NOOP)
    trial = session.what_if(Action.INCREASE_REPLICAS)
    assert (trial.step, trial.solved) == (2, True)
    assert session.backend.list("Pod", None) is pods
    assert session.step(Action.INCREASE_REPLICAS) == trial


@pytest.mark.parametrize("action", [7, -1])
def test_what_is_no_action_is_refused_and_costs_no_step(action: int) -> None:
    session = ScenarioSession(scenario())
    with pytest.raises(EpisodeError, match="from 0 to 6"):
        session.step(action)
    assert session.steps == 0


def test_an_episode_ends_when_its_steps_are_used_up() -> None:
    session = ScenarioSession(scenario(1), max_steps=2)
    assert not session.step(0).truncated
    assert session.steps_left == 1
    assert session.step(0).truncated
    assert session.steps_left == 0
    with pytest.raises(EpisodeError, match="out of steps after 2"):
        session.step(0)


@pytest.mark.parametrize(
    ("replicas", "memory", "reason"),
    [
        (3, "33Gi", Reason.PODS_PENDING),
        (2, "1Gi", Reason.TOO_FEW_PODS),
        (4, "1Gi", Reason.TOO_MANY_PODS),
        (3, "1Gi", Reason.SOLVED),
    ],
)
def test_a_judgement_names_its_reason(replicas: int, memory: str, reason: Reason) -> None:
    judgement = ScenarioSession(scenario(replicas, "500m", memory)).judgement()
    assert judgement.reason == reason
    assert judgement.solved == (reason == Reason.SOLVED)


def test_a_goal_that_is_met_only_for_a_moment_is_no_solution() -> None:
    session = ScenarioSession(crashing("50s", duration_s=40))
    assert session.is_healthy
    before = session.backend.cluster.now_ms
    judgement = session.judgement()
    assert judgement.reason == Reason.UNSTABLE
    assert judgement.held_s == 10  # killed 50 s after its start, at once restarted
    assert session.backend.cluster.now_ms == before == 40_000


def test_a_walk_with_crashing_containers_goes_as_in_the_environment() -> None:
    walk_together(crashing("10s"), seed=3)


def test_tool_calls_start_at_none() -> None:
    assert not ScenarioSession(scenario()).tool_calls


def test_a_goal_that_is_met_at_the_cost_of_others_is_told_so() -> None:
    session = ScenarioSession(beside(10))
    assert "No other workload may have fewer ready pods" in session.task
    outcome = session.step(Action.INCREASE_REPLICAS)
    assert (outcome.solved, outcome.counts.harmed) == (False, 1)
    assert session.judgement().reason == Reason.OTHERS_HARMED
    former = ScenarioSession(beside(10, goal=Goal(harmless=False)))
    assert "No other workload" not in former.task
    assert former.step(Action.INCREASE_REPLICAS).solved
    assert former.judgement().solved


def test_harm_that_comes_after_the_last_step_counts_as_well() -> None:
    # Two pods of 700Mi leave too little for what the other one grows to half a minute later.
    web = workload("web", 1, container(requests={"cpu": "100m", "memory": "700Mi"}))
    other = workload("other", 1, container(requests={"cpu": "100m", "memory": "100Mi"}))
    for made, used in ((web, "700Mi"), (other, "0s=100Mi,40s=900Mi")):
        annotations = {"kwok.x-k8s.io/usage-memory": used, "kwok.x-k8s.io/usage-cpu": "50m"}
        made["spec"]["template"]["metadata"]["annotations"] = annotations
    session = ScenarioSession(
        Scenario(
            name="later",
            family="test",
            trace=trace_of((0, [web, other])),
            nodes=(make_node("n", "4", "2Gi"),),
            deploy="web",
            target=2,
            duration_s=20,
            config=ClusterConfig(kubelet="real"),
        )
    )
    assert session.step(Action.INCREASE_REPLICAS).solved
    judgement = session.judgement()
    assert (judgement.solved, judgement.reason) == (False, Reason.OTHERS_HARMED)
    assert 0 < judgement.held_s < 60


def test_how_others_fare_without_steps_is_replayed_once_for_all_who_are_judged(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    replays: list[object] = []
    replay = Cluster.replay

    def counted(self: Cluster, trace: Trace, **options: Any) -> None:
        replays.append(trace)
        replay(self, trace, **options)

    monkeypatch.setattr(Cluster, "replay", counted)
    played = replace(scenario(2, "500m", "512Mi"), goal=Goal(harmless=True))
    for _ in range(3):
        session = ScenarioSession(played)
        session.step(Action.INCREASE_REPLICAS)
        assert session.judgement().solved
    assert replays.count(played.trace) == 1


@pytest.mark.parametrize("ordinary", [False, True])
def test_the_workload_itself_may_have_fewer_pods_whatever_its_namespace_is_called(
    ordinary: bool,
) -> None:
    played = replace(scenario(4, "500m", "512Mi"), goal=Goal(harmless=True))
    session = ScenarioSession(played, ordinary=ordinary)
    assert session.step(Action.DECREASE_REPLICAS).solved
    assert session.judgement().reason == Reason.SOLVED
