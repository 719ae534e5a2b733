"""Rounds that are closed here: who is late, who fails, and where a training goes on."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from tests.distributed._fakes import Words

from simarena.distributed.crews.crew_rounds import Begun, CrewRounds
from simarena.distributed.groups import GroupSettings
from simarena.distributed.manifests import Manifest
from simarena.distributed.work import ROUND, Order, WorkEnd
from simarena.errors import RunError

if TYPE_CHECKING:
    from collections.abc import Mapping

GROUP = GroupSettings(group="g", num_members=3, num_rounds=3, local_steps=1, quorum=2, limit_s=0.0)
START = Begun(1, b"start", {})


class Slow:
    """A crew in which a piece takes so many looks; it hands in who did it and in which round."""

    def __init__(self, looks: dict[tuple[str, int], int], failing: Mapping[str, int]) -> None:
        self._looks = looks
        self._failing = dict(failing)
        self._left: dict[str, tuple[Order, int]] = {}
        self.begun: list[tuple[str, int, bytes | None]] = []
        self.stopped: list[str] = []

    def begin(self, name: str, order: Order) -> None:
        assert name not in self._left
        number = order.round["round"]
        self.begun.append((name, number, order.files.get("state")))
        self._left[name] = (order, self._looks.get((name, number), 1))

    def ended(self) -> list[tuple[str, WorkEnd]]:
        self._left = {name: (order, left - 1) for name, (order, left) in self._left.items()}
        done = [(name, order) for name, (order, left) in self._left.items() if left == 0]
        for name, _ in done:
            del self._left[name]
        return [(name, self._end(name, order)) for name, order in done]

    def _end(self, name: str, order: Order) -> WorkEnd:
        if self._failing.get(name, 0) > 0:
            self._failing[name] -= 1
            return WorkEnd(error="died")
        number = order.round["round"]
        update = b"ok%s@%d" % (name[-1:].encode(), number)
        return WorkEnd(files={"update.npz": update, "state.npz": b"%d" % number})

    def so_far(self, name: str) -> Mapping[str, bytes]:
        return {}

    def stop(self, name: str) -> None:
        self.stopped.append(name)

    def close(self) -> None:
        return


def order(member: str, number: int, weights: bytes, state: bytes | None) -> Order:
    files = {"global": weights} | ({} if state is None else {"state": state})
    return Order(kind=ROUND, manifest=Manifest(job_id=member), files=files, round={"round": number})


def run(
    looks: dict[tuple[str, int], int],
    group: GroupSettings = GROUP,
    failing: Mapping[str, int] | None = None,
    begun: Begun = START,
) -> tuple[bytes, Slow, list[Begun]]:
    crew, closed = Slow(looks, failing or {}), list[Begun]()
    final = CrewRounds(crew, group, Words(), order).run(begun, closed.append)
    return final, crew, closed


LATE = {("g.00002", 1): 2}
"""One member takes two looks for its first piece, in which the others finish theirs."""


def test_without_stragglers_all_take_part_in_every_round() -> None:
    final, _, closed = run({}, replace(GROUP, quorum=3, limit_s=60.0))
    assert final == b"start|1:ok0@1,ok1@1,ok2@1|2:ok0@2,ok1@2,ok2@2|3:ok0@3,ok1@3,ok2@3"
    assert [each.number for each in closed] == [2, 3, 4]
    assert closed[-1].weights == final


def test_who_is_late_is_dropped_and_joins_in_again_with_what_it_has_learned() -> None:
    final, crew, _ = run(LATE | {("g.00000", 2): 2, ("g.00001", 2): 2})
    assert final.startswith(b"start|1:ok0@1,ok1@1;missing g.00002|2:ok0@2,ok1@2,ok2@2|3:")
    assert ("g.00002", 2, b"1") in crew.begun


def test_who_is_late_is_part_of_the_next_round_where_that_is_asked_for() -> None:
    looks = LATE | {("g.00000", 2): 2, ("g.00001", 2): 2}
    final, _, _ = run(looks, replace(GROUP, stragglers="fold"))
    assert final.startswith(
        b"start|1:ok0@1,ok1@1;missing g.00002|2:ok0@2,ok1@2,ok2@2+ok2@1 since start|3:"
    )


def test_who_is_two_rounds_late_is_dropped_in_any_case_and_stopped_at_the_end() -> None:
    final, crew, _ = run({("g.00002", 1): 9}, replace(GROUP, stragglers="fold"))
    gone = b";missing g.00002"
    assert final == b"|".join(
        [b"start", b"1:ok0@1,ok1@1" + gone, b"2:ok0@2,ok1@2" + gone, b"3:ok0@3,ok1@3" + gone]
    )
    assert crew.stopped == ["g.00002"]


def test_a_round_waits_for_all_until_its_limit() -> None:
    final, _, _ = run(LATE, replace(GROUP, limit_s=60.0))
    assert final.startswith(b"start|1:ok0@1,ok1@1,ok2@1|")


def test_a_piece_is_tried_thrice_and_a_quorum_goes_on_without_it() -> None:
    whole = replace(GROUP, quorum=3, limit_s=60.0)
    final, _, _ = run({}, whole, failing={"g.00001": 2})
    assert final.startswith(b"start|1:ok0@1,ok1@1,ok2@1|")
    with pytest.raises(RunError, match=r"round 1, worker g\.00001: died"):
        run({}, whole, failing={"g.00001": 3})
    final, _, _ = run({}, replace(GROUP, limit_s=60.0), failing={"g.00001": 3})
    assert final.startswith(b"start|1:ok0@1,ok2@1;missing g.00001|2:ok0@2,ok1@2,ok2@2|")


def test_a_training_goes_on_with_what_was_kept_of_it() -> None:
    whole = replace(GROUP, quorum=3, limit_s=60.0)
    final, _, closed = run({}, whole)
    again, crew, _ = run({}, whole, begun=closed[0])
    assert again == final
    assert crew.begun[0] == ("g.00000", 2, b"1")
