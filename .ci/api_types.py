"""Write the table of the API's types anew, from the schema that kubernetes-validate carries.

    python .ci/api_types.py            writes src/simarena/cluster/manifests/schema/types.json
    python .ci/api_types.py --check    says whether it is as this schema has it

A type is an object of the schema, with the kind of each of its fields: `str`, `bool`, `i32`,
`i64`, `f64`, `quantity`, `int-or-string`, `time`, `micro-time`, `bytes`, `any`, or another type;
`[]` before it makes a list, `{}` an object whose names are free.
"""

from __future__ import annotations

import importlib.util
import json
import sys
from pathlib import Path
from typing import Any

RELEASE = "1.36.0"
TABLE = Path(__file__).parents[1] / "src/simarena/cluster/manifests/schema/types.json"

_SCALARS = {
    "io.k8s.apimachinery.pkg.api.resource.Quantity": "quantity",
    "io.k8s.apimachinery.pkg.util.intstr.IntOrString": "int-or-string",
    "io.k8s.apimachinery.pkg.apis.meta.v1.Time": "time",
    "io.k8s.apimachinery.pkg.apis.meta.v1.MicroTime": "micro-time",
    "io.k8s.apimachinery.pkg.apis.meta.v1.FieldsV1": "any",
    "io.k8s.apimachinery.pkg.runtime.RawExtension": "any",
}
_GROUPS = {
    "": "core",
    "apps": "apps",
    "autoscaling": "autoscaling",
    "batch": "batch",
    "coordination.k8s.io": "coordination",
    "discovery.k8s.io": "discovery",
    "events.k8s.io": "events",
    "networking.k8s.io": "networking",
    "node.k8s.io": "node",
    "policy": "policy",
    "rbac.authorization.k8s.io": "rbac",
    "scheduling.k8s.io": "scheduling",
    "storage.k8s.io": "storage",
}
"""Groups whose kinds are taken, by their names in `apiVersion`."""


def main() -> None:
    """Write the table, or compare it."""
    text = table_text()
    if "--check" not in sys.argv[1:]:
        TABLE.write_text(text)
        return
    if TABLE.read_text() != text:
        sys.exit(f"{TABLE} is not as Kubernetes {RELEASE} has it; run .ci/api_types.py")


def table_text(release: str = RELEASE) -> str:
    """Return the table of a release: kinds, and all types that they are made of."""
    package = importlib.util.find_spec("kubernetes_validate")
    if package is None or package.origin is None:
        sys.exit("kubernetes-validate is not here; `make api-types` brings it")
    folder = Path(package.origin).parent / "kubernetes-json-schema" / f"v{release}-local-strict"
    definitions = json.loads((folder / "_definitions.json").read_text())["$defs"]
    types: dict[str, dict[str, str]] = {}
    kinds: dict[str, str] = {}
    for name, definition in sorted(definitions.items()):
        for known in definition.get("x-kubernetes-group-version-kind") or ():
            properties = definition.get("properties") or {}
            if known["group"] not in _GROUPS or known["version"] not in {"v1", "v2"}:
                continue
            if "metadata" not in properties or name.endswith("List") or "items" in properties:
                continue
            version = f"{known['group']}/{known['version']}".lstrip("/")
            kinds[f"{version}.{known['kind']}"] = _short(name)
            _add(name, definitions, types)
    shown = {"release": release, "kinds": kinds, "types": types}
    lines = json.dumps(shown, indent=0, sort_keys=True)
    return f"{lines}\n"


def _add(name: str, definitions: dict[str, Any], types: dict[str, dict[str, str]]) -> None:
    short = _short(name)
    if short in types:
        return
    types[short] = {}
    for field, schema in sorted((definitions[name].get("properties") or {}).items()):
        types[short][field] = _kind_of(schema, definitions, types)


def _kind_of(
    schema: dict[str, Any], definitions: dict[str, Any], types: dict[str, dict[str, str]]
) -> str:
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        if name in _SCALARS:
            return _SCALARS[name]
        if "properties" not in definitions[name]:
            return "any"
        _add(name, definitions, types)
        return _short(name)
    kinds = schema.get("type")
    kind = next((each for each in kinds if each != "null"), None) if type(kinds) is list else kinds
    if kind == "array":
        return "[]" + _kind_of(schema["items"], definitions, types)
    if kind == "object":
        values = schema.get("additionalProperties")
        return "{}" + _kind_of(values, definitions, types) if values else "any"
    scalar = schema.get("format") or kind
    return {
        "string": "str",
        "boolean": "bool",
        "int32": "i32",
        "int64": "i64",
        "integer": "i64",
        "double": "f64",
        "number": "f64",
        "byte": "bytes",
        "date-time": "time",
    }.get(str(scalar), "any")


def _short(name: str) -> str:
    """Return group, version and type of the name of a definition."""
    return ".".join(name.split(".")[-3:])


if __name__ == "__main__":
    main()
