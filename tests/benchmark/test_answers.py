"""Actions that are written: the three ways of reading them, and what is none."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simarena.benchmark.answers import read_action
from simarena.trace import Action


@pytest.mark.parametrize(
    ("text", "action"),
    [
        ('{"action_index": 3, "reasoning": "too few"}', Action.INCREASE_REPLICAS),
        ('{"action_index": "5"}', Action.DECREASE_MEMORY),
        ('{"action": "decrease-cpu"}', Action.DECREASE_CPU),
        ('{"action": "NOOP", "why": {"a": [1]}}', Action.NOOP),
        ('Some nodes are full.\n```json\n{"action_index": 6}\n```', Action.DECREASE_REPLICAS),
        ('I saw {"pods": 3}, so: {"action_index": 1, "reasoning": "{}"}', Action.INCREASE_CPU),
        ('{broken {"action_index": 2}', Action.INCREASE_MEMORY),
        ('{"action_index": 3.0}', Action.INCREASE_REPLICAS),
        ("4", Action.DECREASE_CPU),
        ("**0.**", Action.NOOP),
    ],
)
def test_an_action_is_read_from_json_from_a_block_of_json_or_from_a_bare_number(
    text: str, action: Action
) -> None:
    assert read_action(text) == action


@pytest.mark.parametrize(
    "text",
    [
        "",
        "3 pods are pending",
        "-3",
        "1.5",
        "7",
        '{"action_index": 7}',
        '{"action_index": -1}',
        '{"action_index": true}',
        '{"action_index": null}',
        '{"action_index": [3]}',
        '{"action_index": 3.5}',
        '{"action": "restart"}',
        '{"reasoning": "all is well"}',
        "[3]",
        "{" * 10_000,
        '{"action_index": ' * 5_000,
        "I would not act.",
    ],
)
def test_what_names_no_action_is_none(text: str) -> None:
    assert read_action(text) is None


@given(st.text())
def test_no_text_is_too_strange_to_be_read(text: str) -> None:
    assert read_action(text) is None or isinstance(read_action(text), Action)


@given(st.sampled_from(Action), st.text(alphabet=st.characters(exclude_characters="{")))
def test_words_before_the_json_do_not_matter(action: Action, words: str) -> None:
    assert read_action(f'{words} {{"action_index": {int(action)}}}') == action
