"""Arguments that nothing takes are a TypeError that offers the nearest one."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import gymnasium
import pytest
from tests.env.cases import scenario

from simarena.env import DeploymentEnv, DeploymentVectorEnv, scenario_from_trace
from simarena.env.fleet import ClusterEnv, ClusterVectorEnv
from simarena.env.online import OnlineEnv, OnlineVectorEnv
from simarena.errors import (
    ConfigError,
    SimArenaError,
    StorageError,
    UnknownArgumentError,
    UnknownNameError,
)


@pytest.mark.parametrize(
    ("made", "given", "meant"),
    [
        (DeploymentEnv, "rewards", "reward"),
        (DeploymentEnv, "rendermode", "render_mode"),
        (OnlineEnv, "horizon", "horizon_s"),
        (ClusterEnv, "num_workload", "num_workloads"),
        (DeploymentVectorEnv, "num_thread", "num_threads"),
        (OnlineVectorEnv, "autoreset", "autoreset_mode"),
        (ClusterVectorEnv, "observations", "observation"),
    ],
)
def test_the_nearest_argument_is_offered(made: Any, given: str, meant: str) -> None:
    with pytest.raises(TypeError, match=f"'{given}'; did you mean '{meant}'") as caught:
        made(**{given: 1})
    assert isinstance(caught.value, ConfigError)
    assert made.__name__ in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("trace", [5, True, ["a.sktrace"], {"a": 1}, b"a.sktrace"])
def test_what_is_no_trace_and_no_path_is_refused(trace: Any) -> None:
    for make in (
        lambda: DeploymentEnv(trace=trace, deploy="web", target=1),
        lambda: OnlineEnv(trace=trace, deploy="web"),
        lambda: ClusterEnv(trace=trace),
    ):
        with pytest.raises(StorageError, match="by its path or URI, not by"):
            make()


def test_one_environment_takes_nothing_that_only_a_vector_has() -> None:
    with pytest.raises(UnknownArgumentError, match="num_threads"):
        DeploymentEnv(num_threads=2)  # type: ignore[call-arg]


def test_it_comes_through_gymnasium_as_it_is() -> None:
    with pytest.raises(UnknownArgumentError, match="did you mean 'reward'"):
        gymnasium.make("SimArena/Deployment-v0", rewards="scale")
    with pytest.raises(UnknownArgumentError, match="did you mean 'reward'"):
        gymnasium.make_vec("SimArena/Deployment-v0", 2, rewards="scale")


def test_fields_of_a_scenario_are_offered_too() -> None:
    with pytest.raises(UnknownArgumentError, match="did you mean 'max_steps'"):
        scenario_from_trace(scenario().trace, deploy="web", target=1, max_step=3)


def test_errors_cross_from_one_process_to_another() -> None:
    error = UnknownNameError("suite", "clasic", ["classic", "train"])
    again = pickle.loads(pickle.dumps(error))
    assert str(again) == str(error) == "there is no suite 'clasic'; did you mean 'classic'?"
    assert (again.kind, again.name) == ("suite", "clasic")


@pytest.mark.parametrize("made", [DeploymentEnv, OnlineEnv, ClusterEnv])
def test_what_belongs_to_a_trace_is_refused_without_one(made: Any) -> None:
    with pytest.raises(ConfigError, match="nodes belongs to a trace"):
        made(nodes=5)
    with pytest.raises(ConfigError, match="nodes and kubelet belong to a trace"):
        made(nodes=4, kubelet="real")
    if made is not ClusterEnv:
        with pytest.raises(ConfigError, match="namespace belongs to a trace"):
            made(namespace="shop")


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (5, "options of reset must be a dictionary or None, got 5"),
        ([], "options of reset must be a dictionary or None, got"),
        ({"scenario": 1j}, "scenario must be a name or a row, or one for each environment"),
        ({"scenario": [[]]}, "there is no scenario"),
        ({"scenario": True}, "there is no scenario True"),
    ],
)
def test_options_of_reset_are_ours_or_refused_and_nothing_has_changed(
    options: Any, said: str
) -> None:
    env = DeploymentVectorEnv(1, scenarios=scenario(3), autoreset_mode="SameStep")
    before = copy.deepcopy(env)
    with pytest.raises(SimArenaError, match=said):
        env.reset(seed=7, options=options)
    assert env.reset()[0].tolist() == before.reset()[0].tolist()
    with pytest.raises(SimArenaError, match=said):
        DeploymentEnv(scenarios=scenario(3)).reset(options=options)
