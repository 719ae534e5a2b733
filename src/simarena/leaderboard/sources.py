"""What a run folder holds for the board: plays, failures, and how it was played."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from simarena.benchmark.logs import latest_logs, results_of, task_text
from simarena.errors import RunError
from simarena.evaluation.failure import read_failures
from simarena.evaluation.outcome import read_outcomes
from simarena.evaluation.run_folder import RunFolder

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from simarena.evaluation.failure import Failure
    from simarena.evaluation.outcome import Outcome


@dataclass(frozen=True, slots=True)
class Source:
    """One run folder: what was played in it, and by whom."""

    path: Path
    suite: str
    """As its report names it; the splits of its scenarios where there is none."""

    outcomes: tuple[Outcome, ...]
    failures: tuple[Failure, ...]

    facts: dict[str, str] = field(default_factory=dict)
    """What its report says about how it was played."""

    @property
    def name(self) -> str:
        """The folder's own name."""
        return self.path.resolve().name

    @property
    def agents(self) -> list[str]:
        """Return who played, or failed to, in the order in which they come."""
        plays: list[Outcome | Failure] = [*self.outcomes, *self.failures]
        return list(dict.fromkeys(each.agent for each in plays))


def read_source(path: Path) -> Source:
    """Return what the run folder at `path` holds, or a folder of Inspect's logs.

    Raises:
        RunError: it holds neither outcomes nor failures nor logs, or a file is damaged.
    """
    folder = RunFolder(path)
    if not folder.outcomes.is_file() and not folder.failures.is_file():
        return _of_logs(path)
    failures = read_failures(folder.failures) if folder.failures.is_file() else []
    # An empty file beside failures is that of a benchmark in which nothing came to a result.
    empty = not folder.outcomes.is_file() or (failures and not folder.outcomes.stat().st_size)
    outcomes = [] if empty else read_outcomes(folder.outcomes)
    report = _report_of(folder)
    facts = report.get("facts")
    return Source(
        path,
        _suite_of(report, outcomes),
        tuple(outcomes),
        tuple(failures),
        {str(name): str(fact) for name, fact in facts.items()} if isinstance(facts, dict) else {},
    )


def _of_logs(path: Path) -> Source:
    """Return what `inspect eval` has left in a folder: of each model the newest log."""
    logs = latest_logs(path) if path.is_dir() else []
    if not logs:
        message = (
            f"{path}: holds neither outcomes.jsonl nor Inspect's logs of simarena/arena; name a "
            "folder that a run or a benchmark left"
        )
        raise RunError(message)
    outcomes, failures = results_of(logs)
    suites = dict.fromkeys(str(log.header.eval.dataset.name) for log in logs)
    versions = dict.fromkeys(task_text(log.header.eval.task_version) for log in logs)
    # Of several nothing can be said of each play; names of models tell everything else.
    facts = {"task": next(iter(versions))} if len(versions) == 1 else {}
    return Source(path, ", ".join(suites), tuple(outcomes), tuple(failures), facts)


def _report_of(folder: RunFolder) -> dict[str, Any]:
    """Return the folder's report, or nothing if there is none that can be read."""
    try:
        report = folder.read_json("report.json")
    except RunError:
        return {}
    return report if isinstance(report, dict) else {}


def _suite_of(report: dict[str, Any], outcomes: Sequence[Outcome]) -> str:
    """Return what the report says was played, or else what the outcomes say."""
    for place in (report, report.get("evaluation")):
        if isinstance(place, dict) and isinstance(place.get("suite"), str):
            return str(place["suite"])
    return ", ".join(sorted({each.split for each in outcomes if each.split})) or "scenarios"
