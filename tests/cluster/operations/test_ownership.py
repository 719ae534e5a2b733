"""What goes along when an object is deleted, and what PodDisruptionBudgets allow."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.cluster._controllers import cluster_of, cronjob, daemonset, job, pod_names, statefulset
from tests.cluster._objects import check_world, deployment, node, pod, world_of

from simarena.cluster import Cluster
from simarena.errors import NotFoundError

if TYPE_CHECKING:
    from tests.cluster._objects import Manifest


def budget(**spec: object) -> Manifest:
    return {
        "apiVersion": "policy/v1",
        "kind": "PodDisruptionBudget",
        "metadata": {"name": "web", "namespace": "default"},
        "spec": {"selector": {"matchLabels": {"app": "web"}}, **spec},
    }


def test_an_object_goes_with_its_last_owner() -> None:
    cluster = Cluster([node()])
    cluster.apply(deployment())
    uid = cluster.get("Deployment", "web")["metadata"]["uid"]
    reference = {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web", "uid": uid}
    other = {**reference, "name": "other", "uid": "other"}
    for name, owners in (("owned", [reference]), ("shared", [reference, other])):
        cluster.apply(
            {
                "apiVersion": "v1",
                "kind": "ConfigMap",
                "metadata": {"name": name, "ownerReferences": owners},
            }
        )
    cluster.delete("Deployment", "web")
    assert [each["metadata"]["name"] for each in cluster.list("ConfigMap")] == ["shared"]


def test_a_bare_pod_goes_with_its_owner() -> None:
    cluster = Cluster([node()])
    cluster.apply({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "parent"}})
    owned = pod("child")
    owned["metadata"]["ownerReferences"] = [
        {"apiVersion": "v1", "kind": "ConfigMap", "name": "parent", "uid": "made-up"}
    ]
    cluster.apply(owned)
    cluster.settle()
    cluster.delete("ConfigMap", "parent")
    cluster.settle()
    assert cluster.list("Pod") == []


def test_with_a_namespace_goes_everything_in_it() -> None:
    cluster = cluster_of([node()], job_run_ms=60_000)
    manifests: list[Manifest] = [
        deployment(),
        statefulset("db", 1),
        daemonset(),
        job(),
        cronjob(),
        pod("solo"),
        {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "map"}},
    ]
    for manifest in manifests:
        cluster.apply(manifest)
        manifest["metadata"]["namespace"] = "other"
        cluster.apply(manifest)
    cluster.advance(70)
    before = len(cluster.list("Pod", "default"))
    cluster.delete("Namespace", "other")
    cluster.advance(10)
    kinds = ("Deployment", "StatefulSet", "DaemonSet", "Job", "CronJob", "Pod", "ConfigMap")
    assert [kind for kind in kinds if cluster.list(kind, "other")] == []
    assert len(cluster.list("Pod", "default")) == before
    check_world(world_of(cluster))


def test_a_namespace_that_is_not_there_is_not_found() -> None:
    with pytest.raises(NotFoundError, match='namespaces "nowhere" not found'):
        Cluster([]).delete("Namespace", "nowhere")


@pytest.mark.parametrize(
    ("spec", "desired", "allowed"),
    [
        ({"minAvailable": 3}, 3, 1),
        ({"minAvailable": "60%"}, 3, 1),
        ({"maxUnavailable": 1}, 3, 1),
        ({"maxUnavailable": "50%"}, 2, 2),
        ({"minAvailable": 9}, 9, 0),
    ],
)
def test_a_budget_says_how_many_pods_may_go(
    spec: dict[str, object], desired: int, allowed: int
) -> None:
    cluster = Cluster([node(cpu="16")])
    cluster.apply(deployment(replicas=4))
    cluster.apply(budget(**spec))
    cluster.settle()
    status = cluster.get("PodDisruptionBudget", "web")["status"]
    assert status["currentHealthy"] == 4
    assert status["desiredHealthy"] == desired
    assert status["disruptionsAllowed"] == allowed
    assert status["conditions"][0]["status"] == ("True" if allowed else "False")


def test_pods_that_do_not_run_use_up_a_budget() -> None:
    cluster = Cluster([node(cpu="3")])
    cluster.apply(deployment(replicas=4))
    cluster.apply(budget(maxUnavailable=2))
    cluster.settle()
    status = cluster.list("PodDisruptionBudget")[0]["status"]
    assert (status["currentHealthy"], status["expectedPods"]) == (3, 4)
    assert (status["desiredHealthy"], status["disruptionsAllowed"]) == (2, 1)


def test_of_two_like_pods_the_cheaper_one_is_given_up() -> None:
    cluster = Cluster([node(cpu="16")])
    cluster.apply(deployment(replicas=4))
    cluster.settle()
    cheap = pod_names(cluster)[2]
    manifest = cluster.get("Pod", cheap)
    manifest["metadata"]["annotations"] = {"controller.kubernetes.io/pod-deletion-cost": "-1"}
    cluster.apply(manifest)
    assert cluster.get("Pod", cheap)["metadata"]["annotations"]
    cluster.apply(deployment(replicas=3))
    cluster.settle()
    assert cheap not in pod_names(cluster)
    assert len(pod_names(cluster)) == 3
