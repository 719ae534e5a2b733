"""A scenario: one cluster, one workload to look after, one goal."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from simarena.checks.bounds import MAX_INT64, check_kind, check_whole, is_finite, is_whole
from simarena.checks.plain_fields import check_plain_fields
from simarena.cluster.config import ClusterConfig
from simarena.cluster.manifests.node_words import DEFAULT_NUM_NODES, check_number, make_node
from simarena.cluster.replay.kubelet_choice import kubelet_for
from simarena.env.playing.arguments import check_arguments
from simarena.errors import ConfigError, ScenarioError, shown
from simarena.trace import Settings, Trace, WorkloadRef, settings, workload

if TYPE_CHECKING:
    import os
    from collections.abc import Sequence

Manifest = dict[str, Any]

DEFAULT_MAX_STEPS = 40
DEFAULT_DURATION_S = 40

_MAX_TARGET = 10_000
_MAX_STEPS = 1_000_000
_MAX_DURATION_S = 7 * 86_400
_MAX_FAILURES = 1_000_000
_KINDS = ("apps/v1.Deployment", "apps/v1.ReplicaSet")


@dataclass(frozen=True, slots=True, kw_only=True)
class Goal:
    """When a scenario is solved: ready = total = target and nothing pending, and what is here."""

    max_waste: float | None = None
    """Most that may be requested for each unit that is used, of CPU and of memory; nor may less be
    requested than is used. None: no ceiling, and no floor."""

    max_failures: int | None = None
    """Most restarts and evictions that the workload's pods may have had in a replay. None: any."""

    harmless: bool = True
    """No other workload may have fewer ready pods than if nobody had acted, nor have lost more pods
    to eviction or preemption. False is how suites were judged that are older than this rule."""

    def check(self, where: str) -> None:
        """Refuse a goal that nothing could meet; ScenarioError begins with `where`."""
        waste = self.max_waste
        if waste is not None and not (is_finite(waste) and waste >= 1):
            message = (
                f"{where}: goal.max_waste must be a number from 1 on or None, got {shown(waste)}"
            )
            raise ScenarioError(message)
        failures = self.max_failures
        if failures is not None and not (is_whole(failures) and 0 <= failures <= _MAX_FAILURES):
            message = (
                f"{where}: goal.max_failures must be from 0 to {_MAX_FAILURES} or None, "
                f"got {shown(failures)}"
            )
            raise ScenarioError(message)
        harmless: object = self.harmless
        if not isinstance(harmless, bool):
            message = f"{where}: goal.harmless must be true or false, got {harmless!r}"
            raise ScenarioError(message)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """One problem to solve. Raises ScenarioError for one that no episode could play."""

    name: str
    """Unique in its suite; does not tell what is wrong."""

    family: str
    """Which kind of problem it is; for reports, never shown to an agent."""

    severity: int = 1
    """From 1, a few steps from solved, to 3."""

    trace: Trace
    """What happens in the cluster; actions edit it."""

    nodes: tuple[Manifest, ...]
    """The cluster, as Node manifests."""

    deploy: str
    """Name of the workload to look after."""

    namespace: str = "default"
    """Where the workload is, as the trace has it."""

    target: int
    """Pods that should be there, all of them ready."""

    goal: Goal = field(default_factory=Goal)
    """When it is solved."""

    max_steps: int = DEFAULT_MAX_STEPS
    """Steps after which an episode is truncated."""

    duration_s: int = DEFAULT_DURATION_S
    """Virtual time that each step replays, in seconds."""

    seed: int = 0
    """Of the chances inside the cluster, and where it was generated, of that too."""

    split: str = ""
    """Which part of a suite it belongs to."""

    config: ClusterConfig = field(default_factory=ClusterConfig)
    """How the cluster behaves."""

    optimal_steps: int | None = None
    """Steps of the shortest solution; 1 for one that is healthy already, which takes a step to
    notice. None: not known; `simarena.env.scenarios.oracle` finds it."""

    def __post_init__(self) -> None:
        """Refuse what no episode could play."""
        where = f"scenario {shown(self.name)}"
        check_plain_fields(self, f"{where}: ", ScenarioError)
        for name, low, high in (
            ("target", 1, _MAX_TARGET),
            ("max_steps", 1, _MAX_STEPS),
            ("duration_s", 1, _MAX_DURATION_S),
            ("severity", 1, 3),
            ("seed", 0, MAX_INT64),
        ):
            check_whole(f"{where}: {name}", getattr(self, name), low, high, error=ScenarioError)
        for name, kinds, words in (
            *((name, str, "text") for name in ("name", "family", "deploy", "namespace", "split")),
            ("trace", Trace, "a Trace"),
            ("nodes", tuple, "a tuple of Node manifests"),
            ("goal", Goal, "a Goal"),
            ("config", ClusterConfig, "a ClusterConfig"),
        ):
            check_kind(f"{where}: {name}", getattr(self, name), kinds, words, error=ScenarioError)
        if self.config.kube_api_qps is None:  # suites were made before there was such a limit
            object.__setattr__(self, "config", replace(self.config, kube_api_qps=0))
        if not self.nodes:
            message = f"{where}: it has no nodes; give at least one Node manifest"
            raise ScenarioError(message)
        self.goal.check(where)
        steps = self.optimal_steps
        if steps is not None and not (is_whole(steps) and 1 <= steps <= self.max_steps):
            message = (
                f"{where}: optimal_steps must be from 1 to max_steps or None, got {shown(steps)}"
            )
            raise ScenarioError(message)
        ref = self.workload
        if ref.kind not in _KINDS:
            message = f"{where}: {ref.kind} {ref.key} cannot be looked after; name a Deployment"
            raise ScenarioError(message)

    @property
    def workload(self) -> WorkloadRef:
        """The workload to look after; NotFoundError if the trace has none of its name."""
        return workload(self.trace, self.deploy, self.namespace)

    @property
    def settings(self) -> Settings:
        """What the workload asks for before any action, in the trace's last event about it."""
        return settings(self.trace, self.workload)


