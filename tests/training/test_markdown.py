"""Cells of Markdown tables that hold what they should not."""

from __future__ import annotations

from simarena.training.markdown import table_lines


def test_a_cell_cannot_end_its_row_or_bring_markup() -> None:
    lines = table_lines(["a", "b"], [["x | y\nz", "<script>`&"]])
    assert lines == [
        "| a | b |",
        "| --- | --- |",
        r"| x \| y z | &lt;script&gt;\`&amp; |",
        "",
    ]
