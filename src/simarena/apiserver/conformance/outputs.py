"""What a command printed, against what was recorded of it."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_FORMS: Final = {
    "age": r"\S+",
    "time": r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z",
    "date": r"[A-Z0-9][^|]*?\d\d:\d\d:\d\d(?:\.\d+)? [+-]\d{4}",
    "uid": r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}",
    "rv": r"\d+",
    "rand": r"[a-z0-9]+",
    "ip": r"\d+\.\d+\.\d+\.\d+",
    "server": r"https?://\S+",
    "tmp": r"\S+",
    "hash": r"[a-z0-9]+",
    "hex": r"[0-9a-f]+",
    "nodePort": r"\d+",
}
_MARK: Final = re.compile(
    r"<(?P<form>" + "|".join(_FORMS) + r")>"
    r"|(?P<hash>(?<=-)[bcdf-hj-np-tv-xz24-9]{8,10}(?=[-\"\s]|$)"
    r"|(?<=pod-template-hash=)[bcdf-hj-np-tv-xz24-9]+)"
    r"|(?P<rand>(?<=node-debugger-node-[ab]-)[a-z0-9]{5})"
    r"|(?P<nodePort>(?<=\d:)3[0-2]\d{3}(?=/))"
    r"|(?P<ip>\b10\.\d+\.\d+\.\d+\b)"
    r"|(?P<rv>(?<=, was )\d+)"
    r"|(?P<client>\bkubectl\.1\.\d+)"
    r"|(?P<blank>\s+)"
)
"""Placeholders of records, and what they show of chance and of builds without one."""

_LEFT_OUT: Final = re.compile(
    r"Waiting for deployment |Client Version: |Kustomize Version: |WARNING: version difference "
    r"|Extra: |(?:<age>|\S+)\s+(?:Normal|Warning)\s+\S|evicting pod |error when evicting pods/"
    r"|@@ |\"(?:gitCommit|gitTreeState|goVersion|buildDate)\": "
)
"""Lines that depend on timing or on the build of a client."""

_EVENTS: Final = re.compile(r"^Events:.*(?:\n[ \t].*)*", re.MULTILINE)
_OWN_GROUP: Final = re.compile(r"(?:^|\s)(?:metrics\.k8s\.io|simarena\.dev)/v\d\w*(?:\s|$)")
"""Lines about groups that the recorded server did not have."""

_DIFF: Final = "<diff>"


def output_differences(name: str, expected: str, actual: str, namespace: str) -> Iterator[str]:
    """Yield the lines of an output that differ; events, ages and what is chance are not judged.

    Lines with random names may come in any order, and blanks between columns be of any width.
    """
    wanted = _lines(expected)
    if any(line.strip() == _DIFF for line in wanted):
        wanted = wanted[: [line.strip() for line in wanted].index(_DIFF)]
        found = _lines(actual.replace(namespace, "NS"))[: len(wanted)]
    else:
        found = _lines(actual.replace(namespace, "NS"))
    left = list(found)
    in_order: list[str | None] = []
    for line in wanted:
        pattern = _pattern(line)
        place = next((i for i, each in enumerate(left) if pattern.fullmatch(each.strip())), None)
        if place is None:
            yield f"{name}: missing {line.strip()!r}"
        else:
            in_order.append(left.pop(place))
    for line in left:
        yield f"{name}: not recorded {line.strip()!r}"
    if not left and len(in_order) == len(wanted):
        yield from _misplaced(name, wanted, found)


def _misplaced(name: str, wanted: Sequence[str], found: Sequence[str]) -> Iterator[str]:
    """Yield the first line that stands elsewhere, unless chance has put it there."""
    for line, other in zip(wanted, found, strict=True):
        if "<rand>" not in line and not _pattern(line).fullmatch(other.strip()):
            if Counter(wanted)[line] == 1 and "node-" not in line:
                yield f"{name}: {other.strip()!r}, recorded {line.strip()!r} here"
            return


def _lines(text: str) -> list[str]:
    kept = _EVENTS.sub("", text).splitlines()
    return [
        each.rstrip()
        for each in kept
        if each.strip() and not _LEFT_OUT.match(each.strip()) and not _OWN_GROUP.search(each)
    ]


def _pattern(line: str) -> re.Pattern[str]:
    """Return what a line has to look like."""
    text, pattern, last = line.strip(), "", 0
    for found in _MARK.finditer(text):
        pattern += _plain(text[last : found.start()])
        kind = found.lastgroup or ""
        kind = found[kind] if kind == "form" else kind
        pattern += {"blank": r"\s+", "client": r"kubectl(?:\.1\.\d+)?"}.get(kind) or _FORMS[kind]
        last = found.end()
    return re.compile(pattern + _plain(text[last:]))


def _plain(text: str) -> str:
    """Return a pattern of a text in which either of the two nodes may stand for the other."""
    return re.sub(r"node\\-[ab]\b", "node-[ab]", re.escape(text))
