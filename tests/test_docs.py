"""What the pages in docs/ show runs as it is shown, and links lead somewhere."""

from __future__ import annotations

import re
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from benchmarks.docs_figures import Table, pages, printed_by, remade, tables_of

from simarena.env import load_suite
from simarena.evaluation.outcome import Outcome, outcomes_to_lines

ROOT = Path(__file__).parents[1]
PAGES = sorted(ROOT.glob("docs/*.md"))


@pytest.mark.parametrize(
    "name",
    [
        "api-objects",
        "api-server",
        "benchmark",
        "cluster-env",
        "environment",
        "evaluation",
        "mcp",
        "online",
        "scenarios",
        "traces",
    ],
)
def test_the_programs_of_a_page_run_one_after_another(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    load_suite("classic")[5].trace.save("a.sktrace")  # its Deployment is called web
    outcome = Outcome(
        scenario="a", family="f", seed=0, agent="x", solved=True, steps=1, max_steps=9
    )
    Path("outcomes.jsonl").write_text(outcomes_to_lines([outcome]))
    text = (ROOT / "docs" / f"{name}.md").read_text("utf-8")
    blocks = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    assert blocks
    names: dict[str, Any] = {}
    for block in blocks:
        exec(block, names)


FIGURES = {
    f"{page.stem}-{table.line + 1}": table
    for page in pages()
    for table in tables_of(page.read_text("utf-8"))
    if table.is_of_figures or table.kind
}
MADE = {name: table for name, table in FIGURES.items() if table.kind == "made"}

CHEAP = (
    "benchmarks/arena_baselines.py",
    "benchmarks/arena_baselines.py arena-v2",
    "benchmarks/results.py --summary",
)
"""Commands that take seconds, and print whole tables."""


def alike(row: str) -> bool:
    """Whether a row is of an agent whose plays all came to the same, and which has no interval."""
    return "fixed" in row


def agree(now: str, then: str) -> None:
    """Hold that two rows tell the same, but for last digits, which processors may round apart."""
    number = re.compile(r"\d[\d,]*(?:\.\d+)?")
    assert number.sub("0", now) == number.sub("0", then)
    for ours, theirs in zip(number.findall(now), number.findall(then), strict=True):
        last = 10.0 ** -len(theirs.partition(".")[2])
        assert float(ours.replace(",", "")) == pytest.approx(
            float(theirs.replace(",", "")), abs=1.5 * last
        )


@pytest.mark.parametrize("table", FIGURES.values(), ids=FIGURES)
def test_a_table_of_figures_names_a_command_that_there_is(table: Table) -> None:
    words = table.command.split()
    assert table.kind, "no command is named above the table"
    if table.kind == "not measured":
        return
    if words[0] == "make":
        assert f"\n{words[1]}:" in (ROOT / "Makefile").read_text("utf-8")
    else:
        assert words[0] == "python"
        assert (ROOT / table.program).is_file()


@pytest.mark.parametrize("table", MADE.values(), ids=MADE)
def test_figures_that_are_made_carry_intervals(table: Table) -> None:
    if "results.py" in table.command:
        return  # a choice of another page's
    assert all(re.search(r"± \d|\[[\d−-].*\]", row) for row in table.rows[2:] if not alike(row))


@pytest.mark.parametrize(
    "table", [table for table in MADE.values() if table.command.endswith(CHEAP)]
)
def test_cheap_tables_come_out_again(table: Table) -> None:
    again = printed_by(table.command)
    assert len(again) == len(table.rows)
    for now, then in zip(again, table.rows, strict=True):
        agree(now, then)


def test_what_autoscalers_earn_comes_out_again() -> None:
    from benchmarks.online_baselines import play, row

    from simarena.env.online import Hpa

    (table,) = [each for each in FIGURES.values() if "online_baselines" in each.command]
    default, other = play(Hpa()), play(Hpa(target_percent=80))
    for name, played in (("HPA at 70 %", default), ("HPA at 80 %", other)):
        (then,) = [each for each in table.rows if each.startswith(f"| {name} |")]
        agree(row(name, played, default), then)


def test_a_comment_belongs_to_the_table_that_follows_at_once() -> None:
    text = (
        "<!-- made by: python a.py -->\n\n| a | b |\n| --- | --- |\n| x | 1.5 |\n\nWords.\n\n"
        "| a | b |\n| --- | --- |\n| x | 2,000 |\n\n<!-- measured by: make b -->\nWords.\n| c |\n"
    )
    first, second, third = tables_of(text)
    assert (first.kind, first.command, first.is_of_figures) == ("made", "python a.py", True)
    assert (second.kind, second.is_of_figures) == ("", True)
    assert (third.kind, third.is_of_figures) == ("", False)


def test_a_program_may_be_named_as_a_file_or_as_a_module() -> None:
    made = [
        Table(0, [], "made", command).program
        for command in ("python a/b.py --few", "python -m a.b 42", "make bench")
    ]
    assert made == ["a/b.py", "a/b.py", ""]


def test_a_module_is_run_as_a_file_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "figures_of_a_module.py").write_text("print('words\\n| a |\\n| --- |\\n| 1.5 |')")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    assert printed_by("python -m figures_of_a_module") == ["| a |", "| --- |", "| 1.5 |"]


