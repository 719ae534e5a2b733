"""Agents of one's own: found where they are, or refused in a line that says what to write."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from simarena.agents import TaskShape, make_agent
from simarena.errors import ConfigError, UnknownNameError

if TYPE_CHECKING:
    from pathlib import Path

SHAPE = TaskShape(observation="base", observation_size=5, num_actions=7)
SEEN = np.zeros((2, 5), dtype=np.float32)


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> str:
    """Return the name of a module in this folder that holds just these lines."""
    name = f"own_{abs(hash(request.node.name))}"
    (tmp_path / f"{name}.py").write_text(request.param)
    monkeypatch.chdir(tmp_path)
    return name


def played(module: str) -> list[int]:
    agent = make_agent(f"{module}:Own", SHAPE)
    agent.begin(2, seed=0)
    actions: list[int] = agent.act_batch(SEEN, {}).tolist()
    return actions


@pytest.mark.parametrize(
    "module",
    [
        "class Own:\n def act(self, observation, info): return 3",
        "class Own:\n name = 'a'\n def act(self, *seen): return 3\n def reset(self, seed): pass",
        "class Own:\n name = property(lambda self: 'a')\n def act(self, seen, info): return 3",
    ],
    indirect=True,
)
def test_a_class_needs_no_more_than_act(module: str) -> None:
    assert played(module) == [3, 3]
    assert make_agent(f"{module}:Own", SHAPE).name in {"a", "Own"}


@pytest.mark.parametrize(
    ("module", "said"),
    [
        ("class Own:\n def act(self): return 0", r"write act\(self, observation, info\)"),
        (
            "class Own:\n def act(self, a, b): return 0\n def reset(self): pass",
            r"write reset\(self, seed\)",
        ),
        ("class Own:\n def __init__(self, x): pass\n def act(self, a, b): pass", "is made without"),
        ("class Own:\n def act(self, a, b): return None", "must return the number of an action"),
        ("class Own:\n def act(self, a, b): return 0.5", "must return the number of an action"),
        ("class Own:\n def act(self, a, b): return 10**30", "must return the number of an action"),
        ("import nothing_like_it", "cannot be imported: ModuleNotFoundError"),
        ("no python", "cannot be imported: SyntaxError"),
        ("raise SystemExit(3)", "cannot be imported: SystemExit"),
    ],
    indirect=["module"],
)
def test_what_cannot_play_is_refused_in_a_line_that_says_what_to_write(
    module: str, said: str
) -> None:
    with pytest.raises(ConfigError, match=said) as failed:
        played(module)
    assert "\n" not in str(failed.value)


@pytest.mark.parametrize("path", ["nowhere:Own", "os.nowhere:Own", ".:Own", ":Own"])
def test_a_module_that_is_not_there_is_named(path: str) -> None:
    with pytest.raises(ConfigError, match="there is no module"):
        make_agent(path, SHAPE)


def test_a_class_that_is_not_in_its_module_is_named() -> None:
    with pytest.raises(ConfigError, match="module 'os' has no class 'Own' with a method act"):
        make_agent("os:Own", SHAPE)


@pytest.mark.parametrize("module", ["class Mine:\n def act(self, a, b): return 0"], indirect=True)
def test_the_agents_that_a_module_has_are_offered(module: str) -> None:
    with pytest.raises(UnknownNameError, match=f"agent in module '{module}' 'Min'; .*'Mine'"):
        make_agent(f"{module}:Min", SHAPE)
