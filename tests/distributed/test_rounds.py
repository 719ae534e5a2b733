"""Rounds one request at a time: quorum, two coordinators, and hand-ins late, twice or damaged."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace

import pytest
from tests.distributed._fakes import Clock, CountingWork, Hand, Words, carried_out, numbered

from simarena.distributed import keys
from simarena.distributed.claims import Identity, Lease
from simarena.distributed.groups import GroupSettings, open_group
from simarena.distributed.jobs import submit
from simarena.distributed.manifests import Manifest, Result
from simarena.distributed.members import run_member
from simarena.distributed.requests import Get, List, Request
from simarena.distributed.rounds import coordinate
from simarena.distributed.simulated import SimulatedStore
from simarena.distributed.taking import take
from simarena.distributed.work import Look, Order, WorkEnd
from simarena.distributed.worker import Employment, WorkerSettings, serve
from simarena.errors import JobError

GROUP = GroupSettings(group="g", num_members=3, num_rounds=2, local_steps=1, quorum=2, limit_s=30.0)
MEMBERS = GROUP.members()


class RoundWork(CountingWork):
    """Hands in which member it is, and what it began with."""

    def look(self) -> Look:
        order: Order = self.orders[-1]
        self.is_working = False
        update = b"ok%d" % order.round["member"]
        return Look(end=WorkEnd(files={"update.npz": update, "state.npz": b"mine"}))


def opened() -> tuple[SimulatedStore, Clock]:
    store, clock = SimulatedStore(), Clock()
    carried_out(open_group(GROUP, Manifest(job_id="any")), store, clock)
    return store, clock


def coordinator(store: SimulatedStore, clock: Clock, name: str = "c") -> Hand:
    return Hand(coordinate(Identity(name, numbered(name)), "g", Words()), store, clock)


def member(store: SimulatedStore, clock: Clock, name: str) -> tuple[Hand, RoundWork]:
    work = RoundWork()
    settings = WorkerSettings(lease=Lease(lease_s=9, beat_s=3), once=True)
    employment = Employment(Identity(name, numbered(name)), settings, work)
    return Hand(serve(employment, run_member), store, clock), work


def put(
    store: SimulatedStore, number: int, who: str, data: bytes, digest: str | None = None
) -> None:
    """Hand in for a member, as it would."""
    digest = hashlib.sha256(data).hexdigest() if digest is None else digest
    folder = f"{GROUP.hand_ins(number)}{who}/"
    store._write(f"{folder}checkpoint.{digest[:16]}.npz", data, 0)
    store._write(f"{folder}done.json", json.dumps({"sha256": digest}).encode(), 0)


FOLDING = replace(GROUP, stragglers="fold", num_rounds=3)


def until(hand: Hand, store: SimulatedStore, key: str, limit: int = 3_000) -> None:
    for _ in range(limit):
        if key in store:
            return
        hand.step()
    raise AssertionError(key)


def read(store: SimulatedStore, key: str) -> bytes:
    data: bytes = store.answer(Get(key, 1 << 20), 0)
    return data


def test_members_have_the_places_that_their_names_say() -> None:
    assert [GROUP.place_of(each) for each in MEMBERS] == [0, 1, 2]
    for other in ("g.00003", "g.3", "g", "h.00001", "g.-0001", "g.00001.", "g.\u0661"):
        with pytest.raises(JobError, match="is no member"):
            GROUP.place_of(other)


def test_a_group_is_gone_on_with_by_the_same_training_alone() -> None:
    store, clock = opened()
    carried_out(open_group(GROUP, Manifest(job_id="any")), store, clock)
    with pytest.raises(JobError, match="exists already"):
        carried_out(open_group(replace(GROUP, training="other"), Manifest(job_id="any")), store)
    assert len([key for key in store.all_keys() if key.startswith(keys.PENDING)]) == 3


def test_members_and_a_coordinator_finish_all_rounds() -> None:
    store, clock = opened()
    hands = [coordinator(store, clock), *(member(store, clock, f"w{n}")[0] for n in range(3))]
    for _ in range(2_000):
        for hand in hands:
            if not hand.is_done:
                hand.step()
    assert all(hand.is_done for hand in hands)
    assert hands[0].value == b"start|1:ok0,ok1,ok2|2:ok0,ok1,ok2"
    assert not [key for key in store.all_keys() if key.startswith((keys.PENDING, keys.GROUPS))]
    assert len([key for key in store.all_keys() if key.endswith("/success")]) == 3


def test_a_round_closes_at_a_quorum_after_its_limit_and_says_who_was_missing() -> None:
    store, clock = opened()
    hand = coordinator(store, clock)
    until(hand, store, GROUP.begins(1))
    started = clock.now_ms
    put(store, 1, MEMBERS[2], b"ok2")
    put(store, 1, MEMBERS[0], b"ok0")
    until(hand, store, GROUP.begins(2))
    assert clock.now_ms - started > 30_000
    assert read(store, GROUP.begins(2)) == b"start|1:ok0,ok2;missing g.00001"
    hand.step()
    assert any("missing: g.00001" in line for line in hand.told)


def test_without_a_quorum_a_round_stays_open() -> None:
    store, clock = opened()
    hand = coordinator(store, clock)
    until(hand, store, GROUP.begins(1))
    put(store, 1, MEMBERS[0], b"ok0")
    for _ in range(800):
        hand.step()
    assert clock.now_ms > 1_060_000
    assert GROUP.begins(2) not in store


def test_a_late_hand_in_changes_nothing() -> None:
    store, clock = opened()
    hand = coordinator(store, clock)
    until(hand, store, GROUP.begins(1))
    for who in MEMBERS[:2]:
        put(store, 1, who, b"ok")
    until(hand, store, GROUP.begins(2))
    put(store, 1, MEMBERS[2], b"ok late")
    for who in MEMBERS:
        put(store, 2, who, b"ok")
    assert hand.finish() == b"start|1:ok,ok;missing g.00002|2:ok,ok,ok"


def test_a_late_hand_in_is_part_of_the_next_round_where_that_is_asked_for() -> None:
    store, clock = SimulatedStore(), Clock()
    carried_out(open_group(FOLDING, Manifest(job_id="any")), store, clock)
    hand = coordinator(store, clock)
    until(hand, store, GROUP.begins(1))
    for who in MEMBERS[:2]:
        put(store, 1, who, b"ok")
    until(hand, store, GROUP.begins(2))
    assert read(store, GROUP.begins(2)) == b"start|1:ok,ok;missing g.00002"
    put(store, 1, MEMBERS[2], b"ok late")
    put(store, 1, MEMBERS[0], b"ok twice")
    for number in (2, 3):
        for who in MEMBERS:
            put(store, number, who, b"ok")
    closed = b"2:ok,ok,ok+ok late since start"
    assert hand.finish() == b"start|1:ok,ok;missing g.00002|" + closed + b"|3:ok,ok,ok"


def test_whoever_listens_to_a_coordinator_hears_of_all_rounds_in_order() -> None:
    store, clock = opened()
    hand = coordinator(store, clock)
    for number in (1, 2):
        until(hand, store, GROUP.begins(number))
        for who in MEMBERS:
            put(store, number, who, b"ok")
    hand.finish()
    heard: list[int] = []
    listening = coordinate(
        Identity("l", numbered("l")), "g", Words(), lambda number, _weights: heard.append(number)
    )
    carried_out(listening, store, clock)
    assert heard == [2, 3]


def test_a_job_alone_hands_its_weights_over_after_each_episode() -> None:
    store, clock = SimulatedStore(), Clock()
    manifest = Manifest(job_id="one", agent="dqn", episodes=2, steps=30, per_episode_s3_sync=True)
    carried_out(submit(manifest), store, clock)
    hand, work = member(store, clock, "w")
    until(hand, store, "results/one/sync/from_worker/after_ep_0001/done.json")
    assert "global" not in work.orders[0].files
    assert work.orders[0].round["local_steps"] == 30
    coordinating = Hand(coordinate(Identity("c", numbered("c")), "one", Words()), store, clock)
    for _ in range(2_000):
        for each in (hand, coordinating):
            if not each.is_done:
                each.step()
    assert coordinating.value == b"start|1:ok0|2:ok0"
    assert read(store, "results/one/sync/to_worker/before_ep_0002/weights.npz") == b"start|1:ok0"
    assert work.orders[1].files["global"] == b"start|1:ok0"
    result = Result.from_bytes(read(store, keys.result("one")), "")
    assert read(store, str(result.checkpoint_uri)) == coordinating.value


def test_members_of_a_large_group_are_found_by_their_names() -> None:
    store, clock = SimulatedStore(), Clock()
    many = replace(GROUP, num_members=100, quorum=1)
    carried_out(open_group(many, Manifest(job_id="any")), store, clock)
    asked: list[Request | None] = []
    taken = set()
    for number in range(100):
        name = f"w{number}"
        hand = Hand(take(Identity(name, numbered(name)), Lease()), store, clock)
        while not hand.is_done:
            asked.append(hand.request)
            hand.step()
        taken.add(hand.value.job_id)
    assert taken == set(many.members())
    listed = [each for each in asked if isinstance(each, List)]
    assert sum(each.prefix == keys.PENDING for each in listed) < 10


def test_damaged_hand_ins_count_as_none_and_are_named() -> None:
    store, clock = opened()
    hand = coordinator(store, clock)
    until(hand, store, GROUP.begins(1))
    put(store, 1, MEMBERS[0], b"bad")
    put(store, 1, MEMBERS[1], b"ok", digest="0" * 64)
    put(store, 1, MEMBERS[2], b"ok", digest="../../../secret")
    put(store, 1, "stranger", b"ok")
    store._write(f"{GROUP.hand_ins(1)}g.00009/done.json", b"{", 0)
    for _ in range(100):
        hand.step()
    assert GROUP.begins(2) not in store
    refused = [line for line in hand.told if "refused" in line]
    assert len(refused) == 3
    for who in MEMBERS:
        put(store, 1, who, b"ok")
        done = f"{GROUP.hand_ins(1)}{who}/done.json"
        store._write(done, read(store, done), clock.now_ms)
    until(hand, store, GROUP.begins(2))
    assert read(store, GROUP.begins(2)) == b"start|1:ok,ok,ok"


def test_of_two_coordinators_the_first_decides_and_both_end_with_the_same() -> None:
    store, clock = opened()
    one, two = coordinator(store, clock, "one"), coordinator(store, clock, "two")
    until(one, store, GROUP.begins(1))
    put(store, 1, MEMBERS[0], b"ok0")
    put(store, 1, MEMBERS[1], b"ok1")
    until(one, store, GROUP.begins(2))  # with two
    put(store, 1, MEMBERS[2], b"ok2")  # which the other one still sees
    for _ in range(200):
        two.step()
    for who in MEMBERS:
        put(store, 2, who, b"ok")
    final = b"start|1:ok0,ok1;missing g.00002|2:ok,ok,ok"
    assert (one.finish(), two.finish()) == (final, final)


def test_a_coordinator_that_was_killed_goes_on_where_it_was() -> None:
    store, clock = opened()
    for stop in range(1, 60):
        hand = coordinator(store, clock)
        for _ in range(stop):
            if not hand.is_done:
                hand.step()
        hand.kill()
        if GROUP.begins(1) in store:
            for who in MEMBERS:
                put(store, 1, who, b"ok")
    for who in MEMBERS:
        put(store, 2, who, b"ok")
    assert coordinator(store, clock).finish() == b"start|1:ok,ok,ok|2:ok,ok,ok"


def test_a_dead_members_part_is_taken_over_with_what_it_kept() -> None:
    store, clock = opened()
    coordinating = coordinator(store, clock)
    until(coordinating, store, GROUP.begins(1))
    dead, _ = member(store, clock, "dead")
    first = f"{GROUP.hand_ins(1)}{MEMBERS[100 % 3]}"
    for _ in range(3_000):
        dead.step()
        if any(key.endswith("done.json") for key in store.all_keys()):
            break
    done = next(key for key in store.all_keys() if key.endswith("done.json"))
    who = keys.of_done(done)
    dead.kill()
    assert first.startswith("results/")
    for each in MEMBERS:
        if each != who:
            put(store, 1, each, b"ok")
    until(coordinating, store, GROUP.begins(2))
    clock.now_ms += 60_000
    heirs = [member(store, clock, f"heir{n}") for n in range(3)]
    hands = [coordinating, *(hand for hand, _ in heirs)]
    for _ in range(3_000):
        for hand in hands:
            if not hand.is_done:
                hand.step()
    assert coordinating.is_done
    [taken] = [work.orders[-1] for _, work in heirs if work.orders[-1].manifest.job_id == who]
    assert taken.files["state"] == b"mine"
    assert taken.round["round"] == 2
