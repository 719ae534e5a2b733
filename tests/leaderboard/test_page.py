"""The page in a real browser: it sorts, it says nothing to the console, and it runs no names."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from simarena.evaluation.failure import Failure
from simarena.evaluation.outcome import Outcome
from simarena.leaderboard.board import merge
from simarena.leaderboard.page import render
from simarena.leaderboard.sources import Source

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Dialog, Page, Request

HOSTILE = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(2)>',
    "</style><svg onload=alert(3)>",
    "{{ 7 * 7 }}'`",
)

CHROMIUM = shutil.which("chromium")

ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)


def play(agent: str, scenario: str, seed: int, solved: bool, **told: Any) -> Outcome:
    return Outcome(
        scenario=scenario,
        family=f"family <b>{scenario[0]}</b>",
        seed=seed,
        agent=agent,
        solved=solved,
        steps=3,
        max_steps=9,
        reason="solved" if solved else "<i>unstable</i>",
        **told,
    )


def page_of(agents: dict[str, int], costs: dict[str, float] | None = None) -> str:
    """Return the page of agents that solve so many of four scenarios in the first play."""
    outcomes = [
        play(agent, scenario, seed, row < solved and seed < 2, cost_usd=(costs or {}).get(agent))
        for agent, solved in agents.items()
        for row, scenario in enumerate(("a1", "a2", "b1", "b2"))
        for seed in range(3)
    ]
    failures = [
        Failure(
            scenario="a1", family="f", seed=9, agent=agent, kind="<u>kind</u>", message=HOSTILE[1]
        )
        for agent in list(agents)[:1]
    ]
    source = Source(Path("<folder>"), "<em>suite</em>", tuple(outcomes), tuple(failures))
    return render(merge([source]), title="Board <b>&amp;</b>", made_on=date(2026, 1, 2))


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Return Debian's chromium, started once."""
    if CHROMIUM is None:
        pytest.skip("no chromium on this machine (apt-get install chromium)")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=list(ARGUMENTS))
        yield chromium
        chromium.close()


@pytest.fixture
def said() -> list[str]:
    """Return what the page said: console, errors, dialogs, and requests that left it."""
    return []


@pytest.fixture
def page(browser: Browser, said: list[str]) -> Iterator[Page]:
    """Return an empty tab that writes down what should not happen."""
    context = browser.new_context(viewport={"width": 390, "height": 844})
    tab = context.new_page()

    def answer(dialog: Dialog) -> None:
        said.append(dialog.message)
        dialog.dismiss()

    def note(request: Request) -> None:
        if not request.url.startswith("file:"):
            said.append(request.url)

    tab.on("console", lambda message: said.append(message.text))
    tab.on("pageerror", lambda error: said.append(str(error)))
    tab.on("dialog", answer)
    tab.on("request", note)
    yield tab
    context.close()


def shown(page: Page, path: Path, text: str) -> Page:
    path.write_text(text, "utf-8")
    page.goto(path.as_uri())
    return page


def order(page: Page) -> list[str]:
    """Return the agents' names from top to bottom, without marks."""
    return page.locator("table.board tbody th bdi").all_inner_texts()


def test_a_header_sorts_by_click_and_by_keyboard(
    page: Page, said: list[str], tmp_path: Path
) -> None:
    costs = {"one": 0.5, "three": 0.1}
    shown(page, tmp_path / "board.html", page_of({"one": 1, "two": 2, "three": 3}, costs))
    assert order(page) == ["three", "two", "one"]
    solved = page.get_by_role("columnheader", name="Solved")
    assert solved.get_attribute("aria-sort") == "descending"
    page.get_by_role("button", name="Solved").click()
    assert order(page) == ["one", "two", "three"]
    assert solved.get_attribute("aria-sort") == "ascending"
    page.get_by_role("button", name="$ / episode").focus()
    page.keyboard.press("Enter")
    assert order(page) == ["three", "one", "two"]  # what is not known stands last,
    page.keyboard.press("Space")
    assert order(page) == ["one", "three", "two"]  # however it is sorted
    assert solved.get_attribute("aria-sort") is None
    assert page.get_by_role("status").inner_text() == "Sorted by $ / episode, descending."
    page.get_by_role("button", name="Agent").click()
    assert order(page) == ["one", "three", "two"]
    assert said == []


