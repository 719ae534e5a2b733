from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest

from simarena.apiserver.protobuf.messages import fields_of
from simarena.apiserver.protobuf.published import PACKAGES, Reader, main, read_source
from simarena.errors import StorageError

if TYPE_CHECKING:
    from pathlib import Path

CORE = """package v1

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/api/resource"
)

// A thing has parts.
type Thing struct {
	metav1.TypeMeta `json:",inline"`
	// Standard metadata.
	metav1.ObjectMeta `json:"metadata,omitempty" protobuf:"bytes,1,opt,name=metadata"`

	Source `json:",inline" protobuf:"bytes,2,opt,name=source"`
	Phase Phase `json:"phase,omitempty" protobuf:"bytes,3,opt,name=phase,casttype=Phase"`
	Limits Limits `json:"limits,omitempty" protobuf:"bytes,4,rep,name=limits"`
	Replicas *int32 `json:"replicas,omitempty" protobuf:"varint,5,opt,name=replicas"`
	Parts []Source `json:"parts" protobuf:"bytes,6,rep,name=parts"`
	Extra map[string]Values `json:"extra" protobuf:"bytes,7,rep,name=extra"`
	Data []byte `json:"data" protobuf:"bytes,8,opt,name=data"`
	// gone: field 9
}

type Source struct {
	Name string `json:"name" protobuf:"bytes,1,opt,name=name"`
}

type Phase string

type Limits map[Phase]resource.Quantity

type Values []string
"""


def test_tags_of_fields_say_number_name_type_and_form() -> None:
    found = Reader({"core/v1": read_source([CORE])}).messages()
    assert found == {
        "core/v1.Source": [(1, "name", "string", "")],
        "core/v1.Thing": [
            (1, "metadata", "meta/v1.ObjectMeta", "o"),
            (2, "", "core/v1.Source", "i"),
            (3, "phase", "string", "o"),
            (4, "limits", "quantity", "mo"),
            (5, "replicas", "int", "po"),
            (6, "parts", "core/v1.Source", "r"),
            (7, "extra", "core/v1.Values", "m"),
            (8, "data", "bytes", ""),
        ],
        "core/v1.Values": [(1, "", "string", "r")],
    }


def test_a_table_is_written_from_a_folder_of_sources(tmp_path: Path) -> None:
    for path in PACKAGES:
        (tmp_path / path).mkdir(parents=True)
        (tmp_path / path / "types.go").write_text("package v1\n")
    (tmp_path / "k8s.io/api/core/v1/types.go").write_text(CORE)
    output = tmp_path / "messages.json"
    assert main([str(tmp_path), str(output)]) == 0
    assert set(msgspec.json.decode(output.read_bytes())) == {
        "core/v1.Source",
        "core/v1.Thing",
        "core/v1.Values",
    }


def test_a_folder_without_sources_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match=r"no Go sources of k8s\.io/apimachinery"):
        main([str(tmp_path), str(tmp_path / "x.json")])


def test_what_json_inlines_is_a_message_of_its_own() -> None:
    volume = {field.number: field for field in fields_of("core/v1.Volume")}
    assert (volume[2].inline, volume[2].kind) == (True, "core/v1.VolumeSource")
