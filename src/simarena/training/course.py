"""What agents are measured on: a suite, single scenarios, or recorded traces."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from simarena.cluster.manifests.node_words import DEFAULT_NODES
from simarena.env import find_scenario, load_suite
from simarena.errors import ConfigError
from simarena.training.scenarios import trace_scenarios

if TYPE_CHECKING:
    from collections.abc import Sequence

    from simarena.env import Scenario

DEFAULT_SUITE: Final = "held-out"
"""What agents are measured on where nothing else is said."""


class Course(NamedTuple):
    """What agents are measured on."""

    name: str
    scenarios: Sequence[Scenario]


def named_course(
    *,
    suite: str | None = None,
    scenario: Sequence[str] | None = None,
    trace: str | None = None,
    deploy: str | None = None,
    namespace: str | None = None,
    target: int | None = None,
    nodes: Sequence[str] | None = None,
    kubelet: str | None = None,
) -> Course | None:
    """Return what is named: one of a suite, scenarios or a trace; None if nothing is.

    Raises:
        ConfigError: several things are named, or half of one.
        SimArenaError: what is named cannot be used.
    """
    named = {"suite": suite, "scenario": scenario or None, "trace": trace}
    given = [name for name, value in named.items() if value is not None]
    if len(given) > 1:
        superfluous = " or ".join(f"--{name}" for name in given)
        message = f"play either a suite, scenarios or a trace; leave out {superfluous}"
        raise ConfigError(message)
    if trace is not None:
        return Course(trace, recorded(trace, deploy, namespace, target, nodes, kubelet))
    refuse_without_trace(
        deploy=deploy, namespace=namespace, target=target, nodes=nodes or None, kubelet=kubelet
    )
    if suite is not None:
        return Course(suite, load_suite(suite))
    if scenario:
        return Course(", ".join(scenario), tuple(find_scenario(name) for name in scenario))
    return None


def usual_course() -> Course:
    """Return what is played where nothing is named."""
    return Course(DEFAULT_SUITE, load_suite(DEFAULT_SUITE))


def refuse_without_trace(**options: Any) -> None:  # noqa: ANN401 - whatever the options hold
    """Raise ConfigError if an option that belongs to a trace is given without one."""
    for name, value in options.items():
        if value is not None:
            message = f"--{name} belongs to a trace; name one with --trace"
            raise ConfigError(message)


def recorded(
    trace: str,
    deploy: str | None,
    namespace: str | None,
    target: int | None,
    nodes: Sequence[str] | None,
    kubelet: str | None = None,
) -> Sequence[Scenario]:
    """Return the scenarios that a trace, or a folder of them, makes.

    Raises:
        ConfigError: it is not said which workload is meant, or how many pods shall be ready.
        SimArenaError: the trace, the workload or the nodes cannot be used.
    """
    if deploy is None or target is None:
        message = "with a trace, say which workload to look after and how many pods of it shall "
        message += "be ready: --deploy NAME --target N"
        raise ConfigError(message)
    return trace_scenarios(
        trace,
        deploy=deploy,
        namespace=namespace,
        target=target,
        nodes=tuple(nodes or DEFAULT_NODES),
        kubelet=kubelet,
    )
