"""`simarena perf`: workloads of Kubernetes' scheduler_perf, in pods a second."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from simarena.cluster.perf.reading import PerfWorkload
    from simarena.cluster.perf.running import PerfResult

app = typer.Typer()


@app.command()
def perf(
    folder: Annotated[Path, typer.Argument(help="Folder of scheduler_perf, or one of its parts.")],
    workload: Annotated[
        list[str] | None,
        typer.Option(help="Run only those whose name has this in it; may be repeated."),
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON object instead of a table.")
    ] = False,
) -> None:
    """Run what can be simulated, beside the threshold that each workload has in Kubernetes.

    The status is 1 when pods are where they may not be.
    """
    from simarena.cluster.perf.reading import read_folder
    from simarena.errors import UnknownNameError

    found = read_folder(folder)
    chosen = [each for each in found if not workload or any(text in each.name for text in workload)]
    if not chosen:
        msg = "workload"
        raise UnknownNameError(msg, (workload or [""])[0], [each.name for each in found])
    rows = [_run(each) for each in chosen]
    if as_json:
        print(json.dumps({"workloads": [_values(*row) for row in rows]}, indent=2))
    else:
        _print(rows)
    if any(result is not None and result.faults for _, result, _ in rows):
        raise typer.Exit(1)


def _run(workload: PerfWorkload) -> tuple[PerfWorkload, PerfResult | None, str]:
    """Return a workload, what came of it, and why it could not be run if it could not."""
    from simarena.cluster.perf.reading import UnsupportedError
    from simarena.cluster.perf.running import run_workload

    if workload.reason:
        return workload, None, workload.reason
    try:
        return workload, run_workload(workload), ""
    except UnsupportedError as unsupported:
        return workload, None, str(unsupported)


def _values(workload: PerfWorkload, result: PerfResult | None, reason: str) -> dict[str, Any]:
    if result is None:
        return {"name": workload.name, "threshold": workload.threshold, "left_out": reason}
    return {
        "name": workload.name,
        "threshold": workload.threshold,
        "pods": result.num_pods,
        "seconds": result.seconds,
        "pods_per_second": result.rate,
        "faults": list(result.faults),
    }


def _print(rows: list[tuple[PerfWorkload, PerfResult | None, str]]) -> None:
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    from simarena.cli.output.tables import print_table

    console = Console()
    table = Table("workload", box=None)
    for name in ("pods", "pods/s", "threshold", "times"):
        table.add_column(name, justify="right")
    for workload, result, _ in rows:
        if result is not None:
            threshold = f"{workload.threshold:,.0f}" if workload.threshold else ""
            times = f"{result.rate / workload.threshold:,.0f}" if workload.threshold else ""
            table.add_row(
                escape(workload.name),
                f"{result.num_pods:,}",
                f"{result.rate:,.0f}",
                threshold,
                times,
            )
    print_table(console, table)
    for workload, result, reason in rows:
        if result is None:
            console.print(f"{escape(workload.name)}: left out: {escape(reason)}", soft_wrap=True)
        else:
            for fault in result.faults:
                console.print(f"{escape(workload.name)}: {escape(fault)}", soft_wrap=True)
