"""Doors for files that people write or other programs leave: YAML, JSON and CSV."""

from __future__ import annotations

import contextlib
import json
from typing import TYPE_CHECKING, Any

import yaml
from tests.fuzz import corpus, files
from tests.fuzz.mutation import mutated, mutated_bytes, strange_text
from tests.fuzz.surprises import look_at, taken

if TYPE_CHECKING:
    import random
    from collections.abc import Callable
    from pathlib import Path

_MOST_OBJECTS = 50
"""That are made in a run: more would take long, and show nothing else."""


class FileDoor:
    """Files in a folder of its own, that hold mutated text or mutated values as YAML or JSON."""

    def __init__(
        self, path: Path, text: str, read: Callable[[Path], object], *, in_yaml: float = 0.5
    ) -> None:
        self._path = path
        self._text = text
        self._documents = list(yaml.safe_load_all(text))
        self._read = read
        self._in_yaml = in_yaml
        corpus.trace().save(path.parent / "recorded.sktrace")
        (path.parent / "nodes.yaml").write_text(corpus.listed_nodes())

    def __call__(self, rng: random.Random) -> bool:
        """Write a file and read it."""
        self._path.write_bytes(self._contents(rng))
        return taken(lambda: self._read(self._path))

    def _contents(self, rng: random.Random) -> bytes:
        if rng.random() < 0.4:
            return mutated_bytes(rng, self._text.encode())
        documents = mutated(rng, self._documents)
        with contextlib.suppress(Exception):
            if rng.random() < self._in_yaml:
                return yaml.safe_dump_all(documents).encode()
            return json.dumps(documents[0]).encode()
        return rng.randbytes(rng.randrange(200))


class TableDoor:
    """Tables of public cluster traces, of which fields, rows or bytes are odd."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / "given.csv"
        self._types = folder / "types.csv"
        self._types.write_text(files.AZURE_TYPES)

    def __call__(self, rng: random.Random) -> bool:
        """Import a table as nodes or as a trace."""
        from simarena.trace import Trace
        from simarena.trace.imported import azure_packing, openb
        from simarena.trace.imported.arrivals import events
        from simarena.trace.imported.writing import write_nodes, write_trace

        name, text = rng.choice(list(files.TABLES.items()))
        self._path.write_bytes(_odd_table(rng, text))
        out = self._path.with_name("made")
        out.unlink(missing_ok=True)

        def pods() -> None:
            if name == "openb pods":
                stays = openb.openb_pods(self._path)
            else:
                stays = azure_packing.azure_vms(
                    self._path, azure_packing.azure_types(self._types, 0)
                )
            write_trace(out, events(stays), "given.csv")
            Trace.from_path(out)

        if name == "openb nodes":
            return taken(lambda: write_nodes(out, openb.openb_nodes(self._path)))
        if name == "azure types":
            return taken(lambda: azure_packing.azure_types(self._path, 0))
        return taken(pods)


def _odd_table(rng: random.Random, text: str) -> bytes:
    """Return a table that is damaged as bytes, or has an odd field or two, or odd rows."""
    if rng.random() < 0.4:
        return mutated_bytes(rng, text.encode())
    rows = [line.split(",") for line in text.splitlines()]
    for _ in range(rng.choice((1, 1, 2))):
        row = rng.choice(rows)
        column = rng.randrange(len(row))
        match rng.randrange(6):
            case 0:
                del row[column]
            case 1:
                row.insert(column, row[column])
            case 2:
                rows.insert(rng.randrange(len(rows)), list(row))
            case 3:
                row[column] = f"-{row[column]}"
            case _:
                row[column] = strange_text(rng)
        rows = [each for each in rows if each] or [["x"]]
    return "\n".join(map(",".join, rows)).encode(errors="surrogatepass")


class PerfDoor:
    """Folders of scheduler_perf whose list of cases, or whose templates, are odd."""

    def __init__(self, folder: Path) -> None:
        from simarena.cluster.perf.reading import CONFIG_NAME

        self._folder = folder
        self._files = {CONFIG_NAME: files.PERF_CASES, **files.PERF_TEMPLATES}
        self._doors = {
            name: FileDoor(folder / name, text, lambda _: self._run())
            for name, text in self._files.items()
        }

    def __call__(self, rng: random.Random) -> bool:
        """Read a folder of which one file is odd, and run what it holds."""
        for name, text in self._files.items():
            (self._folder / name).write_text(text)
        return self._doors[rng.choice(list(self._doors))](rng)

    def _run(self) -> None:
        from simarena.cluster.perf.reading import UnsupportedError, read_folder
        from simarena.cluster.perf.running import run_workload

        for workload in read_folder(self._folder):
            if workload.reason:
                look_at(workload.reason)
            elif _is_small(workload):
                try:
                    run_workload(workload)
                except UnsupportedError as error:
                    look_at(str(error), error)


def _is_small(workload: Any) -> bool:
    """Return whether a workload asks for no more than is worth running here."""
    for step in workload.steps:
        numbers = [each for each in _inside(step.fields) if type(each) in {int, float}]
        if any(number > _MOST_OBJECTS for number in numbers):
            return False
        if len(str(step.fields.get("duration", ""))) > len("59m59s"):
            return False
    return True


def _inside(value: Any) -> list[Any]:
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        return [found for each in value for found in _inside(each)]
    return [value]


def read_served(path: Path) -> None:
    """Make the cluster that `simarena serve --manifests` begins with."""
    from simarena.cli.options.served_cluster import Served

    Served(manifests=path).cluster()


def read_job(path: Path) -> None:
    """Read a job, its result or a quota, as workers find them in a bucket."""
    from simarena.distributed.manifests import Manifest

    manifest = Manifest.from_bytes(path.read_bytes(), "manifest.json", "job")
    manifest.to_bytes()
    manifest.train_settings()


def read_result(path: Path) -> None:
    """Read what a worker left of a job."""
    from simarena.distributed.manifests import Result

    Result.from_bytes(path.read_bytes(), "result.json")


def read_inventory(path: Path) -> None:
    """Read the inventory of a fleet, and write it again."""
    from simarena.ec2.inventory import Inventory

    inventory = Inventory.read(path)
    inventory.by_instance()
    inventory.write()
