"""Settings of the virtual-time cluster."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Literal

from simarena.errors import ConfigError

_MAX_MS = 86_400_000


@dataclass(frozen=True, slots=True, kw_only=True)
class ClusterConfig:
    """How long things take, and which release decides. Times are virtual milliseconds.

    The defaults of the control plane's delays are fitted to recorded rollouts of Kubernetes 1.36.
    A pair of delay and jitter means a delay drawn evenly from [delay, jitter), as KWOK's stages do;
    a jitter that is not above the delay replaces it, and 0 means no jitter.
    """

    deployment_sync_ms: int = 10
    """From a change to the Deployment controller's answer to it."""

    replicaset_sync_ms: int = 15
    """From a change to the ReplicaSet controller's answer to it."""

    create_batch_ms: int = 15
    """Between the slow-start batches (1, 2, 4, ... pods) of one ReplicaSet."""

    scheduling_ms: int = 2
    """One scheduling cycle, the binding included."""

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

    ties: Literal["random", "first"] = "random"
    """Which of several best nodes is taken: any, evenly by the seed, or the first in the list."""

    profile: Literal["1.36", "1.34"] = "1.36"
    """Kubernetes release whose scheduler decides, where releases differ."""

    def __post_init__(self) -> None:
        """Refuse settings that no run could use."""
        for field in fields(self):
            value = getattr(self, field.name)
            if field.name.endswith("_ms") and not (
                isinstance(value, int) and 0 <= value <= _MAX_MS
            ):
                message = f"{field.name} must be from 0 to {_MAX_MS} milliseconds, got {value!r}"
                raise ConfigError(message)
        if self.ties not in {"random", "first"}:
            message = f"ties must be 'random' or 'first', got {self.ties!r}"
            raise ConfigError(message)
        if self.profile not in {"1.36", "1.34"}:
            message = f"profile must be '1.36' or '1.34', got {self.profile!r}"
            raise ConfigError(message)
