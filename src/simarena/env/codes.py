"""Small integers with names that the environment's kernels share with its Python face."""

from __future__ import annotations

from enum import IntEnum


class ObservationKind(IntEnum):
    """What an agent sees; the names in lower case are the option `observation`."""

    BASE = 0
    SCALE = 1
    FULL = 2
    DIAGNOSTIC = 3


class RewardKind(IntEnum):
    """How a step is rewarded; the names in lower case are the option `reward`."""

    BASE = 0
    SHAPED = 1
    SCALE = 2
    MAX_PUNISH = 3
    COST_AWARE_V2 = 4
    GUIDED = 5


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
