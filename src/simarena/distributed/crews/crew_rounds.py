"""Rounds whose pieces are handed to a crew directly; who hands them out also closes the rounds."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final, NamedTuple

from simarena.distributed.groups import FOLD
from simarena.distributed.rounds import Late
from simarena.errors import RunError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from simarena.distributed.crews.crew import Crew
    from simarena.distributed.groups import GroupSettings
    from simarena.distributed.rounds import Reducer
    from simarena.distributed.work import Order, WorkEnd

_ATTEMPTS: Final = 3


class Begun(NamedTuple):
    """How far a training in rounds is: the round to go on with, and what goes into it."""

    number: int
    weights: bytes
    states: Mapping[str, bytes]
    """What each member keeps for itself; of those who are behind, from an earlier round."""


class CrewRounds:
    """One training in rounds.

    A member does one piece at a time. One that is still at its piece when the round is closed goes
    on with it; what it hands in is dropped, or part of the next round, and then it joins in again.
    """

    def __init__(
        self,
        crew: Crew,
        group: GroupSettings,
        reducer: Reducer,
        make_order: Callable[[str, int, bytes, bytes | None], Order],
    ) -> None:
        """`make_order` takes member, round, weights, and what the member keeps for itself."""
        self._crew = crew
        self._group = group
        self._reducer = reducer
        self._make_order = make_order
        self._members = group.members()
        self._states: dict[str, bytes] = {}
        self._busy: dict[str, int] = {}
        self._before: bytes | None = None

    def run(self, begun: Begun, on_round: Callable[[Begun], None]) -> bytes:
        """Return the weights after the last round.

        Raises:
            RunError: too few pieces of a round can be done, each tried thrice.
        """
        self._states = dict(begun.states)
        number, weights = begun.number, begun.weights
        while number <= self._group.num_rounds:
            made = self._round(number, weights)
            self._before, weights, number = weights, made, number + 1
            on_round(Begun(number, weights, dict(self._states)))
        for member in self._busy:
            self._crew.stop(member)
        return weights

    def _round(self, number: int, weights: bytes) -> bytes:
        """Have a round done, and return the weights that come of it."""
        until = time.monotonic() + self._group.limit_s
        updates: dict[str, bytes] = {}
        late: dict[str, bytes] = {}
        failures: dict[str, list[str]] = {}
        for member in self._members:
            if member not in self._busy:
                self._begin(member, number, weights)
        while not self._is_over(updates, failures, until):
            for member, end in self._crew.ended():
                begun = self._busy.pop(member)
                if end.error is None:
                    self._states[member] = end.files["state.npz"]
                    update = end.files["update.npz"]
                    if begun == number:
                        updates[member] = update
                        continue
                    if begun == number - 1 and self._group.stragglers == FOLD:
                        late[member] = update
                elif not self._may_try_again(number, member, end, failures):
                    continue
                self._begin(member, number, weights)
        missing = [member for member in self._members if member not in updates]
        folded = Late(self._before, late) if self._before is not None and late else None
        return self._reducer.reduce(weights, number, updates, missing, folded)

    def _begin(self, member: str, number: int, weights: bytes) -> None:
        self._busy[member] = number
        order = self._make_order(member, number, weights, self._states.get(member))
        self._crew.begin(member, order)

    def _is_over(
        self, updates: Mapping[str, bytes], failures: Mapping[str, list[str]], until: float
    ) -> bool:
        lost = sum(len(each) == _ATTEMPTS for each in failures.values())
        if len(updates) + lost == len(self._members):
            return True
        return len(updates) >= self._group.quorum and time.monotonic() > until

    def _may_try_again(
        self, number: int, member: str, end: WorkEnd, failures: dict[str, list[str]]
    ) -> bool:
        """Keep account of a piece that could not be done, and return whether to try it again.

        Raises:
            RunError: the round cannot have its quorum any more.
        """
        told = failures.setdefault(member, [])
        told.append(str(end.error))
        if len(told) < _ATTEMPTS:
            return True
        lost = sum(len(each) == _ATTEMPTS for each in failures.values())
        if len(self._members) - lost < self._group.quorum:
            message = f"round {number}, worker {member}: {told[-1]}"
            raise RunError(message)
        return False
