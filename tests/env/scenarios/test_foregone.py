"""What is said of scenarios that are decided before they begin."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from tests.env.cases import container, scenario, trace_of, workload

from simarena.env.deployment.env import DeploymentEnv
from simarena.env.scenarios.file import load_scenario_file
from simarena.env.scenarios.foregone import Fate, check_open, foregone
from simarena.env.scenarios.oracle import search_solution
from simarena.env.scenarios.scenario import scenario_from_trace
from simarena.errors import ScenarioError
from simarena.trace import Trace, new_trace

if TYPE_CHECKING:
    from pathlib import Path

    from simarena.env.scenarios.scenario import Scenario


def pinned_to_no_node() -> Scenario:
    web = workload("web", 1, container(requests={"cpu": "1", "memory": "64Mi"}))
    web["spec"]["template"]["spec"]["nodeSelector"] = {"disk": "ssd"}
    return replace(scenario(nodes=2, target=1), trace=trace_of((0, [web])))


def too_large_for_every_node(max_steps: int) -> Scenario:
    """Return a pod whose second container, which no action changes, asks for 20 CPUs."""
    first, second = container(requests={"cpu": "1"}), container(requests={"cpu": "20"})
    web = workload("web", 1, first, second)
    return replace(scenario(nodes=1, target=1), trace=trace_of((0, [web])), max_steps=max_steps)


def test_an_open_scenario_is_no_news() -> None:
    assert foregone(scenario(2, target=3)) is None
    check_open([scenario(2, target=3)])


def test_a_scenario_at_its_goal_is_told_and_refused_if_there_is_no_other() -> None:
    at_goal = scenario(3, target=3)
    found = foregone(at_goal)
    assert found is not None
    assert found.fate == Fate.AT_GOAL
    with pytest.raises(ScenarioError, match="'case': its goal is met before any step"):
        check_open([at_goal])
    with pytest.warns(UserWarning, match="mine: scenario 'case': its goal is met"):
        check_open([at_goal, scenario(2, target=3)], "mine")
    with pytest.warns(UserWarning, match="its goal is met"):
        check_open([at_goal], must_be_open=False)


def test_what_is_healthy_on_purpose_is_left_alone() -> None:
    check_open([replace(scenario(3, target=3), family="healthy")])


def test_pods_that_no_node_takes_are_told_in_the_schedulers_words() -> None:
    found = foregone(pinned_to_no_node())
    assert found is not None
    assert found.fate == Fate.NO_NODE
    assert "no node can take a pod of web, whatever it requests" in found.text
    assert "0/2 nodes are available" in found.text
    assert "didn't match Pod's node affinity/selector" in found.text


def test_what_no_actions_solve_is_told_where_the_search_comes_to_an_end() -> None:
    found = foregone(too_large_for_every_node(2))
    assert found is not None
    assert found.fate == Fate.UNSOLVABLE
    assert "no 2 actions lead to its goal" in found.text
    assert "Insufficient cpu" in found.text


def test_a_search_that_would_take_long_claims_nothing() -> None:
    hard = too_large_for_every_node(40)
    assert foregone(hard, work=1) is None
    assert search_solution(hard, most_replays=1) == (None, False)
    assert search_solution(replace(hard, max_steps=1)) == (None, True)
    assert search_solution(scenario(2, target=3)).is_certain


def test_a_file_of_scenarios_says_so_with_its_path(tmp_path: Path) -> None:
    resources = {"requests": {"cpu": "1", "memory": "1Gi"}}
    new_trace([workload("web", 3, {"image": "x", "resources": resources})]).save(
        tmp_path / "web.sktrace"
    )
    line = "  - {{name: {0}, trace: web.sktrace, deploy: web, target: {1}}}\n"
    path = tmp_path / "mine.yaml"
    path.write_text("scenarios:\n" + line.format("done", 3), "utf-8")
    with pytest.raises(ScenarioError, match=r"mine\.yaml: scenario 'done': its goal is met"):
        load_scenario_file(path)
    path.write_text("scenarios:\n" + line.format("done", 3) + line.format("more", 4), "utf-8")
    with pytest.warns(UserWarning, match="'done': its goal is met"):
        assert len(load_scenario_file(path)) == 2


def test_a_trace_whose_pods_tell_what_they_use_is_played_with_real_kubelets(shared: Path) -> None:
    case = json.loads((shared / "cases" / "50-crashing-trace.json").read_text("utf-8"))
    trace = Trace.from_bytes(json.dumps(case["input"]).encode(), source="crashing")
    crashing = scenario_from_trace(trace, deploy="web", target=2)
    assert crashing.config.kubelet == "real"
    env = DeploymentEnv(scenarios=crashing)
    env.reset(seed=0)
    assert not env.step(0)[4]["solved"]
    before = scenario_from_trace(trace, deploy="web", target=2, kubelet="kwok")
    assert before.config.kubelet == "kwok"
    found = foregone(before)
    assert found is not None
    assert found.fate == Fate.AT_GOAL


@pytest.mark.parametrize("spec", ["odd", ["odd"], 5])
def test_an_object_that_is_left_out_may_have_any_spec(spec: object) -> None:
    gadget = {"apiVersion": "v1", "kind": "Gadget", "metadata": {"name": "g"}, "spec": spec}
    web = workload("web", 1, container(requests={"cpu": "20"}))
    odd = replace(scenario(nodes=1, target=1), trace=trace_of((0, [web, gadget])), max_steps=1)
    with pytest.warns(UserWarning, match="not simulated: Gadget g"):
        found = foregone(odd)
    assert found is not None
    assert found.fate == Fate.UNSOLVABLE
