"""The cluster autoscaler: nodes that come for pods without room, and go when they are idle."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.cluster._objects import check_world, deployment, node, pod, world_of

from simarena.cluster import Cluster, ClusterConfig
from simarena.cluster.node_settings import AutoscalerSettings, NodeGroup
from simarena.errors import ConfigError

if TYPE_CHECKING:
    from simarena.cluster.manifests.fields import Manifest


def group(name: str = "pool", cpu: str = "2", memory: str = "4Gi", **more: int) -> NodeGroup:
    return NodeGroup(name=name, template=node("any", cpu, memory), **more)


def cluster_of(*groups: NodeGroup, nodes: tuple[Manifest, ...] = (), **settings: object) -> Cluster:
    autoscaler = AutoscalerSettings(groups=groups or (group(),), **settings)  # type: ignore[arg-type]
    return Cluster(nodes, config=ClusterConfig(autoscaler=autoscaler))


def names(cluster: Cluster) -> list[str]:
    return [each["metadata"]["name"] for each in cluster.list("Node")]


def told(cluster: Cluster, reason: str) -> list[str]:
    return [event["message"] for event in cluster.events() if event["reason"] == reason]


def small(number: int) -> Manifest:
    return node(f"pool-{number}", "2", "4Gi")


def test_nodes_come_for_pods_without_room_after_the_boot_delay() -> None:
    cluster = cluster_of()
    cluster.apply(deployment("web", 5, "900m", "64Mi"))
    cluster.advance(69.999)  # seen at 10 s, booted after 60 s
    assert names(cluster) == []
    cluster.advance(0.001)
    assert names(cluster) == ["pool-1", "pool-2", "pool-3"]  # two pods on each
    cluster.settle()
    assert all(each["status"]["phase"] == "Running" for each in cluster.list("Pod"))
    message = "pod triggered scale-up: [{pool 0->3 (max: 10)}]"
    assert told(cluster, "TriggeredScaleUp") == [message] * 5
    assert told(cluster, "ScaledUpGroup") == [
        "Scale-up: setting group pool size to 3 instead of 0 (max: 10)",
        "Scale-up: group pool size set to 3 instead of 0 (max: 10)",
    ]
    check_world(world_of(cluster))


def test_nodes_that_boot_are_not_asked_for_again() -> None:
    cluster = cluster_of()
    cluster.apply(deployment("web", 2, "900m", "64Mi"))
    cluster.advance(200)
    assert names(cluster) == ["pool-1"]


def test_a_group_grows_to_its_maximum_and_no_more() -> None:
    cluster = cluster_of(group(max_size=2), nodes=(small(1),))
    cluster.apply(deployment("web", 9, "900m", "64Mi"))
    cluster.advance(200)
    assert names(cluster) == ["pool-1", "pool-2"]
    assert set(told(cluster, "NotTriggerScaleUp")) == {
        "pod didn't trigger scale-up: 1 max node group size reached"
    }


def test_the_cluster_grows_to_its_total_maximum() -> None:
    cluster = cluster_of(max_nodes_total=2, nodes=(node("other", "1"),))
    cluster.apply(deployment("web", 9, "900m", "64Mi"))
    cluster.advance(200)
    assert names(cluster) == ["other", "pool-1"]


def test_a_pod_that_no_group_can_take_brings_up_nothing() -> None:
    cluster = cluster_of()
    cluster.apply(pod("huge", "8"))
    cluster.advance(100)
    assert names(cluster) == []
    message = "pod didn't trigger scale-up: 1 Insufficient cpu"
    assert told(cluster, "NotTriggerScaleUp") == [message]


def test_the_group_that_wastes_least_grows() -> None:
    big, fitting = group("big", "8", "16Gi"), group("small", "1", "2Gi")
    cluster = cluster_of(big, fitting)
    cluster.apply(pod("one", "900m", "1500Mi"))
    cluster.advance(80)
    assert names(cluster) == ["small-1"]
    cluster = cluster_of(big, fitting, expander="first")
    cluster.apply(pod("one", "900m", "1500Mi"))
    cluster.advance(80)
    assert names(cluster) == ["big-1"]


def test_nodes_join_with_the_labels_and_taints_of_their_template() -> None:
    template = node(
        "x", "2", "4Gi", labels={"gpu": "yes"}, taints=[{"key": "g", "effect": "NoSchedule"}]
    )
    cluster = cluster_of(group(), NodeGroup(name="gpu", template=template))
    cluster.apply(
        pod("one", "1", nodeSelector={"gpu": "yes"}, tolerations=[{"operator": "Exists"}])
    )
    cluster.advance(80)
    assert names(cluster) == ["gpu-1"]
    assert cluster.get("Pod", "one")["spec"]["nodeName"] == "gpu-1"


def test_an_idle_node_goes_after_ten_minutes() -> None:
    cluster = cluster_of(nodes=(small(1), small(2)))
    cluster.apply(deployment("web", 1, "1500m", "64Mi"))
    cluster.advance(599)
    assert len(names(cluster)) == 2
    cluster.advance(12)
    assert len(names(cluster)) == 1
    assert [each["status"]["phase"] for each in cluster.list("Pod")] == ["Running"]
    [message] = told(cluster, "ScaleDownEmpty")
    assert message.startswith("Scale-down: empty node pool-")


def test_no_node_goes_within_ten_minutes_of_a_scale_up() -> None:
    cluster = cluster_of(nodes=(small(1), small(2)))
    cluster.advance(300)
    cluster.apply(pod("big", "2", nodeSelector={"kubernetes.io/hostname": "pool-3"}))
    cluster.advance(20)
    assert told(cluster, "TriggeredScaleUp")  # at 310 s
    cluster.advance(580)
    assert set(names(cluster)) == {"pool-1", "pool-2", "pool-3"}
    cluster.advance(30)
    assert names(cluster) == ["pool-3"]


def test_pods_of_a_hardly_used_node_move_first() -> None:
    cluster = cluster_of(nodes=(small(1), small(2)))
    cluster.apply(deployment("web", 2, "500m", "64Mi"))
    cluster.advance(700)
    assert len(names(cluster)) == 1
    cluster.settle()
    assert [each["status"]["phase"] for each in cluster.list("Pod")] == ["Running"] * 2
    assert told(cluster, "ScaleDown")[0] == "marked the node as toBeDeleted/unschedulable"
    assert "deleting pod for node scale down" in told(cluster, "ScaleDown")
    check_world(world_of(cluster))


def test_a_node_whose_pods_fit_nowhere_else_stays() -> None:
    cluster = cluster_of(nodes=(small(1), small(2)))
    cluster.apply(deployment("big", 1, "1600m", "64Mi"))
    cluster.settle()
    cluster.apply(deployment("web", 1, "600m", "64Mi"))
    cluster.advance(1_500)
    assert names(cluster) == ["pool-1", "pool-2"]


@pytest.mark.parametrize("kind", ["bare", "unsafe", "local", "budget", "disabled", "minimum"])
def test_what_keeps_an_idle_node(kind: str) -> None:
    nodes = (small(1), small(2))
    manifest = deployment("web", 2, "500m", "64Mi")
    template = manifest["spec"]["template"]
    if kind == "unsafe":
        annotation = {"cluster-autoscaler.kubernetes.io/safe-to-evict": "false"}
        template["metadata"]["annotations"] = annotation
    if kind == "local":
        template["spec"]["volumes"] = [{"name": "tmp", "emptyDir": {}}]
    if kind == "disabled":
        for each in nodes:
            annotation = {"cluster-autoscaler.kubernetes.io/scale-down-disabled": "true"}
            each["metadata"]["annotations"] = annotation
    cluster = cluster_of(group(min_size=2 if kind == "minimum" else 0), nodes=nodes)
    if kind == "bare":
        cluster.apply(pod("a", "100m", nodeName="pool-1"))
        cluster.apply(pod("b", "100m", nodeName="pool-2"))
    else:
        cluster.apply(manifest)
    if kind == "budget":
        cluster.apply(
            {
                "apiVersion": "policy/v1",
                "kind": "PodDisruptionBudget",
                "metadata": {"name": "web", "namespace": "default"},
                "spec": {"minAvailable": 2, "selector": {"matchLabels": {"app": "web"}}},
            }
        )
    cluster.advance(1_300)
    assert names(cluster) == ["pool-1", "pool-2"]


def test_a_snapshot_holds_nodes_that_boot() -> None:
    cluster = cluster_of()
    cluster.apply(deployment("web", 5, "900m", "64Mi"))
    cluster.advance(30)
    saved = cluster.snapshot()
    cluster.advance(100)
    first = (cluster.list("Pod"), cluster.list("Node"), cluster.events())
    cluster.restore(saved)
    cluster.advance(100)
    assert (cluster.list("Pod"), cluster.list("Node"), cluster.events()) == first


def test_settings_that_no_run_could_use_are_refused() -> None:
    with pytest.raises(ConfigError, match="groups must name"):
        AutoscalerSettings(groups=())
    with pytest.raises(ConfigError, match="must be in order"):
        group(min_size=3, max_size=2)
    with pytest.raises(ConfigError, match="expander"):
        cluster_of(expander="price")
    with pytest.raises(ConfigError, match="unneeded_ms"):
        cluster_of(unneeded_ms=-1)


def test_no_new_node_helps_a_pod_that_a_daemonset_made_for_another() -> None:
    cluster = cluster_of(nodes=(node("other", "100m"),))
    daemons = deployment("web", 1, "900m", "64Mi")
    del daemons["spec"]["replicas"]
    cluster.apply({**daemons, "kind": "DaemonSet"})
    cluster.advance(200)
    assert names(cluster) == ["other"]
    assert set(told(cluster, "NotTriggerScaleUp")) == {
        "pod didn't trigger scale-up: 1 node(s) didn't match Pod's node affinity/selector"
    }


@pytest.mark.parametrize(
    ("volume", "annotations"),
    [
        ({"name": "tmp", "emptyDir": {"medium": "Memory"}}, {}),
        (
            {"name": "tmp", "emptyDir": {}},
            {"cluster-autoscaler.kubernetes.io/safe-to-evict-local-volumes": "cache, tmp"},
        ),
    ],
)
def test_volumes_in_memory_or_named_as_safe_keep_no_node(
    volume: Manifest, annotations: dict[str, str]
) -> None:
    manifest = deployment("web", 2, "500m", "64Mi")
    manifest["spec"]["template"]["spec"]["volumes"] = [volume]
    manifest["spec"]["template"]["metadata"]["annotations"] = annotations
    cluster = cluster_of(nodes=(small(1), small(2)))
    cluster.apply(manifest)
    cluster.advance(1_300)
    assert len(names(cluster)) == 1
