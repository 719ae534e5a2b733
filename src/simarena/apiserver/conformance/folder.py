"""A folder of recorded answers, judged family by family."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from simarena.apiserver.conformance.judging import is_played, judge_case
from simarena.apiserver.conformance.known import is_known
from simarena.cluster.conformance.folder import Family
from simarena.errors import StorageError
from simarena.files.bounded import read_file

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_MAX_BYTES = 1 << 30


def judge_api(folder: Path, only: str = "*") -> Iterator[Family]:
    """Yield the families of `api/*.jsonl` in a folder, in which each step is a decision.

    None where there is no such folder. Raises StorageError where a record cannot be read.
    """
    for path in sorted(folder.glob(f"api/{only}.jsonl")):
        family = Family(f"api/{path.stem}")
        for case in _cases(path):
            if is_played(case):
                _count(family, case)
        if family.decisions:
            yield family


def _count(family: Family, case: dict[str, Any]) -> None:
    for step in judge_case(case):
        where = f"{case['name']} step {step.number}, {step.what}"
        told = f"{where}: {'; '.join(step.differences[:3])}"
        known = is_known(case["family"], case["name"], step.number)
        family.count(not step.differences, told, known=known)


def _cases(path: Path) -> Iterator[dict[str, Any]]:
    for number, line in enumerate(read_file(path, _MAX_BYTES).splitlines(), start=1):
        try:
            yield msgspec.json.decode(line)
        except msgspec.DecodeError as error:
            message = f"{path}:{number}: this is no JSON record ({error})"
            raise StorageError(message) from error
