"""Small integers with names, shared by the kernels and the Python face.

Plain module constants stand for the few numbers that kernels compare most often; everything that is
a closed set is an `IntEnum`, which Numba compiles to its integer. Those of the scheduler and of the
log stand beside the tables that say what they mean.
"""

from __future__ import annotations

from enum import IntEnum

from simarena.cluster.codes.log import LogKind as LogKind
from simarena.cluster.codes.scheduling import MAX_EXTENDED_RESOURCES as MAX_EXTENDED_RESOURCES
from simarena.cluster.codes.scheduling import MAX_REASONS as MAX_REASONS
from simarena.cluster.codes.scheduling import MAX_SCORE as MAX_SCORE
from simarena.cluster.codes.scheduling import NUM_COUNTS as NUM_COUNTS
from simarena.cluster.codes.scheduling import UNRESOLVABLE as UNRESOLVABLE
from simarena.cluster.codes.scheduling import Count as Count
from simarena.cluster.codes.scheduling import Plugin as Plugin
from simarena.cluster.codes.scheduling import Reason as Reason
from simarena.cluster.codes.scheduling import TermKind as TermKind

NONE = -1
"""No row: a pod without a node, a search without a result."""

CRON_DELAY_MS = 100
"""From the time at which a CronJob is due until its controller looks at it."""


class Status(IntEnum):
    """What a kernel reports in place of an exception. All but OK can be mended and gone on from."""

    OK = 0
    PODS_FULL = 1
    """More pods at once than there are rows."""
    WORKLOADS_FULL = 2
    """More ReplicaSets at once than there are rows."""
    EVENTS_FULL = 3
    """More pending events than the event heap holds."""
    QUEUE_FULL = 4
    """A scheduling queue is full; it also holds entries of pods that left."""
    LOG_FULL = 5
    """The log must be read before time can go on."""
    COUNTS_FULL = 6
    """More counts of pods by domain than there are rows."""


class Phase(IntEnum):
    """A pod's phase, as `status.phase` names it."""

    PENDING = 0
    RUNNING = 1
    SUCCEEDED = 2
    FAILED = 3


class Queue(IntEnum):
    """Where the scheduler keeps a pod that has no node."""

    NOWHERE = 0
    ACTIVE = 1
    BACKOFF = 2
    UNSCHEDULABLE = 3
    GATED = 4


class Budget(IntEnum):
    """What a PodDisruptionBudget limits."""

    MIN_AVAILABLE = 0
    MAX_UNAVAILABLE = 1


class RestartPolicy(IntEnum):
    """Whether the kubelet starts a container again that has ended (`spec.restartPolicy`)."""

    ALWAYS = 0
    ON_FAILURE = 1
    NEVER = 2


class Containers(IntEnum):
    """What the containers of a bound pod do; of several, the one that ends again and again."""

    CREATING = 0
    RUNNING = 1
    ENDED = 2
    """Ended, and started again at once if at all."""
    BACKOFF = 3
    """Ended, and started again after a back-off (CrashLoopBackOff)."""


class Exit(IntEnum):
    """Why a container ended last."""

    NONE = 0
    OOM_KILLED = 1
    BY_ITSELF = 2
    """With the exit code that its template gives."""
    KILLED = 3
    """Because its pod had to go."""


class Failure(IntEnum):
    """Why the kubelet failed or refused a whole pod."""

    NONE = 0
    EVICTED = 1
    """The node was low on memory; the pod's `figure` says how many bytes were available."""
    PRESSURE = 2
    """Refused: a best-effort pod, and the node was under memory pressure."""
    OUT_OF_PODS = 3
    """Refused, like the others below: the pod's `figure` says how much was in use."""
    OUT_OF_CPU = 4
    OUT_OF_MEMORY = 5
    OUT_OF_STORAGE = 6


class WorkloadKind(IntEnum):
    """Kinds of rows in the table of workloads."""

    FREE = 0
    """The row is not in use."""
    DEPLOYMENT = 1
    REPLICASET = 2
    STATEFULSET = 3
    DAEMONSET = 4
    JOB = 5
    CRONJOB = 6


