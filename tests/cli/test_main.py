from __future__ import annotations

import errno
import os
import subprocess
import sys
from importlib.metadata import version
from types import ModuleType

import pytest
import typer

from simarena.cli import main
from simarena.cli._commands import COMMANDS
from simarena.cli._lazy import LazyCommand, Target
from simarena.errors import TraceError

LISTED = dict(COMMANDS)  # before the fixture below replaces them


def outcome_of(kind: str, count: int = 1) -> None:
    """End in the way that is asked for."""
    if kind == "error":
        message = "a.sktrace: event 3:\nno such  field"
        raise TraceError(message)
    if kind == "interrupt":
        raise KeyboardInterrupt
    if kind == "exit":
        raise typer.Exit(count)
    if kind == "disk":
        raise OSError(errno.ENOSPC, "No space left on device", "runs/a/report.md")
    if kind == "defect":
        raise RuntimeError(kind)
    if kind == "missing":
        raise ModuleNotFoundError(name="torch.nn")
    if kind == "foreign":
        raise ModuleNotFoundError(name="elsewhere")
    typer.echo(kind * count)


@pytest.fixture(autouse=True)
def commands(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave two commands: a function, `end`, and a group, `group`, with one command, `one`."""
    module = ModuleType("arena_made_up")
    group = typer.Typer(no_args_is_help=True)
    group.callback(help="A group.")(lambda: None)
    group.command("one")(outcome_of)
    monkeypatch.setattr(module, "end", outcome_of, raising=False)
    monkeypatch.setattr(module, "group", group, raising=False)
    monkeypatch.setitem(sys.modules, module.__name__, module)
    for name in list(COMMANDS):
        monkeypatch.delitem(COMMANDS, name)
    monkeypatch.setitem(COMMANDS, "end", Target(module.__name__, "end", "End somehow."))
    monkeypatch.setitem(COMMANDS, "group", Target(module.__name__, "group", "Some commands."))
    monkeypatch.setitem(COMMANDS, "absent", Target("arena_absent", "x", "Never imported."))


def test_help_lists_commands_without_importing_them(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--help"]) == 0
    shown = capsys.readouterr().out
    assert "End somehow." in shown
    assert "Never imported." in shown


def test_no_command_shows_the_help_and_is_a_usage_error(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main([]) == 2
    assert "Some commands." in capsys.readouterr().out
    assert main(["group"]) == 2
    assert "one" in capsys.readouterr().out


def test_version_is_that_of_the_package(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"simarena {version('simarena')}\n"


@pytest.mark.parametrize("command", [["end"], ["group", "one"]])
def test_a_command_gets_its_options(command: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*command, "ab", "--count", "2"]) == 0
    assert capsys.readouterr().out == "abab\n"


def test_help_of_a_command_names_its_options_but_no_completion(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["end", "--help"]) == 0
    shown = capsys.readouterr().out
    assert "--count" in shown
    assert "End in the way" in shown
    assert "completion" not in shown


@pytest.mark.parametrize(
    ("kind", "status", "message"),
    [
        ("error", 1, "simarena: a.sktrace: event 3:\\nno such  field\n"),
        ("interrupt", 130, "simarena: interrupted\n"),
        ("missing", 1, "simarena: torch.nn is not installed; pip install 'simarena[rl]'\n"),
    ],
)
def test_what_a_user_can_mend_is_one_line(
    kind: str, status: int, message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["end", kind]) == status
    captured = capsys.readouterr()
    assert captured.err == message
    assert captured.out == ""


def test_a_full_disk_is_one_line(commands: None, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["end", "disk"]) == 1
    said = "simarena: runs/a/report.md: No space left on device; see to the disk, then go on\n"
    assert capsys.readouterr().err == said


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        (["nothing"], "No such command 'nothing'"),
        (["--nothing"], "No such option: --nothing; see 'simarena --help'"),
        (["end"], "Missing argument 'kind'; see 'simarena end --help'"),
        (["end", "x", "--count", "many"], "Invalid value for '--count'"),
    ],
)
def test_a_senseless_command_line_is_one_line_and_status_2(
    arguments: list[str], part: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == 2
    shown = capsys.readouterr().err
    assert shown.startswith("simarena: ")
    assert shown.count("\n") == 1
    assert part in shown


def test_a_command_may_choose_its_status() -> None:
    assert main(["end", "exit", "--count", "3"]) == 3


@pytest.mark.parametrize(
    ("kind", "error"), [("defect", RuntimeError), ("foreign", ModuleNotFoundError)]
)
def test_a_defect_keeps_its_traceback(kind: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        main(["end", kind])


def test_a_reader_that_leaves_is_no_error() -> None:
    reader, writer = os.pipe()
    os.close(reader)
    code = "import sys; from simarena.cli import main; sys.exit(main(['--version']))"
    with os.fdopen(writer, "wb") as gone:
        done = subprocess.run(
            [sys.executable, "-c", code],
            check=False,
            stdout=gone,
            stderr=subprocess.PIPE,
            timeout=60,
        )
    assert done.returncode == 1
    assert done.stderr == b""


def test_the_package_runs_as_a_module() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "simarena", "--version"],
        check=True,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.stdout == f"simarena {version('simarena')}\n"


@pytest.mark.parametrize("name", LISTED)
def test_every_listed_command_can_be_loaded(name: str) -> None:
    assert LazyCommand(name, LISTED[name]).load().name == name


def test_every_command_is_described_in_one_sentence() -> None:
    for target in LISTED.values():
        assert target.help.endswith(".")
        assert len(target.help) < 80
