"""What `deploy/simkube` sets up is what the code asks for."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from simarena.cluster import Cluster
from simarena.cluster.manifests.node_words import DEFAULT_NUM_NODES
from simarena.env.scenarios.scenario import default_nodes
from simarena.simkube.evidence import is_tainted
from simarena.simkube.preflight import CLEANING, RIGHTS
from simarena.simkube.settings import VERSION

FOLDER = Path(__file__).parents[2] / "deploy" / "simkube"


def documents(name: str) -> list[dict[str, Any]]:
    return list(yaml.safe_load_all((FOLDER / name).read_text("utf-8")))


def granted(name: str, kind: str) -> set[tuple[str, str, str]]:
    (role,) = (
        each
        for each in documents("rbac.yaml")
        if each["kind"] == kind and each["metadata"]["name"] == name
    )
    return {
        (group, resource, verb)
        for rule in role["rules"]
        for group in rule["apiGroups"]
        for resource in rule["resources"]
        for verb in rule["verbs"]
    }


def test_the_roles_grant_what_is_needed_and_nothing_else() -> None:
    for name, rights in (("simarena", RIGHTS), ("simarena-clean", CLEANING)):
        for kind, everywhere in (("ClusterRole", True), ("Role", False)):
            assert granted(name, kind) == {
                (right.group, right.resource, verb)
                for right in rights
                for verb in right.verbs
                if (not right.namespace) == everywhere
            }


def test_the_virtual_nodes_are_those_of_the_default_cluster() -> None:
    nodes = documents("nodes.yaml")
    assert len(Cluster(nodes).list("Node")) == DEFAULT_NUM_NODES
    for node, default in zip(nodes, default_nodes(), strict=True):
        allocatable = default["status"]["allocatable"]
        assert node["metadata"]["name"] == default["metadata"]["name"]
        assert node["status"]["allocatable"] | allocatable == node["status"]["allocatable"]
        assert node["metadata"]["labels"]["type"] == "virtual"
        assert is_tainted(node)


def test_what_is_fetched_from_elsewhere_is_pinned() -> None:
    for path in FOLDER.rglob("kustomization.yaml"):
        for each in yaml.safe_load(path.read_text("utf-8"))["resources"]:
            assert "://" not in each or "/v" in each or f"ref=v{VERSION}" in each, each
            assert "://" in each or (path.parent / each).exists()
