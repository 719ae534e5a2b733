"""Makes `columns.json` from Kubernetes' sources: what tables of each kind have for columns.

    python -m simarena.apiserver.printing.published FOLDER OUTPUT

FOLDER is the root of the sources. Titles, types and places of columns are in
`pkg/printers/internalversion/printers.go`; what they mean, every server tells in each table, in the
words of the published schema, which are in the files beside the API types.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec

from simarena.errors import StorageError, shown
from simarena.files.storage import write_bytes

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_PRINTERS: Final = Path("pkg/printers/internalversion/printers.go")
_TYPES: Final = Path("staging/src")

_IMPORT: Final = re.compile(r'^\t(?:(\w+) )?"([\w./-]+)"$', re.MULTILINE)
_HANDLED: Final = re.compile(r"h\.TableHandler\((\w+), print(\w+)\)")
_DEFINED: Final = re.compile(
    r"^\t(\w+) := \[\]metav1\.TableColumnDefinition\{$(.*?)^\t\}$", re.MULTILINE | re.DOTALL
)
_COLUMN: Final = re.compile(r"\{(Name: .*)\},")
_PART: Final = re.compile(
    r'(\w+): (?:"((?:[^"\\]|\\.)*)"|(\d+)|(\w+)\.(\w+)\{\}(?:\.(\w+))?\.(\S+))'
)
_DOCUMENTED: Final = re.compile(
    r"^var map_(\w+) = map\[string\]string\{$(.*?)^\}$", re.MULTILINE | re.DOTALL
)
_DOCUMENT: Final = re.compile(r'^\t"(\w*)":\s+"((?:[^"\\]|\\.)*)",$', re.MULTILINE)
_KEY: Final = re.compile(r'SwaggerDoc\(\)\["(\w+)"\]')

_FIELDS: Final = {"InvolvedObject": "ObjectReference"}
"""Types of fields that are asked for what their own fields mean."""


def columns_of(
    printers: str, meanings: Mapping[tuple[str, str], Mapping[str, str]]
) -> dict[str, list[dict[str, object]]]:
    """Return the columns of each kind, from the source of the printers.

    `meanings` are what fields mean, by the package and the name of a type.
    """
    packages = {short or path.rsplit("/", 1)[-1]: path for short, path in _IMPORT.findall(printers)}
    defined = {
        name: [_column(line, packages, meanings) for line in _COLUMN.findall(body)]
        for name, body in _DEFINED.findall(printers)
    }
    return {
        kind: defined[name]
        for name, kind in _HANDLED.findall(printers)
        if name in defined and f"{name} = append({name}" not in printers
        if not kind.endswith("List")
    }


def _column(
    line: str,
    packages: Mapping[str, str],
    meanings: Mapping[tuple[str, str], Mapping[str, str]],
) -> dict[str, object]:
    column: dict[str, object] = {"name": "", "type": "", "format": "", "description": ""}
    column["priority"] = 0
    for key, text, number, package, kind, field, rest in _PART.findall(line):
        name = key.lower()
        if number:
            column[name] = int(number)
        elif package:
            meant = meanings.get((packages[package], _FIELDS.get(field, kind)), {})
            asked = _KEY.match(rest)
            column[name] = meant.get(asked[1], "") if asked else ""
        else:
            column[name] = _plain(text)
    return column


def _plain(text: str) -> str:
    """Return what a text in Go's source says."""
    return str(msgspec.json.decode(f'"{text}"'))


def _meanings(folder: Path) -> Iterator[tuple[tuple[str, str], dict[str, str]]]:
    for path in sorted((folder / _TYPES).rglob("types_swagger_doc_generated.go")):
        package = path.parent.relative_to(folder / _TYPES).as_posix()
        for kind, body in _DOCUMENTED.findall(path.read_text("utf-8")):
            found = {key: _plain(text) for key, text in _DOCUMENT.findall(body)}
            yield (package, kind), found


def main(arguments: list[str]) -> int:
    """Write the table of columns that a folder of sources gives, one kind a line."""
    folder, output = Path(arguments[0]), arguments[1]
    if not (folder / _PRINTERS).is_file():
        message = f"{shown(str(folder))}: no sources of Kubernetes there, {_PRINTERS} is missing"
        raise StorageError(message)
    columns = columns_of((folder / _PRINTERS).read_text("utf-8"), dict(_meanings(folder)))
    lines = [
        f"{msgspec.json.encode(kind).decode()}:{msgspec.json.encode(found).decode()}"
        for kind, found in sorted(columns.items())
    ]
    write_bytes(output, ("{\n" + ",\n".join(lines) + "\n}\n").encode())
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
