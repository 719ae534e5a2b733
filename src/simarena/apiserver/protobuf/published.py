"""Makes `messages.json` from the Go sources of Kubernetes' API types.

    python -m simarena.apiserver.protobuf.published FOLDER OUTPUT

FOLDER is one below which `k8s.io/api` and `k8s.io/apimachinery` lie, as in Kubernetes' sources
(`staging/src`). The tags of the structs' fields say number, name and form of each. The `.proto`
files say that only in part: not which fields are inlined in JSON, nor which are pointers. Nothing
but those facts is kept.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

import msgspec

from simarena.errors import StorageError, shown
from simarena.files.storage import write_bytes

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

PACKAGES: Final[Mapping[str, str]] = {
    "k8s.io/apimachinery/pkg/apis/meta/v1": "meta/v1",
    **{
        f"k8s.io/api/{name}": name
        for name in (
            "admissionregistration/v1",
            "apps/v1",
            "authentication/v1",
            "authorization/v1",
            "autoscaling/v1",
            "autoscaling/v2",
            "batch/v1",
            "certificates/v1",
            "coordination/v1",
            "core/v1",
            "discovery/v1",
            "events/v1",
            "networking/v1",
            "node/v1",
            "policy/v1",
            "rbac/v1",
            "scheduling/v1",
            "storage/v1",
        )
    },
}
"""Go packages that are read, and what their messages are called by."""

_OTHERS: Final[Mapping[str, str]] = {
    "k8s.io/apimachinery/pkg/api/resource.Quantity": "quantity",
    "k8s.io/apimachinery/pkg/runtime.RawExtension": "raw",
    "k8s.io/apimachinery/pkg/types.NodeName": "string",
    "k8s.io/apimachinery/pkg/types.UID": "string",
    "k8s.io/apimachinery/pkg/util/intstr.IntOrString": "int-or-string",
    "meta/v1.FieldsV1": "fields",
    "meta/v1.MicroTime": "micro-time",
    "meta/v1.Time": "time",
}
"""Types that are written otherwise in JSON than field by field."""

_BASIC: Final[Mapping[str, str]] = {
    "string": "string",
    "bool": "bool",
    "byte": "byte",
    "float64": "double",
    "int": "int",
    "int32": "int",
    "int64": "int",
    "uint32": "int",
}

_STRUCT: Final = re.compile(r"^type (\w+) struct \{$(.*?)^\}", re.MULTILINE | re.DOTALL)
_ALIAS: Final = re.compile(r"^type (\w+) ([\w.\[\]*]+)\s*(?://.*)?$", re.MULTILINE)
_FIELD: Final = re.compile(r"^\t(?:(\w+)\s+)?([\w.\[\]*]+)\s+`([^`]*)`", re.MULTILINE)
_IMPORT: Final = re.compile(r'^\t(?:(\w+) )?"([\w./-]+)"$', re.MULTILINE)
_TAG: Final = re.compile(r'(\w+):"([^"]*)"')
_MAP: Final = re.compile(r"map\[string\](.+)")


class Source(NamedTuple):
    """What is said in a package."""

    structs: dict[str, tuple[str, dict[str, str]]]
    """Bodies of structs, with what the names of packages stand for in their file."""
    aliases: dict[str, tuple[str, dict[str, str]]]


def read_source(texts: list[str]) -> Source:
    """Return what the files of a package say."""
    source = Source({}, {})
    for text in texts:
        imports = {short or path.rsplit("/", 1)[-1]: path for short, path in _IMPORT.findall(text)}
        for name, body in _STRUCT.findall(text):
            source.structs[name] = body, imports
        for name, meant in _ALIAS.findall(text):
            if meant not in {"struct", "interface"}:
                source.aliases[name] = meant, imports
    return source


class Reader:
    """Reads messages of several packages, which use each other's."""

    def __init__(self, sources: Mapping[str, Source]) -> None:
        self._sources = sources

    def messages(self) -> dict[str, list[tuple[int, str, str, str]]]:
        """Return the fields of all messages, by their names."""
        found: dict[str, list[tuple[int, str, str, str]]] = {}
        for package, source in self._sources.items():
            for name, (body, imports) in source.structs.items():
                fields = [
                    field
                    for line in _FIELD.findall(body)
                    if (field := self._field(package, imports, *line))
                ]
                if fields:
                    found[f"{package}.{name}"] = sorted(fields)  # by number
            for name, (meant, _) in source.aliases.items():
                if meant == "[]string" and f"{package}.{name}" not in _OTHERS:
                    found[f"{package}.{name}"] = [(1, "", "string", "r")]
        return dict(sorted(found.items()))

    def _field(
        self, package: str, imports: Mapping[str, str], _: str, written: str, tags: str
    ) -> tuple[int, str, str, str] | None:
        """Return number, name in JSON, type and signs of a field; nothing for one without a number.

        Signs: `r` repeated, `p` a pointer, `m` a map, `i` its fields stand in the object itself,
        `o` left out of JSON where it is empty.
        """
        said = dict(_TAG.findall(tags))
        parts = said.get("protobuf", "").split(",")
        if "json" not in said or not "".join(parts[1:2]).isdigit():
            return None
        name, *options = said["json"].split(",")
        signs, kind = self._type(package, imports, written)
        if "inline" in options:
            signs += "i"
        elif "omitempty" in options or "omitzero" in options:
            signs += "o"
        return int(parts[1]), name, kind, signs

    def _type(self, package: str, imports: Mapping[str, str], written: str) -> tuple[str, str]:
        if written.startswith("*"):
            signs, kind = self._type(package, imports, written[1:])
            return f"p{signs}", kind
        if written == "[]byte":
            return "", "bytes"
        if written.startswith("[]"):
            return "r", self._type(package, imports, written[2:])[1]
        if found := _MAP.fullmatch(re.sub(r"map\[\w+\]", "map[string]", written)):
            return "m", self._type(package, imports, found[1])[1]
        return self._named(package, imports, written)

    def _named(self, package: str, imports: Mapping[str, str], written: str) -> tuple[str, str]:
        if written in _BASIC:
            return "", _BASIC[written]
        if "." in written:
            short, written = written.split(".")
            path = imports[short]
            if f"{path}.{written}" in _OTHERS:
                return "", _OTHERS[f"{path}.{written}"]
            package = PACKAGES.get(path, path)
        name = f"{package}.{written}"
        if name in _OTHERS:
            return "", _OTHERS[name]
        source = self._sources.get(package)
        if source is None or written in source.structs:
            return "", name
        meant, there = source.aliases.get(written, ("", {}))
        if meant == "[]string":  # a message of its own
            return "", name
        return self._type(package, there, meant) if meant else ("", name)


def _sources(folder: Path) -> Iterator[tuple[str, Source]]:
    for path, package in PACKAGES.items():
        files = [
            each
            for each in sorted((folder / path).glob("*.go"))
            if not each.name.startswith(("zz_", "generated")) and not each.name.endswith("_test.go")
        ]
        if not files:
            message = f"{shown(str(folder))}: no Go sources of {path} there"
            raise StorageError(message)
        yield package, read_source([each.read_text("utf-8") for each in files])


def main(arguments: list[str]) -> int:
    """Write the table of messages that the Go sources of a folder give, one a line."""
    folder, output = arguments
    messages = Reader(dict(_sources(Path(folder)))).messages()
    lines = [
        f"{msgspec.json.encode(name).decode()}:{msgspec.json.encode(fields).decode()}"
        for name, fields in messages.items()
    ]
    write_bytes(output, ("{\n" + ",\n".join(lines) + "\n}\n").encode())
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
