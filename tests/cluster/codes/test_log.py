"""The table of events that are told of the log."""

from __future__ import annotations

import string

import pytest

from simarena.cluster.codes import LogKind
from simarena.cluster.codes.log import EVENT_REASONS, OF_PODS, ONLY_IN_EVENTS, EventReason
from simarena.cluster.objects.event_words import Words

WORDS = {name for name in vars(Words) if isinstance(getattr(Words, name), property)}


def words_of(event: EventReason) -> set[str]:
    """Return the words that stand in an event's texts, or in what must hold of its entry."""
    texts = (event.reason, event.message, event.component)
    named = {name for text in texts for _, name, _, _ in string.Formatter().parse(text) if name}
    return named | {word.removeprefix("not ") for word in event.when}


@pytest.mark.parametrize("event", EVENT_REASONS, ids=lambda event: f"{event.kind.name} {event[2]}")
def test_every_word_of_an_event_is_one_that_entries_have(event: EventReason) -> None:
    assert words_of(event) <= WORDS


def test_every_word_is_that_of_an_event() -> None:
    named = {word for event in EVENT_REASONS for word in words_of(event)}
    assert {word for word in WORDS if not word.startswith("_")} == named


def test_what_is_told_in_events_alone_is_told() -> None:
    assert set(ONLY_IN_EVENTS) <= {event.kind for event in EVENT_REASONS}


def test_entries_of_pods_are_those_that_say_so() -> None:
    assert set(OF_PODS) == {
        kind
        for kind in LogKind
        if kind.name.startswith(("POD_", "CONTAINER")) or kind == LogKind.EVICTION_CANCELLED
    }


@pytest.mark.parametrize(
    ("kind", "words", "expected"),
    [
        (
            LogKind.POD_SCHEDULED,
            {"namespace": "default", "pod": "p", "node": "n0"},
            ("Normal", "Scheduled", "Successfully assigned default/p to n0", "default-scheduler"),
        ),
        (
            LogKind.WORKLOAD_SCALED,
            {"direction": "up", "replicaset": "web-5d9c", "other": 1, "value": 3, "is_owned": True},
            (
                "Normal",
                "ScalingReplicaSet",
                "Scaled up replica set web-5d9c from 1 to 3",
                "deployment-controller",
            ),
        ),
        (
            LogKind.POD_CREATED,
            {"pod": "web-x", "controller": "replicaset", "is_owned": 1, "of_statefulset": 0},
            ("Normal", "SuccessfulCreate", "Created pod: web-x", "replicaset-controller"),
        ),
        (
            LogKind.POD_CREATED,
            {
                "pod": "db-0",
                "owner": "db",
                "controller": "statefulset",
                "is_owned": 1,
                "of_statefulset": 1,
                "creates": "Create",
            },
            (
                "Normal",
                "SuccessfulCreate",
                "Create Pod db-0 in StatefulSet db successful",
                "statefulset-controller",
            ),
        ),
        (
            LogKind.POD_PREEMPTED,
            {"preemptor_uid": "u", "node": "n0"},
            ("Normal", "Preempted", "Preempted by pod u on node n0", "default-scheduler"),
        ),
        (
            LogKind.POD_DELETED,
            {
                "pod": "web-x",
                "controller": "replicaset",
                "real_kubelet": False,
                "value": 1,
                "is_owned": 1,
                "of_statefulset": 0,
            },
            ("Normal", "SuccessfulDelete", "Deleted pod: web-x", "replicaset-controller"),
        ),
        (
            LogKind.POD_DELETED,
            {"real_kubelet": True, "on_node": True, "container": "c", "is_owned": False},
            ("Normal", "Killing", "Stopping container c", "kubelet"),
        ),
        (
            LogKind.CONTAINER_BACKOFF,
            {"real_kubelet": True, "container": "c", "pod_reference": "p_x(u)"},
            (
                "Warning",
                "BackOff",
                "Back-off restarting failed container c in pod p_x(u)",
                "kubelet",
            ),
        ),
    ],
)
def test_events_are_worded_as_the_components_word_them(
    kind: LogKind, words: dict[str, object], expected: tuple[str, ...]
) -> None:
    assert told(kind, words) == [expected]


@pytest.mark.parametrize(
    ("is_136", "expected"),
    [
        (
            True,
            [
                'Container image "i:1" already present on machine and can be accessed by the pod',
                "Container created",
                "Container started",
            ],
        ),
        (
            False,
            [
                'Container image "i:1" already present on machine',
                "Created container: c",
                "Started container c",
            ],
        ),
    ],
)
def test_a_start_is_told_as_the_release_tells_it(*, is_136: bool, expected: list[str]) -> None:
    words = {"real_kubelet": True, "release_136": is_136, "image": "i:1", "container": "c"}
    found = told(LogKind.CONTAINERS_STARTED, words)
    assert [reason for _, reason, _, _ in found] == ["Pulled", "Created", "Started"]
    assert [message for _, _, message, _ in found] == expected


class Said(Words):
    """An entry of which just these words are known."""

    def __init__(self, words: dict[str, object]) -> None:
        self._words = words

    def __getitem__(self, word: str) -> object:
        return self._words[word]


def told(kind: LogKind, words: dict[str, object]) -> list[tuple[str, ...]]:
    said = Said(words)
    events = [event for event in EVENT_REASONS if event.kind == kind and said.hold(event)]
    return [tuple(said.happening(event)) for event in events]
