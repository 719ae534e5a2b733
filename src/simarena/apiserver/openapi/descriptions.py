"""What is told of the API's types beside their shape: descriptions, and formats of fields.

Kubernetes' own words come with the package kubernetes-validate (extra `explain`); without it,
types are served undescribed.
"""

from __future__ import annotations

from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import msgspec

from simarena.files.bounded import read_file

if TYPE_CHECKING:
    from collections.abc import Mapping

RELEASE: Final = "1.36.0"
"""Of the schema: the newest of the minor release whose behaviour clients meet."""

_MOST_BYTES: Final = 64 << 20


class Told(NamedTuple):
    """By type: texts and formats of its fields, the type's own under an empty name."""

    texts: Mapping[str, Mapping[str, str]]
    formats: Mapping[str, Mapping[str, str]]


@lru_cache(maxsize=1)
def told() -> Told:
    """Return what is told of all types; nothing where the package is not there."""
    package = find_spec("kubernetes_validate")
    if package is None or package.origin is None:
        return Told({}, {})
    schemas = Path(package.origin).parent / "kubernetes-json-schema"
    path = schemas / f"v{RELEASE}-local-strict" / "_definitions.json"
    if not path.exists():
        return Told({}, {})
    definitions: dict[str, Any] = msgspec.json.decode(read_file(path, _MOST_BYTES))["$defs"]
    return Told(_of_fields(definitions, "description"), _of_fields(definitions, "format"))


def _of_fields(definitions: Mapping[str, Any], key: str) -> dict[str, dict[str, str]]:
    found = {}
    for name, definition in definitions.items():
        fields = {"": definition, **(definition.get("properties") or {})}
        found[name] = {field: each[key] for field, each in fields.items() if key in each}
    return found
