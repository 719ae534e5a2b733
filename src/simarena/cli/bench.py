"""`simarena bench`: language models, and agents beside them, on scenarios."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from simarena.benchmark.selection import Selection
from simarena.cli._invocation import command_line
from simarena.cli.options.course import WHERE
from simarena.cli.options.declared import Options, with_options
from simarena.errors import ConfigError, RunError

if TYPE_CHECKING:
    from simarena.benchmark.settings import BenchSettings
    from simarena.evaluation.run_folder import RunFolder

app = typer.Typer(name="bench", help="Measure language models, and agents beside them.")

_WHO = "Who plays"
_RULES = "The rules"
_HOW = "How it is run"


@app.command()
@with_options
def bench(
    *,
    model: Annotated[
        list[str] | None,
        typer.Option(
            help="A model as PROVIDER/NAME, of any provider that Inspect knows; may be repeated.",
            rich_help_panel=_WHO,
        ),
    ] = None,
    provider: Annotated[
        list[str] | None,
        typer.Option(
            help="gemini, anthropic or openai: a model of theirs; may be repeated.",
            rich_help_panel=_WHO,
        ),
    ] = None,
    agent: Annotated[
        list[str] | None,
        typer.Option(
            help="A name, a run's folder or package.module:Class to stand beside the models; "
            "'none' for nobody; may be repeated.  [default: random, blind, rules, oracle]",
            show_default=False,
            rich_help_panel=_WHO,
        ),
    ] = None,
    selection: Annotated[
        Selection,
        Options(
            Selection,
            says={
                "suite": "Named scenarios or a YAML file; without any, arena-v2, of which held-out."
            },
        ),
    ],
    list_scenarios: Annotated[
        bool,
        typer.Option("--list-scenarios", help="List what would be played.", rich_help_panel=WHERE),
    ] = False,
    epochs: Annotated[
        int, typer.Option(min=1, help="Plays of each scenario.", rich_help_panel=_RULES)
    ] = 1,
    steps: Annotated[
        int | None,
        typer.Option(
            min=1, help="Steps of an episode, if not the scenario's.", rich_help_panel=_RULES
        ),
    ] = None,
    max_tool_rounds: Annotated[
        int,
        typer.Option(
            min=0, help="Answers that only look, before each step.", rich_help_panel=_RULES
        ),
    ] = 8,
    answer: Annotated[
        Literal["tool", "json"],
        typer.Option(
            help="Whether models act by calling a tool or by answering with JSON.",
            rich_help_panel=_RULES,
        ),
    ] = "tool",
    what_if: Annotated[
        bool,
        typer.Option(
            "--what-if", help="Let models try actions out on a copy.", rich_help_panel=_RULES
        ),
    ] = False,
    token_limit: Annotated[
        int | None,
        typer.Option(min=1, help="Most tokens of an episode.", rich_help_panel=_RULES),
    ] = None,
    time_limit: Annotated[
        int | None,
        typer.Option(
            min=1,
            help="Most seconds of an episode, waits for refused requests aside.",
            rich_help_panel=_RULES,
        ),
    ] = None,
    temperature: Annotated[
        float | None, typer.Option(min=0, help="Of the models.", rich_help_panel=_HOW)
    ] = None,
    max_tokens: Annotated[
        int | None, typer.Option(min=1, help="Most tokens of an answer.", rich_help_panel=_HOW)
    ] = None,
    max_retries: Annotated[
        int,
        typer.Option(
            min=0, help="How often a refused request is sent again.", rich_help_panel=_HOW
        ),
    ] = 5,
    timeout: Annotated[
        int, typer.Option(min=1, help="Seconds that an answer may take.", rich_help_panel=_HOW)
    ] = 120,
    max_connections: Annotated[
        int,
        typer.Option(min=1, help="Requests under way at once, a model.", rich_help_panel=_HOW),
    ] = 10,
    prices: Annotated[
        Path | None,
        typer.Option(
            exists=True,
            dir_okay=False,
            help="YAML or JSON file of prices, as Inspect reads it; without, costs are not known.",
            rich_help_panel=_HOW,
        ),
    ] = None,
    base_url: Annotated[
        str | None,
        typer.Option(help="Where the models are reached, if elsewhere.", rich_help_panel=_HOW),
    ] = None,
    name: Annotated[
        str | None, typer.Option(help="Name of the run's folder.", rich_help_panel=_HOW)
    ] = None,
    runs: Annotated[
        Path, typer.Option(help="Where run folders are kept.", rich_help_panel=_HOW)
    ] = Path("runs"),
    resume: Annotated[
        Path | None,
        typer.Option(
            metavar="RUN",
            help="Play what a run has left, by its settings; other options are not looked at.",
            rich_help_panel=_HOW,
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")] = False,
) -> None:
    """Measure language models, and agents beside them, on scenarios that they repair.

    A model looks at a simulated cluster with the tools of simarena mcp, and acts on it step by
    step; what it came to is judged from the cluster's state. Keys of providers come from the
    environment or a file .env.

    Leaves a folder with a report, every outcome, and Inspect's logs, which 'inspect view --log-dir
    RUN/logs' shows. The same task runs under Inspect's own command, as 'inspect eval
    simarena/arena'.
    """
    from simarena.benchmark.job import begin_bench, open_bench
    from simarena.benchmark.models import default_model
    from simarena.benchmark.prices import read_prices
    from simarena.benchmark.rules import Rules
    from simarena.benchmark.settings import DEFAULT_AGENTS, BenchSettings
    from simarena.evaluation.run_folder import check_name, next_name

    if resume is not None:
        folder, settings = open_bench(resume)
        _play(folder, settings, as_json)
        return
    if list_scenarios:
        from simarena.cli.output.scenario_table import print_rows, scenario_row

        print_rows([scenario_row(each) for each in selection.scenarios()], as_json=as_json)
        return
    models = (*(model or ()), *(default_model(each) for each in provider or ()))
    if not models and agent is None:
        message = "nobody plays; name a model with --model or --provider, or agents with --agent"
        raise ConfigError(message)
    agents = DEFAULT_AGENTS if agent is None else tuple(agent)
    settings = BenchSettings(
        models=models,
        agents=() if agents == ("none",) else agents,
        selection=selection,
        rules=Rules(steps=steps, max_tool_rounds=max_tool_rounds, answer=answer, what_if=what_if),
        epochs=epochs,
        base_url=base_url,
        prices=None if prices is None else read_prices(prices),
        temperature=temperature,
        max_tokens=max_tokens,
        max_retries=max_retries,
        timeout_s=timeout,
        max_connections=max_connections,
        token_limit=token_limit,
        time_limit_s=time_limit,
    )
    if name is not None:
        check_name(runs, name)
    path = runs / (name or next_name(runs, "bench"))
    _play(begin_bench(path, settings, command_line()), settings, as_json)


def _play(folder: RunFolder, settings: BenchSettings, as_json: bool) -> None:
    """Play, and print what came of it."""
    from rich.console import Console

    from simarena.benchmark.job import Display, run_bench
    from simarena.cli.output.results import print_comparison

    console = Console(stderr=as_json)
    display: Display = "none" if as_json else "rich" if sys.stdout.isatty() else "plain"
    result = run_bench(
        folder,
        settings,
        display=display,
        on_agent=lambda agent: console.print(f"Measuring {agent}", highlight=False),
    )
    told = result.comparison.to_json()
    if as_json:
        print(json.dumps(told | {"folder": str(folder.path), "num_missing": result.num_missing}))
    else:
        print_comparison(console, told)
        console.print(f"Report: {folder.path / 'report.md'}", soft_wrap=True)
    if result.interrupted:
        console.print(f"Go on: simarena bench --resume {folder.path}", soft_wrap=True)
        raise KeyboardInterrupt
    if result.num_missing:
        message = (
            f"{folder.path}: {result.num_missing} plays came to no result, and count in none; make "
            f"them with 'simarena bench --resume {folder.path}'"
        )
        raise RunError(message)
