"""Cells of Markdown tables that hold what they should not."""

from __future__ import annotations

from simarena.evaluation.markdown import table_lines, with_code


def test_a_cell_cannot_end_its_row_or_bring_markup() -> None:
    lines = table_lines(["a", "b"], [["x | y\nz", "<script>`&"]])
    assert lines == [
        "| a | b |",
        "| --- | --- |",
        r"| x \| y z | &lt;script&gt;\`&amp; |",
        "",
    ]


def test_what_stands_in_backticks_is_code_where_that_is_asked_for() -> None:
    lines = table_lines(["", ""], [["task", "`a/b|c` version <1>"]], with_code)
    assert lines[2] == r"| task | `a/b\|c` version &lt;1&gt; |"
    assert with_code("a ` b") == r"a \` b"
    assert with_code("``") == r"\`\`"
