"""What the scheduler would do with a pod, told in names."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class NodeVerdict:
    """One node, as the scheduler sees it for one pod."""

    feasible: bool
    reasons: tuple[str, ...]
    """Why not, in the scheduler's words; empty where feasible."""
    scores: dict[str, int]
    """Each plugin's normalised score, 0 to 100, before its weight; empty where not feasible."""
    total: int
    """Weighted sum of the scores; 0 where not feasible."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """Where a pod would go, and why not elsewhere."""

    best: tuple[str, ...]
    """Names of the nodes with the highest total, in the scheduler's order; empty: unschedulable."""
    message: str
    """The scheduler's message where no node is feasible, else empty."""
    nodes: dict[str, NodeVerdict]
    """By name, every node that exists."""
    victims: tuple[str, ...] = ()
    """Names of the pods that would be evicted first."""
    nominated: str | None = None
    """Name of the node they would be evicted from."""
    nominations: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """Victims by node, of every node where evicting costs as little; the scheduler takes any."""
