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
from numba.np.numpy_support import as_dtype

from simarena.jit.intrinsics import declare
from simarena.jit.references import IN_TABLES, tag

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Rows: TypeAlias = NDArray[np.void]

_LENGTH = ir.IntType(64)
_CHUNK_BYTES = 128
"""So much LLVM copies with a few instructions; for more it would call a function."""


def copy_record(source: np.void, target: np.void) -> None:
    """Write all that a record holds into another one of the same dtype.

    Numba's own `rows[row] = record` becomes a copy byte by byte.
    """
    for name in target.dtype.names or ():
        target[name] = source[name]


def copy_shared(source: np.void, target: np.void) -> None:
    """Write into a record those fields of another that it has, too; they are of the same types."""
    for name in source.dtype.names or ():
        if name in (target.dtype.names or ()):
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
    source, target = (_offset(builder, each, 0) for each in arguments)
    _copy_bytes(builder, source, target, signature.args[1].size)
    return context.get_dummy_value()


@infer_global(copy_shared)
class _CopyShared(AbstractTemplate):  # type: ignore[misc]
    key = copy_shared

    def generic(self, arguments: Any, _keywords: Any) -> Any:
        """Return the signature for two records; None where a field is of different types."""
        source, target = arguments
        if all(source.typeof(name) == target.typeof(name) for name in _shared(source, target)):
            return signature(types.none, source, target)
        return None


@lower_builtin(copy_shared, types.Record, types.Record)
def _copy_shared(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
    for name in _shared(*signature.args):
        source, target = (
            _offset(builder, value, record.offset(name))
            for record, value in zip(signature.args, arguments, strict=True)
        )
        field = as_dtype(signature.args[0].typeof(name))
        _copy_bytes(builder, source, target, field.itemsize)
    return context.get_dummy_value()


def _shared(source: Any, target: Any) -> list[str]:
    return [name for name in source.fields if name in target.fields]


def _offset(builder: Any, place: Any, num_bytes: int) -> Any:
    first = builder.bitcast(place, cgutils.voidptr_t)
    return builder.gep(first, [ir.Constant(_LENGTH, num_bytes)])


def _copy_bytes(builder: Any, source: Any, target: Any, num_bytes: int) -> None:
    """Let LLVM copy so many bytes of a table's row to another row, which is not the same."""
    copy = builder.module.declare_intrinsic(
        "llvm.memcpy", [cgutils.voidptr_t, cgutils.voidptr_t, _LENGTH]
    )
    for begin in range(0, num_bytes, _CHUNK_BYTES):
        places = [_offset(builder, each, begin) for each in (target, source)]
        length = ir.Constant(_LENGTH, min(_CHUNK_BYTES, num_bytes - begin))
        tag(builder.call(copy, [*places, length, cgutils.false_bit]), IN_TABLES)


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
