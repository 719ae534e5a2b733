"""Claims one request at a time: lost answers, conflicts, silence, and clocks that are off."""

from __future__ import annotations

import pytest
from tests.distributed._fakes import Clock, Hand, carried_out, numbered

from simarena.distributed import jobs, keys
from simarena.distributed import requests as ask
from simarena.distributed.claims import Identity, Lease, Standing, beat, claim
from simarena.distributed.manifests import SUCCESS, Manifest, Result
from simarena.distributed.simulated import SimulatedStore
from simarena.distributed.taking import take
from simarena.errors import ConfigError, StoreBusyError

LEASE = Lease(lease_s=60, beat_s=15)
BUSY = StoreBusyError("503")


def who(name: str) -> Identity:
    return Identity(name, numbered(name))


def store_with(*names: str) -> SimulatedStore:
    store = SimulatedStore()
    for name in names:
        carried_out(jobs.submit(Manifest(job_id=name, agent="greedy")), store)
    return store


def test_a_generation_has_one_owner() -> None:
    store = store_with("one")
    first = carried_out(claim(who("a"), "one", 1), store)
    assert first is not None
    assert carried_out(claim(who("b"), "one", 1), store) is None


def test_a_lost_answer_does_not_disown_the_owner() -> None:
    store = store_with("one")
    hand = Hand(claim(who("a"), "one", 1), store, Clock())
    while not isinstance(hand.request, ask.PutNew):
        hand.step()
    hand.step(error=BUSY, applied=True)  # it is written, and the answer says it is not
    mine = hand.finish()
    assert mine is not None
    assert mine.generation == 1


def test_a_conflict_is_no_answer_as_long_as_nobody_has_the_claim() -> None:
    store = store_with("one")
    hand = Hand(claim(who("a"), "one", 1), store, Clock())
    hand.step(conflict=True)
    assert hand.finish() is not None


def test_a_conflict_that_another_has_won_is_lost() -> None:
    store = store_with("one")
    hand = Hand(claim(who("a"), "one", 1), store, Clock())
    assert carried_out(claim(who("b"), "one", 1), store) is not None
    hand.step(conflict=True)
    assert hand.finish() is None


def test_a_silent_owners_job_is_taken_over_after_its_lease_and_not_before() -> None:
    store, clock = store_with("one"), Clock()
    first = carried_out(take(who("a"), LEASE), store, clock)
    clock.now_ms += 61_000
    assert carried_out(take(who("b"), LEASE), store, clock) is None
    clock.now_ms += 1_000
    second = carried_out(take(who("b"), LEASE), store, clock)
    assert (first.generation, second.generation) == (1, 2)
    assert carried_out(beat(first), store, clock) is Standing.OVERTAKEN
    assert carried_out(beat(second), store, clock) is Standing.OWNER


def test_a_heartbeat_keeps_a_job() -> None:
    store, clock = store_with("one"), Clock()
    mine = carried_out(take(who("a"), LEASE), store, clock)
    for _ in range(10):
        clock.now_ms += 50_000
        assert carried_out(beat(mine), store, clock) is Standing.OWNER
        assert carried_out(take(who("b"), LEASE), store, clock) is None


@pytest.mark.parametrize("offset_min", [-60, 60])
def test_a_clock_that_is_off_takes_nothing_over(offset_min: int) -> None:
    store = store_with("one")
    clock = Clock(offset_ms=offset_min * 60_000)
    carried_out(take(who("a"), LEASE), store, clock)
    assert carried_out(take(who("b"), LEASE), store, clock) is None


def test_who_claims_by_an_old_list_finds_the_result() -> None:
    store, clock = store_with("one"), Clock()
    late = Hand(take(who("late"), LEASE), store, clock)
    late.step()  # it has listed what is pending
    mine = carried_out(take(who("a"), LEASE), store, clock)
    result = Result(job_id="one", worker_id="a", status=SUCCESS, nonce=mine.nonce)
    assert carried_out(jobs.end(result), store, clock)
    assert late.finish() is None
    assert not [key for key in store.all_keys() if key.startswith("jobs/in_progress/")]


def test_of_two_results_the_first_counts() -> None:
    store = store_with("one")
    first, second = (
        Result(job_id="one", worker_id=name, status=SUCCESS, nonce=name) for name in "ab"
    )
    assert carried_out(jobs.end(first), store)
    assert not carried_out(jobs.end(second), store)
    assert carried_out(jobs.read_result("one"), store) == first
    assert carried_out(jobs.finished_jobs(), store)[0].state == SUCCESS


def test_who_wrote_a_result_and_died_is_tidied_up_after() -> None:
    store, clock = store_with("one"), Clock()
    mine = carried_out(take(who("a"), LEASE), store, clock)
    hand = Hand(
        jobs.end(Result(job_id="one", worker_id="a", status=SUCCESS, nonce=mine.nonce)),
        store,
        clock,
    )
    hand.step()
    hand.kill()
    assert carried_out(jobs.open_jobs(who("b"), LEASE), store, clock)
    clock.now_ms += 100_000
    assert carried_out(take(who("b"), LEASE), store, clock) is None
    assert not carried_out(jobs.open_jobs(who("b"), LEASE), store, clock)
    assert carried_out(jobs.finished_jobs(), store)[0].job_id == "one"
    assert keys.result("one", "manifest.json") in store


def test_workers_with_like_names_begin_to_look_at_different_places() -> None:
    names = [f"job-{number:03d}" for number in range(100)]
    first = set()
    for number in range(50):
        store = store_with(*names)
        first.add(carried_out(take(who(f"w{number:06d}"), LEASE), store).job_id)
    assert len(first) > 30


def test_a_cancelled_job_is_given_up_at_the_next_heartbeat() -> None:
    store = store_with("one")
    mine = carried_out(take(who("a"), LEASE), store)
    assert carried_out(jobs.cancel("one", "n"), store).status == "cancelled"
    assert carried_out(beat(mine), store) is Standing.DECIDED


def test_a_job_that_has_ended_is_not_cancelled() -> None:
    store = store_with("one")
    done = Result(job_id="one", worker_id="a", status=SUCCESS, nonce="x")
    carried_out(jobs.end(done), store)
    assert carried_out(jobs.cancel("one", "n"), store) == done


@pytest.mark.parametrize(("lease_s", "beat_s"), [(10, 4), (0, 0), (10, 0), (float("nan"), 1)])
def test_a_lease_that_nobody_could_keep_is_refused(lease_s: float, beat_s: float) -> None:
    with pytest.raises(ConfigError, match="heartbeats"):
        Lease(lease_s=lease_s, beat_s=beat_s)
