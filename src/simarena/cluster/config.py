"""Settings of the virtual-time cluster."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import Literal

from simarena.checks.bounds import MAX_INT32, check_kind, check_number, check_whole
from simarena.checks.plain_fields import check_plain_fields
from simarena.cluster.node_settings import AutoscalerSettings, NodeLifecycleSettings
from simarena.errors import ConfigError, shown

_MAX_MS = 86_400_000
_MAX_BYTES = 1 << 50
_MAX_QPS = 1_000_000
_LEAST_QPS = 0.001
_DEFAULT_QPS = 20
_DEFAULT_SCHEDULER_QPS = 50
_LEAST = {
    "terminated_pod_gc_threshold": 0,
    "kube_api_burst": 1,
    "scheduler_burst": 1,
    "max_pods": 1,
    "max_cronjob_runs": 1,
    "max_log_rows": 1,
}
"""Counts, and the least that each can be."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClusterConfig:
    """How long things take, and which release decides. Times are virtual milliseconds.

    The defaults of the control plane's delays are fitted to recorded rollouts of Kubernetes 1.36.
    A pair of delay and jitter means a delay drawn evenly from [delay, jitter), as KWOK's stages do;
    a jitter that is not above the delay replaces it, and 0 means no jitter.
    """

    deployment_sync_ms: int = 10
    """From a change to the Deployment controller's answer to it."""

    deployment_sync_jitter_ms: int = 0
    """Upper end of that delay."""

    replicaset_sync_ms: int = 15
    """From a change to the ReplicaSet controller's answer to it."""

    replicaset_sync_jitter_ms: int = 0
    """Upper end of that delay."""

    create_pod_ms: int = 0
    """Between two pods of one slow-start batch of a ReplicaSet."""

    create_pod_jitter_ms: int = 0
    """Upper end of that delay."""

    create_batch_ms: int = 15
    """Between the slow-start batches (1, 2, 4, ... pods) of one ReplicaSet."""

    create_batch_jitter_ms: int = 0
    """Upper end of that delay."""

    scheduling_ms: int = 2
    """One scheduling cycle, the binding included."""

    scheduling_jitter_ms: int = 0
    """Upper end of that delay."""

    image_pull_ms: int = 0
    """From bound to image pulled."""

    image_pull_jitter_ms: int = 0
    """Upper end of the image pull delay."""

    pod_startup_ms: int = 1_000
    """From image pulled to Ready."""

    pod_startup_jitter_ms: int = 0
    """Upper end of the start-up delay."""

    job_run_ms: int = 0
    """From Ready to Succeeded, of a Job's pod for which no trace says how long it ran."""

    termination_ms: int = 0
    """From the deletion of a bound pod to its end."""

    termination_jitter_ms: int = 0
    """Upper end of that delay."""

    kubelet: Literal["kwok", "real"] = "kwok"
    """What happens to a pod on its node. "kwok": only what KWOK and SimKube let happen; it becomes
    Ready, and a recorded lifecycle ends it. "real": containers also fail as under a kubelet: of
    themselves, for want of memory, by eviction. The settings below matter only to the latter."""

    oom_kills: bool = True
    """A container whose memory passes its limit is killed (OOMKilled, 137)."""

    cpu_throttling: bool = True
    """A container gets no more CPU than its limit."""

    node_pressure_eviction: bool = True
    """A node that is low on memory is tainted and evicts pods."""

    readiness_probes: bool = True
    """A pod is Ready only when its readiness and start-up probes have had the time to succeed."""

    container_restart_ms: int = 1_000
    """From a container's end to its restart, where no longer back-off is due: the kubelet looks at
    its containers once a second."""

    crash_backoff_ms: int = 10_000
    """Back-off before the second restart of a container; it doubles with each further one."""

    crash_backoff_max_ms: int = 300_000
    """The longest back-off; a container that ran for more than twice this starts anew."""

    eviction_check_ms: int = 10_000
    """How often the eviction manager looks at its node."""

    eviction_memory_bytes: int = 100 * 1024**2
    """A node with less memory available than this is under pressure."""

    pressure_transition_ms: int = 300_000
    """How long memory must have been available again before the pressure is over."""

    hpa_sync_ms: int = 15_000
    """Between two looks of the HorizontalPodAutoscaler controller at an object."""

    hpa_downscale_ms: int = 300_000
    """Its window of stabilisation downwards, where a behaviour does not say otherwise."""

    hpa_cpu_start_ms: int = 300_000
    """How long CPU usage of a new pod may be that of its start (cpu-initialization-period)."""

    hpa_readiness_ms: int = 30_000
    """Within which a first change of readiness belongs to the start (initial-readiness-delay)."""

    hpa_window_ms: int = 15_000
    """Over which usage is measured: the resolution of the metrics server."""

    hpa_tolerance: float = 0.1
    """By how much usage may miss its target before anything is scaled."""

    default_tolerations: bool = True
    """Whether pods tolerate failed nodes for 300 s (admission plugin DefaultTolerationSeconds)."""

    makes_namespaces: bool = True
    """Whether each namespace and ServiceAccount that objects name is there, as in the cluster where
    a trace was recorded; False: as in the API, what nobody made is not found."""

    node_lifecycle: NodeLifecycleSettings = field(default_factory=NodeLifecycleSettings)
    """What follows when nodes fail."""

    autoscaler: AutoscalerSettings | None = None
    """The cluster autoscaler; None: nodes neither come nor go by themselves."""

    terminated_pod_gc_threshold: int = 12_500
    """How many pods that succeeded or failed may stay before the oldest, evicted ones first, are
    collected (kube-controller-manager's flag of that name); 0: any number."""

    kube_api_qps: float | None = None
    """How many requests a second each controller of workloads may send, creating and deleting pods
    (kube-controller-manager's flag of that name); 0: any number. None: 20, as by default, and any
    number in the scenario of an environment, as its suites were made without that limit."""

    kube_api_burst: int = 30
    """How many of them it may send at once."""

    scheduler_qps: float | None = None
    """How many pods a second the scheduler may bind (kube-scheduler's `clientConnection.qps`); 0:
    any number. None: 50, as by default, and any number where `kube_api_qps` is 0."""

    scheduler_burst: int = 100
    """How many pods it may bind at once."""

    max_pods: int = 1_000_000
    """The most pods at once, a limit for the machine that simulates: a workload that asks for more
    is refused. A million take about 1 GiB of memory."""

    max_cronjob_runs: int = 1_000_000
    """The most times that CronJobs may be due in one call of `advance`, or in one replay."""

    max_log_rows: int = 1_000_000
    """Beyond so many rows of the log a `Cluster` forgets events over an hour old, and pods that
    were gone by then. A million take from 60 to 350 MB."""

    ties: Literal["random", "first"] = "random"
    """Which of several best nodes is taken: any, evenly by the seed, or the first in the list."""

    profile: Literal["1.36", "1.34"] = "1.36"
    """Kubernetes release whose scheduler decides, where releases differ."""

    def __post_init__(self) -> None:
        """Refuse settings that no run could use."""
        check_plain_fields(self)
        for each in fields(self):
            value = getattr(self, each.name)
            if each.name.endswith("_ms") and not (isinstance(value, int) and 0 <= value <= _MAX_MS):
                message = (
                    f"{each.name} must be from 0 to {_MAX_MS} milliseconds, got {shown(value)}"
                )
                raise ConfigError(message)
        if self.kubelet not in ("kwok", "real"):
            message = f"kubelet must be 'kwok' or 'real', got {shown(self.kubelet)}"
            raise ConfigError(message)
        for name in ("crash_backoff_ms", "eviction_check_ms"):
            if getattr(self, name) == 0:
                message = f"{name} must be at least 1 millisecond"
                raise ConfigError(message)
        if not (
            isinstance(self.eviction_memory_bytes, int)
            and 0 <= self.eviction_memory_bytes <= _MAX_BYTES
        ):
            message = (
                f"eviction_memory_bytes must be from 0 to {_MAX_BYTES} bytes, "
                f"got {shown(self.eviction_memory_bytes)}"
            )
            raise ConfigError(message)
        if self.hpa_sync_ms < 1:
            message = f"hpa_sync_ms must be at least 1, got {self.hpa_sync_ms}"
            raise ConfigError(message)
        check_number("hpa_tolerance", self.hpa_tolerance, 0, 1)
        watch = "NodeLifecycleSettings"
        check_kind("node_lifecycle", self.node_lifecycle, NodeLifecycleSettings, watch)
        if self.autoscaler is not None:
            words = "AutoscalerSettings or None"
            check_kind("autoscaler", self.autoscaler, AutoscalerSettings, words)
        if self.ties not in ("random", "first"):
            message = f"ties must be 'random' or 'first', got {shown(self.ties)}"
            raise ConfigError(message)
        if self.profile not in ("1.36", "1.34"):
            message = f"profile must be '1.36' or '1.34', got {shown(self.profile)}"
            raise ConfigError(message)
        self._check_limits()

    @property
    def client_gap_us(self) -> int:
        """Microseconds between two requests of a controller's client; 0: it waits for nothing."""
        qps = _DEFAULT_QPS if self.kube_api_qps is None else self.kube_api_qps
        return _gap_us(qps)

    @property
    def binding_gap_us(self) -> int:
        """Microseconds between two pods that the scheduler binds; 0: it waits for nothing."""
        qps = self.scheduler_qps
        if qps is None:
            qps = 0 if self.kube_api_qps == 0 else _DEFAULT_SCHEDULER_QPS
        return _gap_us(qps)

    def _check_limits(self) -> None:
        for name in ("kube_api_qps", "scheduler_qps"):
            if getattr(self, name):
                check_number(name, getattr(self, name), _LEAST_QPS, _MAX_QPS)
        for name, least in _LEAST.items():
            check_whole(name, getattr(self, name), least, MAX_INT32)


def _gap_us(qps: float) -> int:
    return round(1_000_000 / qps) if qps else 0
