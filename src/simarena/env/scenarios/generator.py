"""Scenarios without end, from seeds.

A family draws a cluster and a workload in trouble; what it drew is kept only if its shortest
solution is as long as the severity says. So every scenario can be solved, and knows in how many
steps.
"""

from __future__ import annotations

import random
from typing import Final

from simarena.cluster.config import ClusterConfig
from simarena.env.scenarios.families import CORE_FAMILIES, FAMILIES, draw
from simarena.env.scenarios.families.draft import STEPS, Draft
from simarena.env.scenarios.families.manifests import draft_trace, node_manifests
from simarena.env.scenarios.scenario import Goal, Scenario
from simarena.errors import ScenarioError, UnknownNameError

__all__ = ["CORE_FAMILIES", "FAMILIES", "SPLITS", "generate"]

SPLITS: Final = {"train": 0, "held-out": 1, "free": 2}
"""Parts that never share a seed, with what tells their seeds apart."""

_SEED_STRIDE = len(SPLITS)
_NAMES = (
    *("web", "api", "cart", "search", "feed", "mail", "worker", "cache", "auth", "media"),
    *("orders", "users", "gateway", "billing", "events", "queue", "reports", "static"),
)
_ATTEMPTS = 2_000
_HEALTHY = "healthy"
_QUIET = ClusterConfig(kubelet="real", node_pressure_eviction=False)
_EVICTING = ClusterConfig(kubelet="real")


def generate(family: str, seed: int, split: str = "free", severity: int | None = None) -> Scenario:
    """Return the scenario of a family that belongs to a seed; equal arguments give equal scenarios.

    Args:
        family: one of FAMILIES.
        seed: which of them, from 0; the scenario's own `seed` is made of this and the split.
        split: "train", "held-out" or "free"; what one gives, no other does.
        severity: 1 (solved in 1 to 3 steps), 2 (4 to 7), 3 (8 to 12); None: drawn.

    Raises:
        UnknownNameError: no such family or split.
        ScenarioError: no such severity, or a negative seed.
    """
    if family not in FAMILIES:
        kind = "scenario family"
        raise UnknownNameError(kind, family, FAMILIES)
    if split not in SPLITS:
        kind = "split"
        raise UnknownNameError(kind, split, SPLITS)
    if severity is not None and severity not in STEPS:
        message = f"severity must be 1, 2 or 3, got {severity!r}"
        raise ScenarioError(message)
    if seed < 0:
        message = f"a scenario's seed must be at least 0, got {seed}"
        raise ScenarioError(message)
    number = seed * _SEED_STRIDE + SPLITS[split]
    rng = random.Random(f"{family}/{number}/{severity}")  # noqa: S311 - no secret
    level = severity or rng.choice((1, 2, 3))
    for _ in range(_ATTEMPTS):
        draft = draw(rng, family, level)
        if draft is None:
            continue
        steps = _steps(draft, family, level)
        if steps is not None:
            return _scenario(
                rng, draft, family, 1 if family == _HEALTHY else level, steps, number, split
            )
    message = f"no {family} scenario of severity {level} found for seed {seed}"
    raise ScenarioError(message)


def _steps(draft: Draft, family: str, level: int) -> int | None:
    """Return the length of the shortest solution; None if it is not what was asked for."""
    if draft.problem.begins_healthy() != (family == _HEALTHY):
        return None
    if family == _HEALTHY:
        return 1
    least, most = STEPS[level]
    if family in {"combined", "mixed"}:
        least = max(least, 2)
    steps = draft.problem.fewest_steps(most)
    return steps if steps is not None and steps >= least else None


def _scenario(
    rng: random.Random,
    draft: Draft,
    family: str,
    level: int,
    steps: int,
    number: int,
    split: str,
) -> Scenario:
    deploy, *others = rng.sample(_NAMES, len(draft.site.neighbours) + 1)
    return Scenario(
        name=f"{split}-{rng.randrange(16**8):08x}",
        family=family,
        severity=level,
        trace=draft_trace(draft, deploy, others),
        nodes=node_manifests(draft.site),
        deploy=deploy,
        target=draft.problem.target,
        goal=Goal(max_waste=draft.problem.max_waste, max_failures=0),
        seed=number,
        split=split,
        config=_EVICTING if draft.runs_out_of_memory else _QUIET,
        optimal_steps=steps,
    )
