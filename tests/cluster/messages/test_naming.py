from __future__ import annotations

import uuid

from hypothesis import given
from hypothesis import strategies as st

from simarena.cluster.messages.naming import (
    ALPHABET,
    NUM_SUFFIXES,
    generated_name,
    pod_name,
    suffix,
    template_hash,
    uid,
    uid_order,
)

seeds = st.integers(0, 2**64 - 1)
numbers = st.integers(0, 2**63 - 1)


def test_the_order_is_that_of_splitmix64() -> None:
    # First outputs of SplitMix64 seeded with 1234567, as published with the generator.
    known = [6457827717110365317, 3203168211198807973, 9817491932198370423]
    assert [uid_order(1234567, number) for number in (1, 2, 3)] == known


@given(seeds, numbers)
def test_a_uid_begins_with_its_order(seed: int, number: int) -> None:
    text = uid(seed, number)
    assert uuid.UUID(text).int >> 64 == uid_order(seed, number)
    assert str(uuid.UUID(text)) == text


@given(seeds, numbers, numbers)
def test_uids_compare_as_their_orders_do(seed: int, first: int, second: int) -> None:
    by_text = uid(seed, first) < uid(seed, second)
    by_number = uid_order(seed, first) < uid_order(seed, second)
    assert by_text == by_number


@given(seeds, numbers)
def test_a_suffix_is_five_characters_of_the_alphabet(seed: int, number: int) -> None:
    text = suffix(seed, number)
    assert len(text) == 5
    assert set(text) <= set(ALPHABET)


@given(seeds, st.integers(0, 2**62), st.integers(1, NUM_SUFFIXES - 1))
def test_two_numbers_that_are_not_far_apart_have_different_suffixes(
    seed: int, number: int, distance: int
) -> None:
    assert suffix(seed, number) != suffix(seed, number + distance)
    assert suffix(seed, number) == suffix(seed, number + NUM_SUFFIXES)


def test_names_of_the_same_seed_are_the_same_and_of_others_differ() -> None:
    names = {pod_name("web-5d9c", 7, number) for number in range(10_000)}
    assert len(names) == 10_000
    assert pod_name("web-5d9c", 7, 3) == pod_name("web-5d9c", 7, 3)
    assert pod_name("web-5d9c", 8, 3) != pod_name("web-5d9c", 7, 3)


def test_a_long_prefix_is_cut_so_that_the_name_stays_legal() -> None:
    assert len(generated_name("a" * 80, 0, 1)) == 63


def test_the_hash_of_a_template_ignores_the_order_of_its_keys() -> None:
    template = {"metadata": {"labels": {"a": "1", "b": "2"}}, "spec": {"containers": []}}
    turned = {"spec": {"containers": []}, "metadata": {"labels": {"b": "2", "a": "1"}}}
    assert template_hash(template) == template_hash(turned)
    assert len(template_hash(template)) == 10
    turned["spec"] = {"containers": [{"name": "c"}]}
    assert template_hash(template) != template_hash(turned)
