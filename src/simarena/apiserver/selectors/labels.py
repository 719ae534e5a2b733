"""Label selectors, read as the API reads them and refused in its words."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from simarena.apiserver.status import bad_request
from simarena.cluster.manifests.validation.names import label_key, label_value

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_WORD: Final = re.compile(r"[ \t\r\n]*(==|!=|[=!<>(),]|[^=!<>(), \t\r\n]+|$)")
_SYMBOLS: Final = frozenset({"==", "!=", "=", "!", "<", ">", "(", ")", ",", ""})
_OPERATORS: Final = ("in", "notin", "=", "==", "!=", "gt", "lt")
_INTEGER: Final = re.compile(r"[+-]?[0-9]+")
_MOST_LETTERS: Final = 65_536


class _Unreadable(Exception):  # noqa: N818 - what it says is the message
    """A selector that cannot be read."""


@dataclass(frozen=True, slots=True)
class Requirement:
    """One condition on a label."""

    key: str
    operator: str
    """"exists", "!", "in", "notin", ">" or "<"."""
    values: frozenset[str] = frozenset()

    def matches(self, labels: Mapping[str, str]) -> bool:
        """Return whether an object with such labels is wanted."""
        value = labels.get(self.key)
        match self.operator:
            case "exists":
                return value is not None
            case "!":
                return value is None
            case "in":
                return value is not None and value in self.values
            case "notin":
                return value is None or value not in self.values
        if value is None or not _INTEGER.fullmatch(value):
            return False
        limit = int(next(iter(self.values)))
        return int(value) > limit if self.operator == ">" else int(value) < limit


@dataclass(frozen=True, slots=True)
class LabelTerms:
    """A label selector of a request: what all has to hold."""

    terms: tuple[Requirement, ...] = ()

    def matches(self, labels: Mapping[str, str]) -> bool:
        """Return whether an object with such labels is wanted."""
        return all(term.matches(labels) for term in self.terms)


def read_labels(text: str) -> LabelTerms:
    """Return what a label selector wants. Raises ApiError where it cannot be read."""
    if not text.strip():
        return LabelTerms()
    if len(text) > _MOST_LETTERS:
        message = f"unable to parse requirement: the selector is longer than {_MOST_LETTERS}"
        raise bad_request(message)
    try:
        return LabelTerms(tuple(_Reader(text).requirements()))
    except _Unreadable as error:
        raise bad_request(str(error)) from None


class _Reader:
    """Reads the terms of a selector from left to right."""

    def __init__(self, text: str) -> None:
        self._words = _WORD.findall(text)
        self._at = 0

    def requirements(self) -> Iterator[Requirement]:
        """Yield the terms."""
        while self._next() != "":
            if self._next() in _SYMBOLS - {"!"}:
                message = f"found '{self._next()}', expected: !, identifier, or 'end of string'"
                raise _Unreadable(message)
            try:
                yield self._requirement()
            except _Unreadable as error:
                message = f"unable to parse requirement: {error}"
                raise _Unreadable(message) from None
            word = self._take()
            if word == "":
                return
            if word != ",":
                message = f"found '{word}', expected: ',' or 'end of string'"
                raise _Unreadable(message)
            if self._next() in _SYMBOLS - {"!"}:
                message = f"found '{self._next()}', expected: identifier after ','"
                raise _Unreadable(message)

    def _requirement(self) -> Requirement:
        word = self._take()
        absent = word == "!"
        if absent:
            word = self._take()
        if word in _SYMBOLS:
            message = f"found '{word}', expected: identifier"
            raise _Unreadable(message)
        if faults := label_key(word):
            message = f"<nil>: Invalid value: {_quoted(word)}: {'; '.join(faults)}"
            raise _Unreadable(message)
        if absent:
            return Requirement(word, "!")
        if self._next() in {"", ","}:
            return Requirement(word, "exists")
        operator = self._take()
        if operator in {"in", "notin"}:
            values = self._values()
        elif operator in {"=", "==", "!=", ">", "<"}:
            values = [self._value()]
        else:
            message = f"found '{operator}', expected: {', '.join(_OPERATORS)}"
            raise _Unreadable(message)
        return _checked(word, operator, sorted(set(values)))

    def _value(self) -> str:
        if self._next() in {"", ","}:
            return ""
        word = self._take()
        if word in _SYMBOLS:
            message = f"found '{word}', expected: identifier"
            raise _Unreadable(message)
        return word

    def _values(self) -> list[str]:
        word = self._take()
        if word != "(":
            message = f"found '{word}' expected: '('"
            raise _Unreadable(message)
        if self._next() == ")":
            self._take()
            return [""]
        if self._next() in _SYMBOLS - {","}:
            message = f"found '{self._next()}', expected: ',', ')' or identifier"
            raise _Unreadable(message)
        values = self._identifiers()
        self._take()
        return values

    def _identifiers(self) -> list[str]:
        values: list[str] = []
        while True:
            word = self._take()
            if word == ",":
                if not values:
                    values.append("")
                if self._next() == ")":
                    return [*values, ""]
                if self._next() == ",":
                    self._take()
                    values.append("")
            elif word in _SYMBOLS:
                message = f"found '{word}', expected: ',', or identifier"
                raise _Unreadable(message)
            else:
                values.append(word)
                if self._next() == ")":
                    return values
                if self._next() != ",":
                    message = f"found '{self._next()}', expected: ',' or ')'"
                    raise _Unreadable(message)

    def _next(self) -> str:
        word: str = self._words[min(self._at, len(self._words) - 1)]
        return word

    def _take(self) -> str:
        word = self._next()
        self._at += 1
        return word


def _checked(key: str, operator: str, values: list[str]) -> Requirement:
    faults = []
    if operator in {">", "<"} and not _INTEGER.fullmatch(values[0]):
        why = "for 'Gt', 'Lt' operators, the value must be an integer"
        faults.append(f"values[0]: Invalid value: {_quoted(values[0])}: {why}")
    for index, value in enumerate(values):
        if found := label_value(value):
            why = "; ".join(found)
            faults.append(f"values[{index}][{key}]: Invalid value: {_quoted(value)}: {why}")
    if faults:
        raise _Unreadable(faults[0] if len(faults) == 1 else f"[{', '.join(faults)}]")
    plain = {"=": "in", "==": "in", "!=": "notin"}.get(operator, operator)
    return Requirement(key, plain, frozenset(values))


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
