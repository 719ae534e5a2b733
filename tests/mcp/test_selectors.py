from __future__ import annotations

from typing import Any

import pytest

from simarena.errors import RefusedError
from simarena.mcp.selectors import read_selectors

POD: dict[str, Any] = {
    "metadata": {"name": "web-1", "namespace": "a", "labels": {"app": "web", "env": "prod"}},
    "spec": {"nodeName": "n1"},
    "status": {"phase": "Pending"},
}


@pytest.mark.parametrize(
    ("text", "selected"),
    [
        ("", True),
        ("app=web", True),
        ("app==web", True),
        ("app=db", False),
        ("app!=db", True),
        ("tier!=db", True),
        ("app", True),
        ("!app", False),
        ("! tier", True),
        ("env in (prod, test)", True),
        ("env in (dev),app=web", False),
        ("env notin (dev,test),app", True),
        ("app = web , env=prod", True),
    ],
)
def test_label_selectors_select_as_kubectl_does(text: str, selected: bool) -> None:
    assert read_selectors("Pod", text).select(POD) == selected


@pytest.mark.parametrize(
    ("text", "selected"),
    [
        ("status.phase=Pending", True),
        ("status.phase!=Pending", False),
        ("spec.nodeName=n1,metadata.name=web-1", True),
        ("spec.nodeName=", False),
        ("status.podIP=", True),
    ],
)
def test_field_selectors_select_as_the_api_does(text: str, selected: bool) -> None:
    assert read_selectors("Pod", fields=text).select(POD) == selected


def test_fields_of_nodes_and_events_have_their_own_ways() -> None:
    node = {"metadata": {"name": "n"}, "spec": {}}
    assert read_selectors("Node", fields="spec.unschedulable=false").select(node)
    event = {"metadata": {"name": "e"}, "source": {"component": "kubelet"}, "reason": "BackOff"}
    assert read_selectors("Event", fields="source=kubelet,reason=BackOff").select(event)


@pytest.mark.parametrize(
    ("kind", "labels", "fields", "says"),
    [
        ("Pod", "app=(web", "", "unable to parse requirement"),
        ("Pod", "app in web", "", "unable to parse"),
        ("Pod", "", "phase", "invalid field selector"),
        ("Pod", "", "spec.image=x", "field label not supported: spec.image"),
        ("Deployment", "", "status.phase=x", "metadata.name, metadata.namespace"),
    ],
)
def test_what_the_api_refuses_is_refused_with_a_hint(
    kind: str, labels: str, fields: str, says: str
) -> None:
    with pytest.raises(RefusedError, match="BadRequest") as caught:
        read_selectors(kind, labels, fields)
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)
