"""How SimKube is asked to replay a trace, and how long each part of that may take."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from simarena.checks.bounds import check_kind
from simarena.checks.declared import check_bounds, setting
from simarena.checks.plain_fields import check_plain_fields
from simarena.errors import ConfigError

VERSION: Final = "2.7.0"
"""Of SimKube, whose objects are made here."""

_PANEL: Final = "Live cluster"
_DAY_S: Final = 86_400.0
_HOOKS: Final = frozenset({"preStartHooks", "preRunHooks", "postRunHooks", "postStopHooks"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Seconds after which a wait ends in an error that says what was waited for."""

    answer_s: float = setting(
        60.0, "For the controller to take up a Simulation.", least=0.1, most=_DAY_S
    )
    blocked_s: float = setting(
        600.0, "While another simulation holds the cluster.", least=0.0, most=_DAY_S
    )
    driver_s: float = setting(180.0, "From then on, for the driver to run.", least=0.1, most=_DAY_S)
    workload_s: float = setting(
        120.0, "From then on, for the workload to be there.", least=0.1, most=_DAY_S
    )
    cleanup_s: float = setting(
        120.0, "For everything to be gone afterwards.", least=0.1, most=_DAY_S
    )

    def __post_init__(self) -> None:
        """Refuse what no wait could be."""
        check_plain_fields(self, "limits: ")
        check_bounds(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class SimKubeSettings:
    """A Simulation but for its trace; names and defaults are SimKube's."""

    traces: str = setting(
        "/data", "Folder or URI (s3, gs, az) where edited traces are put.", panel=_PANEL
    )
    driver_traces: str = setting(
        "",
        "URI by which the driver finds that place; empty: file:///data for a folder, which its "
        "node must have mounted there, and the same URI otherwise.",
        panel=_PANEL,
    )
    driver_image: str = setting(
        f"quay.io/appliedcomputing/sk-driver:v{VERSION}", "Image of the driver.", panel=_PANEL
    )
    driver_namespace: str = setting("simkube", "Where the driver runs.", panel=_PANEL)
    driver_port: int = setting(
        8888, "Port of the driver's webhook.", least=1, most=65_535, panel=_PANEL
    )
    driver_args: tuple[str, ...] = ()
    """Further arguments of the driver."""
    driver_secrets: tuple[str, ...] = ()
    """Secrets of its namespace that become its environment: credentials of an object store."""
    cert_manager_issuer: str = "selfsigned"
    """ClusterIssuer of the webhook's certificate."""
    virtual_ns_prefix: str = setting(
        "virtual", "What stands before the namespaces of a trace.", panel=_PANEL
    )
    controller_namespace: str = setting(
        "simkube", "Where sk-ctrl runs, and its lease is.", panel=_PANEL
    )
    speed: float = setting(
        1.0,
        "The replay's seconds in each second; pods start no faster for it.",
        least=0.001,
        most=1_000.0,
        panel=_PANEL,
    )
    repetitions: int = setting(1, "Runs of a simulation; the first is observed.", least=1, most=100)
    image_pull_delay_ms: int = setting(0, "Before a pod is pulled.", least=0, most=3_600_000)
    image_pull_jitter_ms: int = setting(0, "Its spread.", least=0, most=3_600_000)
    pod_startup_delay_ms: int = setting(0, "Before a pod runs.", least=0, most=3_600_000)
    pod_startup_jitter_ms: int = setting(0, "Its spread.", least=0, most=3_600_000)
    hooks: Mapping[str, Any] = field(default_factory=dict)
    """`preStartHooks`, `preRunHooks`, `postRunHooks`, `postStopHooks`, as SimKube has them: run by
    its controller and its driver, in their containers."""
    skip_local_volume_mount: bool = False
    """Whether the driver finds a `file://` trace without its node's folder being mounted."""
    limits: Limits = field(default_factory=Limits)
    """How long everything may take."""

    def __post_init__(self) -> None:
        """Refuse what no simulation could be."""
        check_plain_fields(self)
        check_bounds(self)
        check_kind("limits", self.limits, Limits, "Limits")
        check_kind("hooks", self.hooks, Mapping, "a map")
        unknown = sorted(set(map(str, self.hooks)) - _HOOKS)
        if unknown:
            message = f"hooks: {unknown[0]!r} is none; known: {', '.join(sorted(_HOOKS))}"
            raise ConfigError(message)
        if not self.traces or not self.virtual_ns_prefix or not self.driver_namespace:
            message = "traces, virtual_ns_prefix and driver_namespace must not be empty"
            raise ConfigError(message)

    @property
    def lifecycle_params(self) -> dict[str, int]:
        """The delays as a Simulation has them, in milliseconds."""
        return {
            "imagePullDelay": self.image_pull_delay_ms,
            "imagePullJitter": self.image_pull_jitter_ms,
            "podStartupDelay": self.pod_startup_delay_ms,
            "podStartupJitter": self.pod_startup_jitter_ms,
        }
