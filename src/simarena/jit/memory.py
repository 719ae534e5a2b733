"""Memory that is copied as a whole, or known by its address.

A thread that stays in a kernel from call to call has the tables it began with; where results of
this call go, it is told by numbers. Who gives an address holds on to its array until the call ends.
"""

from __future__ import annotations

import ctypes
from typing import TYPE_CHECKING, Any, TypeAlias

from llvmlite import ir
from numba.core import cgutils, types
from numba.core.imputils import lower_builtin
from numba.core.typing.templates import AbstractTemplate, infer_global, signature
from numba.np.arrayobj import make_array

from simarena.jit.intrinsics import declare
from simarena.jit.references import IN_TABLES, tag

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Rows: TypeAlias = NDArray[np.void]

_CHUNK_BYTES = 128
"""So much LLVM copies with a few instructions; for more it would call a function."""


def copy_record(source: np.void, target: np.void) -> None:
    """Write all that a record holds into another one of the same dtype.

    Numba's own `rows[row] = record` becomes a copy byte by byte.
    """
    for name in target.dtype.names or ():
        target[name] = source[name]


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


@infer_global(copy_record)
class _CopyRecord(AbstractTemplate):  # type: ignore[misc]
    key = copy_record

    def generic(self, arguments: Any, _keywords: Any) -> Any:
        """Return the signature for two records of one type."""
        source, target = arguments
        if isinstance(source, types.Record) and source.size == target.size:
            return signature(types.none, source, target)
        return None


@lower_builtin(copy_record, types.Record, types.Record)
def _copy_record(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
    num_bytes = signature.args[1].size
    source, target = (builder.bitcast(each, cgutils.voidptr_t) for each in arguments)
    length = ir.IntType(64)
    copy = builder.module.declare_intrinsic(
        "llvm.memcpy", [cgutils.voidptr_t, cgutils.voidptr_t, length]
    )
    for begin in range(0, num_bytes, _CHUNK_BYTES):
        places = [builder.gep(each, [ir.Constant(length, begin)]) for each in (target, source)]
        number = ir.Constant(length, min(_CHUNK_BYTES, num_bytes - begin))
        tag(builder.call(copy, [*places, number, cgutils.false_bit]), IN_TABLES)
    return context.get_dummy_value()


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
