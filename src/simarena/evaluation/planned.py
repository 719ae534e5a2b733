"""How many of an agent's plays have a result, of those that it was to make.

Figures are of plays with a result alone. An agent whose provider broke off what was hard looks
better than it is, so a report shows both numbers, and marks agents that miss many.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

MOST_MISSING: Final = 0.05
"""Share of its plays that an agent may miss without a mark."""

MARK: Final = "†"

NOTE: Final = (
    f"{MARK} More than {MOST_MISSING:.0%} of the plays have no result: the figures are of the "
    "others alone, and may be better or worse than the agent is."
).replace("%", " %")


class Planned(NamedTuple):
    """Plays of one agent."""

    num_plays: int
    """Those with a result."""

    num_planned: int

    @property
    def misses_many(self) -> bool:
        """Whether figures may mislead, as too many plays are missing."""
        return self.num_planned - self.num_plays > MOST_MISSING * self.num_planned

    def __str__(self) -> str:
        return f"{self.num_plays:,} / {self.num_planned:,}"


def planned(agent: Mapping[str, Any]) -> Planned:
    """Return what an agent's JSON tells; where it tells of no plan, nothing is missing."""
    return Planned(agent["num_plays"], agent.get("num_planned", agent["num_plays"]))


def marked(agent: Mapping[str, Any]) -> str:
    """Return the agent's name, with the `MARK` if it misses many plays."""
    return f"{agent['agent']} {MARK}" if planned(agent).misses_many else str(agent["agent"])


def any_missing(agents: Sequence[Mapping[str, Any]]) -> bool:
    """Return whether a play of any agent has no result."""
    return any(each.num_plays < each.num_planned for each in map(planned, agents))


def any_marked(agents: Sequence[Mapping[str, Any]]) -> bool:
    """Return whether any agent misses so many that the `NOTE` is to stand below."""
    return any(planned(each).misses_many for each in agents)
