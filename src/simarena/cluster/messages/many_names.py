"""What `naming` makes of one number, made of many at once, for lists of whole clusters."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from simarena.cluster.messages.naming import (
    ALPHABET,
    FIRST,
    GOLDEN,
    NUM_LEFT,
    NUM_RIGHT,
    NUM_SUFFIXES,
    SECOND,
    SUFFIX_LENGTH,
    UID_TAIL,
    round_keys,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

_LETTERS: Final = np.frombuffer(ALPHABET.encode(), np.uint8)
_HEX_DIGITS: Final = 32
_LOW_62: Final = np.uint64((1 << 62) - 1)
_VARIANT: Final = np.uint64(1 << 63)


def uids(uid_seed: int, numbers: NDArray[np.int64]) -> list[str]:
    """Return the uid of each number, as `naming.uid` does."""
    counts = numbers.astype(np.uint64)
    first = _uid_orders(np.uint64(uid_seed), counts)
    second = _uid_orders(first ^ np.uint64(UID_TAIL), counts)
    halves = np.stack([first, second & _LOW_62 | _VARIANT], axis=1)
    digits = halves.astype(">u8").tobytes().hex()
    texts = (digits[at : at + _HEX_DIGITS] for at in range(0, len(digits), _HEX_DIGITS))
    return [f"{each[:8]}-{each[8:12]}-{each[12:16]}-{each[16:20]}-{each[20:]}" for each in texts]


def suffixes(uid_seed: int, numbers: NDArray[np.int64]) -> list[str]:
    """Return the five characters of each number, as `naming.suffix` does."""
    number = numbers.astype(np.uint64) % np.uint64(NUM_SUFFIXES)
    left, right = np.divmod(number, np.uint64(NUM_RIGHT))
    first, second, third, fourth = (np.uint64(key) for key in round_keys(uid_seed))
    # Orders are reduced before they are added: sums stay below 2**64, as they do in Python.
    right = (right + _reduced(first, left, NUM_RIGHT)) % np.uint64(NUM_RIGHT)
    left = (left + _reduced(second, right, NUM_LEFT)) % np.uint64(NUM_LEFT)
    right = (right + _reduced(third, left, NUM_RIGHT)) % np.uint64(NUM_RIGHT)
    left = (left + _reduced(fourth, right, NUM_LEFT)) % np.uint64(NUM_LEFT)
    rest = left * np.uint64(NUM_RIGHT) + right
    places = np.empty((len(numbers), SUFFIX_LENGTH), np.int64)
    for place in range(SUFFIX_LENGTH):
        rest, places[:, place] = np.divmod(rest, np.uint64(len(ALPHABET)))
    text = _LETTERS[places].tobytes().decode()
    return [text[at : at + SUFFIX_LENGTH] for at in range(0, len(text), SUFFIX_LENGTH)]


def _reduced(key: np.uint64, numbers: NDArray[np.uint64], modulus: int) -> NDArray[np.uint64]:
    return _uid_orders(key, numbers) % np.uint64(modulus)


def _uid_orders(
    seeds: np.uint64 | NDArray[np.uint64], numbers: NDArray[np.uint64]
) -> NDArray[np.uint64]:
    """Return the first 64 bits of each uid: `naming.uid_order`, whose arithmetic wraps alike."""
    z: NDArray[np.uint64] = numbers * np.uint64(GOLDEN) + seeds
    z = (z ^ (z >> np.uint64(30))) * np.uint64(FIRST)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(SECOND)
    return z ^ (z >> np.uint64(31))
