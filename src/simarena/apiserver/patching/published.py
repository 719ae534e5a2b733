"""Makes `types.json` from the OpenAPI documents that Kubernetes publishes.

    python -m simarena.apiserver.patching.published FOLDER OUTPUT

FOLDER holds version 3 documents of groups, `*_openapi.json` in Kubernetes' sources
(`api/openapi-spec/v3`) or `*.json.gz`. What is kept of a definition are names and types of fields,
how lists and objects merge, and whether a field is a struct that is always there: facts that
patches depend on. Descriptions and all other text stay behind.
"""

from __future__ import annotations

import gzip
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec

from simarena.errors import StorageError, shown
from simarena.files.storage import write_bytes

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_GROUPS: Final = (
    "api/v1",
    "admissionregistration.k8s.io/v1",
    "apiextensions.k8s.io/v1",
    "apiregistration.k8s.io/v1",
    "apps/v1",
    "authentication.k8s.io/v1",
    "authorization.k8s.io/v1",
    "autoscaling/v1",
    "autoscaling/v2",
    "batch/v1",
    "certificates.k8s.io/v1",
    "coordination.k8s.io/v1",
    "discovery.k8s.io/v1",
    "events.k8s.io/v1",
    "flowcontrol.apiserver.k8s.io/v1",
    "networking.k8s.io/v1",
    "node.k8s.io/v1",
    "policy/v1",
    "rbac.authorization.k8s.io/v1",
    "resource.k8s.io/v1",
    "scheduling.k8s.io/v1",
    "storage.k8s.io/v1",
)
"""Groups whose objects can be patched here: those that are stable."""

_KINDS: Final = "x-kubernetes-group-version-kind"
_KEPT: Final = (
    "required",
    "type",
    _KINDS,
    "x-kubernetes-list-map-keys",
    "x-kubernetes-list-type",
    "x-kubernetes-map-type",
    "x-kubernetes-patch-merge-key",
    "x-kubernetes-patch-strategy",
    "x-kubernetes-preserve-unknown-fields",
)
_REFERENCE: Final = "#/components/schemas/"


def distilled(documents: Mapping[str, object]) -> dict[str, object]:
    """Return what is kept of the definitions that some documents hold, by name."""
    found: dict[str, object] = {}
    for where, document in documents.items():
        schemas = _part(_part(document, "components", where), "schemas", where)
        for name, schema in schemas.items():
            found[name] = _kept(schema)
    return dict(sorted(found.items()))


def _part(document: object, key: str, where: str) -> dict[str, object]:
    part = document.get(key) if isinstance(document, dict) else None
    if not isinstance(part, dict):
        message = f"{shown(where)}: no OpenAPI document of version 3, it has no {key}"
        raise StorageError(message)
    return part


def _kept(schema: object) -> dict[str, object]:
    if not isinstance(schema, dict):
        return {}
    kept: dict[str, object] = {key: schema[key] for key in _KEPT if key in schema}
    if len(schema.get(_KINDS) or ()) != 1:  # such as DeleteOptions, which are of every group
        kept.pop(_KINDS, None)
    if schema.get("format") == "int-or-string":
        kept["format"] = "int-or-string"
    for node in (schema, *(schema.get("allOf") or ())):
        if "$ref" in node:
            kept["$ref"] = str(node["$ref"]).removeprefix(_REFERENCE)
    if "default" in schema:
        kept["default"] = schema["default"]
    if "properties" in schema:
        kept["properties"] = {
            name: _kept(each) for name, each in sorted(schema["properties"].items())
        }
    for inner in ("items", "additionalProperties"):
        if isinstance(schema.get(inner), dict):
            kept[inner] = _kept(schema[inner])
    return kept


def _documents(folder: Path) -> Iterator[tuple[str, object]]:
    for group in _GROUPS:
        wanted = group if group == "api/v1" else f"apis/{group}"
        names = (
            f"{wanted.replace('/', '__')}_openapi.json",
            f"v3-{wanted.replace('/', '_')}.json.gz",
        )
        paths = [folder / name for name in names if (folder / name).is_file()]
        for path in paths:
            content = path.read_bytes()
            data = gzip.decompress(content) if path.suffix == ".gz" else content
            yield path.name, msgspec.json.decode(data)


def main(arguments: list[str]) -> int:
    """Write the table of types that the documents of a folder give, one definition a line."""
    folder, output = arguments
    documents = dict(_documents(Path(folder)))
    if not documents:
        message = f"{shown(folder)}: no OpenAPI documents of version 3 there"
        raise StorageError(message)
    lines = [
        f"{msgspec.json.encode(name).decode()}:{msgspec.json.encode(kept).decode()}"
        for name, kept in distilled(documents).items()
    ]
    write_bytes(output, ("{\n" + ",\n".join(lines) + "\n}\n").encode())
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
