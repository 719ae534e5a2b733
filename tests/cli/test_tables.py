from __future__ import annotations

from io import StringIO
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console
from rich.table import Table

from simarena.cli import main
from simarena.cli.output.tables import print_table

if TYPE_CHECKING:
    from pathlib import Path

words = st.text("abc0123456789.%-", min_size=1, max_size=30)


@given(
    rows=st.lists(st.tuples(words, words, words, words), min_size=1, max_size=3),
    width=st.integers(10, 120),
)
def test_no_figure_and_no_name_is_cut_however_narrow_the_terminal(
    rows: list[tuple[str, str, str, str]], width: int
) -> None:
    table = Table(box=None, pad_edge=False)
    table.add_column("name", overflow="fold")
    table.add_column("first", justify="right")
    table.add_column("second", justify="right", no_wrap=True)
    table.add_column("third", justify="right")
    for row in rows:
        table.add_row(*row)
    told = StringIO()
    print_table(Console(file=told, width=width), table)
    text = told.getvalue()
    assert "…" not in text
    for name, *figures in rows:
        assert all(figure in text for figure in figures)
        assert len(name) > 8 or name in text


def test_a_table_that_fits_is_no_wider_than_the_terminal() -> None:
    table = Table(box=None, pad_edge=False)
    table.add_column("name", overflow="fold")
    table.add_column("figure", justify="right")
    table.add_row("a-name-that-is-longer-than-any-line-of-so-narrow-a-terminal", "1,234,567")
    told = StringIO()
    print_table(Console(file=told, width=40), table)
    assert max(map(len, told.getvalue().splitlines())) <= 40
    assert "1,234,567" in told.getvalue()


@pytest.fixture
def narrow(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let commands print as to a terminal of 80 letters."""
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setattr("sys.stdout.isatty", lambda: True, raising=False)


def test_a_terminal_of_80_letters_shows_names_and_figures_whole(
    narrow: None, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from simarena.env import load_suite

    trace = tmp_path / "a.sktrace"
    load_suite("classic")[5].trace.save(trace)
    commands = (
        ["scenarios", "list", "--suite", "arena-v1"],
        ["scenarios", "show", "arena-v1-003"],
        ["replay", str(trace), "--out", str(tmp_path / "out")],
        ["run", "--agent", "rules", "--scenario", "classic-02"],
        ["evaluate", "--agent", "rules", "--agent", "noop", "--suite", "classic", "--seeds", "1"],
        ["trace", "show", str(trace)],
    )
    for command in commands:
        assert main(command) == 0
        shown = capsys.readouterr().out
        assert "…" not in shown, command


def test_a_scenario_is_shown_with_its_state_once_its_seconds_have_passed(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["scenarios", "show", "classic-02"]) == 0
    shown = " ".join(capsys.readouterr().out.split())
    assert "after 40 s: 0 of 3 ready, 3 pending (3 short of CPU)" in shown
