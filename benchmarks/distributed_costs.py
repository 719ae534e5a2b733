"""What jobs and rounds over a bucket cost beside the work itself.

    python -m benchmarks.distributed_costs              # all of it, some minutes on a quiet machine
    python -m benchmarks.distributed_costs rounds list  # some: jobs, rounds, speed, list, killed
    python -m benchmarks.distributed_costs --quick      # in little, to see that it runs

Nothing else should run on the machine. S3 is moto on loopback, in a process of its own.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from tests._s3_server import variables

from simarena.distributed import jobs, keys
from simarena.distributed.bucket import open_bucket
from simarena.distributed.claims import Identity, Lease
from simarena.distributed.crews.crew import LocalCrew
from simarena.distributed.crews.crew_trainings import training_order
from simarena.distributed.driving import drive, nonces
from simarena.distributed.federated import (
    BucketExecutor,
    CrewExecutor,
    RoundsSettings,
    train_in_rounds,
)
from simarena.distributed.manifests import SUCCESS, Result
from simarena.evaluation.run_folder import RunFolder
from simarena.training.job import prepare
from simarena.training.sb3.local_update import Learner, Piece
from simarena.training.settings import TrainSettings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from simarena.distributed.bucket import Bucket
    from simarena.distributed.federated import Executor

ROOT = Path(__file__).resolve().parents[1]


class Row(NamedTuple):
    """A line of the table."""

    what: str
    found: str
    goal: str


class Sizes(NamedTuple):
    """How much of each is measured."""

    num_jobs: int = 60
    num_rounds: int = 30
    local_steps: int = 40_000
    num_listed: int = 1_000
    steps: int = 400_000


QUICK = Sizes(num_jobs=6, num_rounds=5, local_steps=4_096, num_listed=60, steps=60_000)


@contextlib.contextmanager
def s3() -> Iterator[str]:
    """Give an empty bucket's URI on a server of its own process."""
    code = (
        "from tests._s3_server import s3_application, serving\n"
        "with serving(s3_application()) as url:\n"
        "    print(url, flush=True)\n"
        "    input()\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", code],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=environment(),
        cwd=ROOT,
        text=True,
    )
    assert process.stdout is not None
    url = process.stdout.readline().strip()
    before = dict(os.environ)
    os.environ.update(variables(url))
    try:
        from tests._s3_server import empty_bucket

        with empty_bucket(url) as uri:
            yield f"{uri}/arena"
    finally:
        os.environ.clear()
        os.environ.update(before)
        process.kill()
        process.wait()


def environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": f"{ROOT}/src:{ROOT}"}


@contextlib.contextmanager
def workers(uri: str, number: int, *options: str) -> Iterator[list[subprocess.Popen[bytes]]]:
    """Let so many worker processes do the jobs of a bucket."""
    processes = [
        subprocess.Popen(
            [sys.executable, "-m", "simarena", "worker", "--store", uri, *options],
            env=environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            start_new_session=True,
        )
        for _ in range(number)
    ]
    try:
        yield processes
    finally:
        for process in processes:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def waited(bucket: Bucket) -> None:
    """Return when no job is open any more."""
    while bucket.list(keys.PENDING):
        time.sleep(0.02)


def small(seed: int, steps: int = 2_000, **values: Any) -> TrainSettings:
    return TrainSettings.for_agent(
        "greedy",
        **{
            "suite": "classic",
            "eval_suite": None,
            "eval_seeds": 1,
            "num_envs": 8,
            "steps": steps,
            "seed": seed,
            **values,
        },
    )


def measure_jobs(sizes: Sizes, folder: Path) -> list[Row]:
    """Compare jobs in a folder, done by 4 workers, with the same work done by 4 processes."""
    orders = {
        f"job-{number:04d}": training_order(small(number), f"job-{number:04d}")
        for number in range(sizes.num_jobs)
    }
    began = time.perf_counter()
    crew = LocalCrew(folder / "crew", 4)
    for name, order in orders.items():
        crew.begin(name, order)
    done = 0
    while done < len(orders):
        for name, outcome in crew.ended():
            assert outcome.error is None, (name, outcome.error)
            done += 1
    crew.close()
    plain_s = time.perf_counter() - began
    bucket = open_bucket(str(folder / "store"))
    for order in orders.values():
        drive(jobs.submit(order.manifest), bucket)
    began = time.perf_counter()
    with workers(bucket.uri, 4):
        waited(bucket)
        bucket_s = time.perf_counter() - began
    for name in orders:
        result = drive(jobs.read_result(name), bucket)
        assert result is not None
        assert result.status == SUCCESS
    return [
        Row(
            f"{len(orders)} jobs, 4 local processes, a folder: beside the work, with starting",
            f"{bucket_s - plain_s:.1f} s ({bucket_s:.1f} instead of {plain_s:.1f})",
            "under 5 s",
        )
    ]


