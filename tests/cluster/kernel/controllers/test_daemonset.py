"""DaemonSets: a pod on every node that admits it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.cluster._controllers import cluster_of, daemonset, pod_names, statefulset
from tests.cluster._objects import Manifest, check_world, node, world_of

from simarena.errors import ManifestError

if TYPE_CHECKING:
    from simarena.cluster import Cluster
    from simarena.cluster.records import World

TAINT = {"key": "gpu", "value": "yes", "effect": "NoSchedule"}


def places(cluster: Cluster) -> list[str]:
    return sorted(pod["spec"].get("nodeName", "") for pod in cluster.list("Pod"))


def test_every_admitting_node_gets_one_pod() -> None:
    nodes = [
        node("a"),
        node("b"),
        node("tainted", taints=[TAINT]),
        node("cordoned", unschedulable=True),
    ]
    cluster = cluster_of(nodes)
    cluster.apply(daemonset())
    cluster.settle()
    assert places(cluster) == ["a", "b", "cordoned"]
    status = cluster.get("DaemonSet", "agent")["status"]
    assert status["desiredNumberScheduled"] == status["numberReady"] == 3
    assert status["currentNumberScheduled"] == status["numberAvailable"] == 3
    check_world(world_of(cluster))


def test_a_pod_is_bound_to_its_node_by_the_affinity_that_the_api_shows() -> None:
    cluster = cluster_of([node("a")])
    cluster.apply(daemonset())
    cluster.settle()
    (pod,) = cluster.list("Pod")
    required = pod["spec"]["affinity"]["nodeAffinity"][
        "requiredDuringSchedulingIgnoredDuringExecution"
    ]
    only = {"key": "metadata.name", "operator": "In", "values": ["a"]}
    assert required == {"nodeSelectorTerms": [{"matchFields": [only]}]}
    keys = [toleration["key"].rpartition("/")[2] for toleration in pod["spec"]["tolerations"]]
    assert keys == [
        "not-ready",
        "unreachable",
        "disk-pressure",
        "memory-pressure",
        "pid-pressure",
        "unschedulable",
    ]


def test_a_pod_waits_for_its_own_full_node_and_goes_nowhere_else() -> None:
    cluster = cluster_of([node("small", cpu="50m"), node("large")])
    cluster.apply(daemonset(cpu="100m"))
    cluster.settle()
    assert places(cluster) == ["", "large"]
    waiting = next(pod for pod in cluster.list("Pod") if "nodeName" not in pod["spec"])
    message = waiting["status"]["conditions"][0]["message"]
    assert message.startswith(
        "0/2 nodes are available: 1 Insufficient cpu, "
        "1 node(s) didn't satisfy plugin(s) [NodeAffinity]."
    )


def test_nodes_that_join_get_a_pod_and_those_that_leave_take_theirs_along() -> None:
    cluster = cluster_of([node("a")])
    cluster.apply(daemonset())
    cluster.settle()
    cluster.apply(node("b"))
    cluster.settle()
    assert places(cluster) == ["a", "b"]
    cluster.delete("Node", "a")
    cluster.settle()
    assert places(cluster) == ["b"]
    assert cluster.get("DaemonSet", "agent")["status"]["desiredNumberScheduled"] == 1


def test_a_node_that_gets_another_label_loses_its_pod() -> None:
    manifest = daemonset()
    manifest["spec"]["template"]["spec"]["nodeSelector"] = {"disk": "ssd"}
    cluster = cluster_of([node("a", labels={"disk": "ssd"}), node("b")])
    cluster.apply(manifest)
    cluster.settle()
    assert places(cluster) == ["a"]
    cluster.apply(node("a"))
    cluster.apply(node("b", labels={"disk": "ssd"}))
    cluster.settle()
    assert places(cluster) == ["b"]


def test_a_new_taint_does_not_end_a_pod_that_runs() -> None:
    cluster = cluster_of([node("a")])
    cluster.apply(daemonset())
    cluster.settle()
    cluster.apply(node("a", taints=[TAINT]))
    cluster.settle()
    assert places(cluster) == ["a"]


def counts(cluster: Cluster) -> tuple[int, ...]:
    """Return the nodes that want a pod, that have it, that should not, that have it ready."""
    status = cluster.get("DaemonSet", "agent")["status"]
    names = ("desiredNumberScheduled", "currentNumberScheduled", "numberMisscheduled")
    return (*(status[name] for name in names), status["numberReady"])


def test_a_taint_under_a_running_pod_leaves_the_status_until_the_controller_has_to_look() -> None:
    cluster = cluster_of([node("a"), node("b")])
    cluster.apply(daemonset())
    cluster.settle()
    cluster.apply(node("a", taints=[TAINT]))
    cluster.settle()
    assert counts(cluster) == (2, 2, 0, 2)
    cluster.apply(node("c"))
    cluster.settle()
    assert counts(cluster) == (2, 2, 1, 2)
    cluster.apply(node("a"))  # one pod is where it should not be: the controller looks
    cluster.settle()
    assert counts(cluster) == (3, 3, 0, 3)


def test_the_status_counts_pods_that_are_not_bound_on_the_node_that_they_are_for() -> None:
    cluster = cluster_of([node("a"), node("b", cpu="50m")])
    cluster.apply(daemonset(cpu="100m"))
    cluster.settle()
    assert places(cluster) == ["", "a"]
    assert counts(cluster) == (2, 2, 0, 1)


def test_the_status_tells_of_the_older_of_two_pods_on_a_node() -> None:
    cluster = cluster_of([node("a")])
    cluster.apply(daemonset())
    cluster.settle()
    cluster.advance(5)
    rolling = {"maxSurge": 1, "maxUnavailable": 0}
    cluster.apply(daemonset(cpu="200m", updateStrategy={"rollingUpdate": rolling}))
    cluster.advance(0.5)  # the new pod is there beside the old one, and not ready
    status = cluster.get("DaemonSet", "agent")["status"]
    assert "updatedNumberScheduled" not in status
    assert status["numberReady"] == 1
    cluster.settle()
    assert cluster.get("DaemonSet", "agent")["status"]["updatedNumberScheduled"] == 1


@pytest.mark.parametrize(("most", "fewest_ready"), [(1, 3), (2, 2), ("50%", 2), ("26%", 2)])
def test_an_update_leaves_no_more_pods_unavailable_than_allowed(
    most: int | str, fewest_ready: int
) -> None:
    cluster = cluster_of([node(name) for name in "abcd"])
    cluster.apply(daemonset())
    cluster.settle()
    strategy = {"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": most}}
    cluster.apply(daemonset(cpu="200m", updateStrategy=strategy))
    ready = []
    for _ in range(60):
        cluster.advance(0.1)
        ready.append(cluster.get("DaemonSet", "agent")["status"]["numberReady"])
    assert min(ready) == fewest_ready
    assert ready[-1] == 4
    assert cluster.get("DaemonSet", "agent")["status"]["updatedNumberScheduled"] == 4


def test_surge_puts_the_new_pod_beside_the_old_one_first() -> None:
    cluster = cluster_of([node(name) for name in "ab"])
    cluster.apply(daemonset())
    cluster.settle()
    rolling = {"maxSurge": 1, "maxUnavailable": 0}
    strategy = {"type": "RollingUpdate", "rollingUpdate": rolling}
    cluster.apply(daemonset(cpu="200m", updateStrategy=strategy))
    most = 0
    for _ in range(40):
        cluster.advance(0.1)
        most = max(most, len(pod_names(cluster)))
        assert cluster.get("DaemonSet", "agent")["status"]["numberReady"] == 2
    assert most == 3
    assert len(pod_names(cluster)) == 2
    assert cluster.get("DaemonSet", "agent")["status"]["updatedNumberScheduled"] == 2


def test_a_strategy_without_room_is_refused() -> None:
    rolling = {"maxSurge": 0, "maxUnavailable": 0}
    cluster = cluster_of([node()])
    with pytest.raises(
        ManifestError, match="maxUnavailable: Required value: cannot be 0 when maxSurge is 0"
    ):
        cluster.apply(daemonset(updateStrategy={"rollingUpdate": rolling}))


@pytest.mark.parametrize(
    "manifest",
    [daemonset(), statefulset(replicas=1_200, podManagementPolicy="Parallel")],
    ids=["DaemonSet", "StatefulSet"],
)
def test_more_pods_at_once_than_the_log_has_lines_make_it_grow_first(manifest: Manifest) -> None:
    cluster = cluster_of([node(f"n{number}") for number in range(1_200)], kube_api_qps=0)
    cluster.apply(manifest)
    live = cluster._live
    live.catalogue.world = with_lines(live.catalogue.world, 1_150)
    cluster.advance(1)
    assert len(live.catalogue.world.log) > 1_150
    created = [each for each in cluster.events() if each["reason"] == "SuccessfulCreate"]
    assert len(created) == 1_200


def with_lines(world: World, number: int) -> World:
    return world._replace(
        log=world.log[:number].copy(), log_counts=world.log_counts[:number].copy()
    )