def default_nodes(number: int = DEFAULT_NUM_NODES) -> tuple[Manifest, ...]:
    """Return `number` virtual nodes of 16 CPUs and 32Gi, the predecessor's size."""
    return tuple(make_node(f"node-{index}", "16", "32Gi") for index in range(1, number + 1))


def scenario_from_trace(
    trace: Trace | str | os.PathLike[str],
    *,
    deploy: str,
    target: int,
    nodes: Sequence[Manifest] | int = DEFAULT_NUM_NODES,
    namespace: str | None = None,
    kubelet: str | None = None,
    **settings: Any,  # noqa: ANN401 - fields of Scenario
) -> Scenario:
    """Return a scenario made of a recorded trace.

    Args:
        trace: a trace, or where one is (path or URI).
        deploy: name of the workload to look after.
        target: pods of it that should be ready.
        nodes: Node manifests, or how many nodes of 16 CPUs and 32Gi there are.
        namespace: where the workload is; None if only one namespace has one of that name.
        kubelet: "kwok" or "real"; None: as `config` has it, or without one "real" where pods of the
            trace tell what they use.
        settings: further fields of `Scenario`, such as max_steps, duration_s or config.

    Raises:
        TraceError, StorageError: the trace cannot be read.
        NotFoundError: the trace has no such workload.
        ScenarioError: a setting that no episode could use.
        UnknownNameError: there is no such kubelet.
    """
    if not isinstance(trace, Trace):
        trace = Trace.from_path(trace)
    ref = workload(trace, deploy, namespace)
    if isinstance(nodes, int):
        try:
            check_number(nodes, "nodes")
        except ConfigError as error:
            raise ScenarioError(str(error)) from error
        nodes = default_nodes(nodes)
    words = "Node manifests, or how many nodes there are"
    check_kind("nodes", nodes, (list, tuple), words, error=ScenarioError)
    check_arguments(Scenario, Scenario, settings)
    values: dict[str, Any] = {"name": f"{deploy}-to-{target}", "family": "recorded", **settings}
    if kubelet is not None or "config" not in values:
        config = values.get("config", ClusterConfig())
        values["config"] = replace(config, kubelet=kubelet_for(trace, kubelet))
    return Scenario(
        trace=trace,
        nodes=tuple(nodes),
        deploy=deploy,
        namespace=ref.namespace,
        target=target,
        **values,
    )
