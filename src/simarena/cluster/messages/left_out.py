"""What could not be simulated as a trace has it, told once however many objects it is."""

from __future__ import annotations

from itertools import takewhile
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

_MOST_NAMED: Final = 5
_NAMED_OF_MORE: Final = 3


def left_out_text(left_out: Sequence[str]) -> str:
    """Return what was left out in one line; of many objects of a kind the first few are named."""
    groups: dict[str, list[str]] = {}
    for each in left_out:
        groups.setdefault(_kind(each), []).append(each)
    told = []
    for kind, found in groups.items():
        if len(found) <= _MOST_NAMED:
            told += found
        else:
            told += found[:_NAMED_OF_MORE]
            told.append(f"{len(found) - _NAMED_OF_MORE:,} more of {kind}")
    return f"not simulated: {', '.join(told)}"


def _kind(text: str) -> str:
    """Return the words of a text up to the name of a kind: `changes of PriorityClass`."""
    words = text.split()
    before = list(takewhile(lambda word: not word[0].isupper(), words))
    return " ".join(words[: len(before) + 1])
