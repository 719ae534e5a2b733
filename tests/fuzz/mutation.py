"""Plain values changed at random, into what nobody would write and some would send."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import random
    from collections.abc import Callable, Iterator


def nested(depth: int, *, in_lists: bool = True) -> Any:
    """Return a value with so many containers around nothing."""
    value: Any = None
    for _ in range(depth):
        value = [value] if in_lists else {"a": value}
    return value


def _own_parent() -> Any:
    value: list[Any] = []
    value.append(value)
    return value


def bomb() -> Any:
    """Return a small value that is very large when it is written out."""
    value: list[Any] = ["ha"] * 10
    for _ in range(12):
        value = [value] * 10
    return value


STRANGE: tuple[Callable[[], Any], ...] = (
    *(
        lambda each=each: each
        for each in (
            *(None, True, False, 0, 1, -1, 2, 5, 100, 255, 256, 65_535, 65_536, 3_000_000),
            *(2**31 - 1, 2**31, -(2**31), -(2**31) - 1, 2**53, 2**62, 2**63 - 1, 2**63, 2**64),
            *(-(2**63), -(2**63) - 1, 10**30, 10**400, 0.5, -0.0, 1e18, 1e308),
            *(float("nan"), float("inf"), -float("inf")),
            *("", " ", "x", "5", "8080", "-1", "25%", "101%", "99999999999%", "1e999", "9" * 30),
            *("9" * 5_000, "true", "null", "1Gi", "9E", "-5Mi", "100m", "8Ei", "30s", "1s=2", "٣"),
            *("\ud800", "a\ud800b", "a\nb", "\x00", "\x1b[31m", "é", "x" * 300, "x" * 100_000),
            *("Exists", "In", "Always", "Never", "NoExecute", "* * * * *", "0 0 30 2 *", "a/b"),
            *("example.com/gpu", "../..", "web", "default", "node-1", "2026-01-01", "@every 1s"),
            *(b"", b"bytes", dt.date(2026, 1, 1), 1j, (), (1, 2), ("a",), frozenset({1})),
            dt.datetime(2026, 1, 1, tzinfo=dt.UTC),
            object(),
        )
    ),
    *(list, dict, lambda: [[]], lambda: [None], lambda: [5], lambda: ["x"], lambda: [{}]),
    *(lambda: {"a": 1}, lambda: {"a": None}, lambda: {"": ""}, lambda: {1: 2}, lambda: {None: 1}),
    *(lambda: {"\ud800": "x"}, lambda: {"a": "\ud800"}, lambda: {"a": "b"}, lambda: {"a\nb": "c"}),
    *(lambda: nested(50), lambda: nested(200), lambda: nested(3_000)),
    *(lambda: nested(3_000, in_lists=False), _own_parent, lambda: [{}] * 500),
)
"""Makers of values that belong nowhere, or only there and not here."""


def mutated(rng: random.Random, value: Any) -> Any:
    """Return a copy of a plain value with one change or a few."""
    root = [_copied(value)]
    for _ in range(rng.choice((1, 1, 1, 2, 3, 5))):
        _change(rng, root)
    return root[0]


def strange(rng: random.Random) -> Any:
    """Return a value that belongs nowhere."""
    return rng.choice(STRANGE)()


def strange_text(rng: random.Random) -> str:
    """Return text that is no name."""
    while True:
        value = rng.choice(STRANGE)()
        if isinstance(value, str):
            return value


def mutated_bytes(rng: random.Random, data: bytes) -> bytes:
    """Return bytes of which some are others, missing, new or in another place."""
    changed = bytearray(data)
    for _ in range(rng.choice((1, 1, 2, 4, 16))):
        at = rng.randrange(len(changed) + 1)
        length = rng.choice((1, 1, 2, 8, 64))
        match rng.randrange(5):
            case 0:
                changed[at : at + 1] = bytes([rng.randrange(256)])
            case 1:
                del changed[at : at + length]
            case 2:
                changed[at:at] = rng.randbytes(length)
            case 3:
                changed[at:at] = changed[at : at + length]
            case _:
                start = rng.randrange(len(changed) + 1)
                changed[at : at + length] = changed[start : start + length]
    if rng.random() < 0.02:
        del changed[rng.randrange(len(changed) + 1) :]
    return bytes(changed)


def _change(rng: random.Random, root: list[Any]) -> None:
    """Change one place of what `root` holds, in place."""
    parent, key = rng.choice([(root, 0), *_places(root[0])])
    match rng.randrange(8):
        case 0 if parent is not root:
            del parent[key]
        case 1 if isinstance(parent, dict):
            parent[rng.choice(("", "x", "a\nb", "\ud800", 5, key * 2 if key else "y"))] = parent[
                key
            ]
        case 2 if isinstance(parent, list):
            parent.insert(key, _copied(parent[key]))
        case 3:
            other, other_key = rng.choice([(root, 0), *_places(root[0])])
            parent[key] = _copied(other[other_key])
        case 4:
            parent[key] = rng.choice(([parent[key]], {"x": parent[key]}, [parent[key]] * 2))
        case 5 if type(parent[key]) is int:
            parent[key] = rng.choice((-parent[key], parent[key] * 2**31, parent[key] * 2**62, 0))
        case 5 if type(parent[key]) is str:
            text = parent[key]
            at = rng.randrange(len(text) + 1)
            parent[key] = (
                text[:at]
                + rng.choice(("", "x", "-", "9", "é", "\n", "%", ":"))
                + text[at + rng.randrange(2) :]
            )
        case _:
            parent[key] = strange(rng)


def _places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Yield container and key of all that is inside a value, what holds itself left out."""
    stack, seen = [value], 0
    while stack and seen < 2_000:
        found = stack.pop()
        keys = (
            list(found) if type(found) is dict else range(len(found) if type(found) is list else 0)
        )
        for key in keys:
            seen += 1
            yield found, key
            stack.append(found[key])


def _copied(value: Any, depth: int = 100, known: dict[int, Any] | None = None) -> Any:
    """Return a copy; what is in a value several times, or holds it, is so in the copy."""
    known = {} if known is None else known
    if not depth or (type(value) is not dict and type(value) is not list):
        return value
    if id(value) not in known:
        copy: Any = type(value)()
        known[id(value)] = copy
        if type(value) is dict:
            copy.update((key, _copied(each, depth - 1, known)) for key, each in value.items())
        else:
            copy.extend(_copied(each, depth - 1, known) for each in value)
    return known[id(value)]
