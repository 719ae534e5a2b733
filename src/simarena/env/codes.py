"""Small integers with names that the environments' kernels share with their Python face."""

from __future__ import annotations

from enum import IntEnum
from typing import Literal, Self

ObservationName = Literal["base", "scale", "full", "diagnostic", "neighbours"]
"""The names of ObservationKind in lower case, for signatures."""

RewardName = Literal["base", "shaped", "scale", "max_punish", "cost_aware_v2", "guided"]
"""The names of RewardKind in lower case, for signatures."""


class ObservationKind(IntEnum):
    """What an agent sees of a Deployment; the names in lower case are the option `observation`."""

    BASE = 0
    SCALE = 1
    FULL = 2
    DIAGNOSTIC = 3
    NEIGHBOURS = 4


class RewardKind(IntEnum):
    """How a step is rewarded; the names in lower case are the option `reward`.

    Each with what it is worth, as the environment's documentation has it.
    """

    meaning: str

    def __new__(cls, meaning: str) -> Self:
        """Return the next code."""
        member = int.__new__(cls, len(cls.__members__))
        member._value_ = len(cls.__members__)
        member.meaning = meaning
        return member

    BASE = "1 at goal, else 0."
    SHAPED = """1 at goal; else −0.1·|r − t| − 0.05·p − (0.15·(n − t) if n > t;
0.08·(t − n) if n < t), clamped to [−1, 1]."""
    SCALE = """1 at goal; else −0.02·p/t − (0.07·(n − t) if n > t; 0.03·(t − n)/t if n < t),
clamped to [−1, 1]."""
    MAX_PUNISH = "base − 0.5 for each of c > 16, m > 32Gi, replicas > 100."
    COST_AWARE_V2 = """with r/t and p/t clamped to [0, 1], health = (r/t)² − 0.85·p/t −
0.75·max(0, t − n)/t and cost = 0.45·x_c + 0.45·x_m + 0.60·min(1, max(0, n − t)/t), where
x_c = min(1, max(0, c − 500m)/(C − 500m)), C = max(501m, 16/t), and x_m likewise from 256Mi
and 32Gi/t. At goal 0; else, less 1: 0.9 − 0.6·cost if r ≥ t and p = 0, health − 0.08·cost if
p > 0, health − 0.12·cost otherwise; clamped to [−1, 0]. Then less `step_penalty`, less 0.12
if the action was blocked, and clamped again."""
    GUIDED = """(the default) 1 at goal; else −0.1 − 0.2·(1 − min(r/t, 1)) − 0.03·min(k, 15),
with k the actions that settings alone tell of: replicas missing or too many, requests above
the ceiling on waste, the memory limit below the usage."""


class Component(IntEnum):
    """Numbers of an observation, in order: each with what it means and its lowest value.

    The highest is 1. What is declared here is what spaces, documentation and kernels go by; how a
    number comes about stands in the kernel that writes it.
    """

    meaning: str
    low: float

    def __new__(cls, meaning: str, low: float = 0.0) -> Self:
        """Return the next number."""
        member = int.__new__(cls, len(cls.__members__))
        member._value_ = len(cls.__members__)
        member.meaning = meaning
        member.low = low
        return member

    @property
    def declared(self) -> tuple[str, float]:
        """Meaning and lowest value, for a component of the same name of another observation."""
        return self.meaning, self.low


def names_of(components: type[Component]) -> tuple[str, ...]:
    """Return the names of an observation's components in order, in lower case."""
    return tuple(component.name.lower() for component in components)


class Room(Component):
    """What a look at every node tells of the room for a workload's pods.

    A *room* is what a node has free when the workload's own pods are left aside; a *slot* is a
    place in a room for one pod. Only nodes count on which nothing but resources can keep pods off.
    """

    CPU_OF_LARGEST_NODE = "c2(a pod's CPU / the largest node's)"
    MEMORY_OF_LARGEST_NODE = "c2(a pod's memory / the largest node's)"
    CPU_OVER_ROOM = "s(steps by which a pod's CPU is larger than the largest room)", -1.0
    MEMORY_OVER_ROOM = "s(steps by which a pod's memory is larger than the largest room)", -1.0
    SLOTS_BY_CPU = "c2(slots by CPU alone / t)"
    SLOTS_BY_MEMORY = "c2(slots by memory alone / t)"
    SLOTS = "c2(slots by both and by number of pods / t)"
    FREE_CPU = "most CPU free on a node / the largest node's"
    FREE_MEMORY = "most memory free on a node / the largest node's"
    FREE_CPU_OVER_REQUEST = "c4(most CPU free on a node / a pod's)"
    FREE_MEMORY_OVER_REQUEST = "c4(most memory free on a node / a pod's)"
    NODES = "s(nodes / 4)"


class Sampling(IntEnum):
    """How an environment chooses its next scenario."""

    RANDOM = 0
    """Any, evenly, by the environment's seed."""
    CYCLE = 1
    """All of them in turn: member i of n plays scenarios i, i + n, i + 2n and so on."""


class Autoreset(IntEnum):
    """When a finished episode is followed by the next one."""

    NEXT_STEP = 0
    SAME_STEP = 1
    DISABLED = 2


class Call(IntEnum):
    """What a batch is asked to do."""

    STEP = 0
    """Take the actions."""
    RESET = 1
    """Begin new episodes where the mask says so."""
    RESUME = 2
    """Repeat the replays that found a table full."""


class Stage(IntEnum):
    """What an environment still has to do in this call."""

    IDLE = 0
    STEPPED = 1
    """The action is applied; replay, judge, observe."""
    STARTED = 2
    """The episode is new; replay, observe."""
    UNCHANGED = 3
    """The action changed nothing, so a replay would end as the last one did; judge, observe."""


class Edit(IntEnum):
    """What became of an action on a running Deployment."""

    NOTHING = 0
    """There was nothing to do."""
    CHANGED = 1
    BLOCKED = 2
    """A limit would be crossed, or too many of its templates are in use at once."""
    NO_ROOM = 3
    """The event heap must grow first."""
