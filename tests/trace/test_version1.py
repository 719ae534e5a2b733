from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from tests.trace._objects import deployment

from simarena.errors import TraceError
from simarena.trace import Trace
from simarena.trace.codec import decode
from simarena.trace.siphash import spec_hash

if TYPE_CHECKING:
    from collections.abc import Callable

OLD = deployment(requests={"cpu": "7.097599104808294", "memory": "14.492090462838537Gi"})


def old_map() -> dict[str, Any]:
    return {
        "version": 1,
        "metadata": {"description": "Synthetic trace #0007"},
        "events": [{"ts": 1730390407, "applied_objs": [OLD]}],
    }


@pytest.mark.parametrize("encode", [msgspec.msgpack.encode, msgspec.json.encode])
def test_a_hand_written_trace_becomes_a_complete_version_2(
    encode: Callable[[object], bytes],
) -> None:
    trace = Trace.from_bytes(encode(old_map()))
    values = decode(trace.to_bytes(), "x")
    assert values["version"] == 2
    assert values["config"] == {
        "trackedObjects": {"apps/v1.Deployment": {"podSpecTemplatePaths": ["/spec/template"]}}
    }
    assert values["index"] == {"apps/v1.Deployment": {"default/web": spec_hash(OLD["spec"])}}
    assert values["pod_lifecycles"] == {}
    assert values["events"] == [{"ts": 1730390407, "applied_objs": [OLD], "deleted_objs": []}]
    assert values["metadata"] == {"description": "Synthetic trace #0007"}
    assert Trace.from_bytes(trace.to_bytes()) == trace


def test_objects_get_the_namespace_that_simkube_insists_on() -> None:
    node = {"apiVersion": "v1", "kind": "Node", "metadata": {"name": "n1"}}
    events = [{"ts": 0, "applied_objs": [deployment(namespace=None), node]}]
    trace = Trace.from_bytes(msgspec.msgpack.encode({"version": 1, "events": events}))
    placed, unplaced = trace.events[0].applied_objs
    assert placed["metadata"]["namespace"] == "default"
    assert "namespace" not in unplaced["metadata"]


def test_the_old_name_of_the_template_path_is_replaced() -> None:
    config = {"trackedObjects": {"apps/v1.Deployment": {"podSpecTemplatePath": "/spec/template"}}}
    trace = Trace.from_bytes(msgspec.msgpack.encode({**old_map(), "config": config}))
    assert trace.config["trackedObjects"]["apps/v1.Deployment"] == {
        "podSpecTemplatePaths": ["/spec/template"]
    }


def test_the_four_part_list_of_old_simkube_is_read() -> None:
    config = {"trackedObjects": {"apps/v1.Deployment": {"podSpecTemplatePath": "/spec/template"}}}
    events = [{"ts": 5, "applied_objs": [OLD], "deleted_objs": []}]
    lifecycles = {"default/web": {17: [{"Running": 6}]}}
    data = msgspec.msgpack.encode([config, events, {"default/web": 1}, lifecycles])
    trace = Trace.from_bytes(data)
    assert trace.pod_lifecycles == {("apps/v1.Deployment", "default/web"): {17: [{"Running": 6}]}}
    assert trace.index == {"apps/v1.Deployment": {"default/web": spec_hash(OLD["spec"])}}


def test_lifecycles_without_an_owner_in_the_trace_are_refused() -> None:
    values = {**old_map(), "pod_lifecycles": {"default/gone": {1: ["Empty"]}}}
    with pytest.raises(TraceError, match="no event applies this owner"):
        Trace.from_bytes(msgspec.msgpack.encode(values))


@pytest.mark.parametrize("events", [None, {}, [1], [{}], [{"ts": 1, "applied_objs": {}}]])
def test_broken_events_are_refused(events: object) -> None:
    with pytest.raises(TraceError, match="event"):
        Trace.from_bytes(msgspec.msgpack.encode({"version": 1, "events": events}))


def test_a_list_of_four_other_things_is_refused() -> None:
    with pytest.raises(TraceError):
        Trace.from_bytes(b"[1, 2, 3, 4]")
