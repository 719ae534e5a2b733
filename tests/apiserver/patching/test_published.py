from __future__ import annotations

import gzip
from typing import TYPE_CHECKING

import msgspec
import pytest

from simarena.apiserver.patching.published import distilled, main
from simarena.apiserver.patching.schema import definitions
from simarena.errors import StorageError

if TYPE_CHECKING:
    from pathlib import Path

DOCUMENT = {
    "components": {
        "schemas": {
            "io.k8s.x.Thing": {
                "description": "left behind",
                "type": "object",
                "required": ["name"],
                "properties": {
                    "name": {"type": "string", "default": "", "description": "left behind"},
                    "parts": {
                        "type": "array",
                        "items": {"allOf": [{"$ref": "#/components/schemas/io.k8s.x.Part"}]},
                        "x-kubernetes-patch-merge-key": "id",
                    },
                    "port": {"format": "int-or-string", "oneOf": [{"type": "integer"}]},
                },
            }
        }
    }
}


def test_names_types_and_merging_are_kept_and_all_words_are_not() -> None:
    assert distilled({"x": DOCUMENT}) == {
        "io.k8s.x.Thing": {
            "type": "object",
            "required": ["name"],
            "properties": {
                "name": {"type": "string", "default": ""},
                "parts": {
                    "type": "array",
                    "items": {"$ref": "io.k8s.x.Part"},
                    "x-kubernetes-patch-merge-key": "id",
                },
                "port": {"format": "int-or-string"},
            },
        }
    }


def test_a_table_is_written_from_a_folder_of_documents(tmp_path: Path) -> None:
    (tmp_path / "apis__apps__v1_openapi.json").write_bytes(msgspec.json.encode(DOCUMENT))
    assert main([str(tmp_path), str(tmp_path / "types.json")]) == 0
    found = msgspec.json.decode((tmp_path / "types.json").read_bytes())
    assert found == distilled({"x": DOCUMENT})


def test_what_is_no_document_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="no OpenAPI documents of version 3 there"):
        main([str(tmp_path), str(tmp_path / "types.json")])
    with pytest.raises(StorageError, match=r"x\.json'?: no OpenAPI document of version 3"):
        distilled({"x.json": {"swagger": "2.0"}})


def test_the_table_is_what_a_real_server_publishes(shared: Path) -> None:
    folder = shared / "conformance-hard" / "api" / "openapi"
    documents = {
        path.name: msgspec.json.decode(gzip.decompress(path.read_bytes()))
        for path in folder.glob("v3-api*.json.gz")
    }
    found = distilled(documents)
    assert len(found) > 300
    differing = [name for name, node in found.items() if definitions().get(name) != node]
    assert differing == []
