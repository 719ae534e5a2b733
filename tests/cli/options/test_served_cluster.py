"""Clusters that are served: what their manifests make of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from simarena.cli.options.served_cluster import Served
from simarena.errors import ManifestError

if TYPE_CHECKING:
    from pathlib import Path

CONFIG_MAP = "{apiVersion: v1, kind: ConfigMap, metadata: {name: kept}}"


def test_lists_in_files_of_manifests_are_taken_apart(tmp_path: Path) -> None:
    path = tmp_path / "given.yaml"
    path.write_text(f"{{apiVersion: v1, kind: List, items: [{CONFIG_MAP}]}}")
    cluster = Served(manifests=path).cluster()
    assert [each["metadata"]["name"] for each in cluster.list("ConfigMap")] == ["kept"]


def test_a_list_whose_items_are_none_is_refused_by_name(tmp_path: Path) -> None:
    path = tmp_path / "given.yaml"
    path.write_text("{apiVersion: v1, kind: List, items: 5}")
    with pytest.raises(ManifestError, match=r"given.yaml: items: must be a list, got 5"):
        Served(manifests=path).cluster()
