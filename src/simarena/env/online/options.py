"""What `SimArena/Online-v0` can be asked to be."""

from __future__ import annotations

from dataclasses import dataclass, field, fields, replace
from typing import TYPE_CHECKING, Any, TypedDict

import numpy as np

from simarena.checks.bounds import check_kind, check_number, check_whole
from simarena.checks.plain_fields import check_plain_fields
from simarena.cluster.config import ClusterConfig
from simarena.cluster.replay.kubelet_choice import KubeletName  # noqa: TC001 - read to check options
from simarena.env.codes import Sampling
from simarena.env.deployment.options import (
    SAMPLINGS,
    SamplingName,
    listed_scenarios,
    nodes_or_default,
    refuse_without_trace,
)
from simarena.env.online.load import load_of_trace, named_profiles
from simarena.env.online.scenario import (
    Hpa,
    OnlineScenario,
    Service,
    first_seconds,
    online_scenario,
)
from simarena.env.records.living import LIVE_RULES
from simarena.env.scenarios.scenario import scenario_from_trace
from simarena.errors import ConfigError, UnknownNameError
from simarena.trace import MEMORY_STEP_BYTES, Limits, Trace

if TYPE_CHECKING:
    import os
    from collections.abc import Sequence

    from simarena.cluster.records import Rows
    from simarena.env.codes import Autoreset
    from simarena.env.online.load import LoadProfile

_MOST = 1_000_000
_SETTLE_S = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Weights:
    """What a step is worth: service x share served - cost x share reserved - change if changed."""

    service: float = 1.0
    """For the share of requests that were answered within the objective."""

    cost: float = 0.25
    """For what is reserved, over what the trace's own settings reserve."""

    change: float = 0.0
    """For each action that changes the Deployment."""

    def __post_init__(self) -> None:
        """Refuse weights that are no numbers."""
        check_plain_fields(self, "weights.")
        for each in fields(self):
            check_number(f"weights.{each.name}", getattr(self, each.name), 0)


class OnlineOptionNames(TypedDict, total=False):
    """Names and types of the options, for the signatures that pass them on."""

    scenarios: OnlineScenario | Sequence[OnlineScenario] | None
    profile: str | LoadProfile | Sequence[str | LoadProfile] | None
    trace: Trace | str | os.PathLike[str] | None
    deploy: str | None
    nodes: Sequence[dict[str, Any]] | int | None
    kubelet: KubeletName | None
    namespace: str | None
    config: ClusterConfig
    service: Service
    rps_per_replica: float
    hpa: Hpa | bool | None
    interval_s: int
    horizon_s: int
    weights: Weights
    noise: float
    random_start: bool
    cpu_step_milli: int
    memory_step_bytes: int
    limits: Limits
    sampling: SamplingName


