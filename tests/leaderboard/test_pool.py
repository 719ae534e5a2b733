"""Plays from several folders: further ones of models, the same ones of programs."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from simarena.evaluation.failure import Failure
from simarena.evaluation.outcome import Outcome
from simarena.leaderboard.board import merge
from simarena.leaderboard.pool import Pool, pool
from simarena.leaderboard.sources import Source


def play(agent: str, scenario: str, seed: int = 0, **changes: Any) -> Outcome:
    values: dict[str, Any] = {"family": "f", "solved": True, "steps": 1, "max_steps": 9}
    return Outcome(**(values | {"agent": agent, "scenario": scenario, "seed": seed} | changes))


def asked(scenario: str, seed: int = 0, ms: float = 1.0, **changes: Any) -> Outcome:
    """Return a play of a language model."""
    return play("m", scenario, seed, **({"tool_calls": 1, "call_ms": (ms,)} | changes))


def failure(agent: str, scenario: str, seed: int = 0) -> Failure:
    return Failure(
        scenario=scenario, family="f", seed=seed, agent=agent, kind="provider", message="busy"
    )


def pooled(*folders: list[Outcome | Failure]) -> Pool:
    """Return the pool of folders that are named 1, 2 and so on."""
    return pool(
        [
            Source(
                Path(f"/runs/{number}"),
                "s",
                tuple(each for each in plays if isinstance(each, Outcome)),
                tuple(each for each in plays if isinstance(each, Failure)),
            )
            for number, plays in enumerate(folders, 1)
        ]
    )


def seeds(found: Pool, agent: str, scenario: str) -> list[int]:
    return sorted(
        each.seed for each in found.outcomes if (each.agent, each.scenario) == (agent, scenario)
    )


def test_two_runs_of_one_model_are_more_plays_of_it() -> None:
    first = [asked("a", seed, seed) for seed in range(3)]
    second = [asked("a", seed, 7 + seed, solved=False) for seed in range(3)]
    found = pooled([*first], [*second])
    assert seeds(found, "m", "a") == [0, 1, 2, 3, 4, 5]
    assert sum(each.solved for each in found.outcomes) == 3
    assert found.warnings == []


def test_a_seed_that_is_free_is_kept_so_that_it_pairs_with_others() -> None:
    found = pooled([asked("a"), asked("b")], [asked("a", 1), asked("b", ms=2), asked("c")])
    assert [seeds(found, "m", each) for each in "abc"] == [[0, 1], [0, 1], [0]]


def test_a_new_seed_is_no_other_plays_own() -> None:
    found = pooled([asked("a")], [asked("a", 0, 2), asked("a", 1, 3)], [asked("a", 0, 4)])
    assert seeds(found, "m", "a") == [0, 1, 2, 3]


def told(number: int, facts: dict[str, str], *plays: Outcome | Failure) -> Source:
    outcomes = tuple(each for each in plays if isinstance(each, Outcome))
    failures = tuple(each for each in plays if isinstance(each, Failure))
    return Source(Path(f"/runs/{number}"), "s", outcomes, failures, facts)


def test_a_model_that_played_another_game_is_shown_apart() -> None:
    one, two = {"task": "t, version 1", "temperature": "0"}, {"task": "t, version 2"}
    found = pool(
        [
            told(1, one, asked("a"), failure("m", "b")),
            told(2, two, asked("a", ms=2), failure("m", "b")),
            told(3, one, asked("a", ms=3)),
            told(4, two | {"played on": "today", "endpoint of n": "x"}, asked("a", ms=4)),
            told(5, {}, asked("a", ms=5)),
        ]
    )
    assert Counter(each.agent for each in found.outcomes) == {"m": 3, "m (2)": 2}
    assert seeds(found, "m", "a") == [0, 1, 2]
    assert sorted(each.agent for each in found.failures) == ["m", "m (2)"]
    assert found.warnings == [
        "m was played differently in 2 and in 1 (task), so it stands apart as m (2)."
    ]


def test_models_are_known_by_any_of_tools_tokens_and_calls() -> None:
    for told in ({"tool_calls": 0}, {"input_tokens": 3}, {"output_tokens": 3}, {"call_ms": (1.0,)}):
        first, second = play("m", "a", **told), play("m", "a", steps=2, **told)
        assert len(pooled([first], [second]).outcomes) == 2


def test_plays_that_were_copied_to_another_folder_count_once() -> None:
    first = [asked("a", seed, seed) for seed in range(3)]
    busy = failure("m", "b")
    found = pooled([*first, busy], [*first, busy, asked("a", 3, 9)], [first[1], asked("a", 1, 8)])
    assert seeds(found, "m", "a") == [0, 1, 2, 3, 4]
    assert len(found.failures) == 1
    assert found.warnings == [
        "2 holds copies of plays of m (3); they count once.",
        "3 holds copies of plays of m (1); they count once.",
    ]


def test_a_models_play_that_failed_is_missing_though_another_folder_has_one_of_its_seed() -> None:
    found = pooled([asked("a"), failure("m", "a", 1)], [asked("a", 0, 2), asked("a", 1, 3)])
    assert seeds(found, "m", "a") == [0, 1, 2]
    assert len(found.failures) == 1
    # Within a folder the run was resumed.
    assert pooled([asked("a"), failure("m", "a")]).failures == []


def test_a_play_of_a_program_counts_once_where_it_came_to_the_same() -> None:
    bare = play("rules", "a", reward=0.1)
    judged = play("rules", "a", reward=0.1 + 1e-9, reason="solved", ended="solved")
    orders: list[list[Outcome | Failure]] = [[bare, judged], [judged, bare]]
    for order in orders:
        found = pooled(order[:1], order[1:])
        assert found.outcomes == [judged]
        assert found.warnings == []


def test_a_program_that_came_to_something_else_is_shown_apart() -> None:
    first = [play("rules", "a", reason="solved"), play("rules", "b")]
    second = [play("rules", "a", solved=False, reason="unstable"), play("rules", "c")]
    found = pooled([*first], [*second, failure("rules", "d")], [*first], [*second])
    assert Counter(each.agent for each in found.outcomes) == {"rules": 2, "rules (2)": 2}
    assert [each.agent for each in found.failures] == ["rules (2)"]
    (warning,) = found.warnings
    assert warning == (
        "Results of rules in 2 and in 1 differ in 1 of 1 plays that both hold, so it stands apart "
        "as rules (2)."
    )


def test_names_of_agents_that_stand_apart_are_no_other_agents() -> None:
    taken = play("rules (2)", "a")
    found = pooled([play("rules", "a"), taken], [play("rules", "a", steps=2)])
    assert {each.agent for each in found.outcomes} == {"rules", "rules (2)", "rules (2, 2)"}


def test_each_of_the_figures_that_tell_a_program_apart_does() -> None:
    for change in (
        {"solved": False},
        {"steps": 2},
        {"max_steps": 8},
        {"reward": 1.0},
        {"reason": "unstable"},
    ):
        found = pooled([play("x", "a", reason="solved")], [play("x", "a", **change)])
        assert len(found.warnings) == 1
    found = pooled([play("x", "a", waste=1.0)], [play("x", "a", blocked=2, waste=1.5)])
    assert found.warnings == []


def test_repeats_within_one_folder_are_its_plays() -> None:
    twice: list[Outcome | Failure] = [play("x", "a"), play("x", "a", steps=2)]
    assert len(pooled(twice).outcomes) == 2
    assert len(pooled(twice, twice).outcomes) == 2
    assert len(pooled(twice, twice[:1]).warnings) == 1


def test_models_and_programs_of_two_benchmarks_stand_on_one_board() -> None:
    def folder(number: int) -> Source:
        plays = [
            each
            for scenario in "abc"
            for each in (asked(scenario, ms=number), play("rules", scenario, reason="solved"))
        ]
        return Source(Path(f"/runs/{number}"), "s", tuple(plays), ())

    board = merge([folder(1), folder(2)])
    assert {each.agent: each.num_plays for each in board.comparison.summaries} == {
        "m": 6,
        "rules": 3,
    }
    (difference,) = board.comparison.rate_differences
    assert difference.num_scenarios == 3


@given(
    st.lists(
        st.lists(st.tuples(st.sampled_from("ab"), st.integers(0, 2), st.booleans()), max_size=6),
        max_size=4,
    )
)
def test_no_play_of_a_model_is_lost_and_none_without_result_is_made_good(
    folders: list[list[tuple[str, int, bool]]],
) -> None:
    number = 0
    plays: list[list[Outcome | Failure]] = []
    for each in folders:
        plays.append([])
        for scenario, seed, finished in each:
            number += 1
            plays[-1].append(
                asked(scenario, seed, number) if finished else failure("m", scenario, seed)
            )
    found = pooled([asked("z", ms=0)], *plays)
    assert len(found.outcomes) == 1 + sum(
        isinstance(each, Outcome) for row in plays for each in row
    )
    missing = sum(
        len(
            {(each.scenario, each.seed) for each in row if isinstance(each, Failure)}
            - {(each.scenario, each.seed) for each in row if isinstance(each, Outcome)}
        )
        for row in plays
    )
    assert len(found.failures) == missing
