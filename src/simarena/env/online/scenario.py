"""What `SimArena/Online-v0` plays: a service in a cluster, and the load on it."""

from __future__ import annotations

import copy
from dataclasses import dataclass, field, fields, replace
from typing import TYPE_CHECKING, Any, Final

from simarena.checks.bounds import MAX_INT32, check_number, check_whole
from simarena.checks.plain_fields import check_plain_fields
from simarena.cluster.config import ClusterConfig
from simarena.cluster.manifests.fields import mapping
from simarena.cluster.manifests.node_words import make_node
from simarena.cluster.manifests.pods.usage import CPU_ANNOTATION, MEMORY_ANNOTATION
from simarena.env.scenarios.families.manifests import deployment
from simarena.env.scenarios.scenario import Scenario
from simarena.errors import ConfigError, ScenarioError
from simarena.trace import Trace, TraceEvent, new_trace

if TYPE_CHECKING:
    from simarena.env.online.load import LoadProfile
    from simarena.env.scenarios.scenario import Manifest
    from simarena.trace import WorkloadRef

_MI: Final = 1024**2
_GI: Final = 1024**3
_DEPLOY: Final = "web"
_REPLICAS: Final = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """What requests cost the pods that answer them, and how fast answers should come."""

    cpu_per_request_ms: float = 10.0
    """CPU time of one request, in milliseconds."""

    idle_cpu_milli: float = 20.0
    """What a pod uses of CPU without any request."""

    idle_memory_bytes: float = 300.0 * _MI
    """What a pod uses of memory without any request."""

    memory_per_rps_bytes: float = 4.0 * _MI
    """What each request a second adds to that."""

    objective_ms: float = 250.0
    """Requests that are answered within this time are served well."""

    def __post_init__(self) -> None:
        """Refuse numbers that no service could have."""
        check_plain_fields(self)
        for each in fields(self):
            check_number(each.name, getattr(self, each.name), 0)
        if self.cpu_per_request_ms == 0:
            message = "cpu_per_request_ms must be above 0"
            raise ConfigError(message)


