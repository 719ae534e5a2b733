"""`simarena run`: one episode, step by step."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from simarena.cli.options.declared import Options, with_options
from simarena.cli.output.tables import print_table
from simarena.errors import ConfigError, InfrastructureError
from simarena.simkube.settings import SimKubeSettings
from simarena.training.named import Named

if TYPE_CHECKING:
    from simarena.env import Scenario
    from simarena.simkube.env import SimKubeVectorEnv
    from simarena.training.course import Course

app = typer.Typer(name="run", help="Show one episode step by step.")


def _own_course(run: str | None) -> Course:
    """Return what is shown where nothing is named: a run's own traces, else the usual suite."""
    from simarena.evaluation.run_folder import RunFolder
    from simarena.training.course import usual_course
    from simarena.training.measuring import course_of
    from simarena.training.settings import settings_of

    if run is None or settings_of(RunFolder.open(Path(run))).trace is None:
        return usual_course()
    return course_of(run)


def _live(
    scenario: Scenario,
    game: dict[str, Any],
    settings: SimKubeSettings,
    kubeconfig: str | None,
    context: str | None,
) -> SimKubeVectorEnv:
    """Return a live cluster that plays a scenario; what ends this process ends its simulation."""
    import signal

    from simarena.simkube.env import SimKubeVectorEnv

    signal.signal(signal.SIGTERM, signal.default_int_handler)
    return SimKubeVectorEnv(
        (context,), settings=settings, kubeconfig=kubeconfig, scenarios=(scenario,), **game
    )


@app.command()
@with_options
def run(
    *,
    run: Annotated[
        str | None, typer.Argument(metavar="[RUN]", help="Folder of a run.", show_default=False)
    ] = None,
    agent: Annotated[
        str | None, typer.Option(help="Instead of a run's: a name, or package.module:Class.")
    ] = None,
    named: Annotated[
        Named,
        Options(
            Named,
            without=("suite",),
            says={
                "scenario": "Scenario of any suite; may be repeated, and the seed chooses. Without "
                "one, the run's own trace, or one held out."
            },
        ),
    ],
    seed: Annotated[int, typer.Option(min=0, help="All chance follows from it.")] = 0,
    backend: Annotated[
        Literal["simulator", "simkube"],
        typer.Option(help="Where it is played: in virtual time, or by SimKube on a live cluster."),
    ] = "simulator",
    kubeconfig: Annotated[
        str | None, typer.Option(metavar="FILE", help="Of the live cluster.")
    ] = None,
    context: Annotated[str | None, typer.Option(help="Of the kubeconfig.")] = None,
    settings: Annotated[SimKubeSettings, Options(SimKubeSettings)],
) -> None:
    """Show one episode step by step: what the agent sees, does, and earns."""
    from rich.console import Console
    from rich.table import Table

    from simarena.evaluation.run_folder import RunFolder
    from simarena.evaluation.words import ACTION_WORDS, describe
    from simarena.training.course import named_course
    from simarena.training.players import game_of
    from simarena.training.showing import play_episode

    if (run is None) == (agent is None):
        message = "name either a run's folder, or an agent with --agent"
        raise ConfigError(message)
    if run is not None:
        RunFolder.open(Path(run))
    source = run or str(agent)
    game = game_of(source)
    course = named_course(named) or _own_course(run)
    chosen = course.scenarios[seed % len(course.scenarios)]
    live = None
    if backend == "simkube":
        live = _live(chosen, game, settings, kubeconfig, context)
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
    for num_steps, step in enumerate(play_episode(source, chosen, game, seed, live), 1):
        action = ACTION_WORDS[step.action] + (" (blocked)" if step.after["blocked"] else "")
        table.add_row(str(num_steps), describe(step.before), action, f"{step.reward:.2f}")
        total += step.reward
        solved = step.after["solved"]
        last = step.after
    table.add_row("", describe(last), "", "")
    print_table(console, table)
    if live is not None and live.games[0].fault:
        message = f"the cluster ended the episode in step {num_steps}: {live.games[0].fault}"
        raise InfrastructureError(message)
    outcome = "Solved" if solved else "Not solved"
    console.print(f"{outcome} after {num_steps} steps, return {total:.2f}.", highlight=False)
