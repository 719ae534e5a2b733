"""`simarena trace`: show, check, convert and edit trace files."""

from __future__ import annotations

import sys
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from simarena.trace import Trace

app = typer.Typer(
    name="trace", help="Show, check, convert and edit SimKube traces.", no_args_is_help=True
)

_Location = Annotated[
    str, typer.Argument(metavar="PATH", help="Trace: a path, or a file, s3, gs or az URI.")
]
_Target = Annotated[str, typer.Argument(metavar="OUT", help="Where to write: a path or a URI.")]
_Namespace = Annotated[
    str | None, typer.Option(help="Its namespace, where several have that name.")
]


class Format(StrEnum):
    """How a trace is written."""

    msgpack = "msgpack"
    json = "json"


@app.command()
def show(
    path: _Location,
    deploy: Annotated[str | None, typer.Option(help="Only this workload.")] = None,
    namespace: _Namespace = None,
) -> None:
    """Print what a trace holds and what happens in it, with seconds from its start."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from simarena.cli.output.tables import print_table
    from simarena.trace import Trace, timeline, workload

    trace = Trace.from_path(path)
    only = None if deploy is None else workload(trace, deploy, namespace).key
    table = Table(box=None, pad_edge=False)
    table.add_column("time", justify="right", no_wrap=True)
    for title in ("event", "what", "object", "changes"):
        table.add_column(title, overflow="fold")
    for row in timeline(trace):
        if only in (None, row.name):
            table.add_row(
                f"{row.seconds:,} s",
                str(row.event),
                row.verb,
                Text(f"{row.kind} {row.name}"),
                Text(row.changes),
            )
    console = Console(width=None if sys.stdout.isatty() else 160)
    console.print(Text(_summary(trace)), soft_wrap=True)
    print_table(console, table)


@app.command()
def check(path: _Location) -> None:
    """Read a trace and say whether all of it is sound, and can be replayed.

    What a replay would leave out is named, too.
    """
    from simarena.cluster.manifests.node_words import DEFAULT_NODES, parse_nodes
    from simarena.cluster.replay.compile import compile_replay
    from simarena.trace import Trace

    trace = Trace.from_path(path)
    left_out = compile_replay(trace, parse_nodes(DEFAULT_NODES)).left_out
    typer.echo(f"{_summary(trace)}: sound")
    if left_out:
        typer.echo(f"not simulated: {', '.join(left_out)}")


@app.command()
def convert(
    path: _Location,
    out: _Target,
    format: Annotated[  # noqa: A002
        Format | None, typer.Option(help="By default json for OUT ending in .json, else msgpack.")
    ] = None,
) -> None:
    """Write a trace as version 2: what SimKube reads (msgpack), or JSON to look at."""
    from simarena.trace import Trace, write_bytes

    trace = Trace.from_path(path)
    chosen = format or (Format.json if out.lower().endswith(".json") else Format.msgpack)
    data = trace.to_json_bytes() if chosen is Format.json else trace.to_bytes()
    write_bytes(out, data)
    typer.echo(f"{out}: {len(data):,} bytes of {chosen.value}, version 2")


@app.command()
def edit(
    path: _Location,
    out: _Target,
    deploy: Annotated[str, typer.Option(help="Workload to change.")],
    action: Annotated[
        list[str],
        typer.Option(help="0 to 6, or a name such as increase-cpu; may be repeated, in order."),
    ],
    namespace: _Namespace = None,
) -> None:
    """Apply actions to a workload in every event, and write the result."""
    from simarena.trace import Action, Limits, Trace, apply_action, settings, workload

    actions = [Action.parse(text) for text in action]
    trace = Trace.from_path(path)
    ref = workload(trace, deploy, namespace)
    limits = Limits()
    lines = [f"{ref.key}: {_settings_text(settings(trace, ref))}"]
    for step in actions:
        trace, blocked = apply_action(trace, ref, step, limits)
        outcome = "blocked, it would cross a limit" if blocked else ""
        lines.append(f"{step.name.lower()}: {outcome or _settings_text(settings(trace, ref))}")
    trace.save(out)
    typer.echo("\n".join(lines))


def _summary(trace: Trace) -> str:
    applied = sum(len(event.applied_objs) for event in trace.events)
    deleted = sum(len(event.deleted_objs) for event in trace.events)
    seconds = trace.events[-1].ts - trace.events[0].ts if trace.events else 0
    return (
        f"{trace.source}: {len(trace.events)} event{'s' * (len(trace.events) != 1)} "
        f"over {seconds:,} s, objects applied {applied}, deleted {deleted}"
    )


def _settings_text(values: tuple[int, int, int]) -> str:
    from simarena.trace import format_cpu_milli, format_memory_bytes

    cpu_milli, memory_bytes, replicas = values
    return (
        f"cpu {format_cpu_milli(cpu_milli)}, memory {format_memory_bytes(memory_bytes)}, "
        f"replicas {replicas}"
    )
