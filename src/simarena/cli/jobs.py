"""`simarena jobs`: work for machines that share nothing but a bucket."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from simarena.cli.options.bucket import LeaseSeconds, Store, asked, identity, opened
from simarena.errors import ConfigError, NotFoundError
from simarena.training.named import KUBELET_SAYS, KubeletName, refuse_without_trace

if TYPE_CHECKING:
    from simarena.distributed.jobs import JobState

app = typer.Typer(
    name="jobs",
    help="Submit, list, show, cancel and requeue jobs of a bucket.",
    no_args_is_help=True,
)

_ROWS = 20
"""Rows of metrics that `show` prints at most."""


@app.command()
def submit(
    job: Annotated[str, typer.Argument(help="Its name; of each name there is one job.")],
    store: Store,
    kind: Annotated[
        str, typer.Option("--type", help="training, experience_collection or evaluation.")
    ] = "training",
    agent: Annotated[str | None, typer.Option(help="Who learns, or plays.  [default: ppo]")] = None,
    trace: Annotated[
        str | None, typer.Option(help="A trace, which is copied into the bucket.")
    ] = None,
    deploy: Annotated[str | None, typer.Option(help="Workload of the trace.")] = None,
    namespace: Annotated[str | None, typer.Option(help="Its namespace.")] = None,
    target: Annotated[int | None, typer.Option(help="Pods that shall be ready.")] = None,
    kubelet: Annotated[
        KubeletName | None, typer.Option(help=KUBELET_SAYS, show_default=False)
    ] = None,
    episodes: Annotated[
        int | None, typer.Option(help="Episodes to end after, or to collect.")
    ] = None,
    max_steps: Annotated[int | None, typer.Option(help="Most steps of an episode.")] = None,
    duration: Annotated[int | None, typer.Option(help="Virtual seconds of a step.")] = None,
    weights: Annotated[
        str | None,
        typer.Option(help="Run, checkpoint, or key in the bucket, to start from or play with."),
    ] = None,
    setting: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="NAME=VALUE", help="Any setting; may be repeated."),
    ] = None,
    seeds: Annotated[
        int | None,
        typer.Option(min=1, max=10_000, help="Submit so many jobs, with seeds that follow."),
    ] = None,
    sync: Annotated[
        bool,
        typer.Option(help="Hand weights over after each of --episodes; see 'coordinator'."),
    ] = False,
    timeout: Annotated[int, typer.Option(help="Seconds of work after which it ends.")] = 3600,
    memory_mib: Annotated[int, typer.Option(help="Memory that the work may take.")] = 8192,
) -> None:
    """Submit a job, or one for each of several seeds; workers take them in no certain order."""
    from dataclasses import replace

    from simarena.distributed.manifests import Manifest, Quota
    from simarena.distributed.submitting import check_trace, submit_with_files
    from simarena.training.sweeps.search_space import parse_setting

    of_trace = {"deploy": deploy, "namespace": namespace, "target": target, "kubelet": kubelet}
    if trace is None:
        refuse_without_trace([name for name, value in of_trace.items() if value is not None])
    given = [parse_setting(text) for text in setting or ()]
    given += [] if kubelet is None else [("kubelet", kubelet)]
    settings = dict(given)
    if len(settings) < len(given):
        message = "a setting is given twice; leave one of them out"
        raise ConfigError(message)
    settings = {k: list(v) if isinstance(v, tuple) else v for k, v in settings.items()}
    manifest = Manifest(
        job_id=job,
        job_type=kind,
        agent=agent or "ppo",
        trace_uri=None if trace is None else f"inputs/{job}/trace",
        deploy=deploy,
        namespace=namespace,
        target=target,
        episodes=episodes,
        steps=max_steps,
        duration=duration,
        settings=settings,
        per_episode_s3_sync=sync,
        timeout_seconds=timeout,
        memory_mib=memory_mib,
    )
    many = [manifest]
    if seeds is not None:
        first = int(settings.get("seed", 0))
        many = [
            replace(manifest, job_id=f"{job}-{seed}", settings={**settings, "seed": seed})
            for seed in range(first, first + seeds)
        ]
    bucket = opened(store)
    if trace is not None:
        asked(bucket, check_trace(bucket, manifest, trace))
    for each in many:
        asked(bucket, submit_with_files(bucket, each, Quota(), trace=trace, weights=weights))
        print(each.job_id)


@app.command("list")
def list_jobs(
    store: Store,
    finished: Annotated[bool, typer.Option(help="Those that have ended, not the others.")] = False,
    lease: LeaseSeconds = 60.0,
) -> None:
    """List the jobs that have not ended, and who is silent."""
    from rich.console import Console
    from rich.table import Table

    from simarena.cli.output.tables import print_table
    from simarena.distributed import jobs
    from simarena.distributed.bucket import open_bucket

    bucket = open_bucket(store)
    found: list[JobState] = asked(
        bucket,
        jobs.finished_jobs() if finished else jobs.open_jobs(identity("jobs-list"), _lease(lease)),
    )
    if not found:
        print("no jobs")
        return
    table = Table("job", "state", "owners", "since", box=None)
    for each in found:
        owners = str(each.generation) if each.generation else ""
        table.add_row(each.job_id, each.state, owners, _moment(each.time_ms))
    print_table(Console(), table)


@app.command()
def show(job: Annotated[str, typer.Argument(help="Its name.")], store: Store) -> None:
    """Show what a job is to do, how far it is or how it ended, and what it was rewarded."""
    from rich.console import Console
    from rich.table import Table

    from simarena.cli.output.tables import print_table
    from simarena.distributed import jobs
    from simarena.distributed.bucket import open_bucket

    bucket = open_bucket(store)
    name = _name(job)
    manifest = asked(bucket, jobs.read_manifest(name))
    result = asked(bucket, jobs.read_result(name))
    console = Console()
    about: dict[str, Any] = {
        "job": name,
        "type": manifest.job_type,
        "agent": manifest.agent,
        "settings": manifest.settings or None,
        "trace": manifest.trace_uri,
        "weights": manifest.weights_uri,
        "retry of": manifest.retry_of,
        "submitted": manifest.created_at,
    }
    if result is None:
        about["state"] = "open"
    else:
        about |= {
            "state": result.status,
            "error": result.error,
            "worker": result.worker_id,
            "owners": result.generation,
            "seconds": round(result.elapsed_seconds, 1),
            "episodes": result.episodes_completed,
            "total reward": result.total_reward,
            "final reward": result.final_reward,
            "figures": result.figures or None,
            "checkpoint": result.checkpoint_uri,
            "transitions": result.transitions_uri,
        }
    for key, value in about.items():
        if value is not None:
            console.print(f"{key}: {value}", highlight=False, markup=False, soft_wrap=True)
    rows = _metrics(bucket, name, result)
    if rows:
        table = Table("step", "episodes", "return", "length", "solved", box=None)
        for row in rows[:: -(-len(rows) // _ROWS)]:
            table.add_row(*(_figure(row.get(key)) for key in _COLUMNS))
        print_table(console, table)


_COLUMNS = ("step", "episodes", "return_mean", "length_mean", "solved_rate")


@app.command()
def logs(job: Annotated[str, typer.Argument(help="Its name.")], store: Store) -> None:
    """Print a job's log as far as it has come to the bucket."""
    from simarena.distributed import jobs, keys
    from simarena.distributed import requests as ask
    from simarena.distributed.bucket import open_bucket

    bucket = open_bucket(store)
    name = _name(job)
    result = asked(bucket, jobs.read_result(name))
    key = keys.in_progress(name) + "train.log" if result is None else result.log_uri
    data = None if key is None else asked(bucket, ask.get(key, ask.MAX_LOG_BYTES))
    if data is None:
        message = f"job {name}: has no log in the bucket; see 'simarena jobs show {name}'"
        raise NotFoundError(message)
    text = data.decode("utf-8", "replace")
    print("".join(each if each.isprintable() or each == "\n" else "?" for each in text), end="")


