"""`simarena run`: one episode, step by step."""

from __future__ import annotations

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
    seed: Annotated[int, typer.Option(min=0, help="All chance follows from it.")] = 0,
) -> None:
    """Show one episode step by step: what the agent sees, does, and earns."""
    from rich.console import Console
    from rich.table import Table

    from simarena.training.players import game_of
    from simarena.training.showing import play_episode
    from simarena.training.words import ACTION_WORDS, describe

    if (run is None) == (agent is None):
        message = "name either a run's folder, or an agent with --agent"
        raise ConfigError(message)
    source = run or str(agent)
    game = game_of(source)
    chosen = _chosen(scenario, seed)
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
    from simarena.env import load_suite
    from simarena.training.players import find_scenario

    if name is not None:
        return find_scenario(name)
    held_out = load_suite("held-out")
    return held_out[seed % len(held_out)]
