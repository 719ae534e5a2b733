"""Texts of CEL, read into trees."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

_MOST_LETTERS: Final = 10_000
_MOST_DEPTH: Final = 60
_TOKEN: Final = re.compile(
    r"\s*(?:(?P<comment>//[^\n]*)"
    r"|(?P<number>(?:0x[0-9a-fA-F]+|\d+\.\d+(?:[eE][+-]?\d+)?|\d+[eE][+-]?\d+|\d+)u?)"
    r"|(?P<text>[rR]?(?:\"(?:\\.|[^\"\\])*\"|'(?:\\.|[^'\\])*'))"
    r"|(?P<name>[A-Za-z_][A-Za-z0-9_]*)"
    r"|(?P<sign>&&|\|\||==|!=|<=|>=|[-+*/%!<>?:.,()\[\]{}]))"
)
_LEVELS: Final = (
    ("||",),
    ("&&",),
    ("==", "!=", "<=", ">=", "<", ">", "in"),
    ("+", "-"),
    ("*", "/", "%"),
)
"""Operators of two sides, those that bind least first."""
_WORDS: Final = {"true": True, "false": False, "null": None}
_ESCAPED: Final = {
    "__underscores__": "__",
    "__dot__": ".",
    "__dash__": "-",
    "__slash__": "/",
}
_RESERVED: Final = re.compile(r"__([a-z]+)__")


class CelSyntaxError(Exception):
    """A text that is no expression; it says where."""

    def __init__(self, at: int, what: str) -> None:
        super().__init__(what)
        self.at = at


@dataclass(frozen=True, slots=True)
class Node:
    """A part of an expression."""

    kind: str
    """value, name, select, index, call, list, map or choice."""
    value: Any = None
    """The value, name, field, function or operator."""
    parts: tuple[Node, ...] = ()
    at: int = 0
    """Where it begins, counted in letters; of a selection, where its dot is."""
    is_method: bool = False
    """Of a call: whether the first part is what it is called on."""


@lru_cache(maxsize=512)
def parsed(text: str) -> Node:
    """Return the tree of an expression. Raises CelSyntaxError where it is none."""
    if len(text) > _MOST_LETTERS:
        raise CelSyntaxError(0, "too long")
    return _Parser(text).whole()


def unescaped(name: str) -> str:
    """Return the name of a field of which CEL can only name an escaped form."""
    if "__" not in name:
        return name
    for escaped, plain in _ESCAPED.items():
        name = name.replace(escaped, plain)
    found = _RESERVED.fullmatch(name)
    return found[1] if found else name


class _Parser:
    """Reads from left to right."""

    def __init__(self, text: str) -> None:
        self._tokens: list[tuple[str, str, int]] = []
        at = 0
        while text[at:].strip():
            found = _TOKEN.match(text, at)
            if found is None:
                begin = at + len(text[at:]) - len(text[at:].lstrip())
                raise CelSyntaxError(begin, f"token recognition error at: '{text[begin]}'")
            kind = found.lastgroup or ""
            if kind != "comment":
                self._tokens.append((kind, found[kind], found.start(kind)))
            at = found.end()
        self._tokens.append(("end", "<EOF>", len(text)))
        self._next = 0
        self._depth = 0

    def whole(self) -> Node:
        """Return the tree of the whole text."""
        node = self._expression()
        self._expect("<EOF>")
        return node

    def _peek(self) -> tuple[str, str, int]:
        return self._tokens[self._next]

    def _take(self) -> tuple[str, str, int]:
        token = self._tokens[self._next]
        self._next = min(self._next + 1, len(self._tokens) - 1)
        return token

    def _is(self, sign: str) -> bool:
        kind, text, _ = self._peek()
        return text == sign and kind != "text"

    def _accept(self, sign: str) -> bool:
        if self._is(sign):
            self._take()
            return True
        return False

    def _expect(self, sign: str) -> None:
        _, text, at = self._peek()
        if not self._accept(sign):
            raise CelSyntaxError(at, f"mismatched input '{text}' expecting '{sign}'")

    def _expression(self) -> Node:
        self._depth += 1
        if self._depth > _MOST_DEPTH:
            raise CelSyntaxError(self._peek()[2], "expression recursion limit exceeded")
        node = self._binary(0)
        if self._is("?"):
            at = self._take()[2]
            first = self._expression()
            self._expect(":")
            node = Node("choice", None, (node, first, self._expression()), at)
        self._depth -= 1
        return node

    def _binary(self, level: int) -> Node:
        if level == len(_LEVELS):
            return self._unary()
        node = self._binary(level + 1)
        while any(self._is(each) for each in _LEVELS[level]):
            _, operator, at = self._take()
            node = Node("call", operator, (node, self._binary(level + 1)), at)
        return node

    def _unary(self) -> Node:
        signs = []
        while self._is("!") or self._is("-"):
            signs.append(self._take())
        if len(signs) > _MOST_DEPTH:
            raise CelSyntaxError(signs[0][2], "expression recursion limit exceeded")
        node = self._member()
        for _, sign, at in reversed(signs):
            node = Node("call", "not" if sign == "!" else "negative", (node,), at)
        return node

    def _member(self) -> Node:
        node = self._primary()
        while True:
            if self._is("."):
                at = self._take()[2]
                kind, name, where = self._take()
                if kind != "name":
                    raise CelSyntaxError(where, f"no viable alternative at input '.{name}'")
                if self._accept("("):
                    parts = (node, *self._arguments(")"))
                    node = Node("call", name, parts, at, is_method=True)
                else:
                    node = Node("select", unescaped(name), (node,), at)
            elif self._is("["):
                at = self._take()[2]
                node = Node("index", None, (node, self._expression()), at)
                self._expect("]")
            else:
                return node

    def _primary(self) -> Node:
        kind, text, at = self._take()
        if kind in {"number", "text"}:
            read = _number if kind == "number" else _text
            return Node("value", read(text, at), at=at)
        if kind == "name":
            return self._named(text, at)
        if text == "(":
            node = self._expression()
            self._expect(")")
            return node
        if text == "[":
            return Node("list", None, self._arguments("]"), at)
        if text == "{":
            return self._map(at)
        raise CelSyntaxError(at, f"mismatched input '{text}'")

    def _named(self, text: str, at: int) -> Node:
        if text in _WORDS:
            return Node("value", _WORDS[text], at=at)
        if self._accept("("):
            return Node("call", text, self._arguments(")"), at)
        return Node("name", text, at=at)

    def _map(self, at: int) -> Node:
        parts: list[Node] = []
        while not self._accept("}"):
            parts.append(self._expression())
            self._expect(":")
            parts.append(self._expression())
            if not self._is("}"):
                self._expect(",")
        return Node("map", None, tuple(parts), at)

    def _arguments(self, end: str) -> tuple[Node, ...]:
        found: list[Node] = []
        while not self._accept(end):
            found.append(self._expression())
            if not self._is(end):
                self._expect(",")
        return tuple(found)


def _number(text: str, at: int) -> int | float:
    plain = text.rstrip("u")
    try:
        return float(plain) if re.search(r"[.eE]", plain) and "x" not in plain else int(plain, 0)
    except ValueError:
        raise CelSyntaxError(at, f"invalid number '{text}'") from None


def _text(text: str, at: int) -> str:
    try:
        return str(ast.literal_eval(text))
    except (ValueError, SyntaxError):
        raise CelSyntaxError(at, f"invalid text {text}") from None
