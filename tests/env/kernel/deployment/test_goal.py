"""Goals beyond counts of pods: failures and waste."""

from __future__ import annotations

import pytest
from tests.env.cases import scenario, trace_of, workload

from simarena.cluster.config import ClusterConfig
from simarena.cluster.manifests.node_words import make_node
from simarena.env.codes import ObservationKind
from simarena.env.deployment.env import DeploymentEnv
from simarena.env.deployment.spaces import components
from simarena.env.scenarios.scenario import Goal, Scenario
from simarena.errors import ScenarioError

DIAGNOSTIC_COMPONENTS = components(ObservationKind.DIAGNOSTIC)


def measured(
    requests: tuple[str, str],
    usage: tuple[str, str],
    goal: Goal,
    limit: str | None = None,
) -> Scenario:
    """Return two pods that request and use this much CPU and memory."""
    resources = {"requests": dict(zip(("cpu", "memory"), requests, strict=True))}
    if limit:
        resources["limits"] = {"memory": limit}
    made = workload("web", 2, {"image": "x", "resources": resources})
    made["spec"]["template"]["metadata"]["annotations"] = {
        "kwok.x-k8s.io/usage-cpu": usage[0],
        "kwok.x-k8s.io/usage-memory": usage[1],
    }
    return Scenario(
        name="measured",
        family="test",
        trace=trace_of((0, [made])),
        nodes=(make_node("n1", "16", "32Gi"),),
        deploy="web",
        target=2,
        goal=goal,
        config=ClusterConfig(kubelet="real"),
    )


def test_waste_is_the_larger_of_what_is_requested_for_each_unit_used() -> None:
    env = DeploymentEnv(scenarios=measured(("1", "1Gi"), ("500m", "256Mi"), Goal()))
    _, info = env.reset(seed=0)
    assert (info["cpu_used_milli"], info["memory_used_bytes"]) == (500, 256 * 2**20)
    assert info["waste"] == 4.0
    assert info["memory_limit_bytes"] == -1
    assert info["solved"]


def test_a_ceiling_on_waste_is_met_between_usage_and_ceiling() -> None:
    goal = Goal(max_waste=2.0)
    env = DeploymentEnv(scenarios=measured(("1500m", "1Gi"), ("500m", "512Mi"), goal))
    _, info = env.reset(seed=0)
    assert not info["solved"]
    assert env.step(4)[2]  # 1000m is twice 500m
    starved = measured(("400m", "1Gi"), ("500m", "512Mi"), goal)
    _, info = DeploymentEnv(scenarios=starved).reset(seed=0)
    assert not info["solved"]


def test_a_pod_that_is_up_again_has_failed_all_the_same() -> None:
    # Killed 20 s after each start: at 60 s the third run is on, and the pod Ready.
    usage = ("500m", "0s=100Mi,20s=600Mi")
    for most, solved in ((None, True), (10, True), (0, False)):
        case = measured(("1", "512Mi"), usage, Goal(max_failures=most), limit="512Mi")
        env = DeploymentEnv(scenarios=case, duration_s=30)
        observation, info = env.reset(seed=0)
        assert info["ready"] == 2
        assert info["failures"] == info["oom_killed"] == 2
        assert info["solved"] == solved
        shown = dict(zip(DIAGNOSTIC_COMPONENTS, observation.tolist(), strict=True))
        assert shown["failures"] == 0.5
        assert shown["oom_killed"] == 0.5
        assert shown["memory_limit_over_usage"] == pytest.approx(-88 / 256 / (1 + 88 / 256))


def test_diagnostic_tells_how_far_requests_are_from_usage_and_ceiling() -> None:
    case = measured(("2", "1Gi"), ("500m", "256Mi"), Goal(max_waste=2.0))
    observation, _ = DeploymentEnv(scenarios=case).reset(seed=0)
    shown = dict(zip(DIAGNOSTIC_COMPONENTS, observation.tolist(), strict=True))
    assert shown["waste_ceiling"] == 0.5
    assert shown["cpu_over_usage"] == 0.75  # three steps
    assert shown["memory_over_usage"] == 0.75
    assert shown["cpu_over_ceiling"] == pytest.approx(2 / 3)
    assert shown["memory_over_ceiling"] == pytest.approx(2 / 3)
    assert shown["memory_limit_over_usage"] == 1
    assert shown["usage_known"] == 1


def test_the_reward_guided_counts_the_actions_that_settings_tell_of() -> None:
    # CPU three steps, memory two steps above twice the usage: 2500m over 1000m, 1Gi over 512Mi.
    case = measured(("2500m", "1Gi"), ("500m", "256Mi"), Goal(max_waste=2.0))
    env = DeploymentEnv(scenarios=case, reward="guided")
    env.reset(seed=0)
    assert env.step(0)[1] == pytest.approx(-0.1 - 0.03 * 5)
    assert env.step(4)[1] == pytest.approx(-0.1 - 0.03 * 4)
    # 600Mi used, 512Mi allowed: one step, and no pod is ready.
    killed = measured(("1", "512Mi"), ("500m", "600Mi"), Goal(), limit="512Mi")
    env = DeploymentEnv(scenarios=killed, reward="guided")
    env.reset(seed=0)
    assert env.step(0)[1] == pytest.approx(-0.1 - 0.2 - 0.03)
    assert env.step(2)[1] == 1.0


def test_without_annotations_nothing_is_known_of_usage() -> None:
    observation, info = DeploymentEnv(scenarios=scenario()).reset(seed=0)
    assert info["waste"] == 0
    assert info["cpu_used_milli"] == info["memory_used_bytes"] == -1
    shown = dict(zip(DIAGNOSTIC_COMPONENTS, observation.tolist(), strict=True))
    assert shown["usage_known"] == shown["cpu_over_usage"] == shown["memory_over_usage"] == 0
    with pytest.raises(ScenarioError, match="annotate its pods with"):
        DeploymentEnv(scenarios=scenario(goal=Goal(max_waste=2.0)))


@pytest.mark.parametrize(
    ("goal", "message"),
    [
        (Goal(max_waste=0.5), "goal.max_waste must be"),
        (Goal(max_waste=float("nan")), "goal.max_waste must be"),
        (Goal(max_failures=-1), "goal.max_failures must be"),
    ],
)
def test_goals_that_nothing_could_meet_are_refused(goal: Goal, message: str) -> None:
    with pytest.raises(ScenarioError, match=message):
        scenario(goal=goal)
    with pytest.raises(ScenarioError, match="optimal_steps must be"):
        scenario(optimal_steps=41)
