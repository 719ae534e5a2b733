"""How agents look and are called in pictures."""

from __future__ import annotations

from simarena.evaluation.pictures.plot_style import label, look


def test_two_dozen_agents_look_different() -> None:
    assert len({look(number)[:2] for number in range(24)}) == 24
    assert len({(look(number).colour, look(number).marker) for number in range(24)}) == 24
    assert look(24) == look(0)


def test_a_name_is_one_line_and_keeps_its_ends() -> None:
    assert label("a\n b") == "a b"
    long = label("openrouter/" + "x" * 60 + "/sonnet")
    assert len(long) <= 44
    assert long.startswith("openrouter/")
    assert long.endswith("/sonnet")
    assert "…" in long


def test_a_name_that_legends_would_skip_is_shown() -> None:
    assert not label("_private").startswith("_")