def ppo(**values: Any) -> TrainSettings:
    return TrainSettings(suite="classic", eval_suite=None, eval_seeds=1, **values)


def round_s(run: RunFolder) -> float:
    """Return the median of a run's rounds, the first two aside: processes start in them."""
    times = [float(row["seconds"]) for row in run.metrics_rows()]
    return statistics.median(after - before for before, after in pairwise(times[1:]))


def trained(executor: Executor, cut: RoundsSettings, settings: TrainSettings, path: Path) -> float:
    """Return how long a round of a training takes."""
    run = RunFolder.create(path, command=["benchmark"], settings=settings.to_json())
    train_in_rounds(prepare(settings), run, cut, executor)
    return round_s(run)


def piece_s(settings: TrainSettings, local_steps: int) -> float:
    """Return how long a learner takes for a piece, nobody beside it."""
    learner = Learner(settings)
    weights, state, times = learner.initial_weights(), None, []
    for number in range(1, 8):
        piece = Piece(member=0, round=number, num_rounds=10, local_steps=local_steps)
        began = time.perf_counter()
        made = learner.update(weights, piece, state)
        times.append(time.perf_counter() - began)
        weights, state = made.weights, made.state
    return statistics.median(times[2:])


def measure_rounds(sizes: Sizes, folder: Path) -> list[Row]:
    """Take the piece itself off rounds of two learners."""
    settings = ppo(num_envs=8, rollout_steps=32, batch_size=64)
    cut = RoundsSettings(num_workers=2, num_rounds=sizes.num_rounds, local_steps=256, quorum=2)
    alone_s = piece_s(settings, cut.local_steps)

    def by_bucket(uri: str, name: str) -> float:
        executor = BucketExecutor(open_bucket(uri), Identity("c", nonces()), name)
        with workers(uri, 2):
            return trained(executor, cut, settings, folder / name)

    local = CrewExecutor(lambda number: LocalCrew(folder / "work", number))
    found = [
        ("processes here", trained(local, cut, settings, folder / "local"), ""),
        ("a folder", by_bucket(str(folder / "rounds"), "folder"), "under 100 ms"),
    ]
    with s3() as uri:
        found.append(("S3 on loopback", by_bucket(uri, "s3"), "under 300 ms"))
    return [
        Row(
            f"a round of two PPO learners by {where}, beside the piece of {1000 * alone_s:.0f} ms",
            f"{1000 * (took - alone_s):.0f} ms",
            goal,
        )
        for where, took, goal in found
    ]