@app.command()
def cancel(job: Annotated[str, typer.Argument(help="Its name.")], store: Store) -> None:
    """End a job. A worker that is at it gives it up at its next heartbeat."""
    from simarena.distributed import jobs

    name = _name(job)
    bucket = opened(store)
    result = asked(bucket, jobs.cancel(name, next(identity("jobs-cancel").nonces)))
    print(f"{name}: {result.status}")


@app.command()
def requeue(job: Annotated[str, typer.Argument(help="Its name.")], store: Store) -> None:
    """Submit a job that failed, timed out or was cancelled once more, under a new name."""
    from simarena.distributed import jobs

    bucket = opened(store)
    print(asked(bucket, jobs.requeue(_name(job))))


def _name(job: str) -> str:
    from simarena.distributed.keys import check_name

    return check_name("job", job)


def _lease(seconds: float) -> Any:  # noqa: ANN401 imported when used
    from simarena.distributed.claims import Lease

    return Lease(lease_s=seconds, beat_s=seconds / 4)


def _moment(time_ms: int) -> str:
    from datetime import UTC, datetime

    return datetime.fromtimestamp(time_ms / 1000, UTC).strftime("%Y-%m-%d %H:%M:%S")


def _metrics(bucket: Any, job: str, result: Any) -> list[dict[str, Any]]:  # noqa: ANN401
    """Return the rows of metrics that are in the bucket."""
    import json

    from simarena.distributed import keys
    from simarena.distributed import requests as ask

    key = keys.in_progress(job) + "metrics.jsonl"
    if result is not None:
        key = keys.result(job, f"metrics.{result.nonce[:8]}.jsonl")
    data = asked(bucket, ask.get(key, ask.MAX_LOG_BYTES))
    rows = []
    for line in (data or b"").splitlines():
        try:
            row = json.loads(line)
        except ValueError:
            continue
        if isinstance(row, dict):
            rows.append(row)
    return rows


def _figure(value: object) -> str:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return ""
    return f"{value:,}" if isinstance(value, int) else f"{value:.3f}"
