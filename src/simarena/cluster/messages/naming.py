"""Names and uids shaped as the API's, the same for the same seed."""

from __future__ import annotations

import hashlib
import json
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

ALPHABET = "bcdfghjklmnpqrstvwxz2456789"
"""What Kubernetes makes suffixes of: no vowels, and no digits that look like one."""

SUFFIX_LENGTH = 5
"""Characters after a generated name's last dash."""

NUM_SUFFIXES: Final = len(ALPHABET) ** SUFFIX_LENGTH
"""Numbers in a row whose suffixes all differ: 14,348,907."""

MAX_GENERATED_PREFIX = 58
"""Longest prefix that a generated name keeps, so that the whole stays within 63 characters."""

GOLDEN: Final = 0x9E3779B97F4A7C15
FIRST: Final = 0xBF58476D1CE4E5B9
SECOND: Final = 0x94D049BB133111EB
"""The constants of SplitMix64."""

UID_TAIL: Final = 0x5CA1AB1E0DDBA115
"""Makes the second half of a uid another number than the first."""

NUM_LEFT: Final = 3**7
NUM_RIGHT: Final = 3**8
"""The halves that a suffix is shuffled in."""

_MASK = (1 << 64) - 1


def uid_order(uid_seed: int, number: int) -> int:
    """Return the first 64 bits of the uid of object `number`: SplitMix64, `number` steps in.

    All arithmetic is modulo 2**64:

        z = uid_seed + number * 0x9E3779B97F4A7C15
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB
        return z ^ (z >> 31)

    The kernel computes the same, for UIDs decide which of two like pods is deleted first.
    """
    z = (uid_seed + number * GOLDEN) & _MASK
    z = ((z ^ (z >> 30)) * FIRST) & _MASK
    z = ((z ^ (z >> 27)) * SECOND) & _MASK
    return z ^ (z >> 31)


def uid(uid_seed: int, number: int) -> str:
    """Return the uid of object `number`, a UUID whose first 64 bits are `uid_order`.

    These bits are not forced to version 4, unlike those of the API: then the text compares as
    the number does.
    """
    first = uid_order(uid_seed, number)
    second = uid_order(first ^ UID_TAIL, number)
    text = f"{first:016x}{second & (_MASK >> 2) | 1 << 63:016x}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


@lru_cache(maxsize=1 << 16)
def suffix(uid_seed: int, number: int) -> str:
    """Return the five characters that end the generated name of object `number`.

    Any `NUM_SUFFIXES` numbers in a row have different ones, as the API refuses a name that is
    taken and what made the object tries again: a Feistel network of four rounds shuffles the
    suffixes, and `number` is the place in that order.
    """
    left, right = divmod(number % NUM_SUFFIXES, NUM_RIGHT)
    first, second, third, fourth = round_keys(uid_seed)
    right = (right + uid_order(first, left)) % NUM_RIGHT
    left = (left + uid_order(second, right)) % NUM_LEFT
    right = (right + uid_order(third, left)) % NUM_RIGHT
    left = (left + uid_order(fourth, right)) % NUM_LEFT
    return _spell(left * NUM_RIGHT + right, SUFFIX_LENGTH)


@lru_cache(maxsize=64)
def round_keys(uid_seed: int) -> tuple[int, ...]:
    """Return the keys of the four rounds of `suffix`."""
    return tuple(uid_order(uid_seed ^ UID_TAIL, number) for number in range(4))


def generated_name(prefix: str, uid_seed: int, number: int) -> str:
    """Return `prefix` and a suffix, as the API completes `metadata.generateName`."""
    return f"{prefix[:MAX_GENERATED_PREFIX]}{suffix(uid_seed, number)}"


def pod_name(owner_name: str, uid_seed: int, number: int) -> str:
    """Return the name of pod `number` of the controller `owner_name`."""
    return generated_name(f"{owner_name}-", uid_seed, number)


def template_hash(template: Mapping[str, Any]) -> str:
    """Return ten characters that stand for a pod template, whatever the order of its keys.

    They take the place of `pod-template-hash`, and look like it, but are no such hash: Kubernetes
    takes FNV-1a of a dump of its own Go structures, which nothing else can reproduce.
    """
    text = json.dumps(template, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    digest = hashlib.sha256(text.encode()).digest()
    return _spell(int.from_bytes(digest[:8], "big"), 10)


def _spell(number: int, length: int) -> str:
    characters = []
    for _ in range(length):
        number, index = divmod(number, len(ALPHABET))
        characters.append(ALPHABET[index])
    return "".join(characters)
