"""Arguments that nothing takes are a TypeError that offers the nearest one."""

from __future__ import annotations

import pickle
from typing import Any

import gymnasium
import pytest
from tests.env.cases import scenario

from simarena.env import DeploymentEnv, DeploymentVectorEnv, scenario_from_trace
from simarena.env.fleet import ClusterEnv, ClusterVectorEnv
from simarena.env.online import OnlineEnv, OnlineVectorEnv
from simarena.errors import ConfigError, StorageError, UnknownArgumentError, UnknownNameError


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
