from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.examples import examples

from simarena.env.deployment.env import DeploymentEnv
from simarena.env.deployment.vector_env import DeploymentVectorEnv
from simarena.env.scenarios.families.draft import STEPS
from simarena.env.scenarios.generator import CORE_FAMILIES, FAMILIES, SPLITS, generate
from simarena.env.scenarios.oracle import shortest_solution
from simarena.env.scenarios.suite import SUITES, load_suite
from simarena.errors import ScenarioError, UnknownNameError
from simarena.trace import Action


@pytest.mark.jit  # searches of thousands of replays, which take minutes interpreted
@pytest.mark.parametrize("family", FAMILIES)
@examples(4)
@given(seed=st.integers(0, 10**6), severity=st.sampled_from([1, 2]))
def test_the_simulator_needs_as_many_steps_as_a_scenario_says(
    family: str, seed: int, severity: int
) -> None:
    try:
        scenario = generate(family, seed, severity=severity)
    except ScenarioError:
        pytest.fail(f"{family} {seed} {severity} has no scenario")
    way = shortest_solution(scenario, most=7)
    assert way is not None
    assert len(way) == scenario.optimal_steps
    if family == "healthy":
        assert way == (Action.NOOP,)
        return
    least, most = STEPS[severity]
    assert least <= len(way) <= most


@pytest.mark.parametrize("family", FAMILIES)
def test_the_hardest_are_as_long_as_they_say(family: str) -> None:
    scenario = generate(family, 3, severity=3)
    if family != "healthy":
        assert 8 <= (scenario.optimal_steps or 0) <= 12
        assert scenario.max_steps > 3 * 12


def test_only_the_healthy_begin_at_their_goal() -> None:
    scenarios = [generate(family, seed) for family in FAMILIES for seed in range(8)]
    env = DeploymentVectorEnv(len(scenarios), scenarios=scenarios, sampling="cycle")
    _, infos = env.reset(seed=0)
    for row, scenario in enumerate(scenarios):
        assert infos["solved"][row] == (scenario.family == "healthy"), scenario.family


def situation(family: str, number: int = 24) -> tuple[dict[str, list[float]], list[int]]:
    """Return the first infos of some scenarios of a family, and their targets."""
    scenarios = [generate(family, seed) for seed in range(number)]
    env = DeploymentVectorEnv(number, scenarios=scenarios, sampling="cycle")
    _, infos = env.reset(seed=0)
    return {key: values.tolist() for key, values in infos.items()}, [s.target for s in scenarios]


def test_cpu_insufficient_leaves_pods_pending_for_want_of_cpu_alone() -> None:
    seen, targets = situation("cpu_insufficient")
    assert seen["replicas"] == targets
    assert min(seen["short_cpu"]) > 0
    assert max(seen["evicted"]) == max(seen["oom_killed"]) == 0


def test_mem_insufficient_kills_some_and_leaves_others_pending() -> None:
    seen, targets = situation("mem_insufficient")
    assert seen["replicas"] == targets
    for killed, waiting, short, target in zip(
        seen["oom_killed"], seen["waiting"], seen["short_memory"], targets, strict=True
    ):
        if killed:
            assert (killed, waiting) == (target, 0)
        else:
            assert short > 0
    assert 0 < sum(killed > 0 for killed in seen["oom_killed"]) < len(targets)
    for limit, used, killed in zip(
        seen["memory_limit_bytes"], seen["memory_used_bytes"], seen["oom_killed"], strict=True
    ):
        assert not killed or 0 < limit < used


def test_replicas_are_too_few_or_too_many() -> None:
    few, targets = situation("replica_deficit")
    assert all(count < target for count, target in zip(few["replicas"], targets, strict=True))
    assert few["ready"] == few["replicas"]
    many, targets = situation("replica_surplus")
    assert all(count > target for count, target in zip(many["replicas"], targets, strict=True))


def test_over_allocation_is_healthy_but_for_its_waste() -> None:
    scenarios = [generate("over_allocation", seed) for seed in range(24)]
    env = DeploymentVectorEnv(24, scenarios=scenarios, sampling="cycle")
    _, infos = env.reset(seed=0)
    assert infos["ready"].tolist() == infos["target"].tolist() == infos["total"].tolist()
    for row, scenario in enumerate(scenarios):
        assert scenario.goal.max_waste is not None
        assert infos["waste"][row] > scenario.goal.max_waste


