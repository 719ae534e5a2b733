from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
POLICIES = sorted((ROOT / "deploy" / "aws").glob("*.json"))


@pytest.mark.parametrize("path", POLICIES, ids=lambda path: path.stem)
def test_a_policy_is_json_in_the_current_language(path: Path) -> None:
    assert json.loads(path.read_text())["Version"] == "2012-10-17"


def test_who_launches_may_do_what_the_code_asks_for_and_no_more() -> None:
    policy = json.loads((ROOT / "deploy/aws/launcher-policy.json").read_text())
    allowed: set[str] = set()
    for each in policy["Statement"]:
        actions = each["Action"]
        allowed |= {actions} if isinstance(actions, str) else set(actions)
    code = "".join(path.read_text() for path in (ROOT / "src/simarena/ec2").glob("*.py"))
    names = set(re.findall(r'ec2\.(?:get_paginator\(")?(\w+_\w+)[("),]', code))
    asked = {"ec2:" + "".join(word.title() for word in name.split("_")) for name in names}
    assert allowed == asked | {"ec2:CreateTags", "iam:PassRole", "ssm:GetParameters"}


def test_machines_may_only_be_ended_by_whom_they_belong_to() -> None:
    policy = json.loads((ROOT / "deploy/aws/launcher-policy.json").read_text())
    (ending,) = [each for each in policy["Statement"] if "ec2:TerminateInstances" in each["Action"]]
    assert ending["Condition"]["StringEquals"] == {"aws:ResourceTag/Project": "simarena"}
