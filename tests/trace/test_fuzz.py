from __future__ import annotations

import random
import tracemalloc
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.trace._objects import deployment, pod, trace_of

from simarena.errors import TraceError
from simarena.trace import Trace, codec, timeline, workloads

if TYPE_CHECKING:
    from pathlib import Path

SMALL = trace_of(
    (0, [deployment(requests={"cpu": "500m", "memory": "1Gi"}, limits={"cpu": "1"}), pod()], []),
    (9, [deployment(replicas=3)], [pod()]),
)


def read_or_refuse(data: bytes) -> None:
    """Only a TraceError may come out, or a trace that everything else can use."""
    try:
        trace = Trace.from_bytes(data)
    except TraceError as error:
        assert "\n" not in str(error)  # noqa: PT017
        return
    timeline(trace)
    workloads(trace)
    Trace.from_bytes(trace.to_bytes())
    Trace.from_bytes(trace.to_json_bytes())


@st.composite
def mutated(draw: st.DrawFn, data: bytes) -> bytes:
    changed = bytearray(data)
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, max(0, len(changed) - 1)))
        match draw(st.integers(0, 3)):
            case 0:
                changed[at : at + 1] = bytes([draw(st.integers(0, 255))])
            case 1:
                del changed[at : at + draw(st.integers(1, 20))]
            case 2:
                changed[at:at] = draw(st.binary(max_size=6))
            case _:
                del changed[at:]
    return bytes(changed)


@settings(max_examples=400)
@given(mutated(SMALL.to_bytes()))
def test_mutated_messagepack_never_surprises(data: bytes) -> None:
    read_or_refuse(data)


@settings(max_examples=200)
@given(mutated(SMALL.to_json_bytes()))
def test_mutated_json_never_surprises(data: bytes) -> None:
    read_or_refuse(data)


@given(st.binary(max_size=200))
def test_noise_never_surprises(data: bytes) -> None:
    read_or_refuse(data)


@pytest.mark.parametrize("name", ["dsb-scaling", "bare-pods"])
def test_mutated_recordings_never_surprise(shared: Path, name: str) -> None:
    data = (shared / "traces" / f"{name}.sktrace").read_bytes()
    rng = random.Random(0)
    for _ in range(100):
        changed = bytearray(data)
        for _ in range(rng.randint(1, 5)):
            changed[rng.randrange(len(changed))] = rng.randrange(256)
        read_or_refuse(bytes(changed[: rng.choice([len(data), rng.randrange(len(data))])]))


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x91" * 1_000_000,
        b"[" * 1_000_000,
        b'{"a":' * 100_000,
        b"\xdd\xff\xff\xff\xff",
        b"\xdf\xff\xff\xff\xff",
        b"\xdb\xff\xff\xff\xff",
        b"\xc6\xff\xff\xff\xff",
        b"\xc7\x08\xff" + b"\xff" * 8,
        b"\xc7\x0c\xff" + b"\xff" * 12,
        b"\x81\x80\x01",
        b"\x81\xa1\xff\x01",
        b"{}",
        b"[]",
        b'{"version": 1e999}',
        b'{"version": ' + b"9" * 10_000 + b"}",
        b'{"version": 2, "pod_lifecycles": {"a:b": {"' + b"9" * 5000 + b'": []}}}',
        b"\x1f\x8b\x08 gzip",
        b"\x89PNG\r\n",
    ],
)
def test_hostile_files_are_refused_with_little_memory(data: bytes) -> None:
    tracemalloc.start()
    try:
        with pytest.raises(TraceError):
            Trace.from_bytes(data)
        assert tracemalloc.get_traced_memory()[1] < 64 * 2**20
    finally:
        tracemalloc.stop()


def test_a_manifest_may_not_be_nested_without_end() -> None:
    manifest = deployment()
    inner: list[object] = []
    manifest["spec"]["strategy"] = inner
    for _ in range(150):
        inner.append([])
        inner = inner[0]  # type: ignore[assignment]
    with pytest.raises(TraceError, match="is nested more than 128 deep"):
        trace_of((0, [manifest], []))


@pytest.mark.parametrize("data", [b"\xdc\x00\x40" + b"\x90" * 64, b"[" + b"[]," * 64 + b"[]]"])
def test_more_lists_and_maps_than_memory_should_hold_are_refused(
    data: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(codec, "MAX_CONTAINERS", 50)
    with pytest.raises(TraceError, match="more than 50 lists and maps"):
        Trace.from_bytes(data)
