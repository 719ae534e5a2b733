"""Scenarios and traces that the tests of the environment share."""

from __future__ import annotations

from typing import Any

from simarena.cluster import ClusterConfig
from simarena.cluster.manifests.node_words import make_node
from simarena.env.scenarios.families.manifests import deployment
from simarena.env.scenarios.scenario import Scenario, default_nodes
from simarena.trace import Trace, TraceEvent, new_trace


def scenario(
    replicas: int = 3,
    cpu: str = "500m",
    memory: str = "512Mi",
    *,
    target: int = 3,
    nodes: int = 4,
    **settings: Any,
) -> Scenario:
    values: dict[str, Any] = {"name": "case", "family": "test", "duration_s": 20, **settings}
    return Scenario(
        trace=new_trace([deployment("web", replicas, cpu, memory)]),
        nodes=tuple(make_node(f"n{row}", "16", "32Gi") for row in range(nodes)),
        deploy="web",
        target=target,
        **values,
    )


def container(**resources: dict[str, str]) -> dict[str, Any]:
    return {"name": "main", "image": "x", "resources": resources}


def workload(name: str, replicas: int | None, *containers: dict[str, Any]) -> dict[str, Any]:
    manifest: dict[str, Any] = deployment(name, 1, "1", "1Gi")
    if replicas is None:
        del manifest["spec"]["replicas"]
    else:
        manifest["spec"]["replicas"] = replicas
    named = [{**one, "name": f"c{row}"} for row, one in enumerate(containers)]
    manifest["spec"]["template"]["spec"]["containers"] = named
    return manifest


def trace_of(*events: tuple[int, list[dict[str, Any]]]) -> Trace:
    trace = new_trace([manifest for _, manifests in events for manifest in manifests])
    applied = iter(trace.events[0].applied_objs)
    return trace.with_events(
        [TraceEvent(ts, [next(applied) for _ in manifests]) for ts, manifests in events]
    )


def crashing(after: str, **settings: Any) -> Scenario:
    """Return a scenario whose containers outgrow their memory limit some time after their start."""
    web = workload("web", 1, container(requests={"memory": "64Mi"}, limits={"memory": "128Mi"}))
    web["spec"]["template"]["metadata"]["annotations"] = {
        "kwok.x-k8s.io/usage-memory": f"0s=50Mi,{after}=200Mi"
    }
    return Scenario(
        name="x",
        family="x",
        trace=trace_of((0, [web])),
        nodes=default_nodes(1),
        deploy="web",
        target=1,
        config=ClusterConfig(kubelet="real"),
        **settings,
    )
