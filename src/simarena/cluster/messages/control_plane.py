"""The wording of the scheduler and the controllers: diagnoses, conditions and events."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal, NamedTuple

from simarena.cluster.codes import MAX_REASONS, Count, Outcome, Reason

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

Profile = Literal["1.36", "1.34"]

NO_NODES: Final = "no nodes available to schedule pods"
AFFINITY_CONFLICT: Final = "pod affinity terms conflict"
NO_VICTIMS: Final = "No preemption victims found for incoming pod"
NOT_HELPFUL: Final = "Preemption is not helpful for scheduling"
GATED: Final = "Scheduling is blocked due to non-empty scheduling gates"
MAX_NOTE_LENGTH: Final = 1024
"""Characters of an event's message; the pod's condition keeps all."""

TEXTS: Final[Mapping[Reason, str]] = {
    Reason.NODE_UNSCHEDULABLE: "node(s) were unschedulable",
    Reason.NODE_NAME: "node(s) didn't match the requested node name",
    Reason.TAINT: "node(s) had untolerated taint(s)",
    Reason.NODE_AFFINITY: "node(s) didn't match Pod's node affinity/selector",
    Reason.NODE_PORTS: "node(s) didn't have free ports for the requested pod ports",
    Reason.TOO_MANY_PODS: "Too many pods",
    Reason.INSUFFICIENT_CPU: "Insufficient cpu",
    Reason.INSUFFICIENT_MEMORY: "Insufficient memory",
    Reason.INSUFFICIENT_EPHEMERAL_STORAGE: "Insufficient ephemeral-storage",
    Reason.SPREAD: "node(s) didn't match pod topology spread constraints",
    Reason.SPREAD_MISSING_LABEL: (
        "node(s) didn't match pod topology spread constraints (missing required label)"
    ),
    Reason.POD_AFFINITY: "node(s) didn't match pod affinity rules",
    Reason.POD_ANTI_AFFINITY: "node(s) didn't match pod anti-affinity rules",
    Reason.EXISTING_ANTI_AFFINITY: ("node(s) didn't satisfy existing pods anti-affinity rules"),
    Reason.NODE_AFFINITY_PREFILTER: "node(s) didn't satisfy plugin(s) [NodeAffinity]",
}
"""What a node's reason is called; extended resources are named by `reason_text`."""


def reason_text(bit: int, extended: Sequence[str] = ()) -> str:
    """Return the scheduler's words for a bit of a mask of reasons.

    `extended` names the columns of the table of extended resources.
    """
    if bit >= Reason.INSUFFICIENT_EXTENDED:
        return f"Insufficient {extended[bit - Reason.INSUFFICIENT_EXTENDED]}"
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


_CRONJOB: Final = "cronjob-controller"
JOB_OUTCOMES: Final[Mapping[Outcome, tuple[str, str]]] = {
    Outcome.COMPLETE: ("CompletionsReached", "Reached expected number of succeeded pods"),
    Outcome.BACKOFF_LIMIT: (
        "BackoffLimitExceeded",
        "Job has reached the specified backoff limit",
    ),
    Outcome.DEADLINE: ("DeadlineExceeded", "Job was active longer than specified deadline"),
    Outcome.MAX_FAILED_INDEXES: (
        "MaxFailedIndexesExceeded",
        "Job has exceeded the specified maximal number of failed indexes",
    ),
    Outcome.FAILED_INDEXES: ("FailedIndexes", "Job has failed indexes"),
}
"""Reason and message of a Job's condition, where they do not depend on more."""

JOB_SUCCESSES: Final = frozenset({Outcome.COMPLETE, Outcome.SUCCESS_POLICY})
"""How Jobs end that are Complete then."""


class Happening(NamedTuple):
    """What an event says: type, reason, message and the component that says it."""

    type: Literal["Normal", "Warning"]
    reason: str
    message: str
    component: str


def scheduled(namespace: str, pod: str, node: str) -> Happening:
    """Return the event of a pod that was bound."""
    message = f"Successfully assigned {namespace}/{pod} to {node}"
    return Happening("Normal", "Scheduled", message, "default-scheduler")


def failed_scheduling(message: str) -> Happening:
    """Return the event of a failed attempt, whose diagnosis is cut to an event's length."""
    return Happening("Warning", "FailedScheduling", note(message), "default-scheduler")


