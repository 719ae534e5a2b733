"""`simarena replay`: what happens over a trace."""

from __future__ import annotations

import json as json_format
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from simarena.cli.output.tables import print_table, whole_width
from simarena.cluster.manifests.node_words import DEFAULT_NODES
from simarena.training.named import KUBELET_SAYS, KubeletName

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from rich.console import Console

    from simarena.cluster.objects.history import PodCounts
    from simarena.cluster.replay.replayed import NodeHistory, Replayed

app = typer.Typer(name="replay", help="Replay a trace: print and plot what happens.")

_NODES: Final = list(DEFAULT_NODES)
_LEVELS: Final = " ▁▂▃▄▅▆▇█"
_NUM_SAMPLES: Final = 24
_FEW_SAMPLES: Final = 12  # in a terminal that is narrower than
_WIDE: Final = 110
_MAX_WAITS: Final = 5


@app.command()
def replay(
    trace: Annotated[
        str, typer.Argument(metavar="TRACE", help="Trace: a path, or a file, s3, gs or az URI.")
    ],
    nodes: Annotated[
        list[str],
        typer.Option(
            help="[<number>x]<cpu>cpu,<memory>[,<pods>pods], or a YAML or JSON file of Nodes; "
            "may be repeated."
        ),
    ] = _NODES,
    kubelet: Annotated[
        KubeletName | None, typer.Option(help=KUBELET_SAYS, show_default=False)
    ] = None,
    duration: Annotated[
        int | None,
        typer.Option(
            min=1, help="Seconds; later events are dropped.  [default: to the last event]"
        ),
    ] = None,
    speed: Annotated[float, typer.Option(help="Waits between events are divided by this.")] = 1.0,
    seed: Annotated[int, typer.Option(min=0, help="All chance follows from it.")] = 0,
    out: Annotated[
        Path | None,
        typer.Option(
            help="Folder for replay.png and replay.json.  [default: runs/replay-<trace>]",
            show_default=False,
        ),
    ] = None,
    json: Annotated[
        bool, typer.Option("--json", help="Print everything as JSON; write only where --out says.")
    ] = False,
) -> None:
    """Replay a trace as SimKube's driver would; print and plot pods and nodes over time."""
    from rich.console import Console

    from simarena.cluster.config import ClusterConfig
    from simarena.cluster.manifests.node_words import parse_nodes
    from simarena.cluster.replay.driver import ReplayOptions
    from simarena.cluster.replay.kubelet_choice import kubelet_for
    from simarena.cluster.replay.replayed import replay_trace
    from simarena.trace import Trace

    options = ReplayOptions(duration_s=duration, speed=speed)
    cluster_nodes = parse_nodes(nodes)
    read = Trace.from_path(trace)
    config = ClusterConfig(kubelet=kubelet_for(read, kubelet))
    waiting = "Replaying (the first time, kernels are compiled for half a minute)"
    with Console(stderr=True).status(waiting):
        replayed = replay_trace(read, cluster_nodes, options=options, config=config, seed=seed)
    told = {
        "trace": read.source,
        "options": {"duration_s": duration, "speed": speed, "seed": seed, "nodes": nodes}
        | {"kubelet": config.kubelet},
        **replayed.to_json(),
    }
    folder = out
    if folder is None and not json:
        folder = Path("runs") / f"replay-{_stem(trace)}"
    if folder is not None:
        _write(folder, replayed, told, _stem(trace))
    if json:
        print(json_format.dumps(told))
        return
    _print(replayed, read.source, len(read.events))
    if folder is not None:
        print(f"{folder / 'replay.png'}, {folder / 'replay.json'}")


def _stem(location: str) -> str:
    return Path(location.rstrip("/").rsplit("/", 1)[-1]).stem or "trace"


def _write(folder: Path, replayed: Replayed, told: dict[str, object], title: str) -> None:
    from simarena.errors import StorageError
    from simarena.evaluation.pictures.replay_plot import replay_png
    from simarena.trace import write_bytes

    picture = replay_png(replayed, title)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        message = f"{folder}: cannot be made: {error.strerror}; name another folder with --out"
        raise StorageError(message) from error
    write_bytes(folder / "replay.png", picture)
    write_bytes(folder / "replay.json", json_format.dumps(told).encode())


