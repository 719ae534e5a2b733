"""Versions, the history of changes, and former states."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hypothesis import given
from hypothesis import strategies as st

from simarena.apiserver.store.kept import Place
from simarena.apiserver.store.store import FIRST_VERSION, ObjectStore

if TYPE_CHECKING:
    from simarena.apiserver.store.history import Change

THINGS = "things"


def thing(name: str, value: int = 0) -> dict[str, Any]:
    return {"kind": "Thing", "apiVersion": "v1", "metadata": {"name": name}, "value": value}


def place(name: str, namespace: str = "n") -> Place:
    return Place(namespace, name)


def test_each_write_has_the_next_version() -> None:
    store = ObjectStore()
    first = store.put(THINGS, place("a"), thing("a"))
    second = store.put("others", place("a"), thing("a"))
    assert (first.version, second.version) == (FIRST_VERSION + 1, FIRST_VERSION + 2)
    assert first.metadata["resourceVersion"] == str(first.version)


def test_a_kept_object_is_not_the_one_that_was_given() -> None:
    given_object = thing("a")
    ObjectStore().put(THINGS, place("a"), given_object)
    assert "resourceVersion" not in given_object["metadata"]


def test_what_is_removed_is_told_under_the_version_of_its_removal() -> None:
    store = ObjectStore()
    heard: list[Change] = []
    store.listen(THINGS, heard.append)
    store.put(THINGS, place("a"), thing("a"))
    last = store.remove(THINGS, place("a"))
    assert store.get(THINGS, place("a")) is None
    assert last.version == store.version == heard[-1].version
    assert heard[-1].now is None
    assert heard[-1].before is not None
    assert heard[-1].before.version == last.version - 1


def test_who_has_stopped_to_listen_hears_nothing() -> None:
    store = ObjectStore()
    heard: list[Change] = []
    stop = store.listen(THINGS, heard.append)
    stop()
    store.put(THINGS, place("a"), thing("a"))
    assert heard == []


def test_objects_are_listed_by_namespace_and_name() -> None:
    store = ObjectStore()
    for namespace, name in (("b", "a"), ("a", "b"), ("a-b", "x"), ("a", "a")):
        store.put(THINGS, Place(namespace, name), thing(name))
    collection = store.collection(THINGS)
    listed = [each.place.path for each in collection.inside("")]
    assert listed == ["a-b/x", "a/a", "a/b", "b/a"]
    assert [each.place.name for each in collection.inside("a")] == ["a", "b"]
    assert [each.place.name for each in collection.inside("a", "a/a")] == ["b"]


def test_the_oldest_changes_go_where_there_are_too_many() -> None:
    store = ObjectStore(most_changes=2)
    for number in range(4):
        store.put(THINGS, place("a"), thing("a", number))
    assert store.history.since == FIRST_VERSION + 2
    assert [each.version for each in store.history.after(0, THINGS)] == [
        FIRST_VERSION + 3,
        FIRST_VERSION + 4,
    ]


def test_going_back_writes_what_differs_under_new_versions() -> None:
    store = ObjectStore()
    store.put(THINGS, place("a"), thing("a", 1))
    store.put(THINGS, place("b"), thing("b", 1))
    saved, version = store.contents(), store.version
    store.put(THINGS, place("a"), thing("a", 2))
    store.remove(THINGS, place("b"))
    store.put(THINGS, place("c"), thing("c"))
    store.become(saved)
    values = {
        each.place.name: each.manifest["value"] for each in store.collection(THINGS).inside("")
    }
    assert values == {"a": 1, "b": 1}
    assert store.version > version + 3


names = st.sampled_from("abc")
steps = st.lists(st.tuples(names, st.booleans()), max_size=20)


@given(steps, st.integers(0, 20))
def test_a_former_state_is_what_it_was(written: list[tuple[str, bool]], at: int) -> None:
    store = ObjectStore()
    states: dict[int, dict[str, int]] = {store.version: {}}
    for number, (name, removes) in enumerate(written):
        held = store.get(THINGS, place(name)) is not None
        if removes and held:
            store.remove(THINGS, place(name))
        else:
            store.put(THINGS, place(name), thing(name, number))
        now = store.collection(THINGS).inside("")
        states[store.version] = {each.place.name: each.manifest["value"] for each in now}
    version = min(FIRST_VERSION + at, store.version)
    then = store.at(THINGS, version).inside("")
    assert {each.place.name: each.manifest["value"] for each in then} == states[version]
