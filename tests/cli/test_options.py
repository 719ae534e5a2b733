"""Options that are made from settings classes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, Literal

import pytest
import typer
from typer.testing import CliRunner

from simarena.benchmark.settings import DEFAULT_AGENTS
from simarena.checks.declared import declarations, setting
from simarena.cli import main
from simarena.cli._commands import COMMANDS
from simarena.cli.options.declared import Options, option_of, with_options
from simarena.training.settings import TrainSettings


@dataclass(frozen=True, kw_only=True)
class Baking:
    minutes_s: int = setting(40, "How long.", option="minutes", panel="Oven")
    tins: tuple[str, ...] = setting((), "In what.", panel="Oven")
    heat: Literal["low", "high"] = setting("low", "How hot.", panel="Oven")
    cook: str = setting("me", "Who.")


def baked(*arguments: str, **options: Any) -> dict[str, Any] | Baking:
    """Return what a command is handed that takes `Baking`, as itself or as a map."""
    handed: list[dict[str, Any] | Baking] = []
    kind = options.pop("kind", Baking)

    def bake(*, oven: Any, loud: bool = False) -> None:
        handed.append(oven)

    bake.__annotations__["oven"] = Annotated[kind, Options(Baking, **options)]
    app = typer.Typer()
    app.command()(with_options(bake))
    result = CliRunner().invoke(app, list(arguments))
    assert result.exit_code == 0, result.output
    (oven,) = handed
    return oven


def test_a_command_is_handed_its_settings_whole() -> None:
    assert baked() == Baking()
    said = baked("--minutes", "5", "--loud", "--tins", "a", "--tins", "b", "--heat", "high")
    assert said == Baking(minutes_s=5, tins=("a", "b"), heat="high")


def test_or_only_what_was_given() -> None:
    assert baked(kind=dict[str, Any]) == {}
    assert baked("--minutes", "40", kind=dict[str, Any]) == {"minutes_s": 40}


@pytest.mark.parametrize(
    "arguments", [["--cook", "you"], ["--heat", "middling"], ["--minutes", "long"]]
)
def test_what_is_declared_no_option_or_of_another_kind_is_refused(arguments: list[str]) -> None:
    with pytest.raises(AssertionError):
        baked(*arguments)


def test_a_command_may_leave_options_out() -> None:
    with pytest.raises(AssertionError, match="No such option"):
        baked("--heat", "low", without=("heat",))


def help_of(
    command: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> str:
    monkeypatch.setenv("COLUMNS", "300")
    assert main([command, "--help"]) == 0
    return capsys.readouterr().out


def test_every_setting_of_a_training_with_a_panel_is_listed_in_its_help(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    shown = help_of("train", capsys, monkeypatch)
    for name, each in declarations(TrainSettings).items():
        assert (f" {option_of(TrainSettings, name)} " in shown) is bool(each.panel), name
        assert not each.panel or each.says in shown
    assert "--set" in shown  # reaches all of them


def test_every_command_about_a_trace_has_the_same_options_for_it(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    commands = ("train", "evaluate", "compare", "collect", "run", "bench", "step", "mcp")
    for command in commands:
        shown = help_of(command, capsys, monkeypatch)
        for option in ("deploy", "namespace", "target", "nodes", "kubelet"):
            assert f"--{option} " in shown, (command, option)


def test_square_brackets_of_a_help_are_shown(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    helps = {command: help_of(command, capsys, monkeypatch) for command in COMMANDS}
    assert "[default: real where its pods tell what they use]" in helps["evaluate"]
    assert "[default: to the last event]" in helps["replay"]
    assert "[,<pods>pods]" in helps["replay"]
    assert f"[default: {', '.join(DEFAULT_AGENTS)}]" in helps["bench"]
