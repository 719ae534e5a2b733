from __future__ import annotations

from pathlib import Path

from simarena.cluster.codes.feature_gates import GATES, is_enabled

DOCS = Path(__file__).parents[3] / "docs" / "cluster.md"


def test_the_documents_show_every_gate_with_its_default() -> None:
    lines = DOCS.read_text("utf-8").splitlines()
    for gate in GATES:
        default = "on" if gate.enabled else "off"
        assert f"| {gate.name} | {gate.stage} | {default} | {gate.effect} |" in lines


def test_gates_stand_once_in_the_order_of_their_names() -> None:
    names = [gate.name for gate in GATES]
    assert names == sorted(set(names))
    assert not is_enabled("MaxUnavailableStatefulSet")
    assert is_enabled("PodDeletionCost")
