"""The JSON schema of what a tool answers as data, from the type that it says it returns."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any, get_args, get_origin

import msgspec

from simarena.mcp.answers.answer import Answer


def output_schema(returned: Any) -> dict[str, Any]:  # noqa: ANN401 - an annotation
    """Return the schema of the data in an `Answer[...]`, be it at once or the end of `Steps`.

    Raises TypeError if the annotation does not say what the data is.
    """
    if get_origin(returned) is Generator:
        returned = get_args(returned)[2]
    if get_origin(returned) is not Answer:
        message = f"a tool returns Answer[...] or Steps[...] of a TypedDict, not {returned!r}"
        raise TypeError(message)
    (data,) = get_args(returned)
    (schema,), definitions = msgspec.json.schema_components([data])
    reference = str(schema.get("$ref", ""))
    root = {**schema, **definitions.pop(reference.rpartition("/")[2], {})}
    root.pop("$ref", None)
    told: dict[str, Any] = _untitled({**root, "$defs": definitions} if definitions else root)
    return told


def _untitled(schema: Any) -> Any:  # noqa: ANN401 - JSON
    """Return a schema without the names of our classes as titles."""
    if isinstance(schema, dict):
        titled = isinstance(schema.get("title"), str) and "properties" in schema
        return {
            name: _untitled(value)
            for name, value in schema.items()
            if not (titled and name == "title")
        }
    if isinstance(schema, list):
        return [_untitled(each) for each in schema]
    return schema
