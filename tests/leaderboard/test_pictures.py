"""Pictures inside a page: no style, no shared ids, the page's colours."""

from __future__ import annotations

import re

from simarena.evaluation.comparison.compare import side_by_side
from simarena.evaluation.outcome import Outcome
from simarena.evaluation.summary import by_agent
from simarena.leaderboard.pictures import inline_pictures, inline_svg

SVG = """<?xml version="1.0"?>
<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"
 width="10pt" viewBox="0 0 10 10">
 <defs><style>* {fill: red}</style><path id="m1" d="M 0 0"/></defs>
 <g id="figure_1" clip-path="url(#p1)"><use xlink:href="#m1"/></g>
 <clipPath id="p1"/>
 <text style="fill: #0072b2; font-size: 9px; font-family: 'DejaVu Sans'">a &lt; b</text>
</svg>"""


def test_styles_become_attributes_and_ids_belong_to_the_picture() -> None:
    svg = inline_svg(SVG, "Cost & rate")
    assert "style" not in svg
    assert 'fill="var(--blue)" font-size="9px"' in svg
    assert "font-family" not in svg
    assert "figure_1" not in svg
    assert 'clip-path="url(#cost---rate-p1)"' in svg
    assert 'id="cost---rate-p1"' in svg
    assert 'xlink:href="#cost---rate-m1"' in svg
    assert 'aria-label="Cost &amp; rate"' in svg
    assert "a &lt; b" in svg


def test_pictures_have_no_ids_in_common_and_are_the_same_each_time() -> None:
    plays = [
        Outcome(
            scenario=scenario,
            family="f",
            seed=0,
            agent=agent,
            solved=agent == "x",
            steps=1,
            max_steps=9,
            reason="" if agent == "x" else "unstable",
            cost_usd=0.1,
        )
        for scenario in "ab"
        for agent in ("x", "<script>alert(1)</script>")
    ]
    comparison = side_by_side(by_agent(plays), "s")
    pictures = inline_pictures(comparison)
    assert list(pictures) == ["solve_rates", "solved_by_step", "cost", "reasons"]
    ids = [found for svg in pictures.values() for found in re.findall(r' id="([^"]*)"', svg)]
    assert len(ids) == len(set(ids)) > 0
    assert all("<script>" not in svg and " style=" not in svg for svg in pictures.values())
    assert inline_pictures(comparison) == pictures
