"""Whatever a cluster gives back is plain JSON: no number of NumPy, nothing else."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from tests.cluster._controllers import cronjob, daemonset, job, statefulset
from tests.cluster._objects import deployment, node, pod
from tests.examples import examples

from simarena.cluster import Cluster, ClusterConfig
from simarena.cluster.manifests.kinds import STORED_KINDS, SUPPORTED_KINDS


def objects() -> list[dict[str, Any]]:
    scaler = {
        "apiVersion": "autoscaling/v2",
        "kind": "HorizontalPodAutoscaler",
        "metadata": {"name": "web", "namespace": "default"},
        "spec": {
            "minReplicas": 2,
            "maxReplicas": 4,
            "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"},
            "metrics": [
                {
                    "type": "Resource",
                    "resource": {
                        "name": "cpu",
                        "target": {"type": "Utilization", "averageUtilization": 50},
                    },
                }
            ],
        },
    }
    budget = {
        "apiVersion": "policy/v1",
        "kind": "PodDisruptionBudget",
        "metadata": {"name": "web", "namespace": "default"},
        "spec": {"minAvailable": "50%", "selector": {"matchLabels": {"app": "web"}}},
    }
    exiting = pod("exiting")
    exiting["metadata"]["annotations"] = {
        "simarena.io/exit": "3s=2",
        "kwok.x-k8s.io/usage-memory": "0s=1Mi,4s=3Gi",
    }
    return [
        deployment("web", 3),
        scaler,
        budget,
        statefulset("db", 2),
        daemonset(),
        job(completions=2, completionMode="Indexed", backoffLimitPerIndex=1),
        cronjob(),
        exiting,
        pod("large", cpu="90"),
    ]


@examples(15)
@given(
    kubelet=st.sampled_from(["kwok", "real"]),
    chosen=st.lists(st.sampled_from(range(9)), min_size=1, unique=True),
    seconds=st.lists(st.integers(0, 80), min_size=1, max_size=3),
)
def test_every_manifest_and_event_is_plain_json(
    kubelet: str, chosen: list[int], seconds: list[int]
) -> None:
    config = ClusterConfig(kubelet=kubelet, termination_ms=2_000)  # type: ignore[arg-type]
    cluster = Cluster([node("n1", "8"), node("n2", "8")], config=config)
    made = objects()
    for number in chosen:
        cluster.apply(made[number])
    for passed in seconds:
        cluster.advance(passed)
        for kind in sorted(SUPPORTED_KINDS | STORED_KINDS):
            listed = cluster.list(kind)
            assert json.loads(json.dumps(listed)) == listed
            for manifest in listed:
                metadata = manifest["metadata"]
                found = cluster.get(kind, metadata["name"], metadata.get("namespace", "default"))
                assert found == manifest
        events = cluster.events()
        assert json.loads(json.dumps(events)) == events
        running = cluster.list("Pod")
        if running:
            cluster.delete("Pod", running[0]["metadata"]["name"])
