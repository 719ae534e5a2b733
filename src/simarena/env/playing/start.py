"""A scenario's cluster at virtual time 0: nodes there, nothing applied, the timeline laid out."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

import numpy as np

from simarena.cluster.codes import Operation
from simarena.cluster.messages.left_out import left_out_text
from simarena.cluster.replay.compile import compile_replay
from simarena.cluster.rows.tables import Capacities
from simarena.errors import ScenarioError, SimArenaError

if TYPE_CHECKING:
    from simarena.cluster.records import World
    from simarena.cluster.rows.catalogue import Catalogue
    from simarena.env.scenarios.scenario import Scenario

_MAX_REPLICAS = 20_000


def compile_cluster(scenario: Scenario) -> Catalogue:
    """Return a scenario's cluster at virtual time 0, all that will happen in its timeline.

    Raises ScenarioError if its objects cannot be simulated, or are too many.
    """
    num_objects = sum(len(event.applied_objs) for event in scenario.trace.events)
    capacities = Capacities(
        nodes=len(scenario.nodes),
        templates=num_objects,
        specs=num_objects,
        timeline=num_objects,
        workloads=num_objects,
        bare=0,
        pods=0,
        heap=0,
        queue=0,
        keys=8,  # from here on: so many as most scenarios need, as growing takes time
        counters=16,
        usage=4,
    )
    try:
        # Later events than the duration are kept: an action must not cross a limit in any.
        replay = compile_replay(
            scenario.trace,
            scenario.nodes,
            config=scenario.config,
            seed=scenario.seed,
            capacities=capacities,
        )
    except SimArenaError as error:
        message = f"scenario {scenario.name!r}: {error}"
        raise ScenarioError(message) from error
    if replay.left_out:
        message = f"scenario {scenario.name!r}: {left_out_text(replay.left_out)}"
        warnings.warn(message, category=UserWarning, stacklevel=2)
    _check_size(scenario, replay.catalogue.world)
    return replay.catalogue


def _check_size(scenario: Scenario, world: World) -> None:
    """Refuse more pods than many environments side by side could hold."""
    most = np.zeros(len(world.workloads), np.int64)
    for row in world.timeline[: world.state[0]["num_timeline"]]:
        if row["operation"] == Operation.APPLY_WORKLOAD:
            subject = row["subject"]
            most[subject] = max(most[subject], world.specs[row["spec"]]["replicas"])
    if most.sum() > _MAX_REPLICAS:
        message = (
            f"scenario {scenario.name!r}: its workloads ask for {most.sum()} replicas, an "
            f"environment plays at most {_MAX_REPLICAS}; choose a smaller trace"
        )
        raise ScenarioError(message)