@dataclass(frozen=True, slots=True, kw_only=True)
class Hpa:
    """A HorizontalPodAutoscaler beside the agent: Kubernetes' own, in the cluster.

    On the built-in profiles a target of 80 earns a little more than the default, and serves fewer
    requests in time (`docs/online.md`).
    """

    target_percent: int = 70
    """Mean CPU usage over CPU request that it aims at."""

    min_replicas: int = 1
    """Fewest replicas."""

    max_replicas: int = 20
    """Most replicas."""

    def __post_init__(self) -> None:
        """Refuse what the API would."""
        check_plain_fields(self, "hpa.")
        check_whole("hpa.target_percent", self.target_percent, 1, MAX_INT32)
        check_whole("hpa.min_replicas", self.min_replicas, 1, MAX_INT32)
        check_whole("hpa.max_replicas", self.max_replicas, self.min_replicas, MAX_INT32)

    def manifest(self, ref: WorkloadRef) -> Manifest:
        """Return the object, for a workload."""
        target = {"type": "Utilization", "averageUtilization": self.target_percent}
        return {
            "apiVersion": "autoscaling/v2",
            "kind": "HorizontalPodAutoscaler",
            "metadata": {"name": ref.name, "namespace": ref.namespace},
            "spec": {
                "scaleTargetRef": {
                    "apiVersion": "apps/v1",
                    "kind": ref.kind.rpartition(".")[2],
                    "name": ref.name,
                },
                "minReplicas": self.min_replicas,
                "maxReplicas": self.max_replicas,
                "metrics": [{"type": "Resource", "resource": {"name": "cpu", "target": target}}],
            },
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class OnlineScenario:
    """One load on one service. Raises ScenarioError for one that no episode could play."""

    name: str
    """Unique among those played together."""

    cluster: Scenario
    """The cluster and the Deployment; its `duration_s` pass before the first observation, and its
    `target` is not used."""

    load: LoadProfile
    """Requests a second."""

    service: Service = field(default_factory=Service)
    """What the requests cost."""

    hpa: Hpa | None = None
    """An autoscaler beside the agent."""

    def __post_init__(self) -> None:
        """Refuse a workload whose requests and replicas cannot be changed as it runs."""
        ref = self.cluster.workload
        if not ref.kind.endswith(".Deployment"):
            message = (
                f"scenario {self.name!r}: {ref.kind} {ref.key} has no rollouts; name a Deployment"
            )
            raise ScenarioError(message)

    def played(self) -> Scenario:
        """Return the cluster as it is played: usage follows the load, recorded scaling is left out.

        Later events that apply the Deployment are dropped, because sizing it is the agent's task.
        """
        ref = self.cluster.workload
        events = []
        is_first = True
        for event in self.cluster.trace.events:
            applied = []
            for manifest in event.applied_objs:
                if not ref.is_ref_of(manifest):
                    applied.append(manifest)
                elif is_first:
                    is_first = False
                    applied.append(_with_usage(manifest))
                    if self.hpa is not None:
                        applied.append(self.hpa.manifest(ref))
            deleted = [one for one in event.deleted_objs if not ref.is_ref_of(one)]
            events.append(TraceEvent(event.ts, applied, deleted))
        return replace(self.cluster, name=self.name, trace=self.cluster.trace.with_events(events))


def _with_usage(manifest: Manifest) -> Manifest:
    """Return a Deployment whose pods' usage is measured; the kernel writes how much it is.

    Raises ManifestError where its pods' metadata have another form.
    """
    changed = copy.deepcopy(manifest)
    template = changed["spec"]["template"]
    where = f"{manifest['kind']} {manifest['metadata'].get('name')}: spec.template"
    metadata = mapping(template, "metadata", where)
    annotations = mapping(metadata, "annotations", f"{where}.metadata")
    measured = {CPU_ANNOTATION: "1m", MEMORY_ANNOTATION: "1Mi"}
    template["metadata"] = {**metadata, "annotations": {**annotations, **measured}}
    return changed


def online_scenario(
    load: LoadProfile, *, hpa: Hpa | None = None, service: Service | None = None, seed: int = 0
) -> OnlineScenario:
    """Return the built-in service under a load.

    A Deployment of 8 replicas, each of 1 CPU and 1Gi (requests and limits), on 4 nodes of 8 CPUs
    and 16Gi, under real kubelets; a pod takes 5 to 10 s to start. That is enough for 600 requests a
    second.
    """
    manifest: dict[str, Any] = dict(deployment(_DEPLOY, _REPLICAS, "1", "1Gi"))
    container = manifest["spec"]["template"]["spec"]["containers"][0]
    container["resources"]["limits"] = dict(container["resources"]["requests"])
    cluster = Scenario(
        name=load.name,
        family="online",
        trace=new_trace([manifest], source="built-in service"),
        nodes=tuple(make_node(f"node-{row}", "8", "16Gi") for row in range(1, 5)),
        deploy=_DEPLOY,
        target=_REPLICAS,
        duration_s=60,
        seed=seed,
        config=ClusterConfig(
            kubelet="real",
            node_pressure_eviction=False,  # no pod uses more than it requests: no node runs short
            pod_startup_ms=5_000,
            pod_startup_jitter_ms=10_000,
        ),
    )
    return OnlineScenario(
        name=load.name, cluster=cluster, load=load, service=service or Service(), hpa=hpa
    )


def first_seconds(trace: Trace, ref: WorkloadRef) -> int:
    """Return how long after its start a trace first applies a workload."""
    for event in trace.events:
        if any(ref.is_ref_of(manifest) for manifest in event.applied_objs):
            return event.ts - trace.events[0].ts
    message = f"{trace.source}: no event applies {ref.key}"
    raise ScenarioError(message)
