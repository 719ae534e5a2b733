"""Tables handed from kernel to kernel by reference.

Numba hands a tuple of arrays to a function as seven numbers for each array: two hundred arguments
for a World. What is handed on is a reference instead, which has the same attributes. It makes the
first compilation several times shorter, and calls cheaper.
"""

from __future__ import annotations

import operator
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
from llvmlite import ir
from numba.core import cgutils, types
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

if TYPE_CHECKING:
    from collections.abc import Iterator

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


def tables_at(kind: type[T], *places: Any) -> T:
    """Return a named tuple of a kind whose tables are elements of other named tuples' tables.

    `places` are such tuples, or references to them, each followed by an index. The first that has a
    table of a name gives it.
    """
    chosen = _chosen(kind, [tables._fields for tables in places[::2]])
    tables = [getattr(places[2 * place], name)[places[2 * place + 1]] for name, place in chosen]
    return kind(*tables)


def _chosen(kind: Any, fields: list[tuple[str, ...]]) -> Iterator[tuple[str, int]]:
    """Yield each name of a named tuple's kind, and which of several tuples is first to have it."""
    for name in kind._fields:
        yield name, next(place for place, names in enumerate(fields) if name in names)


def _plain(tables: Any) -> Any:
    return tables.tables if isinstance(tables, TablesReference) else tables


def _elements(typing: Any, places: Any) -> Iterator[tuple[int, str, Any]]:
    """Yield for each table of the result its place, its name there and how it is indexed."""
    kind, *places = places
    fields = [_plain(tables).fields for tables in places[::2]]
    for name, place in _chosen(kind.instance_class, fields):
        tables = _plain(places[2 * place])
        table = tables.types[tables.fields.index(name)]
        yield place, name, typing.resolve_function_type(operator.getitem, (table, types.int64), {})


@infer_global(tables_at)
class _TablesAt(AbstractTemplate):  # type: ignore[misc]
    key = tables_at

    def generic(self, arguments: Any, _keywords: Any) -> Any:
        """Return the signature for a kind, and tables each with an index."""
        found = [getitem.return_type for _, _, getitem in _elements(self.context, arguments)]
        kind, *places = arguments
        for index in range(1, len(places), 2):
            places[index] = types.int64
        result = types.NamedTuple(found, kind.instance_class)  # type: ignore[attr-defined]
        return signature(result, kind, *places)


@lower_builtin(tables_at, types.NamedTupleClass, types.VarArg(types.Any))  # type: ignore[attr-defined]
def _tables_at(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
    _, *places = signature.args
    _, *values = arguments
    found = []
    for place, name, getitem in _elements(context.typing_context, signature.args):
        tables, value = places[2 * place], values[2 * place]
        if isinstance(tables, TablesReference):
            table = _table(context, builder, tables, value, name)
        else:
            table = builder.extract_value(value, tables.fields.index(name))
        element = context.get_function(operator.getitem, getitem)
        found.append(element(builder, (table, values[2 * place + 1])))
    return context.make_tuple(builder, signature.return_type, found)
