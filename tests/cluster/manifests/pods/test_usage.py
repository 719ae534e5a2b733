"""Annotations of usage: quantities, schedules, and what is wrong with them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simarena.cluster.manifests.pods.usage import (
    CPU_ANNOTATION,
    MEMORY_ANNOTATION,
    Usage,
    parse_duration_ms,
    pod_usage,
    value_at,
)
from simarena.errors import ManifestError, QuantityError

MEBIBYTE = 1024 * 1024


def usage(**annotations: str) -> Usage:
    names = {"cpu": CPU_ANNOTATION, "memory": MEMORY_ANNOTATION}
    given_ = {names[key]: value for key, value in annotations.items()}
    return pod_usage(given_, "Pod default/a: metadata")


def test_a_quantity_holds_from_the_start() -> None:
    assert usage(cpu="250m", memory="100Mi") == Usage(((0, 250),), ((0, 100 * MEBIBYTE),))


def test_metrics_are_read_by_their_names_in_thousandths() -> None:
    annotations = {"simarena.io/metric.requests": "0s=20,60s=500m", "other": "x"}
    read = pod_usage(annotations, "Pod default/a: metadata")
    assert read.metrics == (("requests", ((0, 20_000), (60_000, 500))),)
    with pytest.raises(ManifestError, match=r"annotations\[simarena.io/metric.requests\]"):
        pod_usage({"simarena.io/metric.requests": "many"}, "Pod default/a: metadata")


def test_a_schedule_is_a_value_for_each_age() -> None:
    memory = usage(memory="0s=100Mi, 30s=600Mi,1m30s=0").memory
    assert memory == ((0, 100 * MEBIBYTE), (30_000, 600 * MEBIBYTE), (90_000, 0))
    assert value_at(memory, 29_999, 7) == 100 * MEBIBYTE
    assert value_at(memory, 30_000, 7) == 600 * MEBIBYTE
    assert value_at((), 30_000, 7) == 7


def test_without_annotations_nothing_is_said() -> None:
    assert usage() == Usage((), ())
    assert pod_usage({}, "Pod") == Usage((), ())


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("lots", "lots"),
        ("-1Mi", "negative"),
        ("0s=1Mi,30s", "no step"),
        ("30s=1Mi", "must begin with 0s"),
        ("0s=1Mi,20s=2Mi,20s=3Mi", "must increase"),
        ("0s=1Mi,soon=2Mi", "no duration"),
        ("0s=", "quantity"),
    ],
)
def test_a_wrong_annotation_is_named(text: str, message: str) -> None:
    with pytest.raises(ManifestError, match=message) as raised:
        usage(memory=text)
    expected = f"Pod default/a: metadata.annotations[{MEMORY_ANNOTATION}]: "
    assert str(raised.value).startswith(expected)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize(
    ("text", "time_ms"), [("0s", 0), ("1.5s", 1_500), ("2h", 7_200_000), ("1m1s1ms", 61_001)]
)
def test_durations_are_written_as_in_go(text: str, time_ms: int) -> None:
    assert parse_duration_ms(text) == time_ms


@given(st.text(max_size=12))
def test_no_other_text_is_a_duration(text: str) -> None:
    try:
        assert parse_duration_ms(text) >= 0
    except QuantityError as error:
        words = str(error)
    else:
        return
    assert "duration" in words or "longer" in words
