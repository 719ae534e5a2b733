"""Field selectors of requests."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from simarena.apiserver.resources.registry import Registry
from simarena.apiserver.selectors.fields import read_fields
from simarena.errors import ApiError

if TYPE_CHECKING:
    from simarena.apiserver.resources.resource import Resource

METADATA = '"metadata.name", "metadata.namespace"'

POD = {
    "metadata": {"name": "a", "namespace": "n"},
    "spec": {"nodeName": "node-1"},
    "status": {"phase": "Pending"},
}


def resource(group: str, plural: str) -> Resource:
    found = Registry().get(group, "v1", plural)
    assert found is not None
    return found


PODS = resource("", "pods")


@pytest.mark.parametrize(
    ("selector", "wanted"),
    [
        ("", True),
        ("=", True),
        ("metadata.name=a", True),
        ("metadata.name==a,status.phase!=Running", True),
        ("status.phase=Pending,", True),
        ("spec.nodeName!=node-1", False),
        ("spec.hostNetwork=true", False),
        ("status.podIP=", True),
        ("metadata.name=a\\,b", False),
    ],
)
def test_a_selector_wants_some_fields(selector: str, wanted: bool) -> None:
    assert read_fields(selector, PODS).matches(POD) is wanted


@pytest.mark.parametrize(
    ("kind", "selector", "message"),
    [
        (PODS, "spec.x=1", "field label not supported: spec.x"),
        (
            resource("apps", "deployments"),
            "status.replicas=0",
            f'"status.replicas" is not a known field selector: only {METADATA}',
        ),
        (PODS, "metadata.name=a=b", "invalid field selector: unescaped character in value: 61"),
        (PODS, "name", "invalid selector: 'name'; can't understand 'name'"),
    ],
)
def test_others_are_refused_in_the_apis_words(kind: Resource, selector: str, message: str) -> None:
    with pytest.raises(ApiError) as caught:
        read_fields(selector, kind)
    assert caught.value.status["message"] == message
