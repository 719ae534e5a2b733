"""A folder of records of a real control plane, judged family by family."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import msgspec

from simarena.cluster.conformance import admission, controllers, replays, rollouts, scheduling
from simarena.cluster.conformance.timing import fit_delays, time_cases
from simarena.errors import StorageError
from simarena.files.bounded import read_file
from simarena.trace import Trace

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from simarena.cluster.conformance.scheduling import Disagreement
    from simarena.cluster.conformance.timing import Fit, Timing

_SHOWN_NODES = 3
_MAX_LINES_BYTES = 1 << 30


@dataclass(slots=True)
class Family:
    """How far the simulator agrees with the records of one kind."""

    name: str
    decisions: int = 0
    agreed: int = 0
    ties: int = 0
    """Of the agreed ones: those where several answers would have been right; of walks, those that
    need other delays than the settings' own."""
    known: int = 0
    """Of the others: those of which is known why they differ."""
    disagreements: list[str] = field(default_factory=list)
    """One line each: where, what was recorded, what the simulator says."""

    def count(self, agrees: bool, disagreement: str, *, known: bool = False) -> None:  # noqa: FBT001 - a verdict
        """Count one decision; `known` says that there is a reason for it to differ."""
        self.decisions += 1
        if agrees:
            self.agreed += 1
        elif known:
            self.known += 1
        else:
            self.disagreements.append(disagreement)


def judge_folder(folder: Path) -> Iterator[Family]:
    """Yield the families of a folder.

    They are in `scheduling/`, `rollouts/`, `controllers/` and `admission/*.jsonl`, and in
    `replays/*.json`.
    Traces that replays name are looked for in `traces` beside the folder, and in it. Raises
    StorageError if there are no records, or one cannot be read.
    """
    cases = sorted(folder.glob("scheduling/*.jsonl"))
    walks = sorted(folder.glob("rollouts/*.jsonl"))
    edits = sorted(folder.glob("controllers/*.jsonl"))
    whole = sorted(folder.glob("replays/*.json"))
    posted = sorted(folder.glob("admission/*.jsonl"))
    if not cases + walks + edits + whole + posted:
        message = (
            f"{folder}: no records; expected scheduling/*.jsonl, rollouts/*.jsonl, "
            "controllers/*.jsonl, replays/*.json or admission/*.jsonl"
        )
        raise StorageError(message)
    for path in cases:
        yield _scheduling(path)
    for path in walks:
        yield from _rollouts(path)
    for path in edits:
        yield _controllers(path)
    for path in whole:
        yield _replay(path, folder)
    for path in posted:
        yield from _admission(path)


def _admission(path: Path) -> Iterator[Family]:
    name = f"admission/{path.stem}"
    answers, defaults = Family(f"{name}: accepted or refused"), Family(f"{name}: defaults")
    causes, words = Family(f"{name}: reasons and fields"), Family(f"{name}: messages")
    for case in _lines(path):
        found = admission.judge_case(case)
        where = f"{found.case}: recorded {found.recorded or 'accepted'}"
        disagreement = f"{where}, says {found.said or 'accepted'}"
        answers.count(found.same_answer, disagreement)
        if found.was_refused:
            causes.count(found.same_causes, disagreement)
            words.count(found.same_message, disagreement)
        elif found.same_answer:
            defaults.count(found.same_defaults, f"{found.case}: {found.difference}")
    yield from (answers, defaults, causes, words)


def time_folder(folder: Path) -> Iterator[tuple[Timing, Timing, Fit]]:
    """Yield when the controllers of a folder's `controllers/*.jsonl` reached their states.

    Of each family those of either half of its cases, and the delays that fit the first of them.
    Raises StorageError if there are none.
    """
    edits = sorted(folder.glob("controllers/*.jsonl"))
    if not edits:
        message = f"{folder}: no records of controllers; expected controllers/*.jsonl"
        raise StorageError(message)
    for path in edits:
        cases = list(_lines(path))
        yield *time_cases(path.stem, cases), fit_delays(path.stem, cases)


def _scheduling(path: Path) -> Family:
    family = Family(f"scheduling/{path.stem}")
    for case in _lines(path):
        found = scheduling.judge_case(case)
        family.decisions += found.decisions
        family.agreed += found.agreed
        family.ties += found.ties
        family.disagreements.extend(map(_scores, found.disagreements))
    return family


def _scores(found: Disagreement) -> str:
    """Return a disagreement with the scores of both sides."""
    names = [found.recorded, *found.verdict.best][:_SHOWN_NODES]
    told = []
    for name in names:
        node = found.verdict.nodes.get(name)
        if node is not None:
            scores = ", ".join(f"{plugin} {score}" for plugin, score in node.scores.items())
            told.append(f"{name}: {node.total} ({scores or '; '.join(node.reasons)})")
    where = f"{found.case} step {found.step}: recorded {found.recorded}, says {found.simulated}"
    return f"{where}; {'; '.join(told)}" if told else where


def _rollouts(path: Path) -> Iterator[Family]:
    settled = Family(f"rollouts/{path.stem}: settled states")
    walk = Family(f"rollouts/{path.stem}: states on the way")
    for case in _lines(path):
        for step in rollouts.judge(case):
            where = f"{step.case} step {step.step}"
            settled.count(step.same_end, f"{where}: recorded {step.expected}, says {step.settled}")
            walk.count(
                step.same_walk,
                f"{where}: {step.num_followed} of {step.num_states} states reached in their order",
            )
            walk.ties += step.by_chance
    yield settled
    yield walk


def _controllers(path: Path) -> Family:
    family = Family(f"controllers/{path.stem}")
    for case in _lines(path):
        for step in controllers.judge_case(case):
            if not (step.is_judged or step.asks_answer):
                continue
            where = f"{step.case} step {step.step} ({step.operation})"
            family.count(step.agrees, f"{where}: {controllers.difference(step)}")
    return family


def _replay(path: Path, folder: Path) -> Family:
    family = Family(f"replays/{path.stem}")
    record = _decoded(path, read_file(path))
    for place in (folder.parent / "traces", folder / "traces"):
        if (place / record["trace"]).is_file():
            trace = Trace.from_path(str(place / record["trace"]))
            break
    else:
        message = f"{path}: its trace {record['trace']} is not in {folder.parent / 'traces'}"
        raise StorageError(message)
    for event in replays.judge_replay(record, trace):
        where = f"event {event.event}"
        family.count(event.same, f"{where}: recorded {event.expected}, says {event.settled}")
    return family


def _lines(path: Path) -> Iterator[Any]:
    for number, line in enumerate(read_file(path, _MAX_LINES_BYTES).splitlines(), start=1):
        yield _decoded(f"{path}:{number}", line)


def _decoded(where: Path | str, text: bytes) -> Any:  # noqa: ANN401 - JSON
    try:
        return msgspec.json.decode(text)
    except msgspec.DecodeError as error:
        message = f"{where}: this is no JSON record ({error})"
        raise StorageError(message) from error
