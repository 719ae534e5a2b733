"""Actions that are written instead of called: the JSON answer of the first SimArena."""

from __future__ import annotations

import json
import re
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

from simarena.errors import UnknownNameError
from simarena.trace import Action

if TYPE_CHECKING:
    from collections.abc import Iterator

_KEYS: Final = ("action_index", "action")
_BARE: Final = re.compile(r"""[\s*`'".:]*(\d+)[\s*`'".:]*""")
_MOST_READ: Final = 100_000
"""Characters of an answer that are looked at."""

_MOST_NAME: Final = 40
"""Characters of an action's name or number that are looked at."""

_MOST_BLOCKS: Final = 50
"""Braces at which a JSON object is looked for."""


def read_action(text: str) -> Action | None:
    """Return the action that an answer names, or None if it names none.

    An answer is read as JSON; else its first JSON object that names an action counts; else the
    answer is one whole number and nothing but punctuation. An action is its number under
    `action_index`, or its number or name under `action`. What is not among the seven is none.
    """
    text = text[:_MOST_READ].strip()
    for found in _objects(text):
        action = _named(found)
        if action is not None:
            return action
    bare = _BARE.fullmatch(text)
    return None if bare is None else _parsed(bare[1][:_MOST_NAME])


def _objects(text: str) -> Iterator[Any]:
    """Give the JSON value that the text is, then the objects that stand in it."""
    with suppress(ValueError, RecursionError):
        yield json.loads(text)
    decoder = json.JSONDecoder()
    start = text.find("{")
    for _ in range(_MOST_BLOCKS):
        if start < 0:
            return
        end = start + 1
        with suppress(ValueError, RecursionError):
            found, end = decoder.raw_decode(text, start)
            yield found
        start = text.find("{", end)


def _named(found: object) -> Action | None:
    if not isinstance(found, dict):
        return None
    named = [found[key] for key in _KEYS if key in found]
    if not named or isinstance(named[0], bool) or not isinstance(named[0], int | float | str):
        return None
    value = named[0]
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return _parsed(str(value)[:_MOST_NAME])


def _parsed(text: str) -> Action | None:
    try:
        return Action.parse(text)
    except UnknownNameError:
        return None
