"""`simarena worker`: a machine that takes jobs from a bucket."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from simarena.cli._invocation import end_on_sigterm
from simarena.cli.options.bucket import LeaseSeconds, Store, identity, opened

app = typer.Typer(name="worker", help="Take jobs from a bucket and do them.")


@app.command()
def worker(
    store: Store,
    run_once: Annotated[bool, typer.Option("--run-once", help="End after one job.")] = False,
    worker_id: Annotated[
        str | None, typer.Option(help="Its name; two must not share one.", show_default=False)
    ] = None,
    lease: LeaseSeconds = 60.0,
    max_idle: Annotated[
        float | None, typer.Option(help="End when no job has come for so many seconds.")
    ] = None,
    max_steps: Annotated[int, typer.Option(min=1, help="Most steps of a training.")] = 10**9,
    max_hours: Annotated[float, typer.Option(min=0.001, help="Longest work of a job.")] = 24.0,
    max_memory_mib: Annotated[int, typer.Option(min=64, help="Most memory of a job.")] = 65_536,
    work: Annotated[
        Path | None, typer.Option(help="Folder for work under way.  [default: a temporary one]")
    ] = None,
) -> None:
    """Take jobs from a bucket, one after the other, until stopped.

    Start as many of these as the machine has cores. Nothing is lost if one is killed: another takes
    its job over.
    """
    from simarena.distributed.claims import Lease
    from simarena.distributed.driving import drive
    from simarena.distributed.manifests import Quota
    from simarena.distributed.members import run_member
    from simarena.distributed.task_process import TaskProcess
    from simarena.distributed.worker import Employment, WorkerSettings, serve
    from simarena.files.held_folder import temporary_folder

    settings = WorkerSettings(
        lease=Lease(lease_s=lease, beat_s=lease / 4),
        quota=Quota(
            max_steps=max_steps,
            max_seconds=round(max_hours * 3600),
            max_memory_mib=max_memory_mib,
        ),
        once=run_once,
        max_idle_s=max_idle,
    )
    me = identity(worker_id)
    bucket = opened(store)
    end_on_sigterm()
    print(f"worker {me.worker_id} at {bucket.uri}", flush=True)
    with temporary_folder("simarena-worker-", work) as folder:
        process = TaskProcess(folder)
        try:
            done = drive(
                serve(Employment(me, settings, process), run_member),
                bucket,
                patience_s=None,
                tell=lambda line: print(line, flush=True),
            )
        finally:
            process.close()
    print(f"jobs done: {done}")