def test_whole_numbers_are_figures_unless_a_comment_says_that_they_are_not() -> None:
    table = "| a | b |\n| --- | --- |\n| x | 95 |\n"
    plain, marked = tables_of(f"{table}\n<!-- not measured -->\n\n{table}")
    assert (plain.kind, plain.is_of_figures) == ("", True)
    assert (marked.kind, marked.command, marked.is_of_figures) == ("not measured", "", True)


def test_only_made_tables_are_made_again(tmp_path: Path) -> None:
    program = tmp_path / "p.py"
    program.write_text("print('words\\n| a | b |\\n| --- | --- |\\n| y | 2.5 |')")
    table = "| a | b |\n| --- | --- |\n| x | 1.5 |\n"
    made_by = f"<!-- made by: python {program} -->\n\n"
    text = f"{made_by}{table}\n<!-- measured by: make b -->\n\n{table}\n{table}"
    again = table.replace("x", "y").replace("1.5", "2.5")
    assert remade(text, "p.py") == text.replace(made_by + table, made_by + again)
    assert remade(text, "another") == text


def running_on(text: str) -> list[str]:
    """Return the lines that follow a table of a page at once, and would be taken for rows of it."""
    lines = re.sub(r"(?ms)^```.*?^```$", "", text).split("\n")
    return [
        after
        for before, after in pairwise(lines)
        if before.startswith("|") and after.strip() and not after.startswith("|")
    ]


@pytest.mark.parametrize("page", pages(), ids=lambda page: page.stem)
def test_a_table_ends_with_an_empty_line(page: Path) -> None:
    assert running_on(page.read_text("utf-8")) == []


