"""Scenarios under real kubelets: a limit that an action raises ends the crashes."""

from __future__ import annotations

from tests.env.cases import trace_of, workload

from simarena.cluster.config import ClusterConfig
from simarena.cluster.manifests.node_words import make_node
from simarena.env.deployment.env import DeploymentEnv
from simarena.env.scenarios.scenario import Scenario
from simarena.trace import Action


def crashing() -> Scenario:
    resources = {
        "requests": {"cpu": "100m", "memory": "256Mi"},
        "limits": {"memory": "256Mi"},
    }
    made = workload("web", 2, {"image": "x", "resources": resources})
    annotations = {"kwok.x-k8s.io/usage-memory": "0s=100Mi,5s=400Mi"}
    made["spec"]["template"].setdefault("metadata", {})["annotations"] = annotations
    return Scenario(
        name="leak",
        family="test",
        trace=trace_of((0, [made])),
        nodes=(make_node("n1", "16", "32Gi"),),
        deploy="web",
        target=2,
        duration_s=60,
        config=ClusterConfig(kubelet="real"),
    )


def test_more_memory_ends_the_crashes() -> None:
    env = DeploymentEnv(scenarios=[crashing()])
    _, info = env.reset(seed=0)
    assert (info["ready"], info["pending"], info["total"]) == (0, 0, 2)
    _, _, terminated, _, info = env.step(int(Action.NOOP))
    assert not terminated
    assert info["ready"] == 0
    _, _, terminated, _, info = env.step(int(Action.INCREASE_MEMORY))
    assert (info["ready"], info["total"]) == (2, 2)
    assert terminated
    env.close()
