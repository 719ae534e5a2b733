"""The folder in which an order is carried out: what it begins with, and what it makes.

task.json, manifest.json      what is to be done
trace, weights, global, ...   what it begins with
run/                          a training's run folder
train.log                     what was printed
out/                          what was made
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from simarena.distributed.manifests import JOB_TYPES
from simarena.distributed.work import Order, WorkEnd
from simarena.files.bounded import read_file

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

_MAX_FILE_BYTES: Final = 2 << 30
_MAX_LOG_BYTES: Final = 1 << 20

RUN: Final = "run"
"""Folder of a training within that of its order."""


def write_order(folder: Path, order: Order) -> None:
    """Write what an order is and begins with into an empty folder."""
    for name, data in order.files.items():
        (folder / name).write_bytes(data)
    (folder / "manifest.json").write_bytes(order.manifest.to_bytes())
    task = {"kind": order.kind, "job": order.manifest.job_id, "round": dict(order.round)}
    (folder / "task.json").write_text(json.dumps(task), "utf-8")


def read_end(folder: Path, kind: str, answer: Mapping[str, Any]) -> WorkEnd:
    """Return how an order of that kind ended, with the files that its answer names."""
    files = {
        name: read_file(folder / "out" / name, _MAX_FILE_BYTES) for name in answer.get("files", ())
    }
    return WorkEnd(
        error=answer.get("error"),
        is_checkpoint_bad=bool(answer.get("is_checkpoint_bad")),
        files=files | so_far(folder, kind),
        figures=answer.get("figures", {}),
    )


def so_far(folder: Path, kind: str) -> dict[str, bytes]:
    """Return metrics and log of an order of that kind as they stand."""
    found = {}
    for name, path in (
        ("train.log", folder / "train.log"),
        ("metrics.jsonl", folder / RUN / "metrics.jsonl"),
    ):
        if kind in JOB_TYPES and path.is_file():
            found[name] = _tail(path)
    return found


def newest_checkpoint(folder: Path) -> Path:
    """Return where a training keeps the checkpoint to go on from."""
    return folder / RUN / "checkpoints" / "latest.npz"


def read_checkpoint(folder: Path) -> bytes:
    """Return the checkpoint that a training goes on from."""
    return read_file(newest_checkpoint(folder), _MAX_FILE_BYTES)


def _tail(path: Path) -> bytes:
    """Return a file, or the end of one that is long."""
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - _MAX_LOG_BYTES))
        return file.read(_MAX_LOG_BYTES)
