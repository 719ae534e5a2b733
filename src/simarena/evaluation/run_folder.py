"""The folder that a run leaves: everything later steps, reports and dashboards read.

runs/<name>/
    command.txt      the command line, as it could be typed again
    settings.json    every setting, resolved
    versions.json    Python and packages
    metrics.jsonl    one JSON object a line, as they come
    checkpoints/     latest.npz to go on from, step_<n>.npz to look back at
    tensorboard/     event files
    outcomes.jsonl   every play of every agent evaluated, one JSON object a line
    failures.jsonl   plays that came to no result, if there are any
    evaluation.json  what was played, and the steps worth a picture
    plots/           pictures
    report.md, report.json
"""

from __future__ import annotations

import json
import platform
import re
import shlex
from contextlib import contextmanager
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any, Final, TextIO

from simarena.errors import RunError, StorageError
from simarena.files.bounded import read_file, read_text
from simarena.files.whole_folder import whole_folder

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

_PACKAGES: Final = (
    "simarena",
    "anthropic",
    "google-genai",
    "gymnasium",
    "inspect-ai",
    "mcp",
    "numba",
    "numpy",
    "openai",
    "stable_baselines3",
    "torch",
)
_NAME: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,99}")
_MAX_JSON_BYTES: Final = 256 << 20
_MAX_COMMAND_BYTES: Final = 1 << 20


class RunFolder:
    """One run's folder. Files are written whole or not at all; metrics are appended by line."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.metrics = path / "metrics.jsonl"
        self.checkpoints = path / "checkpoints"
        self.latest = self.checkpoints / "latest.npz"
        self.plots = path / "plots"
        self.tensorboard = path / "tensorboard"
        self.outcomes = path / "outcomes.jsonl"
        self.failures = path / "failures.jsonl"
        self.evaluation = path / "evaluation.json"

    @classmethod
    def create(
        cls, path: Path, *, command: Sequence[str], settings: Mapping[str, Any]
    ) -> RunFolder:
        """Make the folder with its first files; it appears under its name complete.

        Raises:
            RunError: there is something at `path` already, or it cannot be written.
        """
        with new_folder(path, command=command) as part:
            for folder in (part.checkpoints, part.tensorboard):
                folder.mkdir()
            part.write_json("settings.json", dict(settings))
            part.metrics.touch()
        return cls(path)

    @classmethod
    def open(cls, path: Path) -> RunFolder:
        """Return the run at `path`.

        Raises:
            RunError: there is no run there.
        """
        if not (path / "settings.json").is_file():
            message = f"{path}: is no run folder (no settings.json in it); see 'simarena train'"
            raise RunError(message)
        return cls(path)

    def read_json(self, name: str) -> Any:  # noqa: ANN401 - JSON is anything
        """Return what the JSON file `name` holds.

        Raises:
            RunError: it is missing or damaged.
        """
        path = self.path / name
        try:
            return json.loads(read_text(path, _MAX_JSON_BYTES))
        except StorageError as error:
            message = f"{error}; use another run, or train again"
            raise RunError(message) from error
        except (ValueError, RecursionError) as error:
            message = f"{path}: cannot be read as JSON; use another run, or train again"
            raise RunError(message) from error

    def write_json(self, name: str, value: Any) -> None:  # noqa: ANN401 - JSON is anything
        """Write `value` to the JSON file `name`, whole or not at all."""
        self.write_text(name, json.dumps(value, indent=1, allow_nan=False) + "\n")

    def write_text(self, name: str, text: str) -> None:
        """Write the text file `name`, whole or not at all."""
        write_whole(self.path / name, text)

    def command(self) -> str:
        """Return the command line that made the folder; empty if nothing tells it."""
        path = self.path / "command.txt"
        if not path.is_file():
            return ""
        return read_file(path, _MAX_COMMAND_BYTES).decode("utf-8", "replace").strip()

    def versions(self) -> dict[str, Any]:
        """Return the versions that made the run; those of this process if nothing tells them."""
        try:
            versions = self.read_json("versions.json")
        except RunError:
            versions = None
        return versions if isinstance(versions, dict) else _versions()

    def mend(self) -> None:
        """Make the folders that a run writes into where they are missing, as in a partial copy.

        Raises:
            RunError: they cannot be made.
        """
        try:
            for folder in (self.checkpoints, self.tensorboard, self.plots):
                folder.mkdir(exist_ok=True)
        except OSError as error:
            message = f"{self.path}: cannot be written: {error.strerror}; copy the run elsewhere"
            raise RunError(message) from error

    def metrics_rows(self) -> list[dict[str, Any]]:
        """Return the rows of metrics that are complete; what is torn or damaged is left out.

        Raises:
            StorageError: the file cannot be read, or is too large.
        """
        rows: list[dict[str, Any]] = []
        if not self.metrics.exists():
            return rows
        text = read_file(self.metrics, _MAX_JSON_BYTES).decode("utf-8", "replace")
        for line in text.split("\n")[:-1]:  # whatever follows the last line's end is torn
            try:
                row = json.loads(line)
            except (ValueError, RecursionError):
                continue
            if isinstance(row, dict) and isinstance(row.get("step", 0), int):
                rows.append(row)
        return rows

    def rewind_metrics(self, step: int) -> None:
        """Drop rows later than `step`: a resumed run writes them again."""
        kept = [row for row in self.metrics_rows() if row.get("step", 0) <= step]
        self.write_text(self.metrics.name, "".join(json.dumps(row) + "\n" for row in kept))

    @contextmanager
    def append_metrics(self) -> Iterator[TextIO]:
        """Give the metrics file, open for lines to be added; each is on disk once written."""
        with self.metrics.open("a", encoding="utf-8", buffering=1) as file:
            yield file

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Keep other processes from training in this folder meanwhile.

        Raises:
            RunError: another one is at it.
        """
        import fcntl

        with (self.path / ".lock").open("w") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as error:
                message = f"{self.path}: another process is at work here; wait for it to end"
                raise RunError(message) from error
            yield


