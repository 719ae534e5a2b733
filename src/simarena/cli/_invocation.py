"""The command line that this process is carrying out, for the records of what it makes."""

from __future__ import annotations

import sys
from contextvars import ContextVar
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

_ARGUMENTS: ContextVar[tuple[str, ...] | None] = ContextVar("arguments", default=None)


def remember(arguments: Sequence[str] | None) -> None:
    """Keep the arguments that `main` was given; None stands for those of the process."""
    _ARGUMENTS.set(tuple(sys.argv[1:] if arguments is None else arguments))


def command_line() -> list[str]:
    """Return the command line, as it could be typed again."""
    return ["simarena", *(_ARGUMENTS.get() or ())]
