"""Whole numbers in arrays that several threads change at once."""

from __future__ import annotations

from threading import Lock
from typing import TYPE_CHECKING, Any

from numba.core import config, types
from numba.core.imputils import lower_builtin
from numba.np.arrayobj import make_array

from simarena.jit.intrinsics import declare

if TYPE_CHECKING:
    import numpy as np
    from llvmlite import ir
    from numpy.typing import NDArray

PATIENCE = 1 if config.DISABLE_JIT else 20_000
"""How often a thread looks at a number that another one is about to change, before it sleeps.

Compiled this takes a tenth of a millisecond; interpreted it would keep the other from its work.
"""

_LOCK = Lock()  # interpreted; compiled, an instruction of the processor does the same


def add_atomically(numbers: NDArray[np.int64], index: int, addend: int) -> int:
    """Add to a number; return what it was before."""
    with _LOCK:
        before = int(numbers[index])
        numbers[index] += addend
    return before


def swap_atomically(numbers: NDArray[np.int64], index: int, expected: int, new: int) -> int:
    """Write a number if it is the expected one; return what it was before."""
    with _LOCK:
        before = int(numbers[index])
        if before == expected:
            numbers[index] = new
    return before


declare(add_atomically, types.int64)
declare(swap_atomically, types.int64)


def _place(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
    numbers = make_array(signature.args[0])(context, builder, arguments[0])
    return builder.gep(numbers.data, [arguments[1]])


@lower_builtin(add_atomically, types.Array, types.Integer, types.Integer)
def _add(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
    place = _place(context, builder, signature, arguments)
    return builder.atomic_rmw("add", place, arguments[2], "seq_cst")


@lower_builtin(swap_atomically, types.Array, types.Integer, types.Integer, types.Integer)
def _swap(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
    place = _place(context, builder, signature, arguments)
    swapped: ir.Value = builder.cmpxchg(place, arguments[2], arguments[3], "seq_cst", "seq_cst")
    return builder.extract_value(swapped, 0)