def write_whole(path: Path, text: str) -> None:
    """Write a text file, whole or not at all: what it held before stays until all is written."""
    part = path.with_name(f".{path.name}.part")
    try:
        part.write_text(text, "utf-8")
        part.replace(path)
    except OSError:
        part.unlink(missing_ok=True)
        raise


@contextmanager
def new_folder(path: Path, *, command: Sequence[str]) -> Iterator[RunFolder]:
    """Give a folder beside `path` to fill; it appears at `path` complete, or not at all.

    It already holds the command, the versions and a place for plots.

    Raises:
        RunError: there is something at `path` already, or it cannot be written.
    """
    if path.exists():
        raise _taken(path)
    try:
        with whole_folder(path) as folder:
            part = RunFolder(folder)
            part.plots.mkdir()
            (part.path / "command.txt").write_text(shlex.join(command) + "\n", "utf-8")
            part.write_json("versions.json", _versions())
            yield part
    except OSError as error:
        message = f"{path}: cannot be made: {error.strerror}; choose another --runs folder"
        raise RunError(message) from error


def check_name(runs: Path, name: str) -> None:
    """Refuse a name under which no new run can be kept in `runs`.

    Raises:
        RunError: it is taken, or no plain name.
    """
    if not _NAME.fullmatch(name):
        message = f"name {name!r}: use letters, digits, dots, dashes and underscores"
        raise RunError(message)
    if (runs / name).exists():
        raise _taken(runs / name)


def next_name(runs: Path, stem: str) -> str:
    """Return `stem` with the first number that no folder in `runs` has, as `dqn-train-001`."""
    number = 1
    while (runs / f"{stem}-{number:03d}").exists():
        number += 1
    return f"{stem}-{number:03d}"


def _taken(path: Path) -> RunError:
    return RunError(f"{path}: exists already; choose another --name, or go on with --resume")


def _versions() -> dict[str, str]:
    versions = {"python": platform.python_version(), "platform": platform.platform()}
    for package in _PACKAGES:
        try:
            versions[package] = version(package)
        except PackageNotFoundError:
            continue
    return versions
