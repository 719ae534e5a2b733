"""The fourteen scenarios of the first SimArena, on its nodes of 16 CPUs and 32Gi.

Its traces asked for what no node has, or for too many or too few pods. Scenarios are numbered, not
named after what is wrong: whoever reads a name should still have to look.
"""

from __future__ import annotations

from typing import Final

from simarena.env.scenarios.families.manifests import deployment
from simarena.env.scenarios.scenario import Goal, Scenario, default_nodes
from simarena.trace import new_trace

_NUM_NODES = 4
_MAX_STEPS = 48  # the longest way is 32 steps, from 40Gi to 32Gi

# family, severity, replicas, CPU, memory, target
_ROWS: Final[tuple[tuple[str, int, int, str, str, int], ...]] = (
    ("mem_insufficient", 2, 3, "500m", "33Gi", 3),
    ("cpu_insufficient", 1, 3, "17", "512Mi", 3),
    ("cpu_insufficient", 2, 3, "20", "512Mi", 3),
    ("combined", 2, 3, "17", "33Gi", 3),
    ("replica_surplus", 1, 5, "500m", "512Mi", 3),
    ("replica_deficit", 1, 1, "500m", "512Mi", 3),
    ("replica_deficit", 1, 2, "500m", "512Mi", 3),
    ("healthy", 1, 2, "500m", "512Mi", 2),
    ("healthy", 1, 2, "4", "8Gi", 2),
    ("replica_deficit", 1, 2, "250m", "256Mi", 3),
    ("replica_deficit", 1, 2, "500m", "512Mi", 5),
    ("replica_deficit", 2, 2, "500m", "512Mi", 10),
    ("mem_insufficient", 3, 3, "500m", "40Gi", 3),
    ("mixed", 2, 5, "250m", "33Gi", 3),
)


def classic_scenarios() -> tuple[Scenario, ...]:
    """Return the fourteen, "classic-01" to "classic-14"."""
    return tuple(
        Scenario(
            name=f"classic-{number:02}",
            family=family,
            severity=severity,
            trace=new_trace(
                [deployment("web", replicas, cpu, memory)], source=f"classic-{number:02}"
            ),
            nodes=default_nodes(_NUM_NODES),
            deploy="web",
            target=target,
            goal=Goal(harmless=False),
            max_steps=_MAX_STEPS,
            seed=number,
            split="classic",
        )
        for number, (family, severity, replicas, cpu, memory, target) in enumerate(_ROWS, start=1)
    )
