"""A problem as plain numbers: what a cluster leaves, what a workload asks, when that is healthy.

Everything that decides whether pods of one workload can all be placed and stay well is here in
exact integers, so that a generated scenario's shortest solution is known without a cluster. It
holds because a workload's pods are all alike and everything else in a generated cluster is pinned
to its node: how many pods fit does not depend on where the scheduler puts them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, NamedTuple

from simarena.trace import CPU_STEP_MILLI, MEMORY_STEP_BYTES, Limits, scaled_limit

LIMITS: Final = Limits()


class Room(NamedTuple):
    """What one node leaves for the workload's pods."""

    cpu_milli: int
    memory_bytes: int
    pods: int
    domain: int = 0
    """What the node belongs to, where pods must be spread."""


class Ask(NamedTuple):
    """What the workload asks for: of each pod's first container, and how many pods."""

    cpu_milli: int
    memory_bytes: int
    replicas: int

    def is_allowed(self) -> bool:
        """Return whether actions could lead here."""
        return (
            LIMITS.min_cpu_milli <= self.cpu_milli <= LIMITS.max_cpu_milli
            and LIMITS.min_memory_bytes <= self.memory_bytes <= LIMITS.max_memory_bytes
            and LIMITS.min_replicas <= self.replicas <= LIMITS.max_replicas
        )


class Usage(NamedTuple):
    """The most that one container uses in a replay."""

    cpu_milli: int
    memory_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One workload's situation."""

    rooms: tuple[Room, ...]
    """Of the nodes on which nothing but resources can keep its pods off."""

    target: int
    ask: Ask
    """Before any action."""

    usage: Usage | None = None
    """None: nothing is known of it, so that nothing follows from it."""

    memory_limit_bytes: int | None = None
    """Of `ask`; actions on the request scale it along."""

    is_spread: bool = False
    """Domains may differ by one pod at most (maxSkew 1, DoNotSchedule)."""

    least_memory_bytes: int = 0
    """With a request under this the pods are evicted when their node runs out of memory."""

    max_waste: float | None = None
    """Goal's ceiling on what is requested for each unit used."""

    def fits(self, ask: Ask) -> bool:
        """Return whether all pods find a place."""
        return places(self.rooms, ask, is_spread=self.is_spread) >= ask.replicas

    def limits(self, num_steps: int) -> list[int | None]:
        """Return the memory limit after 0, 1, ..., `num_steps` memory actions, up if positive."""
        way = 1 if num_steps >= 0 else -1
        limit, request = self.memory_limit_bytes, self.ask.memory_bytes
        found = [limit]
        for _ in range(abs(num_steps)):
            after = request + way * MEMORY_STEP_BYTES
            if limit is not None:
                limit = scaled_limit(limit, request, after)
            request = after
            found.append(limit)
        return found

    def is_healthy(self, ask: Ask, memory_limit_bytes: int | None) -> bool:
        """Return whether the goal holds with this ask and the limit that it came with."""
        if ask.replicas != self.target or ask.memory_bytes < self.least_memory_bytes:
            return False
        if self.usage is not None:
            used = self.usage
            if memory_limit_bytes is not None and used.memory_bytes > memory_limit_bytes:
                return False
            if self.max_waste is not None and not (
                used.cpu_milli <= ask.cpu_milli <= self.max_waste * used.cpu_milli
                and used.memory_bytes <= ask.memory_bytes <= self.max_waste * used.memory_bytes
            ):
                return False
        return self.fits(ask)

    def begins_healthy(self) -> bool:
        """Return whether the goal holds before any action."""
        return self.is_healthy(self.ask, self.memory_limit_bytes)

    def fewest_steps(self, most: int) -> int | None:
        """Return how many actions the shortest way to the goal takes; None: more than `most`.

        Only ways with less CPU are looked at: nothing here is ever cured by more of it.
        """
        replica_steps = abs(self.target - self.ask.replicas)
        rest = most - replica_steps
        if rest < 0:
            return None
        grown, shrunk = self.limits(rest), self.limits(-rest)
        for steps in range(rest + 1):
            for cpu_steps in range(steps + 1):
                memory_steps = steps - cpu_steps
                for way, limits in ((-1, shrunk), (1, grown)):
                    ask = Ask(
                        self.ask.cpu_milli - CPU_STEP_MILLI * cpu_steps,
                        self.ask.memory_bytes + way * MEMORY_STEP_BYTES * memory_steps,
                        self.target,
                    )
                    if self._is_reached(ask, cpu_steps, way * memory_steps) and self.is_healthy(
                        ask, limits[memory_steps]
                    ):
                        return steps + replica_steps
                    if memory_steps == 0:
                        break
        return None

    def _is_reached(self, ask: Ask, cpu_steps: int, memory_steps: int) -> bool:
        """Return whether no limit blocks one of the actions that lead to `ask`."""
        return (
            (cpu_steps == 0 or ask.cpu_milli >= LIMITS.min_cpu_milli)
            and (memory_steps >= 0 or ask.memory_bytes >= LIMITS.min_memory_bytes)
            and (memory_steps <= 0 or ask.memory_bytes <= LIMITS.max_memory_bytes)
        )


def places(rooms: tuple[Room, ...], ask: Ask, *, is_spread: bool = False) -> int:
    """Return how many pods of this size find a place.

    Spread pods fill their domains level by level: when the poorest domain is full, each other one
    takes a single pod more.
    """
    cpu_milli, memory_bytes = ask.cpu_milli, ask.memory_bytes
    if not is_spread:
        total = 0
        for room in rooms:
            by_cpu, by_memory = room[0] // cpu_milli, room[1] // memory_bytes
            total += min(by_cpu, by_memory, room[2])
        return total
    by_domain: dict[int, int] = {}
    for room in rooms:
        slots = min(room[0] // cpu_milli, room[1] // memory_bytes, room[2])
        by_domain[room.domain] = by_domain.get(room.domain, 0) + slots
    least = min(by_domain.values())
    return least * len(by_domain) + sum(slots > least for slots in by_domain.values())
