"""A folder of recorded answers, judged family by family."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import msgspec

from simarena.apiserver.conformance.commands import (
    client_version,
    files_of,
    is_command_case,
    judge_commands,
)
from simarena.apiserver.conformance.judging import is_played, judge_case
from simarena.apiserver.conformance.known import is_known
from simarena.apiserver.conformance.programs import kubectl_programs
from simarena.cluster.conformance.folder import Family
from simarena.errors import StorageError
from simarena.files.bounded import read_file

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from simarena.apiserver.conformance.judging import JudgedStep

_MAX_BYTES = 1 << 30
_AT_ONCE = 6
"""Cases that are played at a time, with a server each, which needs longer to end than to answer."""


def judge_api(folder: Path, only: str = "*") -> Iterator[Family]:
    """Yield the families of `api/*.jsonl` in a folder, in which each step is a decision.

    Cases of kubectl are played with the kubectl of their version, if that is found on the search
    path. None where there is no such folder. Raises StorageError where a record cannot be read.
    """
    for path in sorted(folder.glob(f"api/{only}.jsonl")):
        family = Family(f"api/{path.stem}")
        cases = list(_cases(path))
        played = [each for each in cases if is_played(each) and not is_command_case(each)]
        with ThreadPoolExecutor(_AT_ONCE) as threads:
            for case, steps in zip(played, threads.map(judge_case, played), strict=True):
                _count(family, case, steps)
        _count_commands(family, [each for each in cases if is_command_case(each)])
        if family.decisions:
            yield family


def _count_commands(family: Family, cases: Sequence[dict[str, Any]]) -> None:
    if not cases:
        return
    programs, files = kubectl_programs(), files_of(cases)
    for case in cases:
        program = programs.get(client_version(case))
        if program is not None:
            _count(family, case, judge_commands(case, program, files))


def _count(family: Family, case: dict[str, Any], steps: Sequence[JudgedStep]) -> None:
    for step in steps:
        where = f"{case['name']} step {step.number}, {step.what}"
        told = f"{where}: {'; '.join(step.differences[:3])}"
        known = is_known(case["family"], case["name"], step.number, step.what)
        family.count(not step.differences, told, known=known)


def _cases(path: Path) -> Iterator[dict[str, Any]]:
    for number, line in enumerate(read_file(path, _MAX_BYTES).splitlines(), start=1):
        try:
            yield msgspec.json.decode(line)
        except msgspec.DecodeError as error:
            message = f"{path}:{number}: this is no JSON record ({error})"
            raise StorageError(message) from error
