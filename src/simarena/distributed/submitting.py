"""Jobs made of what lies on this machine: files go to the bucket, then the job is submitted."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from simarena.distributed import jobs, keys
from simarena.distributed import requests as ask
from simarena.distributed.manifests import timestamp
from simarena.errors import JobError
from simarena.files.held_folder import temporary_folder
from simarena.files.storage import read_bytes
from simarena.training.job import checkpoint_path
from simarena.training.scenarios import training_scenarios

if TYPE_CHECKING:
    from simarena.distributed.bucket import Bucket
    from simarena.distributed.manifests import Manifest, Quota
    from simarena.distributed.requests import Steps


def check_trace(bucket: Bucket, manifest: Manifest, trace: str) -> Steps[None]:
    """Look at what a job would play of a trace, on this machine or in the bucket.

    Its worker would do so as well, long after somebody was there to be told.

    Raises:
        ScenarioError: its scenario is decided before it begins.
        SimArenaError: the trace cannot be read, or has no such workload.
    """
    key = bucket.key_of(trace)
    data = None if key is None else (yield from ask.get(key, ask.MAX_ARRAYS_BYTES))
    with temporary_folder("simarena-submit-") as folder:
        path = folder / (Path(trace).name or "trace")
        path.write_bytes(read_bytes(trace) if data is None else data)
        training_scenarios(manifest.train_settings(trace=str(path)))


def submit_with_files(
    bucket: Bucket, manifest: Manifest, quota: Quota, *, trace: str | None, weights: str | None
) -> Steps[Manifest]:
    """Write a job's trace and weights into the bucket, submit it, and return its manifest.

    Weights are a run's folder, a checkpoint's path, or a key in the bucket.

    Raises:
        SimArenaError: a file cannot be read, or the job asks for what it may not have.
    """
    manifest = replace(manifest, created_at=timestamp())
    quota.require(manifest)
    for field, location in (("trace_uri", trace), ("weights_uri", weights)):
        if location is None:
            continue
        key = bucket.key_of(location)
        is_there = key is not None and (yield from ask.head(key)) is not None
        if not is_there:
            if "://" in location and field == "weights_uri":
                message = f"{location}: is not in {bucket.uri}; download it, and name the file"
                raise JobError(message)
            data = (
                read_bytes(location)
                if field == "trace_uri"
                else checkpoint_path(str(Path(location))).read_bytes()
            )
            key = keys.inputs(manifest.job_id, "trace" if field == "trace_uri" else "weights.npz")
            yield from ask.put(key, data)
        manifest = (
            replace(manifest, trace_uri=key)
            if field == "trace_uri"
            else replace(manifest, weights_uri=key)
        )
    yield from jobs.submit(manifest)
    return manifest
