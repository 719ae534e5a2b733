"""Whether other workloads fare worse: the same in steps, in what is remembered, and in Clusters."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from tests.env.cases import container, trace_of, workload
from tests.env.kernel.deployment.test_remembering import assert_that_walks_are_equal

from simarena.cluster import Cluster
from simarena.cluster.manifests.node_words import make_node
from simarena.env.deployment.env import DeploymentEnv
from simarena.env.deployment.vector_env import DeploymentVectorEnv
from simarena.env.playing.harm import harmed, standing
from simarena.env.scenarios.classic import classic_scenarios
from simarena.env.scenarios.oracle import shortest_solution
from simarena.env.scenarios.scenario import Goal, Scenario
from simarena.env.scenarios.suite import load_suite
from simarena.trace import Action, apply_action

CPU = {"cpu": "1", "memory": "64Mi"}
MORE, LESS = Action.INCREASE_REPLICAS, Action.DECREASE_REPLICAS


def beside(other_at: int, *, critical: bool = False, goal: Goal | None = None) -> Scenario:
    """Return a pod of one CPU of which two are wanted, and another one, on a node of two CPUs."""
    web = workload("web", 1, container(requests=CPU))
    if critical:
        web["spec"]["template"]["spec"]["priorityClassName"] = "system-cluster-critical"
    other = workload("other", 1, container(requests=CPU))
    return Scenario(
        name="beside",
        family="test",
        trace=trace_of(*sorted([(5, [web]), (other_at, [other])], key=lambda event: event[0])),
        nodes=(make_node("n", "2", "4Gi"),),
        deploy="web",
        target=2,
        duration_s=20,
        goal=goal or Goal(),
    )


def after(scenario: Scenario, *actions: Action) -> dict[str, Any]:
    env = DeploymentEnv(scenarios=scenario)
    _, info = env.reset(seed=0)
    for action in actions:
        info = env.step(action)[4]
    return info


@pytest.mark.parametrize(
    ("scenario", "ready"),
    [
        (beside(0, critical=True), 2),  # the second pod preempts the other workload's
        (beside(10), 2),  # it takes the place in which the other workload's would be
    ],
)
def test_a_goal_is_not_met_at_the_cost_of_another_workload(scenario: Scenario, ready: int) -> None:
    assert after(scenario)["harmed"] == 0
    info = after(scenario, MORE)
    assert (info["ready"], info["pending"], info["total"]) == (ready, 0, 2)
    assert (info["harmed"], info["solved"]) == (1, False)
    assert after(scenario, MORE, LESS)["harmed"] == 0
    assert shortest_solution(scenario) != (MORE,)


@pytest.mark.parametrize("critical", [False, True])
def test_by_the_former_rule_nobody_looks_at_others(critical: bool) -> None:
    former = beside(0 if critical else 10, critical=critical, goal=Goal(harmless=False))
    info = after(former, MORE)
    assert (info["harmed"], info["solved"]) == (0, True)
    assert shortest_solution(former) == (MORE,)


def test_the_oracle_finds_a_way_without_harm_where_there_is_one() -> None:
    # Half a CPU each: two pods and the other workload's fit.
    way = shortest_solution(beside(10))
    assert way == (Action.DECREASE_CPU, MORE)
    assert after(beside(10), *way)["harmed"] == 0


def test_what_others_lack_without_any_edit_is_no_harm() -> None:
    crowded = beside(10, goal=Goal())
    web = workload("web", 2, container(requests=CPU))
    other = workload("other", 1, container(requests=CPU))
    crowded = Scenario(
        name="crowded",
        family="test",
        trace=trace_of((5, [web]), (10, [other])),
        nodes=crowded.nodes,
        deploy="web",
        target=2,
        duration_s=20,
    )
    info = after(crowded)
    assert (info["harmed"], info["solved"]) == (0, True)


def test_harm_is_remembered_as_it_is_replayed() -> None:
    scenarios = (beside(0, critical=True), beside(10), *load_suite("arena-v2")[:6])
    assert_that_walks_are_equal(3, num_envs=5, scenarios=scenarios)
    assert_that_walks_are_equal(4, num_envs=5, scenarios=scenarios, num_threads=2)


@pytest.mark.parametrize("remember", [False, True])
def test_whoever_did_not_see_an_episode_begin_finds_out_how_others_fared(
    remember: bool,
) -> None:
    envs = DeploymentVectorEnv(2, scenarios=beside(10), remember=remember)
    envs.reset(seed=0)
    envs.batch.seat.unedited[:] = 0  # as for a thread that another one's environment comes to
    infos = envs.step(np.array([MORE, Action.INCREASE_MEMORY]))[4]
    assert infos["harmed"].tolist() == [1, 0]


def test_clusters_are_judged_by_the_same_definition() -> None:
    for scenario in (beside(0, critical=True), beside(10)):
        clusters = []
        for action in (Action.NOOP, MORE):
            trace = apply_action(scenario.trace, scenario.workload, action)[0]
            cluster = Cluster(scenario.nodes, config=scenario.config, seed=scenario.seed)
            cluster.replay(trace, duration=scenario.duration_s)
            clusters.append(cluster)
        unedited, edited = clusters
        spared = ("Deployment", "virtual-default", "web")
        assert harmed(edited, standing(unedited), spared) == ["Deployment virtual-default/other"]
        assert harmed(unedited, standing(unedited), spared) == []


def test_pods_without_a_workload_count_as_others() -> None:
    pod = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "alone", "namespace": "default"},
        "spec": {"containers": [container(requests=CPU)]},
    }
    scenario = beside(10)
    web = scenario.trace.events[0].applied_objs[0]
    alone = Scenario(
        name="alone",
        family="test",
        trace=trace_of((5, [web]), (10, [pod])),
        nodes=scenario.nodes,
        deploy="web",
        target=2,
        duration_s=20,
    )
    assert after(alone)["harmed"] == 0
    assert after(alone, MORE)["harmed"] == 1


def test_suites_from_before_the_rule_keep_theirs_and_new_ones_have_it() -> None:
    for name in ("arena-v1",):
        assert not any(one.goal.harmless for one in load_suite(name))
    assert not any(one.goal.harmless for one in classic_scenarios())
    assert all(one.goal.harmless for one in load_suite("arena-v2"))
    assert Goal().harmless


def test_old_suites_apply_their_workload_once_so_limits_bind_them_as_before() -> None:
    for one in (*load_suite("arena-v1"), *classic_scenarios()):
        ref = one.workload
        applied = [each for event in one.trace.events for each in event.applied_objs]
        assert sum(ref.is_ref_of(each) for each in applied) == 1