def test_noisy_neighbours_have_the_workload_evicted() -> None:
    seen, _ = situation("noisy_neighbour")
    assert min(seen["evicted"]) > 0
    assert all(
        used > asked
        for used, asked in zip(seen["memory_used_bytes"], seen["memory_bytes"], strict=True)
    )


@pytest.mark.parametrize("family", ["taints", "spreading", "priority"])
def test_rules_of_placement_leave_pods_pending(family: str) -> None:
    seen, targets = situation(family)
    assert seen["replicas"] == targets
    assert min(seen["waiting"]) > 0


def test_placement_has_the_causes_it_is_named_after() -> None:
    taints = generate("taints", 1).nodes
    kept = [len(node["spec"]["taints"]) - 1 for node in taints]
    assert 0 < sum(kept) < len(kept)
    spread = generate("spreading", 1)
    (pod,) = [
        manifest["spec"]["template"]["spec"]
        for event in spread.trace.events
        for manifest in event.applied_objs
        if manifest["metadata"]["name"] == spread.deploy
    ]
    assert pod["topologySpreadConstraints"][0]["whenUnsatisfiable"] == "DoNotSchedule"
    late = generate("priority", 1).trace.events[-1].applied_objs
    assert {m["spec"]["template"]["spec"]["priorityClassName"] for m in late} == {
        "system-cluster-critical"
    }


def test_a_seed_always_gives_the_same_scenario() -> None:
    assert generate("mixed", 12, "train") == generate("mixed", 12, "train")
    assert generate("mixed", 12, "train") != generate("mixed", 12, "held-out")


def test_splits_share_no_seed_and_no_scenario() -> None:
    train, held_out = load_suite("train"), load_suite("held-out")
    assert (len(train), len(held_out)) == (1_000, 200)
    assert not {one.seed for one in train} & {one.seed for one in held_out}
    assert len({one.name for one in (*train, *held_out)}) == 1_200
    assert {one.split for one in train} == {"train"}
    assert {one.family for one in held_out} == set(FAMILIES)
    assert set(CORE_FAMILIES) < set(FAMILIES)


@pytest.mark.parametrize("suite", SUITES)
def test_names_do_not_tell_what_is_wrong(suite: str) -> None:
    for scenario in load_suite(suite):
        shown = f"{scenario.name} {scenario.deploy} {scenario.trace.source}".lower()
        for word in ("cpu", "mem", "replica", "insuff", "healthy", "surplus", "deficit", "mixed"):
            assert word not in shown


def test_clusters_vary() -> None:
    train = load_suite("train")
    assert {len(one.nodes) for one in train} == set(range(1, 9))
    assert len({one.nodes[0]["status"]["allocatable"]["cpu"] for one in train}) == 5
    assert set(range(1, 11)) <= {one.target for one in train}
    with_others = sum(len(one.trace.events) > 1 for one in train)
    assert 0.3 < with_others / len(train) < 0.7


def test_classic_has_the_fourteen() -> None:
    classic = load_suite("classic")
    asked = [(*one.settings, one.target) for one in classic]
    gi = 2**30
    assert len(classic) == 14
    assert asked[0] == (500, 33 * gi, 3, 3)
    assert asked[3] == (17_000, 33 * gi, 3, 3)
    assert asked[13] == (250, 33 * gi, 5, 3)
    assert [row for row, one in enumerate(classic) if one.family == "healthy"] == [7, 8]


@pytest.mark.parametrize("row", range(14))
def test_every_classic_scenario_can_be_solved(row: int) -> None:
    scenario = load_suite("classic")[row]
    way: list[int] | None = {12: [5] * 32, 11: [3] * 8}.get(row)
    if way is None:
        found = shortest_solution(scenario, most=9)
        assert found is not None
        way = list(map(int, found))
    env = DeploymentEnv(scenarios=scenario)
    env.reset(seed=0)
    assert [env.step(action)[2] for action in way][-1]


def test_what_cannot_be_generated_is_refused() -> None:
    with pytest.raises(UnknownNameError, match="did you mean 'mixed'"):
        generate("mixd", 0)
    with pytest.raises(UnknownNameError, match="train"):
        generate("mixed", 0, "trian")
    with pytest.raises(ScenarioError, match="severity"):
        generate("mixed", 0, severity=4)
    with pytest.raises(ScenarioError, match="seed"):
        generate("mixed", -1)
    assert len(SPLITS) == 3


def test_global_chance_does_not_matter() -> None:
    random.seed(1)
    first = generate("combined", 5)
    random.seed(2)
    assert generate("combined", 5) == first
