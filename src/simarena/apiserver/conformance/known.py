"""Answers that are known to differ from what was recorded, each with its reason.

The list is `known.json` beside this module. It may only shrink.
"""

from __future__ import annotations

from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path
from typing import Final

import msgspec

_FILE: Final = Path(__file__).with_name("known.json")


class Known(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A difference that is known."""

    case: str
    """Pattern of family and name of the cases, such as `validation/quantity-*`."""
    steps: str
    """Pattern of the numbers of the steps."""
    reason: str

    def covers(self, family: str, case: str, step: int) -> bool:
        """Return whether a step of a case is meant."""
        return fnmatchcase(f"{family}/{case}", self.case) and fnmatchcase(str(step), self.steps)


@cache
def known_differences() -> tuple[Known, ...]:
    """Return the list."""
    return msgspec.json.decode(_FILE.read_bytes(), type=tuple[Known, ...])


def is_known(family: str, case: str, step: int) -> bool:
    """Return whether a step's answer is known to differ."""
    return any(each.covers(family, case, step) for each in known_differences())
