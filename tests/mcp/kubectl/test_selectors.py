from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simarena.errors import RefusedError
from simarena.mcp.kubectl.selectors import MOST_REQUIREMENTS, _requirements, read_selectors

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


@pytest.mark.parametrize("kind", ["labels", "fields"])
def test_a_selector_has_only_so_many_requirements(kind: str) -> None:
    term = "app=web" if kind == "labels" else "status.phase=Pending"
    most = ",".join([term] * MOST_REQUIREMENTS)
    assert read_selectors("Pod", **{kind: most}).select(POD)
    with pytest.raises(RefusedError, match="a selector of 50000 requirements; at most 100"):
        read_selectors("Pod", **{kind: ",".join([term] * 50_000)})


@pytest.mark.parametrize("text", ["(" * 50_000, "a=b " * 50_000, "in (" * 50_000, "a" * 500_000])
def test_what_is_long_and_wrong_is_refused_in_a_short_line(text: str) -> None:
    for selectors in ({"labels": text + "~"}, {"fields": text + "~"}):
        with pytest.raises(RefusedError, match="BadRequest") as caught:
            read_selectors("Pod", **selectors)
        assert len(str(caught.value)) < 300


@given(st.text("ab=!,() ", max_size=60))
def test_terms_are_what_is_between_commas_outside_of_parentheses(text: str) -> None:
    """The obvious version: take away what is in parentheses, then split."""
    if "(" in re.sub(r"\([^()]*\)", "", text) or ")" in re.sub(r"\([^()]*\)", "", text):
        return
    masked = re.sub(r"\([^()]*\)", lambda found: found[0].replace(",", ";"), text)
    expected = [part.strip().replace(";", ",") for part in masked.split(",") if part.strip()]
    assert _requirements(text) == expected


@pytest.mark.parametrize(
    ("kind", "labels", "fields", "says"),
    [
        ("Pod", "app=(web", "", "unable to parse requirement"),
        ("Pod", "app in web", "", "unable to parse"),
        ("Pod", "", "phase", "invalid field selector"),
        ("Pod", "", "spec.image=x", "field label not supported: 'spec.image'"),
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
