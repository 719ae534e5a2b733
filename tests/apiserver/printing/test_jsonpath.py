from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simarena.apiserver.printing.jsonpath import read_path, values_at
from simarena.errors import ManifestError

OBJECT = {
    "spec": {"size": 3, "a.b": "dotted", "ports": [{"name": "x", "port": 80}, {"port": 81}]},
    "metadata": {"annotations": {"example.com/key": "k"}},
    "status": {
        "conditions": [
            {"type": "Synced", "status": "False"},
            {"type": "Ready", "status": "True", "count": 2, "on": True},
        ]
    },
}


def found(path: str) -> list[object]:
    return list(values_at(read_path(path), OBJECT))


@pytest.mark.parametrize(
    ("path", "values"),
    [
        (".spec.size", [3]),
        ("$.spec.size", [3]),
        (".spec['size']", [3]),
        (r".spec.a\.b", ["dotted"]),
        (r".metadata.annotations.example\.com/key", ["k"]),
        ('.metadata.annotations["example.com/key"]', ["k"]),
        (".spec.ports[0].port", [80]),
        (".spec.ports[-1].port", [81]),
        (".spec.ports[*].port", [80, 81]),
        (".spec.ports[7].port", []),
        ('.status.conditions[?(@.type=="Ready")].status', ["True"]),
        (".status.conditions[?(@.type != 'Ready')].type", ["Synced"]),
        (".status.conditions[?(@.count>1)].type", ["Ready"]),
        (".status.conditions[?(@.count<=1.5)].type", []),
        (".status.conditions[?(@.on==true)].type", ["Ready"]),
        (".status.conditions[?(@.on==1)].type", []),
        (".nothing.at.all", []),
        (".spec.size.deeper", []),
        ("", [OBJECT]),
    ],
)
def test_a_path_leads_to_values(path: str, values: list[Any]) -> None:
    assert found(path) == values


@pytest.mark.parametrize("path", ["spec", ".spec..x", ".a[", ".a[?(@.b)]", ".a[0:2]", ".a[b]"])
def test_paths_that_columns_cannot_use_are_refused_with_the_place(path: str) -> None:
    with pytest.raises(ManifestError, match=r"cannot be read from character \d+ on"):
        read_path(path)


@given(st.text(alphabet=".[]()?@*'\"\\=<>ab01 -", max_size=20))
def test_any_text_is_a_path_or_refused(text: str) -> None:
    try:
        list(values_at(read_path(text), OBJECT))
    except ManifestError as error:
        refused = str(error)
        assert refused.isprintable()