def test_names_are_shown_and_never_run(page: Page, said: list[str], tmp_path: Path) -> None:
    agents = {name: number for number, name in enumerate(HOSTILE)}
    shown(page, tmp_path / "board.html", page_of(agents, dict.fromkeys(HOSTILE, 0.1)))
    assert sorted(order(page)) == sorted(HOSTILE)
    assert page.locator("h1").inner_text() == "Board <b>&amp;</b>"
    assert page.locator("script").count() == 1
    assert page.locator("img, i, em, u, main b").count() == 0
    text = page.locator("main").inner_text()
    assert "<i>unstable</i>" in text
    assert "<u>kind</u>" in text
    pictures = page.locator("figure").all_text_contents()
    assert len(pictures) == 4
    assert all(HOSTILE[0] in picture for picture in pictures)
    assert said == []


def test_what_is_put_into_the_page_later_cannot_run_either(
    page: Page, said: list[str], tmp_path: Path
) -> None:
    shown(page, tmp_path / "board.html", page_of({"x": 1}))
    page.evaluate("document.body.insertAdjacentHTML('beforeend', '<img src=x onerror=alert(1)>')")
    page.wait_for_timeout(100)
    assert len(said) > 0
    assert all("Content Security Policy" in each for each in said)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_phone_scrolls_tables_and_not_the_page(page: Page, tmp_path: Path, scheme: Any) -> None:
    page.emulate_media(color_scheme=scheme)
    agents = {f"openrouter/anthropic/claude-sonnet-4-{number}": number for number in range(4)}
    shown(page, tmp_path / "board.html", page_of(agents, dict.fromkeys(agents, 0.1)))
    width = "(e) => e.scrollWidth"
    assert page.locator("html").evaluate(width) == 390
    assert page.locator("table.board").evaluate(width) > 390
    paper = page.locator("body").evaluate("(e) => getComputedStyle(e).backgroundColor")
    assert paper == {"light": "rgb(255, 255, 255)", "dark": "rgb(20, 23, 27)"}[scheme]
    line = page.locator("figure svg path[stroke='var(--blue)']").first
    colour = line.evaluate("(e) => getComputedStyle(e).stroke")
    assert colour == {"light": "rgb(0, 114, 178)", "dark": "rgb(74, 163, 220)"}[scheme]


def test_the_page_tells_what_it_is_made_from() -> None:
    text = page_of({"x": 1, "y": 2})
    assert "2 agents on &lt;em&gt;suite&lt;/em&gt;: 4 scenarios each, 24 plays." in text
    assert '<time datetime="2026-01-02">' in text
    assert "Plays without a result" in text
    assert "no other scenario" not in text
    assert "Figures are of the scenarios that all agents were to play; none is left out." in text
    assert "http" not in text.replace("http://www.w3.org/", "").replace("http-equiv", "")


def test_an_agent_that_misses_many_plays_is_marked_and_its_plan_is_told() -> None:
    text = page_of({"x": 1, "y": 2})
    row = text.partition('data-value="x"')[2].partition("</tr>")[0]
    assert '<sup class="mark" title="† More than 5 % of the plays' in row
    assert '<span class="value">12 / 13</span><small>of 4 scenarios</small>' in row
    other = text.partition('data-value="y"')[2].partition("</tr>")[0]
    assert "<sup" not in other
    assert "12 / 12" in other
    assert '<p class="note">† More than 5 % of the plays have no result' in text
    assert "More than 5 % of the plays counted have no result: x (12 of 13 have one)." in text


def test_scenarios_that_repeats_leave_out_are_told() -> None:
    plays = [
        play("x", f"a{number}", seed, solved=number != seed)
        for number in range(10)
        for seed in (0, 1)
    ]
    board = merge([Source(Path("f"), "s", tuple(plays[:-1]), ())])
    text = render(board, title="t", made_on=date(2026, 1, 2))
    assert "Left out, as played fewer than k times: x 1 of 10 (k = 2) scenarios." in text
    assert "Left out, as played" not in page_of({"x": 1})


def test_a_board_of_failures_alone_is_a_page_too() -> None:
    failure = Failure(
        scenario="a", family="f", seed=0, agent="x", kind="provider", message="no credit"
    )
    board = merge([Source(Path("f"), "s", (), (failure,))])
    text = render(board, title="t", made_on=date(2026, 1, 2))
    assert "1 agent on s; no play has a result." in text
    assert "no credit" in text
    assert "<figure>" not in text
