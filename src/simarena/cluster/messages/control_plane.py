"""The wording of the scheduler and the controllers: diagnoses and conditions.

That of events stands in the table of their reasons (`simarena.cluster.codes.log`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal, NamedTuple

from simarena.cluster.codes import MAX_REASONS, Count, JobOutcome, Reason
from simarena.cluster.codes.scheduling import PLUGINS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

NO_NODES: Final = "no nodes available to schedule pods"
AFFINITY_CONFLICT: Final = "pod affinity terms conflict"
NO_VICTIMS: Final = "No preemption victims found for incoming pod"
NOT_HELPFUL: Final = "Preemption is not helpful for scheduling"
GATED: Final = "Scheduling is blocked due to non-empty scheduling gates"
MAX_NOTE_LENGTH: Final = 1024
"""Characters of an event's message; the pod's condition keeps all."""

TEXTS: Final = {reason: text for plugin in PLUGINS for reason, text in plugin.reasons.items()}
"""What a node's reason is called."""


def reason_text(bit: int, extended: Sequence[str] = ()) -> str:
    """Return the scheduler's words for a bit of a mask of reasons.

    `extended` names the columns of the table of extended resources.
    """
    if bit >= Reason.INSUFFICIENT_EXTENDED:
        text = TEXTS[Reason.INSUFFICIENT_EXTENDED]
        return text.format(resource=extended[bit - Reason.INSUFFICIENT_EXTENDED])
    return TEXTS[Reason(bit)]


def mask_reasons(mask: int, extended: Sequence[str] = ()) -> tuple[str, ...]:
    """Return the reasons of one node's mask, in the order in which the filters give them."""
    return tuple(reason_text(bit, extended) for bit in range(MAX_REASONS) if mask >> bit & 1)


def diagnosis_text(
    counts: Sequence[int],
    extended: Sequence[str] = (),
    *,
    taints: Mapping[tuple[str, str], int] | None = None,
) -> str:
    """Return why a pod could not be scheduled, as its PodScheduled condition says it.

    Args:
        counts: a diagnosis, (NUM_COUNTS,): nodes by reason, then by `Count`.
        extended: names of the columns of the table of extended resources.
        taints: nodes by (key, value) of the taint not tolerated, which releases up to 1.34 name.
    """
    num_nodes = counts[MAX_REASONS + Count.NODES]
    if num_nodes == 0:
        return NO_NODES
    filtered = AFFINITY_CONFLICT
    if not counts[MAX_REASONS + Count.CONFLICT]:
        filtered = _joined(_tally(counts, extended, taints))
    return (
        f"0/{num_nodes} nodes are available: {filtered}."
        f"{_preemption_text(counts, extended, num_nodes)}"
    )


def note(message: str) -> str:
    """Return a message cut to what an event may hold."""
    if len(message) <= MAX_NOTE_LENGTH:
        return message
    return f"{message[: MAX_NOTE_LENGTH - 4]} ..."


def _preemption_text(counts: Sequence[int], extended: Sequence[str], num_nodes: int) -> str:
    """Return what the PostFilter plugins add: nothing where preemption found a node."""
    prefix = " no new claims to deallocate, preemption:"
    if counts[MAX_REASONS + Count.NEVER]:
        return f"{prefix} not eligible due to preemptionPolicy=Never."
    if counts[MAX_REASONS + Count.WAITING]:
        return f"{prefix} not eligible due to a terminating pod on the nominated node."
    still = counts[MAX_REASONS + Count.STILL :]
    outcomes = [
        (counts[MAX_REASONS + Count.NO_VICTIMS], NO_VICTIMS),
        (counts[MAX_REASONS + Count.NOT_HELPFUL], NOT_HELPFUL),
        *_tally(still, extended),
    ]
    if not any(number for number, _ in outcomes):
        return ""
    return f"{prefix} 0/{num_nodes} nodes are available: {_joined(outcomes)}."


def _tally(
    counts: Sequence[int],
    extended: Sequence[str],
    taints: Mapping[tuple[str, str], int] | None = None,
) -> Iterable[tuple[int, str]]:
    for bit, number in enumerate(counts[:MAX_REASONS]):
        if bit == Reason.TAINT and taints is not None:
            for (key, value), of_taint in taints.items():
                yield of_taint, f"node(s) had untolerated taint {{{key}: {value}}}"
        elif number:
            yield number, reason_text(bit, extended)


def _joined(tally: Iterable[tuple[int, str]]) -> str:
    """Join the parts, sorted as text: "10 a" comes before "2 b"."""
    return ", ".join(sorted(f"{number} {text}" for number, text in tally if number))


JOB_OUTCOMES: Final[Mapping[JobOutcome, tuple[str, str]]] = {
    JobOutcome.COMPLETE: ("CompletionsReached", "Reached expected number of succeeded pods"),
    JobOutcome.BACKOFF_LIMIT: (
        "BackoffLimitExceeded",
        "Job has reached the specified backoff limit",
    ),
    JobOutcome.DEADLINE: ("DeadlineExceeded", "Job was active longer than specified deadline"),
    JobOutcome.MAX_FAILED_INDEXES: (
        "MaxFailedIndexesExceeded",
        "Job has exceeded the specified maximal number of failed indexes",
    ),
    JobOutcome.FAILED_INDEXES: ("FailedIndexes", "Job has failed indexes"),
}
"""Reason and message of a Job's condition, where they do not depend on more."""

JOB_SUCCESSES: Final = frozenset({JobOutcome.COMPLETE, JobOutcome.SUCCESS_POLICY})
"""How Jobs end that are Complete then."""


class Happening(NamedTuple):
    """What an event says: type, reason, message and the component that says it."""

    type: Literal["Normal", "Warning"]
    reason: str
    message: str
    component: str


def foreign_scheduler(name: str) -> str:
    """Return why a pod waits that asks for a scheduler that is not there."""
    return f"Waiting for the scheduler {name}, which is not simulated"
