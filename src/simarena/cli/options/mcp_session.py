"""Which session the options of `simarena mcp` ask for."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from simarena.cluster.config import ClusterConfig
from simarena.cluster.manifests.node_words import DEFAULT_NODES, parse_nodes
from simarena.cluster.replay.driver import virtual_namespace
from simarena.cluster.replay.kubelet_choice import kubelet_for
from simarena.env import find_scenario
from simarena.env.scenarios.foregone import check_open
from simarena.errors import ConfigError
from simarena.mcp import LivingSession, Pace, ScenarioSession
from simarena.trace import Trace
from simarena.training.scenarios import trace_scenario

if TYPE_CHECKING:
    from simarena.env import Scenario
    from simarena.mcp import Session
    from simarena.training.named import Named


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """The options about a simulated cluster."""

    scenario: str | None
    named: Named
    seed: int
    living: bool
    speed: float | None
    """Virtual seconds in each second; None: time does not pass by itself."""
    start_s: int
    duration_s: int | None
    max_steps: int | None
    what_if: bool

    @property
    def pace(self) -> Pace | None:
        """How time passes by itself."""
        return None if self.speed is None else Pace(time.monotonic, self.speed)

    def session(self) -> Session:
        """Return the session of that cluster; ConfigError if the options contradict each other."""
        named = self.named
        if named.trace is None:
            named.check()
            played = self._of_suites()
        elif named.deploy is None and named.target is None:
            return self._living_trace(named.trace)
        else:
            played = self._recorded(named.trace)
        if self.living:
            return LivingSession.of_scenario(played, pace=self.pace, allow_what_if=self.what_if)
        return ScenarioSession(played, max_steps=self.max_steps, allow_what_if=self.what_if)

    def _of_suites(self) -> Scenario:
        played = find_scenario(str(self.scenario))
        return played if self.duration_s is None else replace(played, duration_s=self.duration_s)

    def _recorded(self, location: str) -> Scenario:
        named = self.named
        if named.deploy is None or named.target is None:
            message = "an episode of a trace needs both --deploy and --target"
            raise ConfigError(message)
        played = trace_scenario(
            location,
            deploy=named.deploy,
            namespace=named.namespace,
            target=named.target,
            nodes=named.nodes or DEFAULT_NODES,
            kubelet=named.kubelet,
            duration_s=self.duration_s,
            seed=self.seed,
        )
        if not self.living:
            # Whoever looks at a cluster of their own may find it healthy: that is worth knowing.
            check_open([played], must_be_open=False)
        return played

    def _living_trace(self, location: str) -> Session:
        named, trace = self.named, Trace.from_path(location)
        return LivingSession(
            parse_nodes(named.nodes or DEFAULT_NODES),
            trace,
            config=ClusterConfig(kubelet=kubelet_for(trace, named.kubelet)),
            seed=self.seed,
            start_s=self.start_s,
            namespace=None if named.namespace is None else virtual_namespace(named.namespace),
            pace=self.pace,
            allow_what_if=self.what_if,
        )
