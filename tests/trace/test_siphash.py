from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from simarena.trace import Trace
from simarena.trace.kinds import kind_key, namespaced_name
from simarena.trace.siphash import siphash13, spec_hash

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.skipif(sys.hash_info.algorithm != "siphash13", reason="Python hashes otherwise")
def test_agrees_with_pythons_own_siphash_under_a_zero_key() -> None:
    texts = [bytes(range(size)) for size in range(1, 40)]
    printed = subprocess.run(
        [sys.executable, "-c", f"print(*map(hash, {texts!r}))"],
        env={**os.environ, "PYTHONHASHSEED": "0"},
        capture_output=True,
        check=True,
        text=True,
    ).stdout
    assert [int(value) % 2**64 for value in printed.split()] == [siphash13(text) for text in texts]


def test_the_order_of_keys_does_not_matter_but_that_of_items_does() -> None:
    assert spec_hash({"b": 1, "a": 2}) == spec_hash({"a": 2, "b": 1})
    assert spec_hash([1, 2]) != spec_hash([2, 1])
    assert spec_hash({"a": 0.0}) == spec_hash({"a": -0.0})
    assert spec_hash(None) == siphash13(bytes(8))
    assert spec_hash({"a": True}) == siphash13(b"a\xff\x01")


def test_what_no_manifest_holds_has_no_hash() -> None:
    with pytest.raises(TypeError):
        spec_hash({1})


def test_a_recorded_index_is_reproduced(shared: Path) -> None:
    trace = Trace.from_path(shared / "traces" / "dsb-scaling.sktrace")
    index: dict[str, dict[str, int]] = {}
    for event in trace.events:
        for manifest in event.applied_objs:
            hashes = index.setdefault(kind_key(manifest), {})
            hashes[namespaced_name(manifest)] = spec_hash(manifest["spec"])
    assert index == trace.index
    assert len(index["apps/v1.Deployment"]) == 27
