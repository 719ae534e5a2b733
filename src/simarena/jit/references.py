"""Tables handed from kernel to kernel by reference.

Numba hands a tuple of arrays to a function as seven numbers for each array: two hundred arguments
for a World. What is handed on is a reference instead, which has the same attributes. It makes the
first compilation several times shorter, and calls cheaper.
"""

from __future__ import annotations

from typing import Any, TypeVar

import numpy as np
from llvmlite import ir
from numba.core import cgutils
from numba.core.datamodel import PrimitiveModel, register_default
from numba.core.imputils import impl_ret_borrowed, lower_builtin, lower_getattr_generic
from numba.core.types import BaseNamedTuple, Type  # type: ignore[attr-defined]
from numba.core.typing.templates import (
    AbstractTemplate,
    AttributeTemplate,
    infer_getattr,
    infer_global,
    signature,
)

T = TypeVar("T")

_OF_TABLES = "of tables"
"""Memory that says where tables are."""
IN_TABLES = "in tables"
"""Memory of the tables themselves."""


def by_reference(tables: T) -> T:
    """Return a reference to a named tuple of arrays, good until the kernel that made it returns.

    A reference to a reference is the same one. Interpreted it is the tuple with the same arrays,
    which refuse rows below 0: compiled, they would be read and written outside of the array.
    """
    return tables._make(table.view(_Guarded) for table in tables)  # type: ignore[attr-defined]


class _Guarded(np.ndarray[Any, Any]):
    """An array without Python's meaning of negative numbers, as kernels have it."""

    def __getitem__(self, key: Any) -> Any:
        """Return what is in a row, or one element; IndexError if there is none."""
        _check(key)
        return super().__getitem__(key)

    def __setitem__(self, key: Any, value: Any) -> None:
        """Write a row, or one element; IndexError if there is none."""
        _check(key)
        super().__setitem__(key, value)


def _check(key: Any) -> None:
    for index in key if isinstance(key, tuple) else (key,):
        if isinstance(index, (int, np.integer)) and index < 0:
            message = f"row {index} of a table: kernels do not count from the end"
            raise IndexError(message)


class TablesReference(Type):
    """Numba's type of a reference to a named tuple of arrays."""

    def __init__(self, tables: Any) -> None:
        """Refer to values of the Numba type `tables`."""
        super().__init__(name=f"reference({tables})")
        self.tables = tables


def tag(access: Any, memory: str) -> None:
    """Tell LLVM what kind of memory an instruction reads or writes: no place is of both kinds.

    So it need not look again where a table is each time that a row has been written.
    """
    module = access.parent.module
    root = module.add_metadata(["kernels"])
    kind = module.add_metadata([memory, root])
    access.set_metadata("tbaa", module.add_metadata([kind, kind, ir.Constant(ir.IntType(64), 0)]))


@register_default(TablesReference)
class _ReferenceModel(PrimitiveModel):  # type: ignore[misc]
    """A reference is a pointer to the tuple's value."""

    def __init__(self, models: Any, tables_reference: TablesReference) -> None:
        pointee = models.lookup(tables_reference.tables).get_value_type()
        super().__init__(models, tables_reference, pointee.as_pointer())


@infer_getattr
class _ReferenceAttributes(AttributeTemplate):  # type: ignore[misc]
    key = TablesReference

    def generic_resolve(self, reference: TablesReference, name: str) -> Any:
        """Return the type of a table."""
        return reference.tables.types[reference.tables.fields.index(name)]


@lower_getattr_generic(TablesReference)
def _table(context: Any, builder: Any, reference: TablesReference, pointer: Any, name: str) -> Any:
    index = reference.tables.fields.index(name)
    value = builder.load(cgutils.gep_inbounds(builder, pointer, 0, index))
    tag(value, _OF_TABLES)
    return impl_ret_borrowed(context, builder, reference.tables.types[index], value)


@infer_global(by_reference)
class _Refer(AbstractTemplate):  # type: ignore[misc]
    key = by_reference

    def generic(self, arguments: Any, _keywords: Any) -> Any:
        """Return the signature for a tuple, or for what is a reference already."""
        (tables,) = arguments
        if isinstance(tables, TablesReference):
            return signature(tables, tables)
        return signature(TablesReference(tables), tables)


@lower_builtin(by_reference, BaseNamedTuple)
def _refer(_context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
    return cgutils.alloca_once_value(builder, arguments[0])


@lower_builtin(by_reference, TablesReference)
def _refer_again(_context: Any, _builder: Any, _signature: Any, arguments: Any) -> Any:
    return arguments[0]