class Concurrency(IntEnum):
    """What a CronJob does when a Job of it still runs (`concurrencyPolicy`)."""

    ALLOW = 0
    FORBID = 1
    REPLACE = 2


class JobOutcome(IntEnum):
    """How a Job ends; other than UNDECIDED, it only waits for its pods to go."""

    UNDECIDED = 0
    COMPLETE = 1
    BACKOFF_LIMIT = 2
    DEADLINE = 3
    POD_FAILURE_POLICY = 4
    MAX_FAILED_INDEXES = 5
    FAILED_INDEXES = 6
    SUCCESS_POLICY = 7


class PodEnd(IntEnum):
    """How a pod of a Job failed: what its pod failure policy tells apart."""

    EXITED = 0
    """Its containers ended, with the exit code of its template."""
    OOM_KILLED = 1
    EVICTED = 2
    """By the kubelet."""
    DELETED = 3
    DISRUPTED = 4
    """Deleted to make room, through the eviction API, or because of a taint."""


NUM_POD_ENDS = len(PodEnd)


class FailureAction(IntEnum):
    """What a Job does about a pod that failed (`podFailurePolicy.rules[].action`)."""

    COUNT = 0
    """Also where no rule matches."""
    IGNORE = 1
    FAIL_INDEX = 2
    FAIL_JOB = 3


class Counted(IntEnum):
    """Whether the failure of a Job's pod has been counted."""

    NOT_YET = 0
    COUNTED = 1
    IGNORED = 2
    GIVEN_UP = 3
    """Its controller deletes it; no failure."""


class Disruption(IntEnum):
    """Who deletes a pod that is in nobody's way itself (condition DisruptionTarget)."""

    NONE = 0
    PREEMPTED = 1
    EVICTED = 2
    """Through the eviction API."""
    TAINTED = 3
    """It does not tolerate a NoExecute taint."""


class Client(IntEnum):
    """Controllers, and the scheduler, whose clients send no more requests than they may."""

    REPLICASET = 0
    STATEFULSET = 1
    DAEMONSET = 2
    JOB = 3
    SCHEDULER = 4


class Operation(IntEnum):
    """What a row of the timeline does when its time has come."""

    APPLY_WORKLOAD = 0
    """Create or update `subject` (a workload row) to `spec`."""
    DELETE_WORKLOAD = 1
    """Delete `subject` and, as the garbage collector does, what it owns."""
    CREATE_POD = 2
    """Create the bare pod of `subject` (a row of the table of bare pods) from `spec`."""
    DELETE_POD = 3
    """Delete the bare pod of `subject`."""
    DELETE_POD_ROW = 4
    """Delete the pod in row `subject` of pods, whoever owns it."""
    RELEASE_POD = 5
    """Let the pod in row `subject` of pods be scheduled: its last scheduling gate is gone."""
    REPLAN_POD = 6
    """The usage of the pod in row `subject` of pods was changed from outside."""
    RUN_CRONJOB = 7
    """The CronJob in row `subject` of workloads was due CRON_DELAY_MS ago."""
    APPLY_AUTOSCALER = 30
    """Put the autoscaler of row `subject` in place of that of row `spec`, which may be NONE."""
    DELETE_AUTOSCALER = 31
    """Delete the autoscaler of row `subject`."""
    MOVE_POD = 32
    """Put the pod in row `subject` of pods on node `spec`, or on none; for what-if copies."""
    SET_NODE_READY = 33
    """Make the node in row `subject` what `spec` says: bits of `NodeFailure`, 0 for ready."""
    ADOPT_POD = 34
    """Let the workload in row `spec` own the pod in row `subject`, which nobody owns."""
    DISOWN_POD = 35
    """Let the pod in row `subject` go on without its owner, named by row `spec` of bare pods."""
    DISOWN_WORKLOAD = 36
    """Let the workload in row `subject` go on without its owner."""
    ADOPT_REPLICASET = 37
    """Let the Deployment in row `spec` own the ReplicaSet in row `subject`, which nobody owns."""


