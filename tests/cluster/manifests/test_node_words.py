"""Nodes as a command line writes them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from simarena.cluster.manifests.node_words import parse_nodes
from simarena.errors import ConfigError, ManifestError, StorageError

if TYPE_CHECKING:
    from pathlib import Path

_NODE = "apiVersion: v1\nkind: Node\nmetadata: {name: a}\nstatus: {capacity: {%s}}\n"


def test_shapes_are_counted_out() -> None:
    nodes = parse_nodes(["2x16cpu,32Gi", "500mcpu,1G,8pods"])
    assert [node["metadata"]["name"] for node in nodes] == ["node-1", "node-2", "node-3"]
    assert nodes[1]["status"]["allocatable"] == {"cpu": "16", "memory": "32Gi", "pods": "110"}
    assert nodes[2]["status"]["allocatable"] == {"cpu": "500m", "memory": "1G", "pods": "8"}


@pytest.mark.parametrize("text", ["3x0cpu,32Gi", "16cpu,0", "16cpu,32Gi,0pods", "-1cpu,1Gi"])
def test_a_node_without_capacity_is_refused(text: str) -> None:
    with pytest.raises((ManifestError, ConfigError)) as caught:
        parse_nodes([text])
    assert text in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "text", ["", "big", "3x16cpu", "x16cpu,1Gi", "1x1cpu,1e99Gi", "0x1cpu,1Gi"]
)
def test_what_is_no_shape_is_refused(text: str) -> None:
    with pytest.raises(ConfigError):
        parse_nodes([text])


@pytest.mark.parametrize("given", [5, None, "3x16cpu,32Gi", [5], [None], [b"1cpu,1Gi"]])
def test_what_is_no_list_of_words_is_refused(given: Any) -> None:
    with pytest.raises(ConfigError, match=r"nodes must be a list of shapes, .*got"):
        parse_nodes(given)


@pytest.mark.parametrize(
    "texts", [["10001x1cpu,1Gi"], ["6000x1cpu,1Gi"] * 2, ["9" * 30 + "x1cpu,1Gi"]]
)
def test_more_nodes_than_the_limit_are_refused_with_what_raises_it(
    texts: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(
        ConfigError, match=r"limit of 10,000; to raise it, set SIMARENA_LIMIT_FACTOR"
    ):
        parse_nodes(texts)
    monkeypatch.setenv("SIMARENA_LIMIT_FACTOR", "2")
    assert len(parse_nodes(["10001x1cpu,1Gi"])) == 10_001


def test_a_file_of_manifests_will_do(tmp_path: Path) -> None:
    path = tmp_path / "nodes.yaml"
    status = "{capacity: {cpu: 2, memory: 1Gi}}"
    node = f"{{apiVersion: v1, kind: Node, metadata: {{name: a}}, status: {status}}}\n"
    path.write_text(f"{node}---\nkind: NodeList\nitems: [{node}]\n")
    assert [node["kind"] for node in parse_nodes([str(path)])] == ["Node", "Node"]


@pytest.mark.parametrize(
    ("text", "error", "said"),
    [
        ("kind: Pod\n", ManifestError, "is not a Node"),
        ("apiVersion: v1\nkind: Node\nmetadata: {name: a}\n", ManifestError, "no allocatable cpu"),
        (_NODE % "cpu: 0, memory: 1Gi", ManifestError, "without capacity"),
        (_NODE % "cpu: 1, memory: 1Gi, pods: 0", ManifestError, "without capacity"),
        (
            _NODE % "cpu: -1, memory: 1Gi",
            ManifestError,
            "nodes.yaml: .*must be greater than or equal to 0",
        ),
        (_NODE % "cpu: 1, memory: 1e99Gi", ManifestError, "nodes.yaml: .*quantities must match"),
        ("[unclosed", ManifestError, "is not YAML"),
        (
            "!!python/object/apply:os.getcwd []",
            ManifestError,
            "cannot be read: could not determine",
        ),
        ("", ConfigError, "at least one node"),
    ],
)
def test_other_files_are_refused(
    tmp_path: Path, text: str, error: type[Exception], said: str
) -> None:
    path = tmp_path / "nodes.yaml"
    path.write_text(text)
    with pytest.raises(error, match=said):
        parse_nodes([str(path)])


def test_a_missing_file_is_said(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="cannot be read"):
        parse_nodes([str(tmp_path / "nodes.yaml")])


def test_nodes_of_a_shape_have_the_labels_that_every_kubelet_sets() -> None:
    (made,) = parse_nodes(["16cpu,32Gi"])
    labels = made["metadata"]["labels"]
    assert labels["kubernetes.io/hostname"] == "node-1"
    assert labels["kubernetes.io/os"] == labels["beta.kubernetes.io/os"] == "linux"
    assert labels["kubernetes.io/arch"] == labels["beta.kubernetes.io/arch"] == "amd64"
    kind = labels["node.kubernetes.io/instance-type"]
    assert kind == labels["beta.kubernetes.io/instance-type"]
    assert kind
