"""Manifests become objects of the API's types, quickly or in its words."""

from __future__ import annotations

import random
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.fuzz import corpus
from tests.fuzz.mutation import mutated

from simarena.cluster.manifests.check import decoded
from simarena.cluster.manifests.schema.decoding import Decoder
from simarena.cluster.manifests.schema.published import kind_type
from simarena.cluster.manifests.schema.quick import read_quickly
from simarena.errors import ApiRefusalError

ROOT = Path(__file__).parents[4]


def config(**more: object) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}, **more}


def test_a_field_that_no_type_has_is_refused() -> None:
    with pytest.raises(ApiRefusalError) as caught:
        decoded(config(dada={"a": "b"}))
    assert caught.value.text == (
        'ConfigMap in version "v1" cannot be handled as a ConfigMap: strict decoding error: '
        'unknown field "dada"'
    )


def test_all_unknown_fields_are_named() -> None:
    with pytest.raises(ApiRefusalError) as caught:
        decoded(config(dada={}, meta=1))
    assert caught.value.text.endswith('unknown field "dada", unknown field "meta"')


def test_fields_that_are_not_refused_are_left_out_and_named() -> None:
    unknown: list[str] = []
    made = decoded(config(dada={"a": "b"}, data={"a": "b"}), unknown=unknown)
    assert (made["data"], "dada" in made) == ({"a": "b"}, False)
    assert unknown == ["dada"]


def test_a_field_that_is_null_is_missing() -> None:
    assert "data" not in decoded(config(data=None))


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.text() | st.floats(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
        max_leaves=8,
    ),
    st.sampled_from(["data", "binaryData", "immutable", "metadata"]),
)
def test_any_value_is_taken_or_refused_in_words(value: object, field: str) -> None:
    try:
        made = decoded(config(**{field: value}))
    except ApiRefusalError as error:
        words = error.text
    else:
        assert made == decoded(made)
        return
    assert words.startswith('ConfigMap in version "v1" cannot be handled')


@given(st.sampled_from(corpus.manifests()), st.integers(0, 2**32))
def test_what_is_read_quickly_is_read_slowly_as_well(sound: dict[str, Any], seed: int) -> None:
    for manifest in (sound, mutated(random.Random(seed), sound)):
        if not isinstance(manifest, dict):
            continue
        known = kind_type(f"{sound['apiVersion']}.{sound['kind']}")
        assert known is not None
        quick = read_quickly(known, manifest)
        if quick is not None:
            decoder = Decoder()
            assert decoder.members(known, manifest) == quick
            assert decoder.unknown == []


def test_sound_manifests_are_read_quickly() -> None:
    for manifest in corpus.manifests():
        known = kind_type(f"{manifest['apiVersion']}.{manifest['kind']}")
        assert known is not None
        assert read_quickly(known, manifest) is not None, manifest["kind"]


AT_ONCE = """
import sys
from threading import Barrier, Thread

from tests.fuzz import corpus

from simarena.cluster.manifests.check import decoded

sys.setswitchinterval(1e-6)
barrier = Barrier(8)

def read():
    for manifest in corpus.manifests():
        barrier.wait(60)
        decoded(manifest)

threads = [Thread(target=read) for _ in range(8)]
for each in threads:
    each.start()
for each in threads:
    each.join()
"""


def test_the_first_manifests_of_a_process_may_be_read_by_several_threads() -> None:
    done = subprocess.run(
        [sys.executable, "-c", AT_ONCE], capture_output=True, text=True, check=False, cwd=ROOT
    )
    assert (done.returncode, done.stdout) == (0, ""), done.stderr
