from __future__ import annotations

import pytest
import yaml
from tests.env.cases import container, workload

from simarena.errors import ManifestError
from simarena.mcp.kubectl.yaml_text import read_manifest, read_yaml, yaml_lines


def test_yaml_comes_back_as_it_was_without_what_clients_may_not_see() -> None:
    web = workload("web", 2, container(requests={"cpu": "1"}))
    web["metadata"]["annotations"] = {"a": "b", "simarena.io/x": "y"}
    web["metadata"]["managedFields"] = [{"manager": "me"}]
    template = web["spec"]["template"]
    template["metadata"]["annotations"] = {"kwok.x-k8s.io/usage-cpu": "1"}
    lines = yaml_lines(web)
    assert lines[0] == "apiVersion: apps/v1"
    found = read_manifest("\n".join(lines))
    assert found["metadata"]["annotations"] == {"a": "b"}
    assert "managedFields" not in found["metadata"]
    assert "annotations" not in found["spec"]["template"]["metadata"]
    assert found["spec"]["template"]["spec"] == template["spec"]


def test_equal_parts_are_written_out() -> None:
    labels = {"app": "web"}
    assert not [line for line in yaml_lines({"a": labels, "b": labels}) if "&" in line]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("a: &x [1]\nb: *x", "aliases are not read"),
        ("a: 1\n---\nb: 2", "must be one document, got 2"),
        ("", "must be one document, got 0"),
        ("[1, 2]", "must be an object"),
        ("a: {", "cannot be read"),
        ("a: !!python/object/apply:os.system [x]", "cannot be read"),
        ("a: !!binary aGk=", "cannot be read"),
        ("a: .nan", "cannot be read"),
        ("[" * 5_000, "cannot be read"),
    ],
)
def test_what_is_no_manifest_is_refused_in_a_line(text: str, says: str) -> None:
    with pytest.raises(ManifestError, match=says) as caught:
        read_manifest(text)
    assert "\n" not in str(caught.value)


def test_times_and_keys_are_texts() -> None:
    assert read_yaml("{at: 2026-01-01T00:00:00Z, 1: 2}", "x") == {
        "at": "2026-01-01T00:00:00Z",
        "1": 2,
    }
    assert yaml.safe_load("2026-01-01T00:00:00Z") != "2026-01-01T00:00:00Z"
