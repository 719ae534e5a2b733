"""Jobs and rounds on a faulty S3 server, by processes that are killed, stopped and started again.

All that is done to them follows from the seed, except when exactly the system lets it happen.
"""

from __future__ import annotations

import os
import random
import signal
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
from tests._s3_server import empty_bucket, serving
from tests.distributed.chaos import nursery
from tests.distributed.chaos.server import FaultyS3
from tests.distributed.chaos.undisturbed import (
    JOB,
    NUM_SEEDS,
    ROUNDS,
    job_file,
    round_settings,
    rounds_file,
)

from simarena.agents.arrays import ArrayFile
from simarena.distributed import jobs, keys
from simarena.distributed import requests as ask
from simarena.distributed.bucket import Bucket, open_bucket
from simarena.distributed.driving import drive
from simarena.distributed.federated import manifest_of
from simarena.distributed.groups import open_group
from simarena.distributed.manifests import Manifest

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    Arrays = Mapping[str, NDArray[np.generic]]

LEASE_S: Final = 4.0
_CALM_S: Final = (0.5, 4.0)
"""How long nothing happens between two disturbances; jobs take a second or two."""


@dataclass
class Report:
    """What happened, and what was found at the end."""

    num_jobs: int = 0
    num_results: int = 0
    num_equal: int = 0
    rounds_equal: bool | None = None
    kills: int = 0
    pauses: int = 0
    owners: int = 0
    faults: dict[str, int] = field(default_factory=dict)
    left: list[str] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def is_good(self) -> bool:
        """Whether each job has one result, all weights are equal, and nobody has stumbled."""
        is_whole = self.num_results == self.num_equal == self.num_jobs
        return is_whole and self.rounds_equal is not False and not self.left


class Machines:
    """Processes that are started again when they are gone."""

    def __init__(self, environment: dict[str, str], chance: random.Random, folder: Path) -> None:
        self._environment = environment
        self._chance = chance
        self._folder = folder
        self._processes: dict[str, nursery.Process] = {}
        self._arguments: dict[str, list[str]] = {}
        self._stopped: dict[str, float] = {}
        self._started = 0

    def add(self, name: str, *arguments: str) -> None:
        self._arguments[name] = list(arguments)
        self._start(name)

    def names(self) -> list[str]:
        return sorted(self._arguments)

    def kill(self, name: str) -> None:
        process = self._processes[name]
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        self._stopped.pop(name, None)

    def pause(self, name: str, seconds: float) -> None:
        process = self._processes[name]
        if process.poll() is None and name not in self._stopped:
            os.killpg(process.pid, signal.SIGSTOP)
            self._stopped[name] = time.monotonic() + seconds

    def look_after(self) -> None:
        """Let those go on whose pause is over, and start those again that are gone."""
        for name, until in list(self._stopped.items()):
            if time.monotonic() > until:
                os.killpg(self._processes[name].pid, signal.SIGCONT)
                del self._stopped[name]
        for name, process in list(self._processes.items()):
            status = process.poll()
            if status == 0 and name.startswith("coordinator"):
                continue
            if status is not None:
                self._start(name)

    def close(self) -> None:
        for name in self.names():
            self.kill(name)

    def _start(self, name: str) -> None:
        self._started += 1
        offset = self._chance.uniform(-600, 600)
        log = (self._folder / f"{name}.log").open("ab")
        with log:
            self._processes[name] = nursery.start(
                [
                    sys.executable,
                    "-m",
                    "tests.distributed.chaos.skewed",
                    str(offset),
                    *(each.replace("@", str(self._started)) for each in self._arguments[name]),
                ],
                env=self._environment,
                stdout=log,
                stderr=log,
                own_group=True,
            )


