"""Pictures show what the cluster is like, whether its replay was run or remembered."""

from __future__ import annotations

import sys
import types
import warnings
from typing import TYPE_CHECKING, Any

import gymnasium
import numpy as np
import pytest
from gymnasium.utils.env_checker import check_env
from tests.env.cases import crashing, scenario

from simarena.env import DeploymentEnv, DeploymentVectorEnv
from simarena.env.fleet import ClusterEnv
from simarena.env.online import OnlineEnv, OnlineVectorEnv
from simarena.env.playing.picture import HEIGHT, WIDTH, draw
from simarena.env.playing.scene import DrawnNode, DrawnPod, PodState, Scene, scene_of
from simarena.errors import ConfigError, EpisodeError

if TYPE_CHECKING:
    from pathlib import Path

SHAPE = (HEIGHT, WIDTH, 3)


def scene(env: DeploymentEnv) -> Scene:
    batch = env._batch
    row = int(batch.episodes[0]["scenario"])
    return scene_of(batch.tables_of(0), batch.nodes_of(row), frozenset(batch.workloads_of(row)))


def states(env: Any) -> list[PodState]:
    drawn = scene(env)
    pods = [pod for node in drawn.nodes for pod in node.pods] + list(drawn.waiting)
    return sorted(pod.state for pod in pods if pod.is_ours)


def test_a_scene_has_the_nodes_and_what_is_on_them() -> None:
    env = DeploymentEnv(scenarios=scenario(3, "10", "1Gi", nodes=2))
    env.reset(seed=0)
    drawn = scene(env)
    assert [node.name for node in drawn.nodes] == ["n0", "n1"]
    assert [node.cpu_requested_milli for node in drawn.nodes] == [10_000, 10_000]
    assert [node.cpu_milli for node in drawn.nodes] == [16_000, 16_000]
    assert [node.memory_bytes for node in drawn.nodes] == [32 * 2**30] * 2
    assert [node.pods for node in drawn.nodes] == [(DrawnPod(PodState.READY, is_ours=True),)] * 2
    assert drawn.waiting == (DrawnPod(PodState.WAITING, is_ours=True),)


def test_a_remembered_outcome_is_drawn_as_its_own_replay_was() -> None:
    env = DeploymentEnv(scenarios=scenario(1, target=9), max_steps=100)
    env.reset(seed=0)
    seen = []
    for action in (3, 3, 6, 6, 3):
        _, _, _, _, info = env.step(action)
        seen.append(len(states(env)))
        assert states(env) == [PodState.READY] * info["ready"]
    assert seen == [2, 3, 2, 1, 2]  # the last three are remembered
    before = env.save_state()
    scene(env)
    assert env.save_state() == before  # to look changes nothing


def test_pods_that_crash_are_told_from_those_that_start() -> None:
    env = DeploymentEnv(scenarios=crashing("5s", duration_s=60))
    env.reset(seed=0)
    assert states(env) == [PodState.CRASHED]


def test_a_running_cluster_is_drawn_as_it_is_now() -> None:
    env = OnlineEnv(profile="steps", interval_s=2)
    env.reset(seed=0)
    for action in (3, 3, 1, 0):
        _, _, _, _, info = env.step(action)
        drawn = states(env)
        assert drawn.count(PodState.READY) + drawn.count(PodState.TERMINATING) >= info["ready"]
        assert len(drawn) == info["total"]
    assert PodState.STARTING in states(env)


@pytest.mark.parametrize(
    "made",
    [
        lambda: DeploymentEnv(scenarios=scenario(2), render_mode="rgb_array"),
        lambda: OnlineEnv(render_mode="rgb_array"),
        lambda: ClusterEnv(num_scenarios=1, render_mode="rgb_array"),
    ],
)
def test_pictures_are_arrays_that_steps_change(made: Any) -> None:
    env = made()
    with pytest.raises(EpisodeError, match="reset"):
        env.render()
    env.reset(seed=0)
    first = env.render()
    assert first.shape == SHAPE
    assert first.dtype == np.uint8
    np.testing.assert_array_equal(env.render(), first)
    env.step(3)
    assert not np.array_equal(env.render(), first)


def test_a_vector_draws_each_of_its_environments() -> None:
    envs = DeploymentVectorEnv(2, scenarios=scenario(2), render_mode="rgb_array")
    envs.reset(seed=0)
    envs.step(np.array([0, 3]))
    frames = envs.render()
    assert frames is not None
    assert [frame.shape for frame in frames] == [SHAPE] * 2
    assert not np.array_equal(*frames)
    assert OnlineVectorEnv(1).render() is None


def test_a_crowd_of_nodes_and_pods_has_room() -> None:
    pods = tuple(DrawnPod(PodState(row % 6), is_ours=row % 2 == 0) for row in range(900))
    node = DrawnNode("a-node-with-a-long-name.in.some-zone", 10, 10, 20, 5, pods)
    crowd = Scene((node,) * 300, pods)
    picture = draw(crowd, "$a$ name" * 30, ["word " * 20] * 30)
    assert picture.shape == SHAPE
    assert not np.array_equal(picture, draw(Scene((), ()), "", []))


def test_without_matplotlib_only_drawing_fails_and_in_one_line(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    env = DeploymentEnv(scenarios=scenario(2), render_mode="rgb_array")
    env.reset(seed=0)
    env.step(3)
    with pytest.raises(ConfigError, match=r"simarena\[plot\]") as caught:
        env.render()
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("SimArena/Deployment-v0", {"scenarios": "classic"}),
        ("SimArena/Online-v0", {"horizon_s": 100}),
        ("SimArena/Cluster-v0", {"num_scenarios": 2}),
    ],
)
def test_gymnasiums_checkers_have_nothing_to_say(name: str, options: dict[str, Any]) -> None:
    env = gymnasium.make(name, render_mode="rgb_array", **options)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warnings.filterwarnings("ignore", message=".*unwrapped environment.*")
        check_env(env.unwrapped)
        env.reset(seed=0)
        env.step(0)
        env.render()


class Clip:
    """Stands for moviepy's, which is not among SimArena's dependencies."""

    written: list[tuple[int, float, str]] = []  # noqa: RUF012

    def __init__(self, frames: list[Any], fps: float) -> None:
        self.frames, self.fps = frames, fps

    def write_videofile(self, path: str, **_: Any) -> None:
        assert all(frame.shape == SHAPE for frame in self.frames)
        self.written.append((len(self.frames), self.fps, path))


def test_gymnasium_records_films(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    moviepy = types.ModuleType("moviepy")
    clips = types.ModuleType("moviepy.video.io.ImageSequenceClip")
    clips.ImageSequenceClip = Clip  # type: ignore[attr-defined]
    for name in ("moviepy", "moviepy.video", "moviepy.video.io"):
        monkeypatch.setitem(sys.modules, name, moviepy)
    monkeypatch.setitem(sys.modules, "moviepy.video.io.ImageSequenceClip", clips)
    Clip.written.clear()
    env = gymnasium.make(
        "SimArena/Deployment-v0", scenarios=scenario(1), max_steps=3, render_mode="rgb_array"
    )
    recorded = gymnasium.wrappers.RecordVideo(
        env, str(tmp_path / "films"), episode_trigger=lambda _: True
    )
    recorded.reset(seed=0)
    for _ in range(3):
        recorded.step(6)
    recorded.close()  # type: ignore[no-untyped-call]
    assert [(number, fps) for number, fps, _ in Clip.written] == [(4, 4)]
