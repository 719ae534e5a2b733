"""What was left out is told once, however much it is."""

from __future__ import annotations

import pytest

from simarena.cluster.messages.left_out import left_out_text


def test_a_few_objects_are_all_named() -> None:
    assert left_out_text(["PersistentVolumeClaim a", "Gadget g"]) == (
        "not simulated: PersistentVolumeClaim a, Gadget g"
    )


@pytest.mark.parametrize("what", ["Gadget", "changes of Gadget", "a change of Gadget"])
def test_of_many_of_a_kind_the_first_are_named_and_the_others_counted(what: str) -> None:
    left_out = [f"{what} g{number}" for number in range(1_204)]
    assert left_out_text(["Widget w", *left_out]) == (
        f"not simulated: Widget w, {what} g0, {what} g1, {what} g2, 1,201 more of {what}"
    )
