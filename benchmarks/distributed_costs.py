"""What jobs and rounds over a bucket cost beside the work itself.

    python -m benchmarks.distributed_costs              # all of it, some minutes on a quiet machine
    python -m benchmarks.distributed_costs rounds list  # some: jobs, rounds, speed, list, killed
    python -m benchmarks.distributed_costs --quick      # in little, to see that it runs

Nothing else should run on the machine. Where something does, rounds are still compared with as many
learners that do pieces at the same time and hand in nothing. S3 is moto on loopback, in a process
of its own.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import multiprocessing
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
    from collections.abc import Callable, Iterator

    from simarena.distributed.bucket import Bucket
    from simarena.distributed.federated import Executor
    from simarena.distributed.work import Order

ROOT = Path(__file__).resolve().parents[1]


class Row(NamedTuple):
    """A line of the table."""

    what: str
    found: str
    goal: str


class Sizes(NamedTuple):
    """How much of each is measured."""

    num_jobs: int = 60
    num_rounds: int = 60
    local_steps: int = 10_000
    num_listed: int = 1_000
    steps: int = 4_000_000


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


def by_crew(path: Path, orders: dict[str, Order]) -> None:
    """Have orders done by 4 processes."""
    crew = LocalCrew(path, 4)
    for name, order in orders.items():
        crew.begin(name, order)
    done = 0
    while done < len(orders):
        for name, outcome in crew.ended():
            assert outcome.error is None, (name, outcome.error)
            done += 1
    crew.close()


def measure_jobs(sizes: Sizes, folder: Path) -> list[Row]:
    """Compare jobs in a folder, done by 4 workers, with the same work done by 4 processes."""
    by_crew(folder / "first", {"job": training_order(small(0), "job")})  # compiles what is missing
    orders = {
        f"job-{number:04d}": training_order(small(number), f"job-{number:04d}")
        for number in range(sizes.num_jobs)
    }
    began = time.perf_counter()
    by_crew(folder / "crew", orders)
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


class Took(NamedTuple):
    """How long something took that was done many times."""

    median_s: float
    least_s: float

    @classmethod
    def of(cls, times: list[float]) -> Took:
        return cls(statistics.median(times), min(times))


def trained(executor: Executor, cut: RoundsSettings, settings: TrainSettings, path: Path) -> Took:
    """Return how long rounds of a training take, the first two aside: processes start in them."""
    run = RunFolder.create(path, command=["benchmark"], settings=settings.to_json())
    train_in_rounds(prepare(settings), run, cut, executor)
    times = [float(row["seconds"]) for row in run.metrics_rows()]
    return Took.of([after - before for before, after in pairwise(times[1:])])


def pieces(settings: TrainSettings, local_steps: int, number: int) -> list[float]:
    """Return how long a learner takes for each of so many pieces, the first two aside."""
    learner = Learner(settings)
    weights, state, times = learner.initial_weights(), None, []
    for each in range(1, number + 1):
        piece = Piece(member=0, round=each, num_rounds=number, local_steps=local_steps)
        began = time.perf_counter()
        made = learner.update(weights, piece, state)
        times.append(time.perf_counter() - began)
        weights, state = made.weights, made.state
    return times[2:]


def apart(num_learners: int, settings: TrainSettings, local_steps: int, number: int) -> Took:
    """Return how long pieces take while so many learners do them, who wait for nobody."""
    context = multiprocessing.get_context("spawn")
    with context.Pool(num_learners) as pool:
        jobs = [(settings, local_steps, number)] * num_learners
        pool.starmap(pieces, [(settings, local_steps, 3)] * num_learners, chunksize=1)
        found = pool.starmap(pieces, jobs, chunksize=1)
    return Took.of([max(each) for each in zip(*found, strict=True)])


def measure_rounds(sizes: Sizes, folder: Path) -> list[Row]:
    """Take the piece itself off rounds of two learners."""
    settings = ppo(num_envs=8, rollout_steps=32, batch_size=64)
    cut = RoundsSettings(num_workers=2, num_rounds=sizes.num_rounds, local_steps=256, quorum=2)

    def by_bucket(uri: str, name: str) -> Took:
        executor = BucketExecutor(open_bucket(uri), Identity("c", nonces()), name)
        with workers(uri, 2):
            return trained(executor, cut, settings, folder / name)

    def by_processes() -> Took:
        executor = CrewExecutor(lambda number: LocalCrew(folder / "work", number))
        return trained(executor, cut, settings, folder / "local")

    def row(where: str, round_of: Callable[[], Took], goal: str) -> Row:
        plain = apart(2, settings, cut.local_steps, sizes.num_rounds)
        took = round_of()
        return Row(
            f"a round of two PPO learners by {where}, beside their pieces",
            f"{1000 * (took.median_s - plain.median_s):.0f} ms, by the shortest "
            f"{1000 * (took.least_s - plain.least_s):.0f} ms "
            f"({1000 * took.median_s:.0f} and {1000 * took.least_s:.0f} instead of "
            f"{1000 * plain.median_s:.0f} and {1000 * plain.least_s:.0f})",
            goal,
        )

    rows = [
        row("processes here", by_processes, ""),
        row("a folder", lambda: by_bucket(str(folder / "rounds"), "folder"), "under 100 ms"),
    ]
    with s3() as uri:
        rows.append(row("S3 on loopback", lambda: by_bucket(uri, "s3"), "under 300 ms"))
    return rows


def measure_speed(sizes: Sizes, folder: Path) -> list[Row]:
    """Compare the steps a second of two learners with those of one, in rounds and without any."""
    settings, num_rounds = ppo(), max(5, sizes.num_rounds // 6)
    took = {}
    for number in (1, 2):
        cut = RoundsSettings(
            num_workers=number,
            num_rounds=num_rounds,
            local_steps=sizes.local_steps,
            quorum=number,
        )
        executor = CrewExecutor(lambda n: LocalCrew(folder / f"speed-{n}", n))
        took[number] = trained(executor, cut, settings, folder / f"by-{number}")
    plain = {number: apart(number, settings, sizes.local_steps, num_rounds) for number in (1, 2)}
    return [
        Row(
            f"steps a second of 2 PPO learners over those of 1, {sizes.local_steps:,} a round each",
            f"{2 * took[1].median_s / took[2].median_s:.2f} "
            f"({2 * sizes.local_steps / took[2].median_s:,.0f} over "
            f"{sizes.local_steps / took[1].median_s:,.0f}); of learners who hand in nothing "
            f"{2 * plain[1].median_s / plain[2].median_s:.2f}",
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
    """Kill a worker half an interval after a checkpoint; tell what others do again, in seconds."""
    interval = sizes.steps // 10
    settings = small(0, sizes.steps, checkpoint_interval=interval)
    bucket = open_bucket(str(folder / "store"))
    drive(jobs.submit(training_order(settings, "job").manifest), bucket)
    work = folder / "work"
    work.mkdir()
    with workers(bucket.uri, 1, "--lease", "2", "--work", str(work)) as (process,):
        while newest(bucket) < 3 * interval:
            time.sleep(0.01)
        time.sleep(seconds_at(work)[interval] / 2)
        kept = newest(bucket)
        os.killpg(process.pid, signal.SIGKILL)
        killed = time.time()
        process.wait()
    made = max(each.stat().st_mtime for each in work.glob("**/checkpoints/step_*.npz"))
    at = seconds_at(work)
    lost_s = killed - made + at[max(at)] - at[kept]
    with workers(bucket.uri, 1, "--lease", "2"):
        waited(bucket)
    result = drive(jobs.read_result("job"), bucket)
    assert result is not None
    assert (result.status, result.generation) == (SUCCESS, 2)
    return [
        Row(
            f"work done again after a kill -9, checkpoints every {interval:,} steps",
            f"{lost_s:.1f} s",
            f"under {at[kept] - at[kept - interval]:.1f} s, one interval",
        )
    ]


def newest(bucket: Bucket) -> int:
    found = [keys.of_checkpoint(each.key) for each in bucket.list(keys.checkpoints("job"))]
    return max((each[0] for each in found if each is not None), default=0)


def seconds_at(work: Path) -> dict[int, float]:
    """Return after how many seconds of training a worker was at each step with a checkpoint."""
    (metrics,) = work.glob("**/metrics.jsonl")
    rows = [json.loads(line) for line in metrics.read_text("utf-8").splitlines()]
    return {row["step"]: float(row["seconds"]) for row in rows}


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
    pieces(ppo(), 2_048, 3)  # kernels are compiled once, and not while anything is measured
    print("| what | found | goal |\n| --- | --- | --- |")
    for name in arguments.what or MEASURED:
        with tempfile.TemporaryDirectory(prefix="simarena-costs-") as folder:
            for row in MEASURED[name](sizes, Path(folder)):
                print(f"| {row.what} | {row.found} | {row.goal} |", flush=True)


if __name__ == "__main__":
    main()
