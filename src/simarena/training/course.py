"""What agents are measured on: a suite, single scenarios, or recorded traces."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from simarena.cluster.manifests.node_words import DEFAULT_NODES
from simarena.env import find_scenario, load_suite
from simarena.errors import ConfigError
from simarena.training.scenarios import trace_scenarios

if TYPE_CHECKING:
    from collections.abc import Sequence

    from simarena.env import Scenario
    from simarena.training.named import Named

DEFAULT_SUITE: Final = "held-out"
"""What agents are measured on where nothing else is said."""


class Course(NamedTuple):
    """What agents are measured on."""

    name: str
    scenarios: Sequence[Scenario]


def named_course(named: Named) -> Course | None:
    """Return what is named: one of a suite, scenarios or a trace; None if nothing is.

    Raises:
        ConfigError: several things are named, or half of one.
        SimArenaError: what is named cannot be used.
    """
    named.check()
    if named.trace is not None:
        return Course(named.trace, recorded(named))
    if named.suite is not None:
        return Course(named.suite, load_suite(named.suite))
    if named.scenario:
        found = tuple(find_scenario(name) for name in named.scenario)
        return Course(", ".join(named.scenario), found)
    return None


def usual_course() -> Course:
    """Return what is played where nothing is named."""
    return Course(DEFAULT_SUITE, load_suite(DEFAULT_SUITE))


def recorded(named: Named) -> Sequence[Scenario]:
    """Return the scenarios that a trace, or a folder of them, makes.

    Raises:
        ConfigError: it is not said which workload is meant, or how many pods shall be ready.
        SimArenaError: the trace, the workload or the nodes cannot be used.
    """
    if named.deploy is None or named.target is None:
        message = "with a trace, say which workload to look after and how many pods of it shall "
        message += "be ready: --deploy NAME --target N"
        raise ConfigError(message)
    return trace_scenarios(
        str(named.trace),
        deploy=named.deploy,
        namespace=named.namespace,
        target=named.target,
        nodes=named.nodes or DEFAULT_NODES,
        kubelet=named.kubelet,
    )
