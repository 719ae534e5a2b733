"""Makes the tables of figures in `docs/` and `README.md` again, from the commands above them.

    python benchmarks/docs_figures.py            # all that commands print; `make docs-figures`
    python benchmarks/docs_figures.py online     # those whose command holds the word

A comment above a table says where its figures come from:

    <!-- made by: COMMAND -->        the command prints the table: equal seeds, equal figures
    <!-- measured by: COMMAND -->    what the command measures depends on the machine and the hour
    <!-- not measured -->            its numbers are options, sizes and the like

The first kind is written anew, page by page and whole; the others are looked after by hand. Every
table of figures has such a comment, and those that are made carry intervals: `tests/test_docs.py`.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[1]
MARK = re.compile(r"<!-- (?:(made|measured) by: (.+)|(not measured)) -->")
FIGURE = re.compile(
    r"\*{0,2}[+−-]?(\d{1,3}(,\d{3})+|\d+\.\d+|\d+)( ?%)?( (±|\[|\(|to |a second).*|\*\*)?"
)
"""A cell that holds a number, perhaps with more."""

MOST_WITHOUT = 0.25
"""Share of cells that may be figures in a table that is none of figures."""


class Table(NamedTuple):
    """A table of a page, with what stands above it."""

    line: int
    """Of its header, from 0."""

    rows: list[str]
    kind: str
    """`made`, `measured`, `not measured`, or nothing where nothing is said."""

    command: str

    @property
    def program(self) -> str:
        """Path, from the root, of the program that its command runs with Python; else empty.

        `python a/b.py` and `python -m a.b` name the same.
        """
        match shlex.split(self.command):
            case ["python", "-m", module, *_]:
                return f"{module.replace('.', '/')}.py"
            case ["python", path, *_]:
                return path
        return ""

    @property
    def cells(self) -> list[str]:
        """The cells of its body but those of the first column, which name the rows."""
        body = [row.strip().strip("|").split("|") for row in self.rows[2:]]
        return [cell.strip() for row in body for cell in row[1:] if cell.strip()]

    @property
    def is_of_figures(self) -> bool:
        """Whether it tells what was measured."""
        found = sum(FIGURE.fullmatch(cell) is not None for cell in self.cells)
        return found > MOST_WITHOUT * len(self.cells)


def pages() -> list[Path]:
    return [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]


def tables_of(text: str) -> list[Table]:
    """Return the tables of a page, in their order."""
    lines, tables = text.split("\n"), []
    kind = command = ""
    number = 0
    while number < len(lines):
        line = lines[number]
        if mark := MARK.fullmatch(line.strip()):
            kind, command = mark[1] or mark[3], mark[2] or ""
        elif line.startswith("|"):
            end = number
            while end < len(lines) and lines[end].startswith("|"):
                end += 1
            tables.append(Table(number, lines[number:end], kind, command))
            kind = command = ""
            number = end
        elif line.strip():
            kind = command = ""  # a comment belongs to what follows it at once
        number += 1
    return tables


def printed_by(command: str) -> list[str]:
    """Return the lines of the table with which a command's output ends."""
    words = shlex.split(command)
    words[0] = sys.executable if words[0] == "python" else words[0]
    paths = [str(ROOT / "src"), str(ROOT), os.environ.get("PYTHONPATH", "")]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, paths))}
    done = subprocess.run(
        words, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True, check=True
    )
    lines = done.stdout.rstrip("\n").split("\n")
    start = len(lines)
    while start and lines[start - 1].startswith("|"):
        start -= 1
    return lines[start:]


def remade(text: str, word: str = "") -> str:
    """Return a page with its tables made again whose commands hold the word."""
    lines = text.split("\n")
    for table in reversed(tables_of(text)):
        if table.kind == "made" and word in table.command:
            print(table.command, flush=True)
            lines[table.line : table.line + len(table.rows)] = printed_by(table.command)
    return "\n".join(lines)


def main(words: list[str]) -> None:
    for path in pages():
        text = path.read_text("utf-8")
        after = text
        for word in words or [""]:
            after = remade(after, word)
        if after != text:
            part = path.with_suffix(".md.part")
            part.write_text(after, "utf-8")
            part.replace(path)
            print(f"{path.relative_to(ROOT)} has changed")


if __name__ == "__main__":
    main(sys.argv[1:])
