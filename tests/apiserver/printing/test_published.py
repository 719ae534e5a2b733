from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest

from simarena.apiserver.printing.published import columns_of, main
from simarena.errors import StorageError

if TYPE_CHECKING:
    from pathlib import Path

PRINTERS = """package internalversion

import (
	apiv1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

func AddHandlers(h printers.PrintHandler) {
	thingColumns := []metav1.TableColumnDefinition{
		{Name: "Name", Type: "string", Format: "name", Description: NAME},
		{Name: "Path", Type: "string", Priority: 1, Description: PATH},
		{Name: "Parts", Type: "integer", Description: "How \\"many\\"."},
	}
	_ = h.TableHandler(thingColumns, printThing)
	_ = h.TableHandler(thingColumns, printThingList)
}
""".replace("NAME}", 'metav1.ObjectMeta{}.SwaggerDoc()["name"]}').replace(
    "PATH}", 'apiv1.Event{}.InvolvedObject.SwaggerDoc()["fieldPath"]}'
)
MEANINGS = {
    ("k8s.io/apimachinery/pkg/apis/meta/v1", "ObjectMeta"): {"name": "its name"},
    ("k8s.io/api/core/v1", "ObjectReference"): {"fieldPath": "a place"},
}
COLUMNS = [
    {"name": "Name", "type": "string", "format": "name", "description": "its name", "priority": 0},
    {"name": "Path", "type": "string", "format": "", "description": "a place", "priority": 1},
    {"name": "Parts", "type": "integer", "format": "", "description": 'How "many".', "priority": 0},
]


def test_columns_are_told_with_what_their_fields_mean() -> None:
    assert columns_of(PRINTERS, MEANINGS) == {"Thing": COLUMNS}


def test_columns_are_written_from_a_folder_of_sources(tmp_path: Path) -> None:
    printers = tmp_path / "pkg/printers/internalversion/printers.go"
    printers.parent.mkdir(parents=True)
    printers.write_text(PRINTERS)
    for (package, kind), found in MEANINGS.items():
        path = tmp_path / "staging/src" / package / "types_swagger_doc_generated.go"
        path.parent.mkdir(parents=True)
        lines = "".join(f'\t"{key}": "{text}",\n' for key, text in found.items())
        path.write_text(f"var map_{kind} = map[string]string{{\n{lines}}}\n")
    assert main([str(tmp_path), str(tmp_path / "columns.json")]) == 0
    found = msgspec.json.decode((tmp_path / "columns.json").read_bytes())
    assert found == {"Thing": COLUMNS}


def test_a_folder_without_the_sources_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="no sources of Kubernetes there"):
        main([str(tmp_path), str(tmp_path / "columns.json")])