@dataclass(frozen=True, slots=True, kw_only=True)
class OnlineOptions:
    """How `SimArena/Online-v0` plays; ConfigError or UnknownNameError if it cannot so."""

    scenarios: OnlineScenario | Sequence[OnlineScenario] | None = None
    """What is played, in place of what the options down to `rps_per_replica` say."""

    profile: str | LoadProfile | Sequence[str | LoadProfile] | None = None
    """The load: a profile or a name ("steps", "ramp", "daily", "spikes"), one or several; "all" of
    those; or "trace", which needs one. None: "trace" with a trace, else "all"."""

    trace: Trace | str | os.PathLike[str] | None = None
    """A recorded trace, or where one is, in place of the built-in service. Needs `deploy`."""

    deploy: str | None = None
    """Deployment of `trace` to look after."""

    nodes: Sequence[dict[str, Any]] | int | None = None
    """Cluster for `trace`: Node manifests, or how many nodes of 16 CPUs and 32Gi; None: four."""

    kubelet: KubeletName | None = None
    """What becomes of the pods of `trace` on their nodes: "kwok" lets none fail, "real" does. None:
    as `config` says."""

    namespace: str | None = None
    """Where the Deployment of `trace` is, if several namespaces have one of its name."""

    config: ClusterConfig = field(default_factory=lambda: ClusterConfig(kubelet="real"))
    """How the cluster of `trace` behaves."""

    service: Service = field(default_factory=Service)
    """What requests cost the pods."""

    rps_per_replica: float = 70.0
    """Load for each replica that a trace had, where the load follows the trace."""

    hpa: Hpa | bool | None = None
    """A HorizontalPodAutoscaler in the cluster, beside the agent; True: one with defaults."""

    interval_s: int = 10
    """Virtual seconds that pass between two actions."""

    horizon_s: int = 3_600
    """Virtual seconds of an episode."""

    weights: Weights = field(default_factory=Weights)
    """What a step is worth."""

    noise: float = 0.0
    """Relative standard deviation of the load from one interval to the next."""

    random_start: bool = False
    """Whether episodes begin anywhere in the profile, not at its beginning."""

    cpu_step_milli: int = 250
    """What actions add to the CPU request, or take away."""

    memory_step_bytes: int = MEMORY_STEP_BYTES // 2
    """What actions add to the memory request, or take away."""

    limits: Limits = field(default_factory=Limits)
    """Bounds that no action crosses."""

    sampling: SamplingName = "random"
    """How the next scenario is chosen: evenly at random, or in turn."""

    def __post_init__(self) -> None:
        """Refuse options that no environment could have."""
        check_plain_fields(self)
        if self.sampling not in SAMPLINGS:
            kind = "sampling"
            raise UnknownNameError(kind, self.sampling, SAMPLINGS)
        for name in ("interval_s", "horizon_s", "cpu_step_milli", "memory_step_bytes"):
            most = 2**40 if name == "memory_step_bytes" else _MOST
            check_whole(name, getattr(self, name), 1, most)
        if self.horizon_s < self.interval_s:
            message = f"horizon_s must be at least interval_s, {self.interval_s}"
            raise ConfigError(message)
        for name in ("noise", "rps_per_replica"):
            check_number(name, getattr(self, name), 0)
        for name, kinds, words in (
            ("config", ClusterConfig, "a ClusterConfig"),
            ("service", Service, "a Service"),
            ("hpa", (Hpa, bool, type(None)), "an Hpa, True, False or None"),
            ("weights", Weights, "Weights"),
            ("random_start", bool, "True or False"),
            ("limits", Limits, "Limits"),
        ):
            check_kind(name, getattr(self, name), kinds, words)

    @property
    def max_steps(self) -> int:
        """Steps of an episode; the last interval may end after the horizon."""
        return -(-self.horizon_s // self.interval_s)

    def load(self) -> tuple[OnlineScenario, ...]:
        """Return what is played."""
        if self.trace is None:
            refuse_without_trace(self, "deploy", "nodes", "kubelet", "namespace")
        if self.scenarios is not None:
            return listed_scenarios(self.scenarios, OnlineScenario)
        hpa = (Hpa() if self.hpa else None) if isinstance(self.hpa, bool) else self.hpa
        if self.trace is None:
            if self.profile == "trace":
                message = "profile 'trace' belongs to a trace; give trace as well"
                raise ConfigError(message)
            profiles = named_profiles("all" if self.profile is None else self.profile)
            return tuple(online_scenario(load, hpa=hpa, service=self.service) for load in profiles)
        if self.deploy is None:
            message = "a trace needs deploy: which Deployment to look after"
            raise ConfigError(message)
        cluster = scenario_from_trace(
            self.trace,
            deploy=self.deploy,
            target=1,
            nodes=nodes_or_default(self.nodes),
            namespace=self.namespace,
            kubelet=self.kubelet,
            config=self.config,
        )
        ref = cluster.workload
        settled_s = first_seconds(cluster.trace, ref) + _SETTLE_S
        cluster = replace(cluster, duration_s=settled_s)
        if self.profile is None or self.profile == "trace":
            profiles = (load_of_trace(cluster.trace, ref, self.rps_per_replica),)
        else:
            profiles = named_profiles(self.profile)
        return tuple(
            OnlineScenario(
                name=f"{self.deploy}-{load.name}",
                cluster=cluster,
                load=load,
                service=self.service,
                hpa=hpa,
            )
            for load in profiles
        )

    def rules(self, num_envs: int, num_scenarios: int, autoreset: Autoreset) -> Rows:
        """Return these options as the kernels read them: (1,) of LIVE_RULES."""
        rules = np.zeros(1, LIVE_RULES)
        row = rules[0]
        for name in ("noise", "random_start", "interval_s", "cpu_step_milli", "memory_step_bytes"):
            row[name] = getattr(self, name)
        row["max_steps"] = self.max_steps
        for what in ("service", "cost", "change"):
            row[f"{what}_weight"] = getattr(self.weights, what)
        for what in ("cpu_milli", "memory_bytes", "replicas"):
            row[f"min_{what}"] = getattr(self.limits, f"min_{what}")
            row[f"max_{what}"] = getattr(self.limits, f"max_{what}")
        row["num_envs"] = num_envs
        row["num_scenarios"] = num_scenarios
        row["sampling"] = int(Sampling[self.sampling.upper()])
        row["autoreset"] = autoreset
        return rules
