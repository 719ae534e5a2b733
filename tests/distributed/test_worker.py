"""Real work in real processes: what a worker leaves in the bucket, and what it refuses."""

from __future__ import annotations

import io
import json
import pickle
import time
import zipfile
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from tests._s3_server import KEY_ID, SECRET

from simarena.agents.arrays import ArrayFile
from simarena.distributed import jobs, keys
from simarena.distributed import requests as ask
from simarena.distributed.bucket import Bucket, open_bucket
from simarena.distributed.claims import Identity, Lease
from simarena.distributed.driving import drive, nonces
from simarena.distributed.manifests import COLLECTION, Manifest, Result
from simarena.distributed.task_process import TaskProcess
from simarena.distributed.worker import Employment, WorkerSettings, serve

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SMALL: dict[str, Any] = {
    "suite": "classic",
    "eval_suite": None,
    "steps": 800,
    "num_envs": 8,
    "checkpoint_interval": 200,
    "eval_seeds": 1,
}


class Evil:
    """Runs code in whoever unpickles it."""

    def __reduce__(self) -> tuple[Any, ...]:
        return pytest.fail, ("code ran",)


@pytest.fixture
def process(tmp_path: Path) -> Iterator[TaskProcess]:
    working = TaskProcess(tmp_path / "work")
    yield working
    working.close()


def work(bucket: Bucket, process: TaskProcess, **settings: Any) -> list[str]:
    """Let a worker do all jobs there are, and return what it tells."""
    told: list[str] = []
    employment = Employment(
        Identity("w1", nonces()),
        WorkerSettings(max_idle_s=0.0, idle_s=0.01, look_s=0.02, **settings),
        process,
    )
    drive(serve(employment), bucket, tell=told.append)
    return told


def result_of(bucket: Bucket, job: str) -> Result:
    result = drive(jobs.read_result(job), bucket)
    assert result is not None
    return result


def submit(bucket: Bucket, manifest: Manifest) -> None:
    drive(jobs.submit(manifest), bucket)


def hostile_npz() -> bytes:
    """Return a checkpoint one of whose arrays is a pickle."""
    data = io.BytesIO()
    array = np.empty(1, dtype=object)
    array[0] = Evil()
    np.savez(data, allow_pickle=True, meta=array, **{"weights/averages": array})
    return data.getvalue()


def huge_npz() -> bytes:
    """Return a small file whose array claims to be far larger than any memory."""
    header = "{'descr': '<f8', 'fortran_order': False, 'shape': (1000000000000000,), }"
    text = (header + " " * (117 - len(header)) + "\n").encode()
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        archive.writestr("meta.npy", b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text)
    return data.getvalue()


def test_jobs_of_both_kinds_leave_results_on_s3_and_no_credentials(
    s3: str, process: TaskProcess, tmp_path: Path
) -> None:
    bucket = open_bucket(f"{s3}/arena one")
    submit(bucket, Manifest(job_id="greedy", agent="greedy", settings=SMALL))
    submit(
        bucket,
        Manifest(
            job_id="rules",
            job_type=COLLECTION,
            agent="rules",
            episodes=3,
            settings={"suite": "classic", "random_share": 0.1},
        ),
    )
    told = work(bucket, process)
    trained = result_of(bucket, "greedy")
    assert (trained.status, trained.generation, trained.figures["steps"]) == ("success", 1, 800)
    assert trained.episodes_completed > 0
    assert trained.final_reward is not None
    collected = result_of(bucket, "rules")
    assert (collected.status, collected.episodes_completed) == ("success", 3)
    assert collected.transitions_uri is not None
    names = [each.key for each in bucket.list(collected.transitions_uri)]
    assert any(name.endswith("main_data.hdf5") for name in names)

    checkpoint = tmp_path / "final.npz"
    assert trained.checkpoint_uri is not None
    checkpoint.write_bytes(bucket.get(trained.checkpoint_uri, 1 << 20) or b"")
    assert ArrayFile(checkpoint).read("weights/counts").sum() == 800

    everything = [bucket.get(each.key, 1 << 24) or b"" for each in bucket.list("")]
    everything += ["\n".join(told).encode(), (tmp_path / "work" / "process.log").read_bytes()]
    for data in everything:
        assert SECRET.encode() not in data
        assert KEY_ID.encode() not in data
    assert not bucket.list(keys.PENDING)
    assert not bucket.list(keys.IN_PROGRESS)


def test_a_dead_workers_job_goes_on_from_its_last_checkpoint(
    tmp_path: Path, process: TaskProcess
) -> None:
    bucket = open_bucket(str(tmp_path / "store"))
    settings = {**SMALL, "steps": 4_000_000}
    submit(bucket, Manifest(job_id="long", agent="greedy", settings=settings))
    first = serve(Employment(Identity("dead", nonces()), WorkerSettings(look_s=0.02), process))
    until = time.monotonic() + 900  # a start may compile all kernels, beside other tests
    steps = _until_killed(first, bucket, keys.checkpoints("long"), until)
    assert steps >= 1
    process.stop()
    # What the second one is told to do ends where the first one was, or little after.
    found = bucket.list(keys.checkpoints("long"))[-1]
    number = int(found.key.rpartition("/")[2].partition("-")[0])
    again = {**settings, "steps": number + 400}
    bucket.put(
        keys.manifest("long"), Manifest(job_id="long", agent="greedy", settings=again).to_bytes()
    )
    lease = Lease(lease_s=0.4, beat_s=0.1)
    while not drive(jobs.read_result("long"), bucket):
        work(bucket, process, lease=lease)
        assert time.monotonic() < until
    result = result_of(bucket, "long")
    assert (result.status, result.generation) == ("success", 2)
    assert result.figures["steps"] == number + 400


