from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.trace._objects import deployment, pod, trace_of

from simarena.errors import StorageError, TraceError
from simarena.trace import Trace, TraceEvent, new_trace
from simarena.trace.codec import decode

if TYPE_CHECKING:
    from pathlib import Path

PLAIN = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"]), max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=12,
)
LIFECYCLE = (
    st.just("Empty")
    | st.builds(lambda ts: {"Running": ts}, st.integers(-(2**63), 2**63 - 1))
    | st.builds(lambda ts: {"Finished": [ts, ts + 30]}, st.integers(0, 2**40))
)


@st.composite
def traces(draw: st.DrawFn) -> Trace:
    times = sorted(draw(st.lists(st.integers(-(2**40), 2**40), max_size=4)))
    events = []
    for ts in times:
        custom = {
            "apiVersion": "example.com/v1",
            "kind": "Thing",
            "metadata": {"name": "thing", "namespace": "ns"},
            "spec": draw(PLAIN),
        }
        events.append(
            TraceEvent(ts, [deployment(replicas=draw(st.integers(0, 9))), custom], [pod()])
        )
    hashes = st.dictionaries(st.integers(0, 2**64 - 1), st.lists(LIFECYCLE, min_size=1, max_size=2))
    return Trace(
        events=events,
        config={"trackedObjects": {"apps/v1.Deployment": {"trackLifecycle": True}}},
        index={"v1.Pod": draw(st.dictionaries(st.text(max_size=5), st.integers(0, 2**64 - 1)))},
        pod_lifecycles={("apps/v1.Deployment", "a:b/c"): draw(hashes)},
    )


@given(traces())
def test_what_is_written_is_read_back_the_same(trace: Trace) -> None:
    data = trace.to_bytes()
    again = Trace.from_bytes(data)
    assert again == trace
    assert again.to_bytes() == data
    assert Trace.from_bytes(trace.to_json_bytes()) == trace


@pytest.mark.parametrize("name", ["dsb-scaling", "bare-pods"])
def test_recorded_traces_come_back_byte_for_byte(shared: Path, tmp_path: Path, name: str) -> None:
    path = shared / "traces" / f"{name}.sktrace"
    trace = Trace.from_path(path)
    assert trace.to_bytes() == path.read_bytes()
    trace.save(tmp_path / "copy.sktrace")
    assert (tmp_path / "copy.sktrace").read_bytes() == path.read_bytes()
    # The encoder itself is faithful too, not only the bytes that were kept.
    assert trace.with_events(trace.events).to_bytes() == path.read_bytes()
    assert Trace.from_bytes(trace.to_json_bytes()).to_bytes() == path.read_bytes()


def test_recorded_traces_say_what_they_hold(shared: Path) -> None:
    trace = Trace.from_path(shared / "traces" / "dsb-scaling.sktrace")
    assert sum(len(event.applied_objs) for event in trace.events) == 46
    assert trace.events[-1].ts - trace.events[0].ts == 1134
    bare = Trace.from_path(shared / "traces" / "bare-pods.sktrace")
    lifecycles = bare.pod_lifecycles["v1.Pod", "testing/bare-pod-1781282570"]
    assert lifecycles == {2151974655102796215: [{"Finished": [1781282571, 1781282601]}]}


def test_bytes_that_are_not_canonical_come_back_too() -> None:
    data = new_trace([deployment()]).to_bytes().replace(b"\xa4main", b"\xd9\x04main")
    assert Trace.from_bytes(data).to_bytes() == data


def test_a_change_in_place_is_written_and_not_lost() -> None:
    trace = Trace.from_bytes(new_trace([deployment(replicas=2)]).to_bytes())
    trace.events[0].applied_objs[0]["spec"]["replicas"] = 5
    assert Trace.from_bytes(trace.to_bytes()).events[0].applied_objs[0]["spec"]["replicas"] == 5


def test_an_unsound_change_in_place_is_not_written(tmp_path: Path) -> None:
    trace = Trace.from_bytes(new_trace([deployment()]).to_bytes())
    trace.events[0].applied_objs[0]["spec"]["replicas"] = {1, 2}
    with pytest.raises(TraceError, match=r"spec\.replicas"):
        trace.save(tmp_path / "a.sktrace")
    assert list(tmp_path.iterdir()) == []


def test_unknown_fields_of_a_file_survive_an_edit() -> None:
    values = decode(new_trace([deployment()]).to_bytes(), "x")
    values["metadata"] = {"description": "hand-written"}
    trace = Trace.from_bytes(msgspec.msgpack.encode(values))
    assert trace.extras == {"metadata": {"description": "hand-written"}}
    assert decode(trace.with_events([]).to_bytes(), "x")["metadata"] == values["metadata"]


def test_what_is_written_has_the_fields_and_the_order_of_simkube() -> None:
    values = decode(new_trace([deployment()], ts=7).to_bytes(), "x")
    assert list(values) == ["version", "config", "events", "index", "pod_lifecycles"]
    assert values["version"] == 2
    assert list(values["events"][0]) == ["ts", "applied_objs", "deleted_objs"]


def test_json_names_owners_and_hashes_as_text() -> None:
    trace = Trace(
        events=[],
        config={"trackedObjects": {}},
        index={},
        pod_lifecycles={("v1.Pod", "ns/a"): {2**64 - 1: [{"Running": 5}]}},
    )
    values: dict[str, Any] = msgspec.json.decode(trace.to_json_bytes())
    assert values["pod_lifecycles"] == {"v1.Pod:ns/a": {"18446744073709551615": [{"Running": 5}]}}


def test_json_may_start_with_white_space_or_a_byte_order_mark() -> None:
    data = new_trace([deployment()]).to_json_bytes()
    assert Trace.from_bytes(b"\n  " + data) == Trace.from_bytes(b"\xef\xbb\xbf" + data)


def test_only_plain_values_can_be_held() -> None:
    manifest = deployment()
    manifest["metadata"]["creationTimestamp"] = dt.datetime.now(tz=dt.UTC)
    with pytest.raises(TraceError, match=r"metadata\.creationTimestamp: is a datetime"):
        new_trace([manifest])


def test_events_are_not_shared_with_what_was_replaced() -> None:
    trace = trace_of((0, [deployment()], []), (5, [], [deployment()]))
    shorter = trace.with_events(trace.events[:1])
    assert len(trace.events) == 2
    assert len(shorter.events) == 1


def test_a_missing_file_is_a_storage_error_that_names_it(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match=r"none\.sktrace: cannot be read: no such file"):
        Trace.from_path(tmp_path / "none.sktrace")


def test_a_file_above_the_limit_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "big.sktrace"
    path.write_bytes(bytes(2000))
    with pytest.raises(StorageError, match="larger than"):
        Trace.from_path(path, max_bytes=1000)
