"""The command line that this process is carrying out: its words, and how it is ended."""

from __future__ import annotations

import signal
import sys
from contextvars import ContextVar
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

PREPARING: Final = "Preparing (the first time, kernels are compiled for half a minute)"
"""What is said while something begins that needs kernels."""

_ARGUMENTS: ContextVar[tuple[str, ...] | None] = ContextVar("arguments", default=None)


def remember(arguments: Sequence[str] | None) -> None:
    """Keep the arguments that `main` was given; None stands for those of the process."""
    _ARGUMENTS.set(tuple(sys.argv[1:] if arguments is None else arguments))


def expanded(argument: str) -> str:
    """Return an argument with its `~` as the home folder, where a shell has left it as it is.

    Shells expand `~/runs` only where a word begins with it, not in `--runs=~/runs`, and whoever
    starts a program without a shell has none to do it.
    """
    option, equals, value = argument.partition("=")
    if equals and option.startswith("-"):
        return f"{option}={_at_home(value)}"
    return _at_home(argument)


def _at_home(text: str) -> str:
    if text != "~" and not text.startswith("~/"):
        return text
    try:
        return str(Path(text).expanduser())
    except RuntimeError:  # this user has no home
        return text


def command_line() -> list[str]:
    """Return the command line, as it could be typed again."""
    return ["simarena", *(_ARGUMENTS.get() or ())]


def end_on_sigterm() -> None:
    """Let SIGTERM end this process as Ctrl-C does, so that it takes along what is temporary."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
