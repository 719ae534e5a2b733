"""Orders as jobs of a bucket, which workers anywhere take."""

from __future__ import annotations

import time
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any, Final

from simarena.distributed import jobs, keys
from simarena.distributed import requests as ask
from simarena.distributed.driving import drive
from simarena.distributed.manifests import SUCCESS, Manifest, timestamp
from simarena.distributed.work import WorkEnd
from simarena.distributed.worker import files_of_result
from simarena.errors import JobError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from simarena.distributed.bucket import Bucket
    from simarena.distributed.requests import Steps
    from simarena.distributed.work import Order

_LOOK_S: Final = 0.5
_NAMES: Final = 1_000
_INPUTS: Final = {"trace": "trace_uri", "weights": "weights_uri"}
_OF_ONE_JOB: Final = ("job_id", "created_at", "retry_of", *_INPUTS.values())


class BucketCrew:
    """Jobs that are called `prefix.NAME`.

    One of that name that asks for the same, open or done, is taken as this one's: whoever was
    killed while it waited goes on waiting. One that failed or was cancelled is done anew, as
    `prefix.NAME-retry-1`.
    """

    def __init__(
        self, bucket: Bucket, nonce: str, prefix: str, *, patience_s: float | None = None
    ) -> None:
        """`nonce` is a text that nobody else will ever write."""
        self._bucket = bucket
        self._nonce = nonce
        self._prefix = prefix
        self._patience_s = patience_s
        self._jobs: dict[str, str] = {}

    def begin(self, name: str, order: Order) -> None:
        """Have an order done.

        Raises:
            SimArenaError: it asks for what no job may.
        """
        self._jobs[name] = self._carried(self._submitted(f"{self._prefix}.{name}", order))

    def ended(self) -> list[tuple[str, WorkEnd]]:
        """Return the orders whose jobs have ended meanwhile."""
        open_ = {keys.of_manifest(each.key) for each in self._carried(ask.entries(keys.PENDING))}
        found = [(name, job) for name, job in self._jobs.items() if job not in open_]
        outcomes = []
        for name, job in found:
            outcomes.append((name, self._carried(_end(job))))
            del self._jobs[name]
        if not outcomes:
            time.sleep(_LOOK_S)
        return outcomes

    def so_far(self, name: str) -> Mapping[str, bytes]:
        """Return metrics and log of an order, as its last checkpoint left them."""
        job = self._jobs.get(name)
        found = {}
        for file in ("metrics.jsonl", "train.log"):
            key = keys.in_progress(job or "none") + file
            data = None if job is None else self._carried(ask.get(key, ask.MAX_LOG_BYTES))
            if data is not None:
                found[file] = data
        return found

    def stop(self, name: str) -> None:
        """Cancel an order's job."""
        job = self._jobs.pop(name, None)
        if job is not None:
            self._carried(jobs.cancel(job, self._nonce))

    def close(self) -> None:
        """Leave jobs that have not ended as they are: who does not wait for them may come back."""
        self._jobs = {}

    def _carried(self, steps: Steps[ask.Answer]) -> ask.Answer:
        return drive(steps, self._bucket, patience_s=self._patience_s)

    def _submitted(self, job: str, order: Order) -> Steps[str]:
        """Submit a job, unless one of that name does the same; return its name."""
        keys.check_name("job", job)
        for number in range(_NAMES):
            name = keys.check_name("job", f"{job}-retry-{number}" if number else job)
            ended = yield from jobs.read_result(name)
            if ended is not None and ended.status != SUCCESS:
                continue
            uris: dict[str, Any] = {
                field: keys.inputs(name, file)
                for file, field in _INPUTS.items()
                if file in order.files
            }
            manifest = replace(order.manifest, job_id=name, created_at=timestamp(), **uris)
            if (yield from _is_known(manifest, order)):
                return name
            for file in sorted(order.files.keys() & _INPUTS.keys()):
                yield from ask.put(keys.inputs(name, file), order.files[file])
            yield from jobs.submit(manifest)
            return name
        message = f"job {job}: has been tried {_NAMES} times; choose another --name"
        raise JobError(message)


def _is_known(manifest: Manifest, order: Order) -> Steps[bool]:
    """Return whether there is a job already that does this order.

    Raises:
        JobError: there is another one of that name.
    """
    job = manifest.job_id
    for key in (keys.manifest(job), keys.result(job, "manifest.json")):
        data = yield from ask.get(key)
        if data is None:
            continue
        same = _asks_for(Manifest.from_bytes(data, key, job)) == _asks_for(manifest)
        for file in order.files.keys() & _INPUTS.keys():
            given = yield from ask.get(keys.inputs(job, file), ask.MAX_ARRAYS_BYTES)
            same = same and given == order.files[file]
        if same:
            return True
        message = f"job {job}: exists already, and asks for something else; choose another --name"
        raise JobError(message)
    return False


def _asks_for(manifest: Manifest) -> dict[str, object]:
    return {key: value for key, value in asdict(manifest).items() if key not in _OF_ONE_JOB}


def _end(job: str) -> Steps[WorkEnd]:
    try:
        result = yield from jobs.read_result(job)
        if result is None:
            return WorkEnd(error=f"job {job} is gone from the bucket")
        if result.status != SUCCESS:
            return WorkEnd(error=f"job {job}: {result.error or result.status}")
        files = yield from files_of_result(result)
    except JobError as error:
        return WorkEnd(error=str(error))
    return WorkEnd(files=files, figures=result.figures)
