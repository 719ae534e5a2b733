"""The Simulation object: what it says, what it is called, whose it is."""

from __future__ import annotations

import os
import platform
import secrets
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

if TYPE_CHECKING:
    from simarena.client.api import Manifest
    from simarena.simkube.settings import SimKubeSettings

API_VERSION: Final = "simkube.io/v1"
SIMULATIONS: Final = "/apis/simkube.io/v1/simulations"
ROOTS: Final = "/apis/simkube.io/v1/simulationroots"
LEASE: Final = "sk-lease"
SIMULATION_LABEL: Final = "simkube.io/simulation"
VIRTUAL_LABEL: Final = "simkube.io/virtual"
ENDED: Final = frozenset({"Finished", "Failed"})

MANAGED_BY: Final = "app.kubernetes.io/managed-by"
OURS: Final = "simarena"
HOLDER: Final = "simarena.io/holder"
"""Annotation: the process that made a Simulation and waits for it, as `Holder` writes it."""
EXPIRES: Final = "simarena.io/expires"
"""Annotation: when its waits must all have ended, however they went."""
SKIP_MOUNT: Final = "controller.simkube.io/skip-local-volume-mount"

MARGIN_S: Final = 30
"""By so much a simulation is longer than what is looked at: at its end the driver deletes all."""


class Holder(NamedTuple):
    """A process, told from every other one on its machine and since it was started."""

    host: str
    pid: int
    started: str
    """The kernel's count for its start; empty where that is not told."""

    @classmethod
    def own(cls) -> Holder:
        """Return this process."""
        return cls(platform.node() or "unknown", os.getpid(), _started(os.getpid()))

    @classmethod
    def read(cls, text: str) -> Holder | None:
        """Return the holder that an annotation names; None if it names none."""
        parts = text.rsplit("/", 2)
        if len(parts) != 3 or not parts[0] or not parts[1].isdecimal():  # noqa: PLR2004 - see `text`
            return None
        return cls(parts[0], int(parts[1]), parts[2])

    @property
    def text(self) -> str:
        """What the annotation says."""
        return f"{self.host}/{self.pid}/{self.started}"

    @property
    def has_ended(self) -> bool:
        """Whether the process is surely gone; False for one of another machine."""
        if self.host != (platform.node() or "unknown"):
            return False
        try:
            os.kill(self.pid, 0)
        except ProcessLookupError:
            return True
        except PermissionError:
            pass
        return bool(self.started) and _started(self.pid) != self.started


def _started(pid: int) -> str:
    """Return when a process was started, in the kernel's ticks; empty where that is not told."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text("utf-8", errors="replace")
    except OSError:
        return ""
    return stat.rpartition(")")[2].split()[19]


def new_name() -> str:
    """Return a name that no other simulation has."""
    return f"{OURS}-{secrets.token_hex(4)}"


def driver_job(name: str) -> str:
    """Return the name of a simulation's driver, as the controller makes it."""
    return f"sk-{name}-driver"


def simulation(
    name: str, settings: SimKubeSettings, trace_uri: str, duration_s: int, life_s: float
) -> Manifest:
    """Return the Simulation of a trace.

    Args:
        name: see `new_name`.
        settings: all that does not depend on the trace.
        trace_uri: where the driver finds the trace.
        duration_s: seconds of the trace that are looked at; the simulation takes a little longer.
        life_s: seconds after which nobody waits for it any longer.
    """
    driver: dict[str, Any] = {
        "image": settings.driver_image,
        "namespace": settings.driver_namespace,
        "port": settings.driver_port,
        "tracePath": trace_uri,
        "virtualNsPrefix": settings.virtual_ns_prefix,
        "certManagerIssuer": settings.cert_manager_issuer,
    }
    if settings.driver_args:
        driver["args"] = list(settings.driver_args)
    if settings.driver_secrets:
        driver["secrets"] = list(settings.driver_secrets)
    expires = datetime.fromtimestamp(time.time() + life_s, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    annotations = {HOLDER: Holder.own().text, EXPIRES: expires}
    if settings.skip_local_volume_mount:
        annotations[SKIP_MOUNT] = "true"
    margin_s = round(MARGIN_S * max(settings.speed, 1.0))
    spec: dict[str, Any] = {
        "driver": driver,
        "duration": f"+{duration_s + margin_s}sec",
        "speed": settings.speed,
        "repetitions": settings.repetitions,
        "lifecycleParams": settings.lifecycle_params,
    }
    if settings.hooks:
        spec["hooks"] = dict(settings.hooks)
    return {
        "apiVersion": API_VERSION,
        "kind": "Simulation",
        "metadata": {"name": name, "labels": {MANAGED_BY: OURS}, "annotations": annotations},
        "spec": spec,
    }


def state_of(found: Manifest) -> str:
    """Return the state of a Simulation; empty before the controller has taken it up."""
    return str((found.get("status") or {}).get("state") or "")


def has_expired(found: Manifest) -> bool:
    """Return whether a Simulation of ours is waited for by nobody any longer, provably.

    Its process has ended, or its time is over. What others made is never told so.
    """
    metadata = found["metadata"]
    if (metadata.get("labels") or {}).get(MANAGED_BY) != OURS:
        return False
    annotations = metadata.get("annotations") or {}
    holder = Holder.read(str(annotations.get(HOLDER) or ""))
    if holder is not None and holder.has_ended:
        return True
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return now > str(annotations.get(EXPIRES) or "9")
