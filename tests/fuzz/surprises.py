"""What may come out of a door, and what is a surprise."""

from __future__ import annotations

import contextlib
import random
import warnings
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeAlias

from simarena.errors import SimArenaError

if TYPE_CHECKING:
    from collections.abc import Iterator


class SurpriseError(AssertionError):
    """Something came out of a door that may not."""


Door: TypeAlias = Callable[[random.Random], bool]


def refused(error: SimArenaError) -> bool:
    """Return False after a look at what a user is told."""
    look_at(str(error), error)
    return False


def look_at(text: str, told_by: Exception | None = None) -> None:
    """Raise SurpriseError unless what a user is told is one printable line."""
    if not text or not text.isprintable():
        message = f"a message that is no printable line: {text!r}"
        raise SurpriseError(message) from told_by


@contextlib.contextmanager
def may_be_refused() -> Iterator[None]:
    """Go on after a refusal, and a look at it."""
    try:
        yield
    except SimArenaError as error:
        refused(error)


@contextlib.contextmanager
def told() -> Iterator[None]:
    """Look at what users are told by warnings, once all is done; others are raised at once."""
    with warnings.catch_warnings(record=True) as notes:
        warnings.simplefilter("error")
        warnings.simplefilter("always", UserWarning)
        yield
    for note in notes:
        look_at(str(note.message))


def taken(act: Callable[[], object]) -> bool:
    """Return whether an act was allowed, after a look at what it told."""
    with told():
        try:
            act()
        except SimArenaError as error:
            return refused(error)
    return True
