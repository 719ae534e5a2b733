"""Functions of our own that Numba is to call by instructions of the processor."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from numba.core import types
from numba.core.typing.templates import AbstractTemplate, infer_global, signature

if TYPE_CHECKING:
    from collections.abc import Callable


def declare(function: Callable[..., Any], result: Any) -> None:
    """Let kernels call `function`, which gives a Numba type back.

    Its first argument may be anything for which it is lowered; those that follow are whole numbers.
    """

    class Declared(AbstractTemplate):  # type: ignore[misc]
        key = function

        def generic(self, arguments: Any, _keywords: Any) -> Any:
            """Return the signature of a call."""
            return signature(result, arguments[0], *[types.int64] * (len(arguments) - 1))

    infer_global(function)(Declared)
