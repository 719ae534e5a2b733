"""`simarena scenarios`: what there is to play."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from simarena.cli.output.scenario_table import cell, print_rows, scenario_row
from simarena.cli.output.tables import print_table

if TYPE_CHECKING:
    from simarena.env import Scenario

app = typer.Typer(
    name="scenarios", help="List, show and export what there is to play.", no_args_is_help=True
)

_Name = Annotated[
    str, typer.Argument(metavar="NAME", help="A scenario's name, or FAMILY:SEED[:SEVERITY].")
]
_Suite = Annotated[
    str | None,
    typer.Option(help="A suite's name, or a YAML file of scenarios.", show_default=False),
]
_Json = Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")]


@app.command("list")
def list_scenarios(suite: _Suite = None, as_json: _Json = False) -> None:
    """List the scenarios of a suite; without one, the suites."""
    from simarena.env import load_suite, suite_names

    if suite is None:
        suites = [{"suite": name, "scenarios": len(load_suite(name))} for name in suite_names()]
        print_rows(suites, as_json=as_json)
        return
    rows = [scenario_row(scenario) for scenario in load_suite(suite)]
    print_rows(rows, as_json=as_json)


@app.command()
def show(name: _Name, suite: _Suite = None, as_json: _Json = False) -> None:
    """Show one scenario: its cluster, workload and first state, its goal, the shortest solution."""
    from simarena.env import shortest_solution
    from simarena.env.scenarios.arena import ERRATA
    from simarena.evaluation.words import describe
    from simarena.trace import Action
    from simarena.training.showing import state_of

    scenario = _find(name, suite)
    solution = shortest_solution(scenario)
    cpu_milli, memory_bytes, replicas = scenario.settings
    values = {
        **scenario_row(scenario),
        "namespace": scenario.namespace,
        "cpu_milli": cpu_milli,
        "memory_bytes": memory_bytes,
        "replicas": replicas,
        "max_waste": scenario.goal.max_waste,
        "max_failures": scenario.goal.max_failures,
        "harmless": scenario.goal.harmless,
        "kubelet": scenario.config.kubelet,
        "max_steps": scenario.max_steps,
        "duration_s": scenario.duration_s,
        "seed": scenario.seed,
        "state": state_of(scenario),
        "node_shapes": _shapes(scenario),
        "objects": sum(len(event.applied_objs) for event in scenario.trace.events),
        "solution": None
        if solution is None
        else [Action(action).name.lower().replace("_", "-") for action in solution],
        "erratum": ERRATA.get(scenario.name),
    }
    if as_json:
        print(json.dumps(values))
        return
    from rich.console import Console
    from rich.table import Table

    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    state = f"after {scenario.duration_s} s: {describe(values['state'])}"
    for key, value in (values | {"state": state}).items():
        table.add_row(key, cell(value))
    print_table(Console(width=None if sys.stdout.isatty() else 160), table)


@app.command()
def export(
    name: _Name,
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="New folder for the files.")],
    suite: _Suite = None,
) -> None:
    """Write a scenario's trace and Node manifests for a live cluster, and itself as YAML."""
    from simarena.env.scenarios.export import export_scenario

    for path in export_scenario(_find(name, suite), folder):
        typer.echo(str(path))


def _find(name: str, suite: str | None) -> Scenario:
    from simarena.env import find_scenario, load_suite
    from simarena.errors import UnknownNameError

    if suite is None:
        return find_scenario(name)
    scenarios = load_suite(suite)
    for scenario in scenarios:
        if scenario.name == name:
            return scenario
    kind = f"scenario of {suite}"
    raise UnknownNameError(kind, name, (scenario.name for scenario in scenarios))


def _shapes(scenario: Scenario) -> list[str]:
    found = []
    for node in scenario.nodes:
        amounts = (node.get("status") or {}).get("allocatable") or {}
        found.append(f"{amounts.get('cpu', '?')} CPU, {amounts.get('memory', '?')}")
    return found