def test_a_line_that_runs_on_from_a_table_would_show() -> None:
    table = "| a |\n| --- |\n| 1 |\n"
    assert running_on(f"{table}\nWords.\n```\n{table}output\n```\n") == []
    assert running_on(f"{table}Sun Nov 29\n") == ["Sun Nov 29"]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_links_lead_to_files(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#:]+)\)", page.read_text("utf-8")):
        assert (page.parent / target).exists(), target


def test_the_index_names_every_page() -> None:
    index = (ROOT / "docs" / "README.md").read_text("utf-8")
    assert all(f"({page.name})" in index for page in PAGES if page.stem != "README")


def test_every_component_of_the_observation_is_explained() -> None:
    from simarena.env.codes import ObservationKind
    from simarena.env.deployment.spaces import components

    text = (ROOT / "docs" / "environment.md").read_text("utf-8")
    named = re.findall(r"`([a-z_]+)`", "".join(re.findall(r"(?m)^\| \d.*$", text)))
    wanted = [
        name for name in components(ObservationKind.NEIGHBOURS) if not name.startswith("can_")
    ]
    assert [name for name in named if name in wanted] == wanted


def files() -> set[str]:
    """Return the files of the repository, as paths from its root."""
    skipped = {".git", "build", "dist", "runs"}
    return {
        path.relative_to(ROOT).as_posix()
        for path in ROOT.rglob("*")
        if path.is_file()
        and not any(
            part in skipped or part.startswith(".") for part in path.relative_to(ROOT).parts
        )
    }


def test_what_a_page_says_of_steps_from_apply_to_running_is_in_order() -> None:
    text = (ROOT / "docs" / "way-of-a-pod.md").read_text("utf-8")
    steps = re.findall(r"(?m)^(\d+)\. ", text)
    assert steps == [str(number) for number in range(1, 15)]


def is_there(path: str, files: set[str]) -> bool:
    """Whether a path leads somewhere, from the root of the repository, or from within the code."""
    whole = path.rstrip("/")
    return any(f"/{each}".endswith(f"/{whole}") or f"/{whole}/" in f"/{each}" for each in files)


WRITTEN = [
    ROOT / "README.md",
    ROOT / "CONTRIBUTING.md",
    *(page for page in PAGES),
]


@pytest.mark.parametrize("page", WRITTEN, ids=lambda page: page.stem)
def test_paths_that_a_page_names_are_there(page: Path) -> None:
    text = page.read_text("utf-8")
    named = set(re.findall(r"`([\w./-]+\.py|[\w.-]+/[\w./-]+\.(?:toml|jsonl))`", text))
    named |= set(re.findall(r"`((?:src|tests|docs|benchmarks|examples)/[\w./-]*)`", text))
    there = files()
    assert [path for path in sorted(named) if not is_there(path, there)] == []


@pytest.mark.parametrize("page", WRITTEN, ids=lambda page: page.stem)
def test_modules_that_a_page_names_are_there(page: Path) -> None:
    from importlib import import_module

    for name in sorted(set(re.findall(r"`(simarena(?:\.\w+)+)`", page.read_text("utf-8")))):
        found: Any = import_module("simarena")
        path = "simarena"
        for part in name.split(".")[1:]:
            path = f"{path}.{part}"
            found = getattr(found, part) if hasattr(found, part) else import_module(path)


def test_a_path_that_leads_nowhere_would_show() -> None:
    there = {"src/simarena/trace/quantity.py", "tests/trace/test_quantity.py"}
    assert is_there("trace/quantity.py", there)
    assert is_there("tests/trace", there)
    assert is_there("tests/trace/", there)
    assert not is_there("race/quantity.py", there)
    assert not is_there("trace/quantities.py", there)
    assert not is_there("tests/env/", there)


def test_a_verdict_is_the_schedulers_and_that_on_a_goal_is_a_judgement() -> None:
    schedulers = {"cluster", "glossary", "performance", "way-of-a-pod"}
    judging = [page for page in pages() if page.stem not in schedulers]
    for folder in ("agents", "benchmark", "evaluation", "leaderboard", "training"):
        judging += sorted((ROOT / "src" / "simarena" / folder).rglob("*.py"))
    logged = re.compile(r"`verdict`|simarena/verdict`|\"verdict\"")  # as logs name the scorer
    found = [
        path.relative_to(ROOT).as_posix()
        for path in judging
        if "verdict" in logged.sub("", path.read_text("utf-8")).lower()
    ]
    assert found == []


def test_each_folder_of_the_cluster_has_a_row_and_no_row_is_of_none() -> None:
    inner = ROOT / "src" / "simarena" / "cluster"
    text = (ROOT / "docs" / "cluster.md").read_text("utf-8")
    (table,) = [each for each in tables_of(text) if each.rows[0].startswith("| folder |")]
    rows = [row.split("|")[1].strip(" `/") for row in table.rows[2:]]
    assert sorted(rows) == sorted(path.parent.name for path in inner.glob("*/__init__.py"))
    named = set(re.findall(r"`(\w+)/`", "".join(table.rows[2:])))
    assert named <= {path.parent.name for path in inner.rglob("__init__.py")}
