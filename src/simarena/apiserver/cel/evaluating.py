"""What expressions come to for given values."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from simarena.apiserver.cel.parsing import Node

_MOST_STEPS: Final = 500_000
_MOST_LETTERS: Final = 1 << 20
_MOST_BITS: Final = 63
_MACROS: Final = frozenset({"all", "exists", "exists_one", "filter", "map"})
_NO_OVERLOAD: Final = "no such overload"
_TOO_COSTLY: Final = "operation cancelled: actual cost limit exceeded"


class CelError(Exception):
    """An expression that comes to nothing; the message is CEL's."""


def evaluated(node: Node, values: Mapping[str, Any]) -> Any:  # noqa: ANN401 - a value of CEL
    """Return what an expression comes to. Raises CelError."""
    return _Evaluation().of(node, values)


def names_in(node: Node) -> Iterator[str]:
    """Yield the names that an expression uses."""
    if node.kind == "name":
        yield node.value
    for each in node.parts:
        yield from names_in(each)


class _Evaluation:
    """One evaluation, which may take only so many steps."""

    def __init__(self) -> None:
        self._steps = 0

    def of(self, node: Node, values: Mapping[str, Any]) -> Any:  # noqa: ANN401, PLR0911
        """Return what a part of the expression comes to. Raises CelError."""
        self._count(1)
        match node.kind:
            case "value":
                return node.value
            case "name":
                if node.value not in values:
                    message = f"no such attribute(s): {node.value}"
                    raise CelError(message)
                return values[node.value]
            case "select":
                return _selected(self.of(node.parts[0], values), node.value)
            case "index":
                return _item(self.of(node.parts[0], values), self.of(node.parts[1], values))
            case "list":
                return [self.of(each, values) for each in node.parts]
            case "map":
                keys = [self.of(each, values) for each in node.parts[::2]]
                return dict(zip(keys, (self.of(e, values) for e in node.parts[1::2]), strict=True))
            case "choice":
                is_so = self.of(node.parts[0], values)
                return self.of(node.parts[1 if _truth(is_so) else 2], values)
        return self._call(node, values)

    def _call(self, node: Node, values: Mapping[str, Any]) -> Any:  # noqa: ANN401
        name = node.value
        if name in {"&&", "||"}:
            return self._either(node, values, decisive=name == "||")
        if name == "has" and not node.is_method:
            return self._has(node, values)
        if node.is_method and name in _MACROS:
            return self._macro(node, values)
        function = _FUNCTIONS.get(name)
        arguments = [self.of(each, values) for each in node.parts]
        if function is None:
            raise CelError(_NO_OVERLOAD)
        self._weigh(arguments)
        try:
            found = function(*arguments)
        except (TypeError, ValueError, AttributeError, OverflowError):
            raise CelError(_NO_OVERLOAD) from None
        if isinstance(found, int) and found.bit_length() > _MOST_BITS:
            message = "integer overflow"
            raise CelError(message)
        return found

    def _count(self, steps: int) -> None:
        self._steps += steps
        if self._steps > _MOST_STEPS:
            raise CelError(_TOO_COSTLY)

    def _weigh(self, arguments: list[Any]) -> None:
        """Count what lists and maps hold, which functions go through, however deep it is."""
        left = [each for each in arguments if isinstance(each, list | dict)]
        while left:
            value = left.pop()
            self._count(len(value))
            inner = value.values() if isinstance(value, dict) else value
            left += [each for each in inner if isinstance(each, list | dict)]

    def _either(self, node: Node, values: Mapping[str, Any], *, decisive: bool) -> bool:
        """Return a conjunction or disjunction; a fault on one side is none if the other decides."""
        fault: CelError | None = None
        for each in node.parts:
            try:
                if _truth(self.of(each, values)) is decisive:
                    return decisive
            except CelError as error:
                fault = error
        if fault is not None:
            raise fault
        return not decisive

    def _has(self, node: Node, values: Mapping[str, Any]) -> bool:
        (part,) = node.parts
        if part.kind != "select":
            raise CelError(_NO_OVERLOAD)
        return part.value in self.of(part.parts[0], values)

    def _macro(self, node: Node, values: Mapping[str, Any]) -> Any:  # noqa: ANN401
        over = self.of(node.parts[0], values)
        variable, *bodies = node.parts[1:]
        if not isinstance(over, list | dict) or variable.kind != "name" or not bodies:
            raise CelError(_NO_OVERLOAD)
        found = []
        for item in over:
            inner = {**values, variable.value: item}
            found.append((item, [self.of(each, inner) for each in bodies]))
        match node.value:
            case "all":
                return all(_truth(told[-1]) for _, told in found)
            case "exists":
                return any(_truth(told[-1]) for _, told in found)
            case "exists_one":
                return sum(_truth(told[-1]) for _, told in found) == 1
            case "filter":
                return [item for item, told in found if _truth(told[-1])]
        return [told[-1] for _, told in found if len(told) == 1 or _truth(told[0])]


