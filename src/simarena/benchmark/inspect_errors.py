"""Errors at the border to Inspect: its refusals as ours, and ours as its."""

from __future__ import annotations

import re
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from simarena.errors import ConfigError, SimArenaError

if TYPE_CHECKING:
    from collections.abc import Iterator

_MARKUP: Final = re.compile(r"\[/?[a-z ]*\]")


@contextmanager
def refused_by_us() -> Iterator[None]:
    """Turn what Inspect refuses to begin with into a ConfigError of one line."""
    from inspect_ai._util.error import PrerequisiteError

    try:
        yield
    except PrerequisiteError as error:
        raise ConfigError(one_line(error)) from error


@contextmanager
def refused_by_inspect() -> Iterator[None]:
    """Turn a mistake of the user's into what Inspect's command line says without a traceback."""
    from inspect_ai._util.error import PrerequisiteError
    from rich.markup import escape

    try:
        yield
    except SimArenaError as error:
        raise PrerequisiteError(escape(str(error))) from error


def one_line(error: Exception) -> str:
    """Return what an error says, in a line and without markup."""
    return " ".join(_MARKUP.sub("", str(error)).split()).removeprefix("ERROR: ")
