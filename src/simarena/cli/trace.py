"""`simarena trace`: show, check, convert and edit trace files."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from enum import StrEnum
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from simarena.trace import Trace
    from simarena.trace.imported.arrivals import Stay
    from simarena.trace.kinds import Manifest

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
    from simarena.cluster.messages.left_out import left_out_text
    from simarena.cluster.replay.compile import compile_replay
    from simarena.trace import Trace

    trace = Trace.from_path(path)
    left_out = compile_replay(trace, parse_nodes(DEFAULT_NODES)).left_out
    typer.echo(f"{_summary(trace)}: sound")
    if left_out:
        typer.echo(left_out_text(left_out))


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


import_app = typer.Typer(
    help="Make traces and nodes from the CSV files of public cluster traces.",
    no_args_is_help=True,
)
app.add_typer(import_app, name="import")

_Out = Annotated[
    Path, typer.Option(help="Folder for trace.sktrace and nodes.json, which replays take.")
]
_Limit = Annotated[
    int | None, typer.Option(min=1, help="Take so many pods at most.  [default: all]")
]
_Until = Annotated[
    int | None, typer.Option(min=0, help="Second after which nothing is taken.  [default: all]")
]


@import_app.command("openb")
def import_openb(
    nodes: Annotated[Path, typer.Argument(metavar="NODES", help="openb_node_list_*.csv")],
    pods: Annotated[Path, typer.Argument(metavar="PODS", help="openb_pod_list_*.csv")],
    out: _Out,
    limit: _Limit = None,
    until: _Until = None,
) -> None:
    """Import Alibaba's openb GPU cluster: a list of nodes and one of pods."""
    from simarena.trace.imported.openb import openb_nodes, openb_pods

    with _reading(pods) as progress:
        _import(openb_nodes(nodes), openb_pods(pods, progress), out, limit, until, str(pods))


@import_app.command("azure-packing")
def import_azure_packing(
    types: Annotated[Path, typer.Argument(metavar="TYPES", help="Table vmType, as CSV.")],
    vms: Annotated[Path, typer.Argument(metavar="VMS", help="Table vm, as CSV.")],
    out: _Out,
    machine: Annotated[int, typer.Option(min=0, help="machineId that all nodes are of.")] = 0,
    nodes: Annotated[int, typer.Option(min=1, help="How many nodes there are.")] = 100,
    limit: _Limit = None,
    until: _Until = None,
) -> None:
    """Import Azure's trace for packing of 2020: types of virtual machines, and requests."""
    from simarena.trace.imported.azure_packing import azure_nodes, azure_types, azure_vms

    with _reading(vms) as progress:
        requests = azure_vms(vms, azure_types(types, machine), progress)
        _import(azure_nodes(nodes), requests, out, limit, until, str(vms))


@contextmanager
def _reading(path: Path) -> Iterator[Callable[[int], None]]:
    """Show how much of a file has been read, where somebody can see it."""
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn

    console = Console(stderr=True)
    columns = (TextColumn(path.name), BarColumn(), DownloadColumn())
    total = path.stat().st_size if path.is_file() else None
    with Progress(*columns, console=console, disable=not console.is_terminal) as bar:
        task = bar.add_task(path.name, total=total)
        yield lambda done: bar.update(task, completed=done)


def _import(
    nodes: Iterable[Manifest],
    stays: Iterable[Stay],
    out: Path,
    limit: int | None,
    until: int | None,
    source: str,
) -> None:
    from simarena.errors import StorageError
    from simarena.files.held_folder import temporary_folder
    from simarena.files.whole_folder import folder_to_fill
    from simarena.trace.imported.arrivals import events
    from simarena.trace.imported.writing import write_nodes, write_trace

    try:
        with folder_to_fill(out), temporary_folder(".import-", out) as folder:
            num_nodes = write_nodes(folder / "nodes.json", nodes)
            num_pods, num_events = write_trace(
                folder / "trace.sktrace", events(islice(stays, limit), until), source
            )
            for written in list(folder.iterdir()):
                written.replace(out / written.name)
    except OSError as error:
        message = f"{out}: cannot be written: {error.strerror}; name another folder"
        raise StorageError(message) from error
    typer.echo(f"{out / 'nodes.json'}: {num_nodes:,} nodes")
    typer.echo(f"{out / 'trace.sktrace'}: {num_pods:,} pods in {num_events:,} events")


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