def measure_speed(sizes: Sizes, folder: Path) -> list[Row]:
    """Compare the steps a second of two learners with those of one, in rounds."""
    settings = ppo()
    speeds = {}
    for number in (1, 2):
        cut = RoundsSettings(
            num_workers=number,
            num_rounds=max(4, sizes.num_rounds // 4),
            local_steps=sizes.local_steps,
            quorum=number,
        )
        executor = CrewExecutor(lambda n: LocalCrew(folder / f"speed-{n}", n))
        took = trained(executor, cut, settings, folder / f"by-{number}")
        speeds[number] = number * sizes.local_steps / took
    return [
        Row(
            f"steps a second of 2 PPO learners over those of 1, {sizes.local_steps:,} a round each",
            f"{speeds[2] / speeds[1]:.2f} ({speeds[2]:,.0f} over {speeds[1]:,.0f})",
            "1.8",
        )
    ]


def measure_list(sizes: Sizes, folder: Path) -> list[Row]:
    """Time a list of open jobs beside as many that have ended."""

    def listed(uri: str) -> float:
        bucket = open_bucket(uri)
        identity = Identity("list", nonces())
        for number in range(2 * sizes.num_listed):
            name = f"job-{number:05d}"
            manifest = training_order(small(number), name).manifest
            drive(jobs.submit(manifest), bucket)
            if number % 2:
                result = Result(job_id=name, worker_id="w", status=SUCCESS, nonce=f"{number:08d}")
                drive(jobs.end(result), bucket)
        began = time.perf_counter()
        found = drive(jobs.open_jobs(identity, Lease()), bucket)
        took = time.perf_counter() - began
        assert len(found) == sizes.num_listed
        return took

    what = f"listing {sizes.num_listed:,} open jobs beside as many that have ended"
    rows = [Row(f"{what}, a folder", f"{listed(str(folder / 'list')):.2f} s", "under 1 s")]
    with s3() as uri:
        rows.append(Row(f"{what}, S3 on loopback", f"{listed(uri):.2f} s", "under 1 s"))
    return rows


def measure_killed(sizes: Sizes, folder: Path) -> list[Row]:
    """Kill a worker in the middle of a job, and count the seconds of work that are done again."""
    interval = sizes.steps // 10
    settings = small(0, sizes.steps, checkpoint_interval=interval)

    def done(name: str, kill_after: int | None) -> tuple[float, float]:
        """Return the seconds that the first worker, and the last, had the job."""
        bucket = open_bucket(str(folder / name))
        drive(jobs.submit(training_order(settings, "job").manifest), bucket)
        first_s = 0.0
        if kill_after is not None:
            with workers(bucket.uri, 1, "--lease", "2"):
                began = claimed(bucket, 1)
                while len(bucket.list(keys.checkpoints("job"))) == 0 or (
                    newest(bucket) < kill_after
                ):
                    time.sleep(0.01)
                time.sleep(0.5)  # into the next interval
            first_s = time.perf_counter() - began
        with workers(bucket.uri, 1, "--lease", "2"):
            began = claimed(bucket, 1 if kill_after is None else 2)
            waited(bucket)
            return first_s, time.perf_counter() - began

    def newest(bucket: Bucket) -> int:
        found = [keys.of_checkpoint(each.key) for each in bucket.list(keys.checkpoints("job"))]
        return max(each[0] for each in found if each is not None)

    def claimed(bucket: Bucket, generation: int) -> float:
        while bucket.head(keys.claim("job", generation)) is None:
            time.sleep(0.01)
        return time.perf_counter()

    _, whole_s = done("whole", None)
    first_s, last_s = done("killed", 4 * interval)
    tiny_s = done_tiny(folder)
    return [
        Row(
            f"work done again after a kill -9, checkpoints every {interval:,} steps "
            f"({whole_s - tiny_s:.1f} s for {sizes.steps:,})",
            f"{first_s + last_s - whole_s - tiny_s:.1f} s",
            f"under {(whole_s - tiny_s) / 10:.1f} s, one interval",
        )
    ]


def done_tiny(folder: Path) -> float:
    """Return how long a fresh worker takes for a job that is nothing: what each start costs."""
    bucket = open_bucket(str(folder / "tiny"))
    drive(jobs.submit(training_order(small(0, 100), "job").manifest), bucket)
    with workers(bucket.uri, 1):
        while bucket.head(keys.claim("job", 1)) is None:
            time.sleep(0.01)
        began = time.perf_counter()
        waited(bucket)
        return time.perf_counter() - began


MEASURED = {
    "jobs": measure_jobs,
    "rounds": measure_rounds,
    "speed": measure_speed,
    "list": measure_list,
    "killed": measure_killed,
}


def main() -> None:
    """Print a table of what was measured."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", nargs="*", choices=[*MEASURED, []])
    parser.add_argument("--quick", action="store_true")
    arguments = parser.parse_args()
    sizes = QUICK if arguments.quick else Sizes()
    piece_s(ppo(), 2_048)  # kernels are compiled once, and not while anything is measured
    print("| what | found | goal |\n| --- | --- | --- |")
    for name in arguments.what or MEASURED:
        with tempfile.TemporaryDirectory(prefix="simarena-costs-") as folder:
            for row in MEASURED[name](sizes, Path(folder)):
                print(f"| {row.what} | {row.found} | {row.goal} |", flush=True)


if __name__ == "__main__":
    main()
