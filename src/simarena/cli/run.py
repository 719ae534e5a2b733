"""`simarena run`: one episode, step by step."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from simarena.errors import ConfigError

if TYPE_CHECKING:
    from simarena.env import Scenario

app = typer.Typer(name="run", help="Show one episode step by step.")


@app.command()
def run(
    run: Annotated[
        str | None, typer.Argument(metavar="[RUN]", help="Folder of a run.", show_default=False)
    ] = None,
    agent: Annotated[
        str | None, typer.Option(help="Instead of a run's: a name, or package.module:Class.")
    ] = None,
    scenario: Annotated[
        str | None, typer.Option(help="Scenario of any suite; one held out, by the seed, if none.")
    ] = None,
    trace: Annotated[
        str | None, typer.Option(help="Instead of a scenario: a trace, a path or URI.")
    ] = None,
    deploy: Annotated[str | None, typer.Option(help="Workload of the trace.")] = None,
    namespace: Annotated[
        str | None, typer.Option(help="Its namespace, where several have that name.")
    ] = None,
    target: Annotated[int | None, typer.Option(help="Pods of it that shall be ready.")] = None,
    nodes: Annotated[
        list[str] | None,
        typer.Option(help="Nodes for the trace, as 3x16cpu,32Gi or a file; may be repeated."),
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="All chance follows from it.")] = 0,
) -> None:
    """Show one episode step by step: what the agent sees, does, and earns."""
    from rich.console import Console
    from rich.table import Table

    from simarena.training.players import game_of
    from simarena.training.run_folder import RunFolder
    from simarena.training.showing import play_episode
    from simarena.training.words import ACTION_WORDS, describe

    if (run is None) == (agent is None):
        message = "name either a run's folder, or an agent with --agent"
        raise ConfigError(message)
    if run is not None:
        RunFolder.open(Path(run))
    source = run or str(agent)
    game = game_of(source)
    of_trace = {"deploy": deploy, "namespace": namespace, "target": target, "nodes": nodes}
    if trace is None:
        for name, value in of_trace.items():
            if value is not None:
                message = f"--{name} belongs to a trace; name one with --trace"
                raise ConfigError(message)
        chosen = _chosen(scenario, seed)
    elif scenario is None:
        chosen = _recorded(trace, deploy, namespace, target, nodes)
    else:
        message = "show either a scenario or a trace; leave out --scenario or --trace"
        raise ConfigError(message)
    console = Console()
    console.print(
        f"{chosen.name}: {len(chosen.nodes)} nodes, {chosen.target} pods of {chosen.deploy} wanted",
        highlight=False,
    )
    table = Table(box=None, pad_edge=False)
    table.add_column("step", justify="right")
    table.add_column("what is seen", overflow="fold")
    table.add_column("action", no_wrap=True)
    table.add_column("reward", justify="right")
    total, solved, num_steps = 0.0, False, 0
    for num_steps, step in enumerate(play_episode(source, chosen, game, seed), 1):
        action = ACTION_WORDS[step.action] + (" (blocked)" if step.after["blocked"] else "")
        table.add_row(str(num_steps), describe(step.before), action, f"{step.reward:.2f}")
        total += step.reward
        solved = step.after["solved"]
        last = step.after
    table.add_row("", describe(last), "", "")
    console.print(table, highlight=False)
    outcome = "Solved" if solved else "Not solved"
    console.print(f"{outcome} after {num_steps} steps, return {total:.2f}.", highlight=False)


def _chosen(name: str | None, seed: int) -> Scenario:
    from simarena.env import find_scenario, load_suite

    if name is not None:
        return find_scenario(name)
    held_out = load_suite("held-out")
    return held_out[seed % len(held_out)]


def _recorded(
    trace: str,
    deploy: str | None,
    namespace: str | None,
    target: int | None,
    nodes: list[str] | None,
) -> Scenario:
    from simarena.training.scenarios import DEFAULT_NODES, trace_scenario

    if deploy is None or target is None:
        message = "with a trace, say which workload to look after and how many pods of it shall "
        message += "be ready: --deploy NAME --target N"
        raise ConfigError(message)
    return trace_scenario(
        trace,
        deploy=deploy,
        namespace=namespace,
        target=target,
        nodes=tuple(nodes or DEFAULT_NODES),
    )
