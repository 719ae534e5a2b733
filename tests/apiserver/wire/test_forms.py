"""Bodies in the binary form, tables, and metadata alone, as clients ask for them."""

from __future__ import annotations

import json

import pytest
from tests.apiserver.conftest import DEPLOYMENTS, MAPS, PODS, Client, config_map, deployment, pod

from simarena.apiserver.protobuf.objects import decoded, encoded

PROTOBUF = "application/vnd.kubernetes.protobuf"
TABLE = "application/json;as=Table;v=v1;g=meta.k8s.io,application/json"
METADATA = "application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io"
WATCHED = (
    "watch=true&sendInitialEvents=true&resourceVersionMatch=NotOlderThan"
    "&allowWatchBookmarks=true&timeoutSeconds=1"
)


def test_objects_are_read_and_answered_in_the_binary_form(client: Client) -> None:
    body = encoded(config_map("m"))
    made = client.send("POST", MAPS, body, content_type=PROTOBUF, accept=f"{PROTOBUF},*/*")
    assert (made.status_code, made.headers["content-type"]) == (201, PROTOBUF)
    assert decoded(made.content) == client.get(f"{MAPS}/m")
    again = client.send("POST", MAPS, body, content_type=PROTOBUF, accept=PROTOBUF)
    assert (again.status_code, decoded(again.content)["reason"]) == (409, "AlreadyExists")
    listed = client.send("GET", MAPS, accept=PROTOBUF)
    assert decoded(listed.content)["kind"] == "ConfigMapList"
    options = encoded({"apiVersion": "v1", "kind": "DeleteOptions"})
    assert client.send("DELETE", f"{MAPS}/m", options, content_type=PROTOBUF).status_code == 200


def test_a_body_that_is_not_the_binary_form_is_refused(client: Client) -> None:
    assert client.send("POST", MAPS, b"k8s\x00\xff", content_type=PROTOBUF).status_code == 400


def test_what_has_no_message_is_answered_in_json(client: Client) -> None:
    found = client.send("GET", "/apis/metrics.k8s.io/v1beta1/nodes", accept=f"{PROTOBUF},*/*")
    assert found.headers["content-type"] == "application/json"


@pytest.mark.parametrize("version", ["v1", "v1beta1"])
def test_lists_and_objects_are_shown_as_tables(client: Client, version: str) -> None:
    client.post(MAPS, config_map("m"))
    accept = TABLE.replace("v=v1", f"v={version}")
    for path in (MAPS, f"{MAPS}/m"):
        found = client.get(path, accept=accept)
        assert (found["kind"], found["apiVersion"]) == ("Table", f"meta.k8s.io/{version}")
        assert [each["cells"][:2] for each in found["rows"]] == [["m", 1]]
        assert found["rows"][0]["object"]["apiVersion"] == f"meta.k8s.io/{version}"


def test_a_table_holds_as_much_of_objects_as_asked(client: Client) -> None:
    client.post(MAPS, config_map("m"))
    whole = client.get(f"{MAPS}?includeObject=Object", accept=TABLE)
    assert whole["rows"][0]["object"]["data"] == {"a": "1"}
    assert client.get(f"{MAPS}?includeObject=None", accept=TABLE)["rows"][0]["object"] is None
    client.get(f"{MAPS}?includeObject=Some", 400, accept=TABLE)


def test_only_the_first_event_of_a_watch_has_the_columns(client: Client) -> None:
    client.post(MAPS, config_map("m"))
    client.post(MAPS, config_map("n"))
    lines = client.send("GET", f"{MAPS}?{WATCHED}", accept=TABLE).text.splitlines()
    events = [json.loads(line) for line in lines]
    begun = [each for each in events if each["type"] == "ADDED"]
    marks = [each["object"] for each in events if each["type"] == "BOOKMARK"]
    assert [bool(each["object"]["columnDefinitions"]) for each in begun] == [True, False]
    assert [each["object"]["rows"][0]["cells"][0] for each in begun] == ["m", "n"]
    assert marks[0]["rows"][0]["cells"] == ["", 0, "<unknown>"]
    assert marks[0]["rows"][0]["object"]["metadata"]["annotations"] == {
        "k8s.io/initial-events-end": "true"
    }


def test_metadata_are_shown_alone(client: Client) -> None:
    made = client.post(PODS, pod("p"))
    found = client.get(f"{PODS}/p", accept=METADATA)
    assert (found["kind"], found["metadata"]) == ("PartialObjectMetadata", made["metadata"])
    assert set(found) == {"kind", "apiVersion", "metadata"}


def test_scales_are_shown_in_a_table_of_their_own(client: Client) -> None:
    client.post(DEPLOYMENTS, deployment("w", replicas=2))
    found = client.get(f"{DEPLOYMENTS}/w/scale", accept=TABLE)
    assert found["rows"][0]["cells"][:3] == ["w", 2, 0]


def test_refusals_stay_what_they_are_where_a_table_is_wanted(client: Client) -> None:
    assert client.get(f"{MAPS}/none", 404, accept=TABLE)["kind"] == "Status"
