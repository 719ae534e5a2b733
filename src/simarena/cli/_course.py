"""The options that say what agents are measured on, shared by the commands that measure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from simarena.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from simarena.training.measuring import Course

_WHERE = "What is played"

Suite = Annotated[
    str | None,
    typer.Option(
        help="Named scenarios; those of the first run, or held-out, if nothing is named.",
        rich_help_panel=_WHERE,
    ),
]
Scenarios = Annotated[
    list[str] | None,
    typer.Option(
        "--scenario", help="One scenario by its name; may be repeated.", rich_help_panel=_WHERE
    ),
]
TracePath = Annotated[
    str | None,
    typer.Option("--trace", help="A trace, or a folder of traces.", rich_help_panel=_WHERE),
]
Deploy = Annotated[str | None, typer.Option(help="Workload of the trace.", rich_help_panel=_WHERE)]
Namespace = Annotated[
    str | None,
    typer.Option(help="Its namespace, where several have that name.", rich_help_panel=_WHERE),
]
Target = Annotated[
    int | None, typer.Option(help="Pods of it that shall be ready.", rich_help_panel=_WHERE)
]
Nodes = Annotated[
    list[str] | None,
    typer.Option(
        help="Nodes for the trace, as 3x16cpu,32Gi or a file of manifests; may be repeated.",
        rich_help_panel=_WHERE,
    ),
]
Seeds = Annotated[
    int,
    typer.Option(
        min=1, max=10_000, help="Seeds to play each scenario with.", rich_help_panel=_WHERE
    ),
]
Seed = Annotated[int, typer.Option(min=0, help="The first of them.", rich_help_panel=_WHERE)]


def course(
    *,
    suite: str | None,
    scenario: Sequence[str] | None,
    trace: str | None,
    deploy: str | None,
    namespace: str | None,
    target: int | None,
    nodes: Sequence[str] | None,
) -> Course | None:
    """Return what the options name; None if they name nothing.

    Raises:
        ConfigError: they name several things, or half of one.
        SimArenaError: what they name cannot be used.
    """
    from simarena.env import find_scenario, load_suite
    from simarena.training.measuring import Course

    named = {"suite": suite, "scenario": scenario or None, "trace": trace}
    given = [name for name, value in named.items() if value is not None]
    if len(given) > 1:
        superfluous = " or ".join(f"--{name}" for name in given)
        message = f"play either a suite, scenarios or a trace; leave out {superfluous}"
        raise ConfigError(message)
    if trace is not None:
        return Course(trace, recorded(trace, deploy, namespace, target, nodes))
    refuse_without_trace(deploy=deploy, namespace=namespace, target=target, nodes=nodes or None)
    if suite is not None:
        return Course(suite, load_suite(suite))
    if scenario:
        return Course(", ".join(scenario), tuple(find_scenario(name) for name in scenario))
    return None


def usual_course() -> Course:
    """Return what is played where nothing is named."""
    from simarena.env import load_suite
    from simarena.training.measuring import DEFAULT_SUITE, Course

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
) -> Sequence[Any]:
    """Return the scenarios that a trace, or a folder of them, makes.

    Raises:
        ConfigError: it is not said which workload is meant, or how many pods shall be ready.
        SimArenaError: the trace, the workload or the nodes cannot be used.
    """
    from simarena.cluster.node_spec import DEFAULT_NODES
    from simarena.training.scenarios import trace_scenarios

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
    )
