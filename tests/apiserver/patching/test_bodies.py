from __future__ import annotations

import pytest

from simarena.apiserver.patching.bodies import decode_apply, decode_patch, strict_error
from simarena.errors import ApiError


@pytest.mark.parametrize("body", [b"[]", b"{}", b"null", b'{"a":[1.5,"x",true,null]}'])
def test_a_patch_is_json(body: bytes) -> None:
    assert decode_patch(body) == decode_patch(b" " + body)


@pytest.mark.parametrize(
    "body",
    [b"", b"[{", b"\xff", b"[" * 100_000, b"[" * 200 + b"]" * 200, b"1" + b"0" * 400, b'"\\ud800"'],
)
def test_what_is_no_json_or_more_than_an_object_holds_is_refused(body: bytes) -> None:
    with pytest.raises(ApiError, match="error decoding patch: ") as error:
        decode_patch(body)
    assert (error.value.status["code"], error.value.status.get("reason", "")) == (400, "BadRequest")
    assert str(error.value).isprintable()


def test_an_apply_is_yaml_or_json_and_times_stay_texts() -> None:
    body = b"kind: Pod\nmetadata:\n  name: p\nspec: {at: 2026-01-01T00:00:00Z, n: 1, b: true}\n"
    assert decode_apply(body) == {
        "kind": "Pod",
        "metadata": {"name": "p"},
        "spec": {"at": "2026-01-01T00:00:00Z", "n": 1, "b": True},
    }
    assert decode_apply(b'{"kind":"Pod"}') == {"kind": "Pod"}
    assert decode_apply(b"") == {}


@pytest.mark.parametrize(
    "body",
    [b"a: [", b"a: &x [1]\nb: *x\n", b"- 1", b"1: 2", b"a: .nan", b"a: !!python/name:os.system"],
)
def test_what_is_no_object_cannot_be_applied(body: bytes) -> None:
    with pytest.raises(ApiError, match="error decoding YAML: ") as error:
        decode_apply(body)
    assert error.value.status["code"] == 400


def test_a_field_that_is_named_twice_is_told_with_its_line() -> None:
    body = b'a:\n  b: 1\n  c: [{d: 1, d: 2}]\n  b: 2\nx: {"y": 1}\n'
    error = strict_error(body)
    assert error is not None
    assert error.status["message"] == (
        "error strict decoding YAML: error converting YAML to JSON: yaml: unmarshal errors:"
        '\n  line 3: key "d" already set in map\n  line 4: key "b" already set in map'
    )
    assert strict_error(b"a: 1\nb: {a: 1}") is None
    assert strict_error(b"") is None
    assert strict_error(b"a: [") is None
