"""Recorded answers, judged against a server of our own."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from simarena.apiserver.conformance.folder import judge_api
from simarena.errors import StorageError

if TYPE_CHECKING:
    from pathlib import Path

JSON = {"content-type": "application/json"}


def case(**changed: Any) -> dict[str, Any]:
    path = "/api/v1/namespaces/t1/configmaps"
    body = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "m"}}
    made = {
        **body,
        "metadata": {
            "name": "m",
            "namespace": "t1",
            "uid": "<uid:1>",
            "resourceVersion": "<rv:1>",
            "creationTimestamp": "<time:1>",
        },
    }

    def request(method: str, where: str, sent: Any) -> dict[str, Any]:
        return {"method": method, "path": where, "query": {}, "headers": dict(JSON), "body": sent}

    steps = [
        {
            "request": request("POST", path, body),
            "response": {"status": 201, "headers": JSON, "body": {**made, **changed}},
        },
        {
            "request": request("GET", f"{path}/m", None),
            "response": {"status": 200, "headers": JSON, "body": made},
        },
    ]
    return {
        "family": "made-up",
        "name": "create",
        "namespace": "t1",
        "controllers": False,
        "played": 2,
        "unstable": [],
        "steps": steps,
    }


def written(folder: Path, *cases: dict[str, Any]) -> Path:
    (folder / "api").mkdir()
    text = "\n".join(json.dumps(each) for each in cases)
    (folder / "api" / "made-up.jsonl").write_text(text)
    return folder


def test_each_request_is_a_decision(tmp_path: Path) -> None:
    families = list(judge_api(written(tmp_path, case(), case(data={"a": "1"}))))
    assert [(each.name, each.decisions, each.agreed) for each in families] == [
        ("api/made-up", 4, 3)
    ]
    assert families[0].disagreements == [
        "create step 0, POST /api/v1/namespaces/t1/configmaps: /data: missing, recorded {'a': '1'}"
    ]


def test_a_folder_without_answers_has_no_families(tmp_path: Path) -> None:
    assert list(judge_api(tmp_path)) == []


def test_a_record_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    (tmp_path / "api").mkdir()
    (tmp_path / "api" / "broken.jsonl").write_text("{")
    with pytest.raises(StorageError, match=r"broken\.jsonl:1"):
        list(judge_api(tmp_path))


WHOLE = (
    *("admission", "apply", "create-defaults", "delete", "deletecollection", "discovery"),
    *("http-single", "immutability", "namespace-termination", "patch-json", "patch-merge"),
    *("patch-strategic", "put", "subresources", "validation"),
)
"""Families that all agree, but for what is known."""


@pytest.mark.parametrize("family", WHOLE)
def test_recorded_answers_are_given(shared: Path, family: str) -> None:
    folder = shared / "conformance-hard"
    if not (folder / "api").is_dir():
        pytest.skip(f"no recorded answers in {folder}")
    for judged in judge_api(folder, family):
        assert judged.disagreements == []
