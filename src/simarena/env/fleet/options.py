"""What `SimArena/Cluster-v0` can be asked to be."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, TypedDict

import numpy as np

from simarena.checks.bounds import check_kind, check_whole
from simarena.checks.plain_fields import check_plain_fields
from simarena.cluster.replay.kubelet_choice import KubeletName  # noqa: TC001 - read to check options
from simarena.env.codes import Sampling
from simarena.env.deployment.options import (
    SAMPLINGS,
    SamplingName,
    listed_scenarios,
    nodes_or_default,
    refuse_without_trace,
)
from simarena.env.fleet.scenario import ClusterScenario, cluster_scenario, generate_cluster
from simarena.env.records.living import LIVE_RULES
from simarena.errors import UnknownNameError
from simarena.trace import CPU_STEP_MILLI, MEMORY_STEP_BYTES, Limits

if TYPE_CHECKING:
    import os
    from collections.abc import Sequence

    from simarena.cluster.records import Rows
    from simarena.env.codes import Autoreset
    from simarena.trace import Trace

ObservationForm = Literal["flat", "dict"]

_FORMS = ("flat", "dict")
_MOST = 1_000_000


class ClusterOptionNames(TypedDict, total=False):
    """Names and types of the options, for the signatures that pass them on."""

    scenarios: ClusterScenario | Sequence[ClusterScenario] | None
    trace: Trace | str | os.PathLike[str] | None
    nodes: Sequence[dict[str, Any]] | int | None
    kubelet: KubeletName | None
    num_scenarios: int
    num_workloads: int
    observation: ObservationForm
    interval_s: int
    max_steps: int
    cpu_step_milli: int
    memory_step_bytes: int
    limits: Limits
    sampling: SamplingName


@dataclass(frozen=True, slots=True, kw_only=True)
class ClusterOptions:
    """How `SimArena/Cluster-v0` plays; ConfigError or UnknownNameError if it cannot so."""

    scenarios: ClusterScenario | Sequence[ClusterScenario] | None = None
    """What is played, in place of what the options down to `num_workloads` say."""

    trace: Trace | str | os.PathLike[str] | None = None
    """A recorded trace, or where one is: the only scenario. None: generated ones."""

    nodes: Sequence[dict[str, Any]] | int | None = None
    """Cluster for `trace`: Node manifests, or how many nodes of 16 CPUs and 32Gi; None: four."""

    kubelet: KubeletName | None = None
    """What becomes of the pods of `trace` on their nodes: "kwok" lets none fail, "real" does. None:
    "real" where pods of the trace tell what they use."""

    num_scenarios: int = 100
    """How many are generated, of seeds 0, 1, 2 and so on."""

    num_workloads: int = 6
    """Deployments of each that is generated."""

    observation: ObservationForm = "flat"
    """One vector, or a dictionary of tables."""

    interval_s: int = 30
    """Virtual seconds that pass between two actions."""

    max_steps: int = 200
    """Steps of an episode."""

    cpu_step_milli: int = CPU_STEP_MILLI
    """What actions add to a CPU request, or take away."""

    memory_step_bytes: int = MEMORY_STEP_BYTES
    """What actions add to a memory request, or take away."""

    limits: Limits = field(default_factory=Limits)
    """Bounds that no action crosses."""

    sampling: SamplingName = "random"
    """How the next scenario is chosen: evenly at random, or in turn."""

    def __post_init__(self) -> None:
        """Refuse options that no environment could have."""
        check_plain_fields(self)
        for what, name, known in (
            ("observation", self.observation, _FORMS),
            ("sampling", self.sampling, SAMPLINGS),
        ):
            if name not in known:
                raise UnknownNameError(what, name, known)
        for what, most in (
            ("num_scenarios", 100_000),
            ("num_workloads", 100),
            ("interval_s", _MOST),
            ("max_steps", _MOST),
            ("cpu_step_milli", _MOST),
            ("memory_step_bytes", 2**40),
        ):
            check_whole(what, getattr(self, what), 1, most)
        check_kind("limits", self.limits, Limits, "Limits")

    def load(self) -> tuple[ClusterScenario, ...]:
        """Return what is played."""
        if self.trace is None:
            refuse_without_trace(self, "nodes", "kubelet")
        if self.scenarios is not None:
            return listed_scenarios(self.scenarios, ClusterScenario)
        if self.trace is not None:
            nodes = nodes_or_default(self.nodes)
            return (cluster_scenario(self.trace, nodes=nodes, kubelet=self.kubelet),)
        seeds = range(self.num_scenarios)
        return tuple(generate_cluster(seed, self.num_workloads) for seed in seeds)

    def rules(self, num_envs: int, num_scenarios: int, autoreset: Autoreset) -> Rows:
        """Return these options as the kernels read them: (1,) of LIVE_RULES."""
        rules = np.zeros(1, LIVE_RULES)
        row = rules[0]
        for name in ("interval_s", "max_steps", "cpu_step_milli", "memory_step_bytes"):
            row[name] = getattr(self, name)
        for what in ("cpu_milli", "memory_bytes", "replicas"):
            row[f"min_{what}"] = getattr(self.limits, f"min_{what}")
            row[f"max_{what}"] = getattr(self.limits, f"max_{what}")
        row["num_envs"] = num_envs
        row["num_scenarios"] = num_scenarios
        row["sampling"] = int(Sampling[self.sampling.upper()])
        row["autoreset"] = autoreset
        return rules