def _truth(value: object) -> bool:
    if not isinstance(value, bool):
        raise CelError(_NO_OVERLOAD)
    return value


def _selected(value: Any, field: str) -> Any:  # noqa: ANN401
    if not isinstance(value, dict):
        raise CelError(_NO_OVERLOAD)
    if field not in value:
        message = f"no such key: {field}"
        raise CelError(message)
    return value[field]


def _item(value: Any, key: Any) -> Any:  # noqa: ANN401
    if isinstance(value, list) and isinstance(key, int):
        if not 0 <= key < len(value):
            message = f"index out of bounds: {key}"
            raise CelError(message)
        return value[key]
    if isinstance(value, dict):
        return _selected(value, key)
    raise CelError(_NO_OVERLOAD)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_same(one: Any, other: Any) -> bool:  # noqa: ANN401
    if _is_number(one) and _is_number(other):
        return bool(one == other)
    return type(one) is type(other) and bool(one == other)


def _ordered(compare: Callable[[Any, Any], bool]) -> Callable[[Any, Any], bool]:
    def function(one: Any, other: Any) -> bool:  # noqa: ANN401
        both = _is_number(one) and _is_number(other)
        if not both and type(one) is not type(other):
            raise TypeError
        return compare(one, other)

    return function


def _arithmetic(compute: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    def function(one: Any, other: Any) -> Any:  # noqa: ANN401
        if type(one) is not type(other) or not _is_number(one):
            raise TypeError
        return compute(one, other)

    return function


def _added(one: Any, other: Any) -> Any:  # noqa: ANN401
    if type(one) is not type(other) or isinstance(one, bool | dict):
        raise TypeError
    if isinstance(one, str | list) and len(one) + len(other) > _MOST_LETTERS:
        raise CelError(_TOO_COSTLY)
    return one + other


def _divided(one: Any, other: Any) -> Any:  # noqa: ANN401
    if isinstance(one, float):
        return one / other if other else math.copysign(math.inf, one)
    if not other:
        message = "division by zero"
        raise CelError(message)
    return math.trunc(one / other) if abs(one) < 1 << 50 else _whole(one, other)


def _whole(one: int, other: int) -> int:
    found = abs(one) // abs(other)
    return found if (one < 0) is (other < 0) else -found


def _rest(one: int, other: int) -> int:
    if not other:
        message = "modulus by zero"
        raise CelError(message)
    return int(math.fmod(one, other))


def _contained(item: Any, within: Any) -> bool:  # noqa: ANN401
    if not isinstance(within, list | dict):
        raise TypeError
    return any(_is_same(item, each) for each in within)


def _text_of(value: Any) -> str:  # noqa: ANN401
    if isinstance(value, bool):
        return "true" if value else "false"
    if not isinstance(value, str | int | float):
        raise TypeError
    return str(value)


def _is_matched(text: str, pattern: str) -> bool:
    try:
        return re.search(pattern, text) is not None
    except re.error:
        raise TypeError from None


def _text_method(name: str) -> Callable[..., Any]:
    def function(text: Any, *arguments: Any) -> Any:  # noqa: ANN401
        if not isinstance(text, str):
            raise TypeError
        return getattr(text, name)(*arguments)

    return function


_FUNCTIONS: Final[Mapping[str, Callable[..., Any]]] = {
    "==": _is_same,
    "!=": lambda one, other: not _is_same(one, other),
    "<": _ordered(lambda one, other: one < other),
    "<=": _ordered(lambda one, other: one <= other),
    ">": _ordered(lambda one, other: one > other),
    ">=": _ordered(lambda one, other: one >= other),
    "+": _added,
    "-": _arithmetic(lambda one, other: one - other),
    "*": _arithmetic(lambda one, other: one * other),
    "/": _arithmetic(_divided),
    "%": _arithmetic(_rest),
    "in": _contained,
    "not": lambda value: not _truth(value),
    "negative": lambda value: -value,
    "size": len,
    "int": int,
    "double": float,
    "string": _text_of,
    "matches": _is_matched,
    "contains": _text_method("__contains__"),
    "startsWith": _text_method("startswith"),
    "endsWith": _text_method("endswith"),
    "lowerAscii": _text_method("lower"),
    "upperAscii": _text_method("upper"),
    "trim": _text_method("strip"),
    "indexOf": _text_method("find"),
    "sum": sum,
    "min": min,
    "max": max,
    "isSorted": lambda parts: parts == sorted(parts),
}
