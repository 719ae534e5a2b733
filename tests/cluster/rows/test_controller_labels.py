"""Labels that controllers give their pods, as selectors see them."""

from __future__ import annotations

from typing import Any

import pytest
from tests.cluster._controllers import cluster_of, cronjob, daemonset, job, statefulset
from tests.cluster._objects import deployment, node

from simarena.errors import RefusedError

HOSTS = [node(name, labels={"kubernetes.io/hostname": name}) for name in ("n1", "n2")]


def spread_by(manifest: dict[str, Any], *keys: str) -> dict[str, Any]:
    """Return a workload whose pods must be spread over nodes, among those alike in these labels."""
    spec = manifest["spec"]
    template = (spec["jobTemplate"]["spec"] if "jobTemplate" in spec else spec)["template"]
    template.setdefault("metadata", {}).setdefault("labels", {})["app"] = "web"
    template["spec"]["topologySpreadConstraints"] = [
        {
            "topologyKey": "kubernetes.io/hostname",
            "maxSkew": 1,
            "whenUnsatisfiable": "DoNotSchedule",
            "labelSelector": {"matchLabels": {"app": "web"}},
            "matchLabelKeys": list(keys),
        }
    ]
    return manifest


@pytest.mark.parametrize(
    ("made", "key"),
    [
        (deployment("web", 2, "100m"), "pod-template-hash"),
        (statefulset("web", 2, "100m", podManagementPolicy="Parallel"), "controller-revision-hash"),
        (job(cpu="100m", parallelism=2, completions=2), "job-name"),
        (job(cpu="100m", parallelism=2, completions=2), "batch.kubernetes.io/controller-uid"),
        (cronjob(job={"parallelism": 2, "completions": 2}), "controller-uid"),
    ],
)
def test_pods_are_spread_among_those_of_the_same_owner(made: dict[str, Any], key: str) -> None:
    cluster = cluster_of(HOSTS, job_run_ms=600_000)
    other = deployment("other", 3, "1")  # as many, on one node, and of no concern
    other["spec"]["template"]["metadata"]["labels"]["app"] = "web"
    other["spec"]["selector"] = {"matchLabels": {"app": "web"}}
    other["spec"]["template"]["spec"]["nodeSelector"] = {"kubernetes.io/hostname": "n1"}
    cluster.apply(other)
    cluster.advance(5)
    cluster.apply(spread_by(made, key))
    cluster.advance(70)
    mine = [p for p in cluster.list("Pod") if "topologySpreadConstraints" in p["spec"]]
    assert sorted(pod["spec"]["nodeName"] for pod in mine) == ["n1", "n2"]


def test_selectors_see_the_name_of_a_job_and_the_revision_of_a_daemonset() -> None:
    cluster = cluster_of(HOSTS, job_run_ms=600_000)
    cluster.apply(job(cpu="100m"))
    cluster.apply(daemonset())
    cluster.advance(5)
    for label in ("job-name", "controller-revision-hash"):
        host = next(p for p in cluster.list("Pod") if label in p["metadata"]["labels"])
        value = host["metadata"]["labels"][label]
        follower = job(f"beside-{label}"[:20], cpu="100m")
        follower["spec"]["template"]["spec"]["affinity"] = {
            "podAffinity": {
                "requiredDuringSchedulingIgnoredDuringExecution": [
                    {
                        "topologyKey": "kubernetes.io/hostname",
                        "labelSelector": {"matchLabels": {label: value}},
                    }
                ]
            }
        }
        cluster.apply(follower)
        cluster.advance(5)
        name = follower["metadata"]["name"]
        (pod,) = cluster.list("Pod", selector={"job-name": name})
        assert pod["status"]["phase"] == "Running"


def test_a_budget_may_be_about_one_numbered_pod() -> None:
    cluster = cluster_of([node()])
    cluster.apply(statefulset("db", 2))
    label = {"statefulset.kubernetes.io/pod-name": "db-0"}
    cluster.apply(
        {
            "apiVersion": "policy/v1",
            "kind": "PodDisruptionBudget",
            "metadata": {"name": "first", "namespace": "default"},
            "spec": {"minAvailable": 1, "selector": {"matchLabels": label}},
        }
    )
    cluster.settle()
    with pytest.raises(RefusedError, match="disruption budget"):
        cluster.evict("db-0")
    cluster.evict("db-1")
