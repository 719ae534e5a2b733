"""Bodies that kubectl 1.32 and 1.37 sent in binary form, and what a real server answered."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

from tests.apiserver.patching.test_recorded import differences
from tests.apiserver.records import family

from simarena.apiserver.protobuf.objects import decoded, encoded

if TYPE_CHECKING:
    from pathlib import Path

ADMITTED = {"labels", "selector"}
"""What the server gives Jobs by itself."""


def binary(value: Any) -> bytes | None:
    found = value.get("$base64") if isinstance(value, dict) else None
    return None if found is None else base64.b64decode(found)


def test_requests_hold_the_objects_that_were_made_of_them(shared: Path) -> None:
    judged = 0
    for steps in family(shared, "protobuf"):
        for step in steps:
            body = binary(step.body)
            if body is None or step.status != 201 or binary(step.answer) is not None:
                continue
            found = decoded(body)
            if found["kind"] == "SelfSubjectRulesReview":  # its status is worked out
                assert found["spec"] == {"namespace": found["spec"]["namespace"]}
                continue
            if "namespace" in found["metadata"]:
                found["metadata"]["namespace"] = step.answer["metadata"]["namespace"]
            wrong = [
                each
                for each in differences(found, step.answer)
                if "only theirs" not in each  # defaults
            ]
            assert wrong == [], step.case
            judged += 1
    assert judged == 11


def test_what_is_read_is_written_to_the_byte_as_it_was(shared: Path) -> None:
    bodies = [
        body
        for steps in family(shared, "protobuf")
        for step in steps
        for body in (binary(step.body), binary(step.answer))
        if body is not None
    ]
    assert len(bodies) == 36
    for body in bodies:
        assert encoded(decoded(body)) == body
