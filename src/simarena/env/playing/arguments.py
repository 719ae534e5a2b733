"""Keyword arguments of environments, which pass through several hands."""

from __future__ import annotations

from dataclasses import fields
from inspect import Parameter, signature
from typing import TYPE_CHECKING, Any

from simarena.errors import UnknownArgumentError, nearest_name

if TYPE_CHECKING:
    from collections.abc import Iterable


def check_arguments(made: type, options: type, given: Iterable[str]) -> None:
    """Raise UnknownArgumentError unless `options`, a dataclass, has all fields that are given.

    `made` is what is being made with them; the message also offers its own arguments.
    """
    known = {field.name for field in fields(options)}
    unknown = sorted(set(given) - known)
    if unknown:
        known.update(_own_arguments(made))
        message = (
            f"{made.__name__} got an unexpected keyword argument {unknown[0]!r}; "
            f"{nearest_name(unknown[0], known)}"
        )
        raise UnknownArgumentError(message)


def _own_arguments(made: Any) -> list[str]:  # noqa: ANN401 - a class, called
    parameters = signature(made).parameters.values()
    return [one.name for one in parameters if one.kind is not Parameter.VAR_KEYWORD]
