from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from simarena.cluster.codes import MAX_REASONS, NUM_COUNTS, Count, Reason
from simarena.cluster.messages import control_plane as messages
from simarena.cluster.messages.control_plane import (
    NO_VICTIMS,
    NOT_HELPFUL,
    TEXTS,
    diagnosis_text,
    mask_reasons,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NEVER = "not eligible due to preemptionPolicy=Never"


def diagnosis(
    reasons: dict[int, int],
    *,
    nodes: int,
    no_victims: int = 0,
    not_helpful: int = 0,
    never: int = 0,
    waiting: int = 0,
    conflict: int = 0,
    still: dict[int, int] | None = None,
) -> list[int]:
    counts = [0] * NUM_COUNTS
    for bit, number in (still or {}).items():
        counts[MAX_REASONS + Count.STILL + bit] = number
    counts[MAX_REASONS + Count.WAITING] = waiting
    counts[MAX_REASONS + Count.CONFLICT] = conflict
    for bit, number in reasons.items():
        counts[bit] = number
    counts[MAX_REASONS + Count.NODES] = nodes
    counts[MAX_REASONS + Count.NO_VICTIMS] = no_victims
    counts[MAX_REASONS + Count.NOT_HELPFUL] = not_helpful
    counts[MAX_REASONS + Count.NEVER] = never
    return counts


def test_every_reason_has_a_text() -> None:
    assert set(TEXTS) == set(Reason) - {Reason.INSUFFICIENT_EXTENDED}
    assert len(set(TEXTS.values())) == len(TEXTS)


def test_the_parts_of_a_diagnosis_are_sorted_as_text() -> None:
    counts = diagnosis(
        {Reason.INSUFFICIENT_CPU: 10, Reason.TAINT: 2}, nodes=12, no_victims=10, not_helpful=2
    )
    assert diagnosis_text(counts) == (
        "0/12 nodes are available: 10 Insufficient cpu, 2 node(s) had untolerated taint(s). "
        "no new claims to deallocate, preemption: 0/12 nodes are available: "
        "10 No preemption victims found for incoming pod, "
        "2 Preemption is not helpful for scheduling."
    )


def test_a_row_of_an_array_is_a_diagnosis_too() -> None:
    counts = np.array(diagnosis({Reason.TOO_MANY_PODS: 1}, nodes=1, no_victims=1), np.int32)
    assert diagnosis_text(counts.tolist()).startswith("0/1 nodes are available: 1 Too many pods.")


def test_extended_resources_are_named_by_their_column() -> None:
    counts = diagnosis({Reason.INSUFFICIENT_EXTENDED + 1: 3}, nodes=3, not_helpful=3)
    text = diagnosis_text(counts, ["a.io/x", "example.com/gpu"])
    assert "3 Insufficient example.com/gpu. " in text


def test_nothing_follows_where_preemption_found_a_node() -> None:
    counts = diagnosis({Reason.INSUFFICIENT_CPU: 2}, nodes=2)
    assert diagnosis_text(counts) == "0/2 nodes are available: 2 Insufficient cpu."


def test_a_pod_that_never_preempts_says_so() -> None:
    counts = diagnosis({Reason.INSUFFICIENT_CPU: 2}, nodes=2, never=1)
    assert diagnosis_text(counts).endswith(f". no new claims to deallocate, preemption: {NEVER}.")


def test_a_cluster_without_nodes_has_its_own_text() -> None:
    assert diagnosis_text([0] * NUM_COUNTS) == "no nodes available to schedule pods"


def test_terms_that_conflict_are_told_without_a_number() -> None:
    text = diagnosis_text(diagnosis({}, nodes=3, not_helpful=3, conflict=1))
    assert text.startswith("0/3 nodes are available: pod affinity terms conflict. no new claims")


def test_a_pod_whose_victims_are_still_there_waits_for_them() -> None:
    text = diagnosis_text(diagnosis({Reason.TOO_MANY_PODS: 1}, nodes=1, waiting=1))
    assert text == (
        "0/1 nodes are available: 1 Too many pods. no new claims to deallocate, preemption: "
        "not eligible due to a terminating pod on the nominated node."
    )


def test_releases_up_to_134_name_each_taint() -> None:
    counts = diagnosis({Reason.TAINT: 3}, nodes=3, not_helpful=3)
    text = diagnosis_text(counts, taints={("team", "a"): 2, ("out", ""): 1})
    assert text.startswith(
        "0/3 nodes are available: 1 node(s) had untolerated taint {out: }, "
        "2 node(s) had untolerated taint {team: a}. "
    )


def test_a_mask_gives_its_reasons_in_filter_order() -> None:
    mask = 1 << Reason.INSUFFICIENT_MEMORY | 1 << Reason.INSUFFICIENT_CPU | 1 << 62
    assert mask_reasons(mask) == ("Insufficient cpu", "Insufficient memory")
    assert mask_reasons(1 << Reason.INSUFFICIENT_EXTENDED, ["a/b"]) == ("Insufficient a/b",)


def test_a_long_diagnosis_is_cut_in_the_event_alone() -> None:
    long = "x" * 2000
    cut = messages.failed_scheduling(long).message
    assert len(cut) == 1024
    assert cut.endswith("x ...")
    assert messages.failed_scheduling("y" * 1024).message == "y" * 1024


@pytest.mark.parametrize(
    ("happening", "expected"),
    [
        (
            messages.scheduled("default", "p", "n0"),
            ("Normal", "Scheduled", "Successfully assigned default/p to n0", "default-scheduler"),
        ),
        (
            messages.scaled_replicaset("web-5d9c", 3, 1),
            (
                "Normal",
                "ScalingReplicaSet",
                "Scaled up replica set web-5d9c from 1 to 3",
                "deployment-controller",
            ),
        ),
        (
            messages.created_pod("web-x"),
            ("Normal", "SuccessfulCreate", "Created pod: web-x", "replicaset-controller"),
        ),
        (
            messages.preempted("u", "n0"),
            ("Normal", "Preempted", "Preempted by pod u on node n0", "default-scheduler"),
        ),
        (
            messages.deleted_pod("web-x"),
            ("Normal", "SuccessfulDelete", "Deleted pod: web-x", "replicaset-controller"),
        ),
        (
            messages.killing_container("c"),
            ("Normal", "Killing", "Stopping container c", "kubelet"),
        ),
        (
            messages.pulled("i:1"),
            (
                "Normal",
                "Pulled",
                'Container image "i:1" already present on machine and can be accessed by the pod',
                "kubelet",
            ),
        ),
        (messages.created_container("c"), ("Normal", "Created", "Container created", "kubelet")),
        (messages.started_container("c"), ("Normal", "Started", "Container started", "kubelet")),
        (
            messages.started_container("c", "1.34"),
            ("Normal", "Started", "Started container c", "kubelet"),
        ),
    ],
)
def test_events_are_worded_as_the_components_word_them(
    happening: messages.Happening, expected: tuple[str, ...]
) -> None:
    assert tuple(happening) == expected
    assert messages.scaled_replicaset("web", 0, 2).message.startswith("Scaled down replica set")


def recorded(folder: Path) -> Iterator[str]:
    for path in sorted((folder / "conformance" / "scheduling").glob("*.jsonl")):
        for line in path.read_text().splitlines():
            steps: list[dict[str, Any]] = json.loads(line)["steps"]
            for step in steps:
                message = step.get("result", {}).get("unschedulable")
                if message:
                    yield message


def parse(message: str) -> tuple[list[int], list[str]]:
    """Read a message back into counts and names of extended resources."""
    match = re.fullmatch(
        r"0/(\d+) nodes are available: (.*?)\. no new claims to deallocate, preemption: (.*)\.",
        message,
    )
    assert match is not None, message
    numbers: dict[str, int] = {}
    for part in match[2].split(", "):
        number, text = part.split(" ", 1)
        numbers[text] = int(number)
    bits: dict[str, int] = {text: bit for bit, text in TEXTS.items()}
    extended = sorted(text.split(" ", 1)[1] for text in numbers if text not in bits)
    for column, name in enumerate(extended):
        bits[f"Insufficient {name}"] = Reason.INSUFFICIENT_EXTENDED + column
    nodes = int(match[1])
    reasons = {bits[text]: number for text, number in numbers.items()}
    if match[3] == NEVER:
        return diagnosis(reasons, nodes=nodes, never=1), extended
    inner: dict[str, int] = {}
    for part in match[3].removeprefix(f"0/{nodes} nodes are available: ").split(", "):
        number, text = part.split(" ", 1)
        inner[text] = int(number)
    no_victims, not_helpful = inner.pop(NO_VICTIMS, 0), inner.pop(NOT_HELPFUL, 0)
    counts = diagnosis(
        reasons,
        nodes=nodes,
        no_victims=no_victims,
        not_helpful=not_helpful,
        still={bits[text]: amount for text, amount in inner.items()},
    )
    return counts, extended


def test_every_recorded_message_can_be_said(shared: Path) -> None:
    texts = set(recorded(shared))
    assert len(texts) > 250
    for text in texts:
        counts, extended = parse(text)
        assert diagnosis_text(counts, extended) == text


def test_the_message_of_the_recorded_replay_can_be_said(shared: Path) -> None:
    text = (shared / "conformance" / "replays" / "dsb-scaling-3x16.json").read_text()
    found = set(re.findall(r'"(0/\d+ nodes are available[^"]*)"', text))
    assert found
    for message in found:
        counts, extended = parse(message)
        assert diagnosis_text(counts, extended) == message
