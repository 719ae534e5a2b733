from __future__ import annotations

from typing import Any

import pytest

from simarena.mcp.kubectl.quota import quota_refusals


def pod(**resources: dict[str, str]) -> dict[str, Any]:
    return {"spec": {"containers": [{"name": "main", "resources": resources}]}}


def quota(hard: dict[str, str], used: dict[str, str] | None = None, **spec: Any) -> dict[str, Any]:
    return {
        "metadata": {"name": "compute"},
        "spec": {"hard": hard, **spec},
        "status": {"hard": hard, "used": used or {}},
    }


def refused(asked: dict[str, Any], *quotas: dict[str, Any], defaulted: bool = False) -> list[str]:
    return quota_refusals(asked, quotas, defaulted=defaulted)


def test_what_would_be_too_much_is_told_in_the_words_of_the_api() -> None:
    asked = pod(requests={"cpu": "500m", "memory": "1Gi"}, limits={"memory": "2Gi"})
    hard = {"requests.cpu": "1", "limits.memory": "8Gi", "pods": "3"}
    used = {"requests.cpu": "750m", "limits.memory": "6Gi", "pods": "3"}
    (told,) = refused(asked, quota(hard, used))
    assert told == (
        "exceeded quota: compute, requested: pods=1,requests.cpu=500m, "
        "used: pods=3,requests.cpu=750m, limited: pods=3,requests.cpu=1"
    )


def test_what_just_fits_is_no_refusal() -> None:
    asked = pod(requests={"cpu": "250m"})
    assert refused(asked, quota({"cpu": "1", "count/pods": "1"}, {"cpu": "750m"})) == []


def test_what_a_quota_limits_has_to_be_said_unless_there_are_defaults() -> None:
    asked = pod(requests={"cpu": "1"})
    limiting = quota({"requests.memory": "8Gi", "requests.cpu": "8"})
    text = "failed quota: compute: must specify requests.memory for: main"
    assert refused(asked, limiting) == [text]
    assert refused(asked, limiting, defaulted=True) == []


def test_a_limit_is_a_request_where_nothing_is_requested() -> None:
    (told,) = refused(pod(limits={"cpu": "2"}), quota({"requests.cpu": "1"}))
    assert told == (
        "exceeded quota: compute, requested: requests.cpu=2, used: requests.cpu=0, "
        "limited: requests.cpu=1"
    )


@pytest.mark.parametrize("scope", [{"scopes": ["BestEffort"]}, {"scopeSelector": {"x": []}}])
def test_quotas_with_scopes_and_of_other_things_say_nothing(scope: dict[str, Any]) -> None:
    assert refused(pod(), quota({"pods": "0"}, **scope)) == []
    assert refused(pod(), quota({"count/secrets": "0", "persistentvolumeclaims": "0"})) == []