def _until_killed(steps: Any, bucket: Bucket, prefix: str, until: float) -> int:
    """Drive a worker until it has written a checkpoint, then let it die where it stands."""
    request = steps.send(None)
    while time.monotonic() < until:
        if isinstance(request, ask.Put) and request.key.startswith(prefix):
            bucket.put(request.key, request.data)
            steps.close()
            return 1
        request = steps.send(_answer(request, bucket))
    return 0


def _answer(request: ask.Request, bucket: Bucket) -> Any:
    def one() -> ask.Steps[Any]:
        return (yield request)

    return drive(one(), bucket)


@pytest.mark.parametrize("make", [hostile_npz, huge_npz, lambda: pickle.dumps(Evil())])
def test_a_hostile_checkpoint_runs_no_code_and_is_gone_back_from(
    make: Any, tmp_path: Path, process: TaskProcess
) -> None:
    bucket = open_bucket(str(tmp_path / "store"))
    submit(bucket, Manifest(job_id="one", agent="greedy", settings=SMALL))
    bucket.put(keys.checkpoint("one", 10**11, 1), make())
    told = work(bucket, process)
    assert any("gone back to the one before" in line for line in told)
    assert result_of(bucket, "one").status == "success"
    assert "code ran" not in (tmp_path / "work" / "process.log").read_text()


@pytest.mark.parametrize("make", [hostile_npz, huge_npz, lambda: pickle.dumps(Evil())])
def test_hostile_weights_end_the_job_as_failed(
    make: Any, tmp_path: Path, process: TaskProcess
) -> None:
    bucket = open_bucket(str(tmp_path / "store"))
    key = keys.inputs("one", "weights.npz")
    bucket.put(key, make())
    submit(bucket, Manifest(job_id="one", agent="greedy", settings=SMALL, weights_uri=key))
    work(bucket, process)
    result = result_of(bucket, "one")
    assert result.status == "failed"
    assert "not a readable checkpoint" in str(result.error)


def test_a_bad_manifest_ends_as_failed_and_is_named(tmp_path: Path, process: TaskProcess) -> None:
    bucket = open_bucket(str(tmp_path / "store"))
    bucket.put(keys.manifest("bad"), json.dumps({"job_id": "bad", "agent": "os:system"}).encode())
    bucket.put("jobs/pending/../../evil/manifest.json".replace("..", "%2e"), b"{}")
    told = work(bucket, process)
    assert result_of(bucket, "bad").status == "failed"
    assert "jobs/pending/bad/manifest.json: there is no agent of a job 'os:system'" in told[0]


def test_a_hand_over_that_nobody_could_count_is_no_success(
    tmp_path: Path, process: TaskProcess
) -> None:
    bucket = open_bucket(str(tmp_path / "store"))
    wrong = {"job_id": "one", "agent": "dqn", "per_episode_s3_sync": True}
    bucket.put(keys.manifest("one"), json.dumps(wrong).encode())
    work(bucket, process)
    result = result_of(bucket, "one")
    assert result.status == "failed"
    assert "per_episode_s3_sync needs episodes" in str(result.error)


def test_a_job_over_the_quota_is_left_to_others(tmp_path: Path, process: TaskProcess) -> None:
    bucket = open_bucket(str(tmp_path / "store"))
    submit(bucket, Manifest(job_id="big", settings={"steps": 10**11}))
    told = work(bucket, process)
    assert any("steps of 100,000,000,000" in line for line in told)
    assert bucket.list(keys.PENDING)
    assert not bucket.list(keys.IN_PROGRESS)


def test_a_job_ends_at_its_timeout(tmp_path: Path, process: TaskProcess) -> None:
    bucket = open_bucket(str(tmp_path / "store"))
    settings = {**SMALL, "steps": 10**9}
    submit(
        bucket,
        Manifest(job_id="slow", agent="greedy", settings=settings, timeout_seconds=1),
    )
    work(bucket, process)
    result = result_of(bucket, "slow")
    assert result.status == "timeout"
    assert "timeout_seconds=1" in str(result.error)


def test_a_job_that_takes_too_much_memory_ends(tmp_path: Path, process: TaskProcess) -> None:
    bucket = open_bucket(str(tmp_path / "store"))
    settings = {**SMALL, "steps": 10**9}
    submit(bucket, Manifest(job_id="fat", agent="greedy", settings=settings, memory_mib=64))
    work(bucket, process)
    assert "memory_mib=64" in str(result_of(bucket, "fat").error)


def test_missing_inputs_are_named(tmp_path: Path, process: TaskProcess) -> None:
    bucket = open_bucket(str(tmp_path / "store"))
    submit(
        bucket,
        Manifest(job_id="one", trace_uri="inputs/one/trace", deploy="web", target=1),
    )
    work(bucket, process)
    assert "inputs/one/trace: is not in the bucket" in str(result_of(bucket, "one").error)
