"""Recorded commands, played with a kubectl of this machine."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from simarena.apiserver.conformance.commands import files_of, judge_commands

if TYPE_CHECKING:
    from collections.abc import Sequence

MAP = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "m"}, "data": {"a": "1"}}


def step(command: str, stdout: str = "", **more: Any) -> dict[str, Any]:
    body = {"stdout": stdout, "stderr": more.get("stderr", ""), "requests": more.get("sent", [])}
    return {
        "request": {"method": "KUBECTL", "path": command, "headers": {"kubectl": "1.32"}},
        "response": {"status": more.get("status", 0), "body": body},
    }


def judged(steps: Sequence[dict[str, Any]]) -> list[list[str]]:
    program = shutil.which("kubectl")
    if program is None:
        pytest.skip("no kubectl on the search path")
    case = {"steps": steps}
    found = judge_commands(case, Path(program), files_of([case]))
    return [each.differences for each in found]


def test_commands_are_played_with_the_files_that_they_read() -> None:
    create = {"metadata": {**MAP["metadata"], "namespace": "NS"}}  # type: ignore[dict-item]
    steps = [
        step("kubectl create -f m.yaml", "configmap/m created\n", sent=[{"body": MAP | create}]),
        step("kubectl get cm m -o jsonpath={.data.a}", "1"),
        step("kubectl get cm nope", "", status=0),
    ]
    first, second, third = judged(steps)
    assert first == second == []
    assert third[0].startswith("exit code 1, recorded 0")


def test_a_command_that_saw_other_cases_is_not_judged() -> None:
    assert judged([step("kubectl get pods -A", "NAMESPACE  NAME\nk46e5cd  p\n")]) == []


def test_a_file_is_what_was_last_applied() -> None:
    applied = json.dumps({**MAP, "metadata": {"annotations": {}, "name": "m", "namespace": "NS"}})
    key = "kubectl.kubernetes.io/last-applied-configuration"
    sent = {"metadata": {"annotations": {key: applied}}, "data": {"a": "1"}}
    case = {"steps": [step("kubectl apply -f m.yaml", sent=[{"body": sent}])]}
    assert {name: json.loads(text) for name, text in files_of([case]).items()} == {"m.yaml": MAP}
