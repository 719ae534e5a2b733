"""Memory that is known by its address: arrays that are other ones in each call.

A thread that stays in a kernel from call to call has the tables it began with; where results of
this call go, it is told by numbers. Who gives an address holds on to its array until the call ends.
"""

from __future__ import annotations

import ctypes
from typing import TYPE_CHECKING, Any, TypeAlias

from llvmlite import ir
from numba.core import cgutils, types
from numba.core.imputils import lower_builtin
from numba.np.arrayobj import make_array

from simarena.jit.intrinsics import declare

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Rows: TypeAlias = NDArray[np.void]


def address_of(rows: Rows | NDArray[Any]) -> int:
    """Return where an array is, which is good as long as somebody holds on to it."""
    return int(rows.ctypes.data)


def copy_row(rows: Rows | NDArray[np.float32], row: int, address: int) -> None:
    """Copy a row to where it stands in an array of the same type and shape at an address."""
    num_bytes = rows.strides[0]
    offset = int(row) * num_bytes
    ctypes.memmove(int(address) + offset, rows.ctypes.data + offset, num_bytes)


def store_number(number: float, index: int, address: int) -> None:
    """Write a number into an array of float64 at an address."""
    ctypes.c_double.from_address(int(address + 8 * index)).value = number


def store_truth(truth: np.bool_, index: int, address: int) -> None:
    """Write a truth value into an array of bool at an address."""
    ctypes.c_bool.from_address(int(address + index)).value = bool(truth)


declare(address_of, types.int64)
declare(copy_row, types.none)
declare(store_number, types.none)
declare(store_truth, types.none)


@lower_builtin(address_of, types.Array)
def _address_of(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
    rows = make_array(signature.args[0])(context, builder, arguments[0])
    return builder.ptrtoint(rows.data, ir.IntType(64))


@lower_builtin(copy_row, types.Array, types.Integer, types.Integer)
def _copy_row(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
    rows = make_array(signature.args[0])(context, builder, arguments[0])
    num_bytes = builder.extract_value(rows.strides, 0)
    offset = builder.mul(arguments[1], num_bytes)
    source = builder.gep(builder.bitcast(rows.data, cgutils.voidptr_t), [offset])
    target = builder.inttoptr(builder.add(arguments[2], offset), cgutils.voidptr_t)
    cgutils.raw_memcpy(builder, target, source, num_bytes, 1)
    return context.get_dummy_value()


@lower_builtin(store_number, types.Float, types.Integer, types.Integer)
@lower_builtin(store_truth, types.Boolean, types.Integer, types.Integer)
def _store(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
    data = context.data_model_manager[signature.args[0]].as_data(builder, arguments[0])
    first = builder.inttoptr(arguments[2], data.type.as_pointer())
    builder.store(data, builder.gep(first, [arguments[1]]))
    return context.get_dummy_value()
