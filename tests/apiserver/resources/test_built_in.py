"""What every API serves."""

from __future__ import annotations

from collections import Counter

from simarena.apiserver.resources.built_in import built_in


def test_each_resource_is_served_once() -> None:
    times = Counter((each.group, each.version, each.plural) for each in built_in())
    assert [name for name, number in times.items() if number > 1] == []


def test_a_replication_controller_has_the_parts_of_what_scales() -> None:
    (found,) = [each for each in built_in() if each.kind == "ReplicationController"]
    assert [each.name for each in found.subresources] == ["scale", "status"]
    assert (found.plural, found.short_names) == ("replicationcontrollers", ("rc",))