def _print(replayed: Replayed, source: str, num_events: int) -> None:
    from rich.console import Console

    console = Console(width=None if sys.stdout.isatty() else 120)
    num_samples = _NUM_SAMPLES if console.width >= _WIDE else _FEW_SAMPLES
    pods = replayed.pods()
    last = pods[-1][1] if pods else None
    console.print(
        f"{source}: {_number(num_events, 'event')} replayed over "
        f"{replayed.end_ms / 1_000:,.0f} s on {_number(len(replayed.nodes), 'node')}; at most "
        f"{_number(max((counts.total for _, counts in pods), default=0), 'pod')} at once, "
        f"{max((counts.pending for _, counts in pods), default=0)} pending; in the end "
        f"{last.ready if last else 0} of {last.total if last else 0} ready",
        highlight=False,
        soft_wrap=True,
    )
    shared = _shared_prefix(list(replayed.workloads))
    _print_bars(
        console,
        {"ready over time": "green", "pending": "red"},
        (shared or "workload", "most", "pending for", "ready", "pending", "total"),
        {
            name.removeprefix(shared): _workload_cells(series, replayed.end_ms, num_samples)
            for name, series in replayed.workloads.items()
        },
    )
    _print_bars(
        console,
        {"CPU over time": "blue", "memory over time": "magenta"},
        ("node", "CPU", "most", "memory", "most", "pods"),
        {
            name: _node_cells(node, replayed.end_ms, num_samples)
            for name, node in replayed.nodes.items()
        },
    )
    _print_waits(console, replayed)
    if replayed.left_out:
        from simarena.cluster.messages.left_out import left_out_text

        told = left_out_text(replayed.left_out)
        console.print(f"{told[0].upper()}{told[1:]}", highlight=False, soft_wrap=True)


def _print_bars(
    console: Console, bars: Mapping[str, str], titles: Sequence[str], rows: Mapping[str, list[str]]
) -> None:
    """Print rows of bars and figures by their names; of the bars, as many as leave names whole.

    `bars` are titles and colours; `titles` are those of the names, and of the figures.
    """
    from rich.table import Table

    for num_bars in range(len(bars), -1, -1):
        table = Table(box=None, pad_edge=False)
        table.add_column(titles[0], overflow="fold")
        for title, colour in list(bars.items())[:num_bars]:
            said = title if console.width >= _WIDE else title.replace(" ", "\n", 1)
            table.add_column(said, no_wrap=True, style=colour)
        for title in titles[1:]:
            table.add_column(title, justify="right", no_wrap=True)
        for name, cells in rows.items():
            table.add_row(name, *cells[:num_bars], *cells[len(bars) :])
        if whole_width(table) <= console.width:
            break
    print_table(console, table)


def _shared_prefix(names: list[str]) -> str:
    """Return kind and namespace, such as `Deployment virtual-shop/`, where all have the same."""
    prefixes = {f"{name.split('/', 1)[0]}/" for name in names}
    return prefixes.pop() if len(prefixes) == 1 else ""


def _number(number: int, what: str) -> str:
    return f"{number:,} {what}{'s' * (number != 1)}"


def _print_waits(console: Console, replayed: Replayed) -> None:
    if not replayed.waits:
        return
    console.print("Why pods waited:")
    for wait in replayed.waits[:_MAX_WAITS]:
        told = f"{_number(wait.num_pods, 'pod')}, from {wait.first_ms / 1_000:,.0f} s"
        console.print(f"  {told}: {wait.message}", highlight=False, soft_wrap=True)
    if len(replayed.waits) > _MAX_WAITS:
        console.print(f"  and {len(replayed.waits) - _MAX_WAITS} more messages, all in the JSON")


def _workload_cells(
    series: Sequence[tuple[int, PodCounts]], end_ms: int, num_samples: int
) -> list[str]:
    most = max((counts.total for _, counts in series), default=0)
    times = [time_ms for time_ms, _ in series]
    ready = [counts.ready for _, counts in series]
    pending = [counts.pending for _, counts in series]
    total = [counts.total for _, counts in series]
    ends = [*times[1:], end_ms]
    waited_ms = sum(
        end - begin for begin, end, n in zip(times, ends, pending, strict=False) if n > 0
    )
    return [
        _spark(times, ready, most, end_ms, num_samples),
        _spark(times, pending, most, end_ms, num_samples),
        str(most),
        f"{waited_ms / 1_000:,.0f} s",
        *(str(values[-1] if values else 0) for values in (ready, pending, total)),
    ]


def _node_cells(node: NodeHistory, end_ms: int, num_samples: int) -> list[str]:
    times = [time_ms for time_ms, _ in node.fills]
    cpu = [fill.cpu_milli for _, fill in node.fills]
    memory = [fill.memory_bytes for _, fill in node.fills]
    cells = [
        _spark(times, cpu, node.cpu_milli, end_ms, num_samples),
        _spark(times, memory, node.memory_bytes, end_ms, num_samples),
    ]
    for values, has in ((cpu, node.cpu_milli), (memory, node.memory_bytes)):
        shares = [value / has if has else 0.0 for value in values] or [0.0]
        cells += [f"{shares[-1]:.0%}", f"{max(shares):.0%}"]
    return [*cells, str(node.fills[-1][1].pods if node.fills else 0)]


def _spark(
    times_ms: Sequence[int], values: Sequence[int], most: int, end_ms: int, num_samples: int
) -> str:
    """Return a step function as a row of blocks, each the highest value of its stretch of time."""
    if not values or most <= 0:
        return ""
    step_ms = max(1, end_ms) / num_samples
    blocks = []
    position = 0
    held = 0
    for sample in range(num_samples):
        highest = held
        while position < len(values) and times_ms[position] < (sample + 1) * step_ms:
            held = values[position]
            highest = max(highest, held)
            position += 1
        level = min(len(_LEVELS) - 1, -(-highest * (len(_LEVELS) - 1) // most))
        blocks.append(_LEVELS[level])
    return "".join(blocks)