def preempted(preemptor_uid: str, node: str) -> Happening:
    """Return the event of a pod that must leave for one of higher priority."""
    message = f"Preempted by pod {preemptor_uid} on node {node}"
    return Happening("Normal", "Preempted", message, "default-scheduler")


def taint_eviction(namespace: str, pod: str) -> Happening:
    """Return the event of a pod that a NoExecute taint drives away."""
    message = f"Marking for deletion Pod {namespace}/{pod}"
    return Happening("Normal", "TaintManagerEviction", message, "taint-eviction-controller")


def cancelled_eviction(namespace: str, pod: str) -> Happening:
    """Return the event of a pod that may stay after all."""
    message = f"Cancelling deletion of Pod {namespace}/{pod}"
    return Happening("Normal", "TaintManagerEviction", message, "taint-eviction-controller")


def created_pod(pod: str, kind: str = "ReplicaSet") -> Happening:
    """Return the event of a controller of that kind that created a pod."""
    message = f"Created pod: {pod}"
    if kind == "StatefulSet":
        message = f"create Pod {pod} in StatefulSet {pod.rpartition('-')[0]} successful"
    return Happening("Normal", "SuccessfulCreate", message, f"{kind.lower()}-controller")


def deleted_pod(pod: str, kind: str = "ReplicaSet") -> Happening:
    """Return the event of a controller of that kind that deleted a pod."""
    message = f"Deleted pod: {pod}"
    if kind == "StatefulSet":
        message = f"delete Pod {pod} in StatefulSet {pod.rpartition('-')[0]} successful"
    return Happening("Normal", "SuccessfulDelete", message, f"{kind.lower()}-controller")


def created_job(job: str) -> Happening:
    """Return the event of a CronJob that started a Job."""
    return Happening("Normal", "SuccessfulCreate", f"Created job {job}", _CRONJOB)


def deleted_job(job: str) -> Happening:
    """Return the event of a CronJob that deleted a Job."""
    return Happening("Normal", "SuccessfulDelete", f"Deleted job {job}", _CRONJOB)


def saw_job(job: str, condition: str) -> Happening:
    """Return the event of a CronJob whose Job ended."""
    message = f"Saw completed job: {job}, condition: {condition}"
    return Happening("Normal", "SawCompletedJob", message, _CRONJOB)


def job_still_active() -> Happening:
    """Return the event of a CronJob that let a time pass because a Job of it still ran."""
    message = "Not starting job because prior execution is running and concurrency policy is Forbid"
    return Happening("Normal", "JobAlreadyActive", message, _CRONJOB)


def completed_job() -> Happening:
    """Return the event of a Job that ended well."""
    return Happening("Normal", "Completed", "Job completed", "job-controller")


def failed_job(reason: str, message: str) -> Happening:
    """Return the event of a Job that failed."""
    return Happening("Warning", reason, message, "job-controller")


def suspended_job(*, suspended: bool) -> Happening:
    """Return the event of a Job that was suspended, or goes on."""
    reason = "Suspended" if suspended else "Resumed"
    return Happening("Normal", reason, f"Job {reason.lower()}", "job-controller")


def scaled_replicaset(replicaset: str, replicas: int, former: int) -> Happening:
    """Return the event of a Deployment that scaled a ReplicaSet, also of a new one (from 0)."""
    direction = "up" if replicas > former else "down"
    message = f"Scaled {direction} replica set {replicaset} from {former} to {replicas}"
    return Happening("Normal", "ScalingReplicaSet", message, "deployment-controller")


def pulled(image: str, profile: Profile = "1.36") -> Happening:
    """Return the event of an image that is there."""
    more = "" if profile == "1.34" else " and can be accessed by the pod"
    message = f'Container image "{image}" already present on machine{more}'
    return Happening("Normal", "Pulled", message, "kubelet")


def created_container(container: str, profile: Profile = "1.36") -> Happening:
    """Return the event of a container that was created."""
    message = f"Created container: {container}" if profile == "1.34" else "Container created"
    return Happening("Normal", "Created", message, "kubelet")


def started_container(container: str, profile: Profile = "1.36") -> Happening:
    """Return the event of a container that was started."""
    message = f"Started container {container}" if profile == "1.34" else "Container started"
    return Happening("Normal", "Started", message, "kubelet")


def killing_container(container: str) -> Happening:
    """Return the event of a container that is stopped because its pod is deleted."""
    return Happening("Normal", "Killing", f"Stopping container {container}", "kubelet")
