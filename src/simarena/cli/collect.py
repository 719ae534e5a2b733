"""`simarena collect`: transitions of an agent, as a Minari dataset."""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import Annotated

import typer

from simarena.cli.options.declared import Options, with_options
from simarena.cli.options.executor import Jobs, Where
from simarena.errors import ConfigError
from simarena.training.named import Named

app = typer.Typer(name="collect", help="Write an agent's transitions as a Minari dataset.")

_PIECES = 2


@app.command()
@with_options
def collect(
    *,
    agent: Annotated[
        str,
        typer.Argument(
            metavar="AGENT", help="A run's folder, a name of an agent, or package.module:Class."
        ),
    ],
    named: Annotated[
        Named, Options(Named, says={"suite": "Named scenarios; train, if nothing is named."})
    ],
    episodes: Annotated[
        int, typer.Option(min=1, max=10_000_000, help="Episodes to collect.")
    ] = 1_000,
    random: Annotated[
        float, typer.Option(min=0.0, max=1.0, help="Share of actions drawn at random instead.")
    ] = 0.0,
    seed: Annotated[int, typer.Option(min=0, help="All chance follows from it.")] = 0,
    name: Annotated[
        str | None, typer.Option(help="Name of the dataset.  [default: AGENT-SUITE-v0]")
    ] = None,
    out: Annotated[Path, typer.Option(help="Where datasets are kept.")] = Path("datasets"),
    where: Annotated[Where, Options(Where)],
    jobs: Jobs = None,
) -> None:
    """Play episodes of an agent and write their transitions as a Minari dataset.

    Load it with `minari.load_dataset(NAME)`, the environment variable MINARI_DATASETS_PATH naming
    the folder of `--out`. With --executor the episodes are cut into as many pieces as --jobs says
    (2 if nothing does), each with chance of its own: equal numbers and seeds give equal datasets.
    """
    import re
    from importlib.util import find_spec

    from rich.console import Console

    from simarena.env import DeploymentVectorEnv, load_suite
    from simarena.training.collecting import check_dataset, collect_episodes, write_dataset
    from simarena.training.course import Course, named_course
    from simarena.training.players import game_of, player

    course = named_course(named) or Course("train", load_suite("train"))
    stem = re.sub(r"[^A-Za-z0-9_]+", "-", f"{Path(agent).name}-{Path(course.name).stem}").strip("-")
    name = name or f"{stem}-v0"
    if find_spec("minari") is None:
        missing = "No module named 'minari'"
        raise ModuleNotFoundError(missing, name="minari")
    check_dataset(out, name)
    game = game_of(agent)
    env = DeploymentVectorEnv(1, scenarios=course.scenarios[:1], **game)
    playing = player(agent, env, game, seed)
    env.close()
    console = Console()
    with console.status("Collecting"):
        if where.executor is None:
            if jobs is not None:
                message = "--jobs are done by somebody; say who with --executor"
                raise ConfigError(message)
            collected = collect_episodes(
                playing,
                course.scenarios,
                num_episodes=episodes,
                random_share=random,
                seed=seed,
                **game,
            )
        else:
            from simarena.distributed.crews.crew_plays import Played, collect_by_crew

            what = Played(agent, game, Named(suite="train") if named.is_nothing else named)
            prefix = f"collect-{secrets.token_hex(4)}"
            with where.crew(jobs, prefix, console.print, num_orders=jobs or _PIECES) as crew:
                collected = collect_by_crew(
                    crew,
                    what,
                    num_episodes=episodes,
                    num_pieces=jobs or _PIECES,
                    random_share=random,
                    seed=seed,
                )
        is_suite = not named.scenario and named.trace is None
        folder = write_dataset(
            out,
            name,
            collected,
            agent=playing.name,
            description=f"{playing.name} on {course.name}, {random:.0%} random actions",
            scenarios=course.scenarios,
            game=game,
            suite=course.name if is_suite else None,
        )
    steps = sum(len(each.rewards) for each in collected)
    console.print(f"{len(collected):,} episodes, {steps:,} steps: {folder}", soft_wrap=True)
