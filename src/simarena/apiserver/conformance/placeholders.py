"""Values that differ from play to play: bound where a record first shows them, then held to."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

_PLACEHOLDER: Final = re.compile(
    r"<(uid|rv|time|rand|continue|ip|nodePort|age|server|hash|hex|scheme|diff)(?::(k?\d+))?>"
)
_FORMS: Final = {
    "uid": r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}",
    "rv": r"\d+",
    "time": r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z",
    "rand": r"[a-z0-9]+",
    "continue": r"[A-Za-z0-9_=-]+",
    "ip": r"\d+\.\d+\.\d+\.\d+",
    "nodePort": r"\d+",
    "age": r"[0-9a-z]+|<unknown>",
    "server": r".+?",
    "hash": r"[a-z0-9]+",
    "hex": r"[0-9a-f]{16}",
    "scheme": r"[^\"]+",
    "diff": r".*",
}
_FREE: Final = frozenset({"time", "age", "server", "hash", "hex", "scheme", "diff"})
"""Of these only the form is judged: chance, the clock or a build decides what they are."""

_GO_TEXTS: Final = re.compile(
    r"json: |json parse error|yaml: |error converting YAML|strconv\.|invalid character"
    r"|unexpected end of JSON|illegal base64|error unmarshaling|parsing time"
)
"""Where texts of Go's own packages begin: what follows is not judged."""


@dataclass(slots=True)
class Bindings:
    """What the placeholders of one case stand for."""

    values: dict[str, str] = field(default_factory=dict)
    loose: dict[str, str] = field(default_factory=dict)
    """What is not judged, and later requests need: versions of lists and bookmarks, times."""
    chance: dict[str, Any] = field(default_factory=dict)
    """What was recorded by chance, as the real server drew it, and what it is here."""

    def differences(self, expected: Any, actual: Any, at: str = "") -> Iterator[str]:  # noqa: ANN401
        """Yield where an answer is not what was recorded; placeholders are bound on the way."""
        if isinstance(expected, dict) and isinstance(actual, dict):
            yield from self._of_maps(expected, actual, at)
        elif isinstance(expected, list) and isinstance(actual, list):
            if len(expected) != len(actual):
                yield f"{at}: {len(actual)} items, recorded {len(expected)}"
            for index, (one, other) in enumerate(zip(expected, actual, strict=False)):
                yield from self.differences(one, other, f"{at}/{index}")
        elif not self._is_same(expected, actual):
            yield f"{at}: recorded {expected!r}, is {actual!r}"

    def _of_maps(self, expected: dict[str, Any], actual: dict[str, Any], at: str) -> Iterator[str]:
        for key, value in expected.items():
            if key not in actual:
                yield f"{at}/{key}: missing, recorded {value!r}"
        for key, value in actual.items():
            if key not in expected:
                yield f"{at}/{key}: not recorded, is {value!r}"
        for key, value in expected.items():
            if key in actual:
                yield from self.differences(value, actual[key], f"{at}/{key}")

    def _is_same(self, expected: Any, actual: Any) -> bool:  # noqa: ANN401 - JSON
        if isinstance(expected, str) and _PLACEHOLDER.search(expected):
            return isinstance(actual, str | int) and self._matches(expected, str(actual))
        if isinstance(expected, str) and isinstance(actual, str):
            return _same_text(expected, actual)
        return type(expected) is type(actual) and bool(expected == actual)

    def substituted(self, value: Any) -> Any:  # noqa: ANN401 - JSON
        """Return a request with what its placeholders stand for."""
        if isinstance(value, dict):
            return {self.substituted(key): self.substituted(each) for key, each in value.items()}
        if isinstance(value, list):
            return [self.substituted(each) for each in value]
        if not isinstance(value, str):
            return value
        if value in self.chance:
            return self.chance[value]
        whole = _PLACEHOLDER.fullmatch(value)
        if whole is not None and whole[1] == "nodePort" and value in self.values:
            return int(self.values[value])
        return _PLACEHOLDER.sub(
            lambda found: self.values.get(found[0]) or self.loose.get(found[0]) or found[0], value
        )

    def _matches(self, expected: str, actual: str) -> bool:
        go_text = _GO_TEXTS.search(expected)
        if go_text is not None:
            expected = expected[: go_text.start()]
        pattern, names, last = "", [], 0
        for found in _PLACEHOLDER.finditer(expected):
            pattern += re.escape(expected[last : found.start()]) + f"({_FORMS[found[1]]})"
            names.append(found)
            last = found.end()
        pattern += re.escape(expected[last:]) + (".*" if go_text is not None else "")
        match = re.fullmatch(pattern, actual, re.DOTALL)
        return match is not None and all(
            self._bind(found[1], found[0], value)
            for found, value in zip(names, match.groups(), strict=True)
        )

    def _bind(self, kind: str, name: str, value: str) -> bool:
        if kind in _FREE:
            self.loose.setdefault(name, value)
            return True
        if name in self.values:
            return self.values[name] == value
        for other, bound in self.values.items():
            if not other.startswith(f"<{kind}:"):
                continue
            if bound == value:
                return False
            if kind == "rv" and (int(bound) < int(value)) != (_rank(other) < _rank(name)):
                return False
        self.values[name] = value
        return True


def _rank(name: str) -> int:
    return int(name.strip("<>").partition(":")[2])


def _same_text(expected: str, actual: str) -> bool:
    go_text = _GO_TEXTS.search(expected)
    if go_text is None or expected == actual:
        return expected == actual
    return actual.startswith(expected[: go_text.start()])
