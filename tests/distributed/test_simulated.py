"""The simulated store and fleet: what is written is listed, and equal seeds give equal fleets."""

from __future__ import annotations

import hypothesis.strategies as st
from benchmarks.fleet_model import Assumptions, simulate
from hypothesis import given

from simarena.distributed import requests as ask
from simarena.distributed.simulated import SimulatedStore

KEYS = st.sampled_from(["a", "a/b", "a/b/c", "a/c", "b/a/d", "b/a/e", "b/f"])


@given(st.lists(st.tuples(st.booleans(), KEYS), max_size=30))
def test_a_list_is_what_was_written_and_not_removed(changes: list[tuple[bool, str]]) -> None:
    store, plain = SimulatedStore(), dict[str, int]()
    for time_ms, (is_put, key) in enumerate(changes):
        if is_put:
            store.answer(ask.Put(key, b"x"), time_ms * 1500)
            plain[key] = time_ms * 1500 // 1000 * 1000
        else:
            store.answer(ask.Delete((key,)), 0)
            plain.pop(key, None)
    assert store.all_keys() == sorted(plain)
    for prefix in ("", "a/", "a/b/", "b/", "b/a/", "none/"):
        listed = store.answer(ask.List(prefix), 0)
        wanted = [(key, plain[key], 1) for key in sorted(plain) if key.startswith(prefix)]
        assert [tuple(each) for each in listed] == wanted
    for key in plain:
        assert store.answer(ask.PutNew(key, b"y"), 0) is False
        assert store.answer(ask.Head(key), 0) == plain[key]


def test_a_fleet_whose_machines_die_closes_its_rounds_and_repeats_itself() -> None:
    given_ = Assumptions(deaths_per_hour=5.0)
    one, two = (simulate(4, 3, given_, seed=3) for _ in range(2))
    assert one["rounds"] == 3
    assert one["deaths"] > 0
    assert one["round_s"] >= 60.0
    assert {**one, "core_s": 0} == {**two, "core_s": 0}