class Event(IntEnum):
    """What an entry of the event heap stands for; `subject` is a row of the table named."""

    SYNC_DEPLOYMENT = 0
    """workloads"""
    SYNC_REPLICASET = 1
    """workloads"""
    SCHEDULE = 2
    """none: the scheduler takes its next pod"""
    POD_READY = 3
    """pods"""
    POD_COMPLETED = 4
    """pods"""
    POD_GONE = 5
    """pods"""
    FLUSH_UNSCHEDULABLE = 6
    """none: pods that waited over five minutes are tried again"""
    CONTAINERS_START = 7
    """pods"""
    CONTAINERS_END = 8
    """pods: out of memory, or of themselves"""
    CHECK_PRESSURE = 9
    """nodes: the kubelet's eviction manager looks at its memory"""
    SYNC_WORKLOAD = 10
    """workloads: one that is neither a Deployment nor a ReplicaSet"""
    CLONE_POD = 11
    """rows of bare pods: a pod that was deleted while it ran comes back under another name"""
    SYNC_AUTOSCALER = 30
    """autoscalers"""
    EVICT_POD = 31
    """pods: a NoExecute taint is tolerated no longer"""
    COLLECT_PODS = 32
    """none: the pod garbage collector looks at the pods that have ended"""
    RETRY_CREATION = 33
    """workloads: pods that were refused are tried again"""


class Resource(IntEnum):
    """Resources whose use an autoscaler looks at; also bits of `unrequested` of a template."""

    CPU = 0
    MEMORY = 1


class NodeFailure(IntEnum):
    """Bits of what is wrong with a node."""

    NOT_READY = 1
    """Its condition Ready is not True: its kubelet, or the control plane, says so."""
    UNREACHABLE = 2
    """Its kubelet does nothing, and is not heard of."""


class Direction(IntEnum):
    """Ways of scaling, each with its own rules."""

    UP = 0
    DOWN = 1


class SelectPolicy(IntEnum):
    """Which of several scaling policies holds."""

    MAX = 0
    MIN = 1
    DISABLED = 2


class MetricFailure(IntEnum):
    """Why a metric of an autoscaler gives no number of replicas."""

    NONE = 0
    NO_METRICS = 1
    """No pod has usage."""
    NO_SAMPLES = 2
    """None of the pods with usage counts, as none is ready for long enough."""
    NO_REQUEST = 3
    """A container does not request the resource whose utilisation is asked for."""
    NO_CONTAINER = 4
    """A pod has no container of the name that is asked for."""
    NO_PODS = 5
    """The target has no pods, of which those that are ready would be counted."""


class MetricKind(IntEnum):
    """What a metric of an autoscaler looks at (its `type`)."""

    RESOURCE = 0
    CONTAINER_RESOURCE = 1
    PODS = 2
    OBJECT = 3
    EXTERNAL = 4


class RescaleReason(IntEnum):
    """Why an autoscaler scaled, where it is not a metric above its target."""

    BELOW_TARGETS = -2
    ABOVE_MAXIMUM = -3
    BELOW_MINIMUM = -4


class Scaling(IntEnum):
    """Reasons of an autoscaler's conditions."""

    UNKNOWN = 0
    NO_TARGET = 1
    GOT_SCALE = 2
    READY = 3
    UP_STABILISED = 4
    DOWN_STABILISED = 5
    RESCALED = 6
    VALID_METRIC = 7
    DISABLED = 8
    NO_METRIC = 9
    WITHIN_RANGE = 10
    UP_LIMIT = 11
    DOWN_LIMIT = 12
    TOO_MANY = 13
    TOO_FEW = 14
    AMBIGUOUS = 15


MAX_METRICS = 8
"""Metrics of one autoscaler."""

MAX_POLICIES = 8
"""Scaling policies of one direction."""

NUM_SAMPLES = 256
"""Recommendations, or rescales of one direction, that an autoscaler remembers."""
