"""Which scenarios a run trains on and is measured on."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from simarena.cluster.manifests.node_words import parse_nodes
from simarena.env import load_suite, scenario_from_trace
from simarena.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from simarena.env import Scenario
    from simarena.training.settings import TrainSettings

_SUFFIXES: Final = {".sktrace", ".msgpack", ".mp", ".json"}


def training_scenarios(settings: TrainSettings) -> Sequence[Scenario]:
    """Return what a run with these settings trains on.

    Raises:
        SimArenaError: a trace, a workload in it, or the nodes cannot be used.
    """
    if settings.suite is not None:
        return load_suite(settings.suite)
    return trace_scenarios(
        str(settings.trace),
        deploy=str(settings.deploy),
        namespace=settings.namespace,
        target=settings.target or 0,
        nodes=settings.nodes,
        kubelet=settings.kubelet,
        max_steps=settings.max_steps,
        duration_s=settings.duration_s,
        seed=settings.seed,
    )


def evaluation_scenarios(settings: TrainSettings) -> Sequence[Scenario]:
    """Return what a run with these settings is measured on."""
    if settings.eval_suite is None or settings.suite is None:
        return training_scenarios(settings)
    return load_suite(settings.eval_suite)


def trace_scenarios(  # noqa: PLR0913 - what a command line says of a trace
    location: str,
    *,
    deploy: str,
    namespace: str | None,
    target: int,
    nodes: tuple[str, ...],
    kubelet: str | None = None,
    max_steps: int | None = None,
    duration_s: int | None = None,
    seed: int = 0,
) -> Sequence[Scenario]:
    """Return a scenario for the trace at `location`, or for each trace in the folder there.

    Raises:
        ConfigError: the target is below 1, or the folder has no traces.
        ScenarioError: each scenario is decided before it begins
            (`simarena.env.scenarios.foregone`).
        NotFoundError: the workload is not in a trace.
        SimArenaError: a trace or the nodes cannot be used.
    """
    if target < 1:
        message = f"target must be at least 1 pod, got {target}"
        raise ConfigError(message)
    parse_nodes(nodes)
    scenarios = tuple(
        trace_scenario(
            path,
            deploy=deploy,
            namespace=namespace,
            target=target,
            nodes=nodes,
            kubelet=kubelet,
            max_steps=max_steps,
            duration_s=duration_s,
            seed=seed,
        )
        for path in _traces(location)
    )
    from simarena.env.scenarios.foregone import check_open  # brings the simulator

    check_open(scenarios)
    return scenarios


def trace_scenario(  # noqa: PLR0913 - what a command line says of a trace
    path: str,
    *,
    deploy: str,
    namespace: str | None,
    target: int,
    nodes: tuple[str, ...],
    kubelet: str | None = None,
    max_steps: int | None = None,
    duration_s: int | None = None,
    seed: int = 0,
) -> Scenario:
    """Return the scenario that the trace at `path` makes on these nodes.

    Raises:
        SimArenaError: the trace, the workload, the target or the nodes cannot be used.
    """
    options = {"max_steps": max_steps, "duration_s": duration_s}
    return scenario_from_trace(
        path,
        deploy=deploy,
        target=target,
        nodes=parse_nodes(nodes),
        namespace=namespace,
        kubelet=kubelet,
        name=Path(path).stem,
        seed=seed,
        **{key: value for key, value in options.items() if value is not None},
    )


def _traces(location: str) -> list[str]:
    folder = Path(location)
    if "://" in location or not folder.is_dir():
        return [location]
    found = sorted(str(path) for path in folder.iterdir() if path.suffix in _SUFFIXES)
    if not found:
        message = (
            f"{location}: holds no traces ({', '.join(sorted(_SUFFIXES))}); name another folder"
        )
        raise ConfigError(message)
    return found
