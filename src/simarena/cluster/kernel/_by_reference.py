"""Tables handed from kernel to kernel by reference.

Numba hands a tuple of arrays to a function as seven numbers for each array: two hundred arguments
for a World. What is handed on is a reference instead, which has the same attributes. It makes the
first compilation several times shorter, and calls cheaper.
"""

from __future__ import annotations

from typing import Any, TypeVar

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


def by_reference(tables: T) -> T:
    """Return a reference to a named tuple of arrays, good until the kernel that made it returns.

    Interpreted it is the tuple itself; a reference to a reference is the same one.
    """
    return tables


class TablesReference(Type):
    """Numba's type of a reference to a named tuple of arrays."""

    def __init__(self, tables: Any) -> None:
        """Refer to values of the Numba type `tables`."""
        super().__init__(name=f"reference({tables})")
        self.tables = tables


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
