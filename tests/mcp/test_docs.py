"""The tables of tools in the documentation, against the tools that are served."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from tests.mcp._api_server import kubeconfig
from tests.mcp._sessions import living, session
from tests.mcp.answers.test_arguments import tools_of

from simarena.mcp import KubeSession

if TYPE_CHECKING:
    from mcp.types import Tool

PAGE = Path(__file__).parents[2] / "docs" / "mcp.md"
ROW = re.compile(r"\| (`[a-z_`, ]+`) \|(.*?)\|.*\|")


def words(cell: str) -> set[str]:
    """Return the names in a cell; what is in brackets behind one explains it."""
    return set(re.findall(r"`([a-z_]+)`", re.sub(r"\([^)]*\)", "", cell)))


def documented() -> dict[str, set[str]]:
    """Return which arguments each tool has by the tables."""
    told: dict[str, set[str]] = {}
    for line in PAGE.read_text("utf-8").splitlines():
        if found := ROW.fullmatch(line):
            told |= {name: words(found[2]) for name in words(found[1])}
    return told


def served(tmp_path: Path) -> dict[str, list[Tool]]:
    """Return all tools of all kinds of sessions, by name."""
    live = KubeSession.from_kubeconfig(kubeconfig(tmp_path / "config", "http://127.0.0.1:1"))
    tools: dict[str, list[Tool]] = {}
    for each in (session(allow_what_if=True), living(), live):
        for tool in tools_of(each):
            tools.setdefault(tool.name, []).append(tool)
    return tools


def test_every_tool_is_in_a_table_and_no_other(tmp_path: Path) -> None:
    assert documented().keys() == served(tmp_path).keys()


def test_every_argument_of_a_tool_is_in_its_row_and_no_other(tmp_path: Path) -> None:
    table, tools = documented(), served(tmp_path)
    for name, kinds in tools.items():
        told = set(table[name])
        for other in told & tools.keys() - {name}:  # "those of" another tool
            told = (told - {other}) | table[other]
        taken = {argument for tool in kinds for argument in tool.input_schema["properties"]}
        shared = {row for row in table if table[row] == table[name]}
        allowed = {
            argument
            for row in shared
            for tool in tools[row]
            for argument in tool.input_schema["properties"]
        }
        assert taken <= told, (name, taken - told)
        assert told - taken <= allowed | {"dry_run"}, (name, told - taken)
