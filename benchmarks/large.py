"""Whole clusters: many Deployments, each with a template of its own, on many nodes."""

from __future__ import annotations

import random
from typing import Any

from benchmarks.clusters import HOSTNAME

from simarena.cluster import Cluster, ClusterConfig
from simarena.env import make_node
from simarena.trace import Trace, TraceEvent, new_trace

PLAIN = "plain"
SPREAD = "spread over zones, anti-affine to itself"
POOLS = "in node pools"
NUM_POOLS = 10
ZONE = "topology.kubernetes.io/zone"
CPUS = ("50m", "100m", "150m", "200m")
MEMORIES = ("64Mi", "128Mi", "256Mi")


def deployments(number: int, replicas: int, kind: str = PLAIN) -> list[dict[str, Any]]:
    """Return so many Deployments, none like another; fixed seed."""
    chance = random.Random(number)  # noqa: S311 - no secret
    result = []
    for row in range(number):
        labels = {"app": f"app-{row}", "tier": f"tier-{row % 7}"}
        requests = {"cpu": chance.choice(CPUS), "memory": chance.choice(MEMORIES)}
        image = f"registry.example/app-{row}:{chance.randrange(100)}"
        spec: dict[str, Any] = {
            "containers": [{"name": "main", "image": image, "resources": {"requests": requests}}]
        }
        selector = {"matchLabels": {"app": f"app-{row}"}}
        if kind == SPREAD:
            apart = {"labelSelector": selector, "topologyKey": HOSTNAME}
            required = {"requiredDuringSchedulingIgnoredDuringExecution": [apart]}
            spec["affinity"] = {"podAntiAffinity": required}
            spec["topologySpreadConstraints"] = [
                {
                    "maxSkew": 1,
                    "topologyKey": ZONE,
                    "whenUnsatisfiable": "DoNotSchedule",
                    "labelSelector": selector,
                }
            ]
        elif kind == POOLS:
            pool = f"pool-{row % NUM_POOLS}"
            spec["nodeSelector"] = {"pool": pool}
            spec["tolerations"] = [{"key": "pool", "value": pool, "effect": "NoSchedule"}]
        result.append(
            {
                "apiVersion": "apps/v1",
                "kind": "Deployment",
                "metadata": {"name": f"app-{row}", "namespace": f"team-{row % 20}"},
                "spec": {
                    "replicas": replicas,
                    "selector": selector,
                    "template": {"metadata": {"labels": labels}, "spec": spec},
                },
            }
        )
    return result


def nodes(number: int, kind: str = PLAIN) -> list[dict[str, Any]]:
    """Return nodes of 16 CPUs in three zones, that replays may use."""
    result = []
    for row in range(number):
        node = make_node(f"node-{row}", "16", "64Gi")
        labels = {HOSTNAME: f"node-{row}", ZONE: f"zone-{row % 3}"}
        if kind == POOLS:
            pool = f"pool-{row % NUM_POOLS}"
            labels["pool"] = pool
            taint = {"key": "pool", "value": pool, "effect": "NoSchedule"}
            node["spec"].setdefault("taints", []).append(taint)
        node["metadata"].setdefault("labels", {}).update(labels)
        result.append(node)
    return result


def trace(number: int, replicas: int, kind: str = PLAIN) -> Trace:
    """Return a trace in which all Deployments are applied at once."""
    return new_trace(deployments(number, replicas, kind))


def plain_nodes(number: int) -> list[dict[str, Any]]:
    """Return nodes without taints."""
    result = nodes(number)
    for node in result:
        node["spec"].pop("taints", None)
    return result


def cluster(num_nodes: int, num_deployments: int, replicas: int) -> Cluster:
    """Return a living cluster in which all pods run."""
    result = Cluster(plain_nodes(num_nodes), config=ClusterConfig(kube_api_qps=0))
    for manifest in deployments(num_deployments, replicas):
        result.apply(manifest)
    result.advance(600)
    return result


def busy_week(num_nodes: int) -> Trace:
    """Return a week of a cluster: CronJobs due 2,000 times, 500 rollouts, autoscalers."""
    chance = random.Random(num_nodes)  # noqa: S311 - no secret
    week_s = 7 * 86_400
    given = deployments(50, 4)
    for manifest in given[:20]:
        usage = {"kwok.x-k8s.io/usage-cpu": "80m"}
        manifest["spec"]["template"]["metadata"]["annotations"] = usage
    scalers = [
        {
            "apiVersion": "autoscaling/v2",
            "kind": "HorizontalPodAutoscaler",
            "metadata": manifest["metadata"],
            "spec": {
                "scaleTargetRef": {
                    "apiVersion": "apps/v1",
                    "kind": "Deployment",
                    "name": manifest["metadata"]["name"],
                },
                "minReplicas": 2,
                "maxReplicas": 10,
                "metrics": [
                    {
                        "type": "Resource",
                        "resource": {
                            "name": "cpu",
                            "target": {"type": "Utilization", "averageUtilization": 60},
                        },
                    }
                ],
            },
        }
        for manifest in given[:20]
    ]
    # 12 of them, each due every hour: 2,016 runs in a week.
    crons = [
        {
            "apiVersion": "batch/v1",
            "kind": "CronJob",
            "metadata": {"name": f"cron-{row}", "namespace": "jobs"},
            "spec": {
                "schedule": f"{5 * row} * * * *",
                "jobTemplate": {
                    "spec": {
                        "template": {
                            "spec": {
                                "restartPolicy": "Never",
                                "containers": [
                                    {
                                        "name": "job",
                                        "image": "job:1",
                                        "resources": {"requests": {"cpu": "500m"}},
                                    }
                                ],
                            }
                        }
                    }
                },
            },
        }
        for row in range(12)
    ]
    first = new_trace([*given, *scalers, *crons])
    events = [TraceEvent(0, first.events[0].applied_objs)]
    for number in range(500):
        manifest = given[20 + number % 30]
        template = manifest["spec"]["template"]
        image = f"{template['spec']['containers'][0]['image'].split(':')[0]}:v{number}"
        container = {**template["spec"]["containers"][0], "image": image}
        spec = {**template["spec"], "containers": [container]}
        changed = {**manifest["spec"], "template": {**template, "spec": spec}}
        time_s = 60 + number * (week_s - 120) // 500 + chance.randrange(60)
        events.append(TraceEvent(time_s, [{**manifest, "spec": changed}]))
    events.append(TraceEvent(week_s, []))
    return first.with_events(events)
