"""Lists: selected, of a version, page by page, in other forms."""

from __future__ import annotations

import pytest
from tests.apiserver.conftest import MAPS, Client, config_map


@pytest.fixture
def filled(client: Client) -> Client:
    """Five ConfigMaps, a to e."""
    for name in "abcde":
        client.post(MAPS, config_map(name, labels={"n": name}))
    return client


def names(listed: dict[str, list[dict[str, dict[str, str]]]]) -> str:
    return "".join(each["metadata"]["name"] for each in listed["items"])


def test_items_of_a_list_have_no_kind(filled: Client) -> None:
    listed = filled.get(MAPS)
    assert (listed["kind"], listed["apiVersion"]) == ("ConfigMapList", "v1")
    assert "kind" not in listed["items"][0]
    assert names(listed) == "abcde"


def test_a_list_is_selected_by_labels_and_fields(filled: Client) -> None:
    assert names(filled.get(f"{MAPS}?labelSelector=n in (b,d)")) == "bd"
    assert names(filled.get(f"{MAPS}?fieldSelector=metadata.name=c")) == "c"
    assert names(filled.get("/api/v1/configmaps?labelSelector=n")) == "abcde"


def test_pages_show_one_state_whatever_changes_between_them(filled: Client) -> None:
    first = filled.get(f"{MAPS}?limit=2")
    assert names(first) == "ab"
    assert first["metadata"]["remainingItemCount"] == 3
    filled.delete(f"{MAPS}/c")
    filled.post(MAPS, config_map("bb"))
    token = first["metadata"]["continue"]
    second = filled.get(f"{MAPS}?limit=2&continue={token}")
    assert names(second) == "cd"
    assert second["metadata"]["resourceVersion"] == first["metadata"]["resourceVersion"]
    last = filled.get(f"{MAPS}?limit=2&continue={second['metadata']['continue']}")
    assert names(last) == "e"
    assert "continue" not in last["metadata"]


def test_a_page_of_a_state_that_is_no_longer_kept_is_expired(filled: Client) -> None:
    token = filled.get(f"{MAPS}?limit=2")["metadata"]["continue"]
    filled.delete(f"{MAPS}/c")
    filled.api.store.history.compact(filled.api.store.version)
    status = filled.get(f"{MAPS}?limit=2&continue={token}", 410)
    assert status["reason"] == "Expired"
    rest = filled.get(f"{MAPS}?limit=9&continue={status['metadata']['continue']}")
    assert names(rest) == "de"


def test_an_exact_version_is_shown_as_it_was(filled: Client) -> None:
    version = filled.get(MAPS)["metadata"]["resourceVersion"]
    filled.delete(f"{MAPS}/a")
    exact = f"{MAPS}?resourceVersionMatch=Exact&resourceVersion={version}"
    assert names(filled.get(exact)) == "abcde"
    newer = f"{MAPS}?resourceVersionMatch=NotOlderThan&resourceVersion={version}"
    assert names(filled.get(newer)) == "bcde"


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("limit=x", 400),
        ("resourceVersion=abc", 400),
        ("resourceVersionMatch=Exact", 422),
        ("resourceVersionMatch=Bogus&resourceVersion=1", 422),
        ("sendInitialEvents=true", 422),
        ("continue=%00", 400),
        ("labelSelector=a in", 400),
        ("timeout=x", 400),
    ],
)
def test_options_that_make_no_sense_are_refused(client: Client, query: str, code: int) -> None:
    assert client.get(f"{MAPS}?{query}", code)["status"] == "Failure"


def test_metadata_alone_are_shown_to_who_wants_no_more(filled: Client) -> None:
    form = "application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io"
    listed = filled.get(MAPS, accept=form)
    assert listed["kind"] == "PartialObjectMetadataList"
    assert set(listed["items"][0]) == {"kind", "apiVersion", "metadata"}
    assert filled.get(f"{MAPS}?labelSelector=x", accept=form)["items"] is None


def test_yaml_is_written_to_who_reads_it(filled: Client) -> None:
    response = filled.send("GET", f"{MAPS}/a", accept="application/yaml")
    assert response.headers["content-type"] == "application/yaml"
    assert "kind: ConfigMap\n" in response.text
    assert filled.send("GET", f"{MAPS}/a", accept="text/plain").status_code == 406


def test_large_answers_are_compressed(client: Client) -> None:
    client.post(MAPS, {**config_map("m"), "data": {"a": "x" * 200_000}})
    response = client.send("GET", f"{MAPS}/m", accept_encoding="gzip")
    assert response.headers["content-encoding"] == "gzip"
    assert response.json()["data"]["a"] == "x" * 200_000
