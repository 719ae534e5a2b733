"""Seeded randomness inside the World, so that a copy of it continues alike."""

from __future__ import annotations

import numpy as np

from simarena.cluster.records import World
from simarena.jit.decorators import inner

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_MIX_A = np.uint64(0xBF58476D1CE4E5B9)
_MIX_B = np.uint64(0x94D049BB133111EB)
_LOW = np.uint64(0xFFFFFFFF)
_1 = np.uint64(1)
_7 = np.uint64(7)
_9 = np.uint64(9)
_27 = np.uint64(27)
_30 = np.uint64(30)
_31 = np.uint64(31)
_32 = np.uint64(32)


@inner
def _add(a: np.uint64, b: np.uint64) -> np.uint64:
    """Return a + b mod 2**64, by halves: interpreted, NumPy warns of overflow."""
    low = (a & _LOW) + (b & _LOW)
    high = ((a >> _32) + (b >> _32) + (low >> _32)) & _LOW
    return (high << _32) | (low & _LOW)


@inner
def _multiply(a: np.uint64, b: np.uint64) -> np.uint64:
    """Return a · b mod 2**64, by halves."""
    cross = ((a & _LOW) * (b >> _32) & _LOW) + ((a >> _32) * (b & _LOW) & _LOW)
    return _add((a & _LOW) * (b & _LOW), (cross & _LOW) << _32)


@inner
def mix(seed: np.uint64, number: int) -> np.uint64:
    """Return 64 well-mixed bits of `seed` and `number` (the splitmix64 finaliser).

    `simarena.cluster.messages.naming.uid_order` is the same in plain Python.
    """
    z = _add(seed, _multiply(np.uint64(number), _GOLDEN))
    z = _multiply(z ^ (z >> _30), _MIX_A)
    z = _multiply(z ^ (z >> _27), _MIX_B)
    return z ^ (z >> _31)


@inner
def draw_below(world: World, bound: int) -> int:
    """Return a random integer in [0, bound) and step the World's generator (xorshift64).

    The bias of the modulo is below bound / 2**31.
    """
    state = world.state[0]
    x = state["random"]
    x = x ^ (x << _7)
    x = x ^ (x >> _9)
    state["random"] = x
    return int(np.int64(x >> _32) % bound)


@inner
def draw_delay_ms(world: World, delay_ms: int, jitter_ms: int) -> int:
    """Return a delay as KWOK draws it: from [delay, jitter), or jitter if not above delay."""
    if jitter_ms == 0:
        return delay_ms
    if jitter_ms <= delay_ms:
        return jitter_ms
    return delay_ms + draw_below(world, jitter_ms - delay_ms)