def storm(
    num_jobs: int,
    *,
    seed: int,
    num_disturbances: int,
    with_rounds: bool,
    num_workers: int = 2,
    fault_share: float = 0.03,
    limit_s: float = 500.0,
) -> Report:
    """Do jobs, and rounds, while processes are disturbed so often; return what was found."""
    chance = random.Random(seed)
    report = Report(num_jobs=num_jobs)
    app = FaultyS3(seed, fault_share)
    began = time.monotonic()
    with (
        tempfile.TemporaryDirectory(prefix="simarena-chaos-") as folder,
        serving(app) as url,
        empty_bucket(url) as uri,
        nursery.nursery() as place,
    ):
        environment = {**os.environ, **place, "SIMARENA_STORE": f"{uri}/chaos", "TMPDIR": folder}
        wanted = Path(folder) / "undisturbed"
        wanted.mkdir()
        with (Path(folder) / "undisturbed.log").open("ab") as log:
            undisturbed = nursery.start(
                [sys.executable, "-m", "tests.distributed.chaos.undisturbed", str(wanted)],
                env=environment,
                stderr=log,
                own_group=True,
            )
        bucket = open_bucket(f"{uri}/chaos")
        for number in range(num_jobs):
            settings = {**JOB, "seed": number % NUM_SEEDS}
            manifest = Manifest(job_id=f"job-{number:05d}", agent="greedy", settings=settings)
            drive(jobs.submit(manifest), bucket)
        group = _open_rounds(bucket) if with_rounds else None
        machines = Machines(environment, chance, Path(folder))
        try:
            for number in range(num_workers):
                machines.add(
                    f"worker-{number}", "worker", "--worker-id", f"w{number}-@",
                    "--lease", str(LEASE_S),
                )  # fmt: skip
            if group is not None:
                for number in range(2):
                    machines.add(f"coordinator-{number}", "coordinator", group)
            until = time.monotonic() + limit_s  # kernels may have been compiled before
            disturb_at = time.monotonic() + 0.5
            left = num_disturbances
            look_at = time.monotonic()
            while time.monotonic() < until:
                if time.monotonic() > look_at:
                    num_left = _num_left(bucket, group)
                    if not num_left:
                        break
                    # Of many jobs a list takes the server as long as a job takes a worker.
                    look_at = time.monotonic() + max(0.25, num_left / 200)
                machines.look_after()
                if left and time.monotonic() > disturb_at:
                    left -= 1
                    _disturb(machines, chance, report)
                    disturb_at = time.monotonic() + chance.uniform(*_CALM_S)
                time.sleep(0.25)
        finally:
            machines.close()
        app.share = 0.0
        if undisturbed.wait() == 0:
            _judge(bucket, num_jobs, group, wanted, report)
        for path in Path(folder).glob("*.log"):
            text = path.read_text("utf-8", "replace")
            if "Traceback" in text:
                report.left.append(f"{path.name}: {text[-2000:]}")
    report.faults = app.faults
    report.seconds = time.monotonic() - began
    return report


def _disturb(machines: Machines, chance: random.Random, report: Report) -> None:
    name = chance.choice(machines.names())
    if chance.random() < 0.6:
        machines.kill(name)
        report.kills += 1
    else:
        machines.pause(name, chance.uniform(0.5, 3 * LEASE_S))
        report.pauses += 1


_GROUP: Final = "chaos"


def _open_rounds(bucket: Bucket) -> str:
    manifest = manifest_of(round_settings(), "any")
    drive(open_group(ROUNDS.group(_GROUP, poll_s=0.2), manifest), bucket)
    return _GROUP


def _num_left(bucket: Bucket, group: str | None) -> int:
    """Return how many jobs are open; rounds that go on without any count as one."""

    def look() -> ask.Steps[int]:
        pending = yield from ask.entries(keys.PENDING)
        if pending or group is None:
            return len(pending)
        last = yield from ask.head(ROUNDS.group(group).begins(ROUNDS.num_rounds + 1))
        return int(last is None)

    return drive(look(), bucket, patience_s=None)


def _judge(bucket: Bucket, num_jobs: int, group: str | None, wanted: Path, report: Report) -> None:
    """Compare what the bucket holds with what an undisturbed training makes."""
    jobs_wanted = [_read(job_file(wanted, seed)) for seed in range(NUM_SEEDS)]
    for number in range(num_jobs):
        name = f"job-{number:05d}"
        result = drive(jobs.read_result(name), bucket)
        if result is None or result.status != "success" or result.checkpoint_uri is None:
            report.left.append(f"{name}: {result}")
            continue
        report.num_results += 1
        report.owners += result.generation
        found = _weights(bucket, result.checkpoint_uri, wanted)
        report.num_equal += _are_equal(found, jobs_wanted[number % NUM_SEEDS])
    ended = [each.job_id for each in drive(jobs.finished_jobs(), bucket)]
    if len(ended) != len(set(ended)):
        report.left.append("a job has ended in two ways")
    if group is not None:
        key = ROUNDS.group(group).begins(ROUNDS.num_rounds + 1)
        found = _weights(bucket, key, wanted)
        report.rounds_equal = _are_equal(found, _read(rounds_file(wanted)))


def _are_equal(found: Arrays, wanted: Arrays) -> bool:
    return found.keys() == wanted.keys() and all(
        np.array_equal(found[name], array) for name, array in wanted.items()
    )


def _weights(bucket: Bucket, key: str, folder: Path) -> Arrays:
    path = folder / "found.npz"
    path.write_bytes(drive(ask.get(key, 1 << 28), bucket) or b"")
    return _read(path)


def _read(path: Path) -> Arrays:
    return ArrayFile(path).read_all("weights/")
