"""StatefulSets: pods by number, one after another or all at once, updated from the last."""

from __future__ import annotations

import pytest
from tests.cluster._controllers import cluster_of, pod_names, reasons, statefulset
from tests.cluster._kubelet import real
from tests.cluster._objects import check_world, node, world_of

from simarena.errors import ManifestError


def test_pods_are_made_one_after_another_each_once_the_one_before_is_ready() -> None:
    cluster = cluster_of([node()])
    cluster.apply(statefulset(replicas=3))
    seen = []
    for _ in range(40):
        cluster.advance(0.1)
        seen.append(len(pod_names(cluster)))
    # A sync (15 ms), a scheduling cycle (2 ms) and the start (1 s): one pod every 1.017 s.
    assert [seen.index(number) for number in (1, 2, 3)] == [0, 10, 20]
    assert pod_names(cluster) == ["web-0", "web-1", "web-2"]
    check_world(world_of(cluster))


def test_parallel_pods_do_not_wait_for_each_other() -> None:
    cluster = cluster_of([node()])
    cluster.apply(statefulset(replicas=3, podManagementPolicy="Parallel"))
    cluster.advance(0.1)
    assert pod_names(cluster) == ["web-0", "web-1", "web-2"]


def test_a_pod_that_never_becomes_ready_holds_up_the_rest() -> None:
    cluster = cluster_of([node(cpu="1")])
    cluster.apply(statefulset(replicas=3))
    cluster.advance(60)
    assert pod_names(cluster) == ["web-0", "web-1"]
    status = cluster.get("StatefulSet", "web")["status"]
    assert (status["replicas"], status["readyReplicas"]) == (2, 1)


def test_numbers_begin_at_the_start_ordinal() -> None:
    cluster = cluster_of([node()])
    cluster.apply(statefulset(replicas=2, ordinals={"start": 5}))
    cluster.settle()
    assert pod_names(cluster) == ["web-5", "web-6"]


def test_scaling_down_takes_the_highest_first_one_by_one() -> None:
    cluster = cluster_of([node()], termination_ms=1_000)
    cluster.apply(statefulset(replicas=3))
    cluster.settle()
    cluster.apply(statefulset(replicas=1))
    cluster.advance(0.5)
    assert pod_names(cluster) == ["web-0", "web-1"]
    cluster.advance(1.0)
    assert pod_names(cluster) == ["web-0"]
    cluster.settle()
    assert reasons(cluster, "StatefulSet")[-2:] == [
        ("SuccessfulDelete", "Delete Pod web-2 in StatefulSet web successful"),
        ("SuccessfulDelete", "Delete Pod web-1 in StatefulSet web successful"),
    ]


def test_a_deleted_pod_comes_back_under_its_own_name_with_another_uid() -> None:
    cluster = cluster_of([node()])
    cluster.apply(statefulset(replicas=2))
    cluster.settle()
    before = cluster.get("Pod", "web-0")
    cluster.delete("Pod", "web-0")
    cluster.settle()
    after = cluster.get("Pod", "web-0")
    assert before["metadata"]["uid"] != after["metadata"]["uid"]
    assert after["spec"]["hostname"] == "web-0"
    assert after["metadata"]["labels"]["apps.kubernetes.io/pod-index"] == "0"
    (owner,) = after["metadata"]["ownerReferences"]
    assert (owner["kind"], owner["name"]) == ("StatefulSet", "web")


def test_a_rolling_update_goes_from_the_highest_number_down() -> None:
    cluster = cluster_of([node()])
    cluster.apply(statefulset(replicas=3))
    cluster.settle()
    cluster.apply(statefulset(replicas=3, cpu="500m"))
    order = []
    for _ in range(50):
        cluster.advance(0.1)
        updated = [name for name in pod_names(cluster) if _cpu(cluster, name) == "500m"]
        order += [name for name in updated if name not in order]
        status = cluster.get("StatefulSet", "web")["status"]
        assert status.get("readyReplicas", 0) >= 2
        assert status["updatedReplicas" if updated else "replicas"] >= len(updated)
    assert order == ["web-2", "web-1", "web-0"]
    assert status["currentRevision"] == status["updateRevision"]


def test_pods_below_the_partition_keep_their_template_even_when_made_anew() -> None:
    cluster = cluster_of([node()])
    cluster.apply(statefulset(replicas=3))
    cluster.settle()
    strategy = {"type": "RollingUpdate", "rollingUpdate": {"partition": 2}}
    cluster.apply(statefulset(replicas=3, cpu="500m", updateStrategy=strategy))
    cluster.settle()
    cluster.delete("Pod", "web-1")
    cluster.settle()
    assert [_cpu(cluster, name) for name in pod_names(cluster)] == ["1", "1", "500m"]
    status = cluster.get("StatefulSet", "web")["status"]
    assert (status["currentReplicas"], status["updatedReplicas"]) == (2, 1)
    assert status["currentRevision"] != status["updateRevision"]


def test_on_delete_leaves_pods_alone_until_somebody_deletes_them() -> None:
    cluster = cluster_of([node()])
    cluster.apply(statefulset(replicas=2))
    cluster.settle()
    cluster.apply(statefulset(replicas=2, cpu="500m", updateStrategy={"type": "OnDelete"}))
    cluster.settle()
    assert [_cpu(cluster, name) for name in pod_names(cluster)] == ["1", "1"]
    cluster.delete("Pod", "web-0")
    cluster.settle()
    assert [_cpu(cluster, name) for name in pod_names(cluster)] == ["500m", "1"]


def test_min_ready_seconds_delay_the_next_pod() -> None:
    cluster = cluster_of([node()])
    cluster.apply(statefulset(replicas=2, minReadySeconds=5))
    cluster.advance(5.9)
    assert pod_names(cluster) == ["web-0"]
    cluster.advance(0.2)
    assert pod_names(cluster) == ["web-0", "web-1"]


def test_deleting_it_deletes_its_pods() -> None:
    cluster = cluster_of([node()])
    cluster.apply(statefulset())
    cluster.settle()
    cluster.delete("StatefulSet", "web")
    cluster.settle()
    assert cluster.list("Pod") == []
    assert cluster.list("StatefulSet") == []
    check_world(world_of(cluster))


def test_a_strategy_that_cannot_be_is_refused() -> None:
    cluster = cluster_of([node()])
    with pytest.raises(ManifestError, match="must be 'OrderedReady' or 'Parallel'"):
        cluster.apply(statefulset(podManagementPolicy="Any"))


def _cpu(cluster: object, name: str) -> str:
    pod = cluster.get("Pod", name)  # type: ignore[attr-defined]
    cpu: str = pod["spec"]["containers"][0]["resources"]["requests"]["cpu"]
    return cpu


def test_the_status_counts_a_pod_that_failed_until_it_is_gone() -> None:
    cluster = real(node(memory="1Gi"), replicaset_sync_ms=5_000, eviction_check_ms=1_000)
    manifest = statefulset(replicas=2, podManagementPolicy="Parallel")
    template = manifest["spec"]["template"]
    template["metadata"]["annotations"] = {"kwok.x-k8s.io/usage-memory": "600Mi"}
    template["spec"]["containers"][0]["resources"] = {}
    cluster.apply(manifest)
    for _ in range(200):
        cluster.advance(0.1)
        if any(pod["status"]["phase"] == "Failed" for pod in cluster.list("Pod")):
            break
    phases = sorted(pod["status"]["phase"] for pod in cluster.list("Pod"))
    assert phases == ["Failed", "Running"]
    status = cluster.get("StatefulSet", "web")["status"]
    assert (status["replicas"], status["currentReplicas"], status["updatedReplicas"]) == (2, 2, 2)


def test_max_unavailable_is_dropped_as_its_gate_is_off() -> None:
    cluster = cluster_of([node()])
    strategy = {"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": 3}}
    cluster.apply(statefulset(replicas=3, updateStrategy=strategy))
    cluster.settle()
    kept = cluster.get("StatefulSet", "web")["spec"]["updateStrategy"]
    assert kept == {"type": "RollingUpdate", "rollingUpdate": {"partition": 0}}
    cluster.apply(statefulset(replicas=3, cpu="500m", updateStrategy=strategy))
    fewest = 3
    for _ in range(60):
        cluster.advance(0.1)
        fewest = min(fewest, cluster.get("StatefulSet", "web")["status"]["readyReplicas"])
    assert fewest == 2


def test_pods_that_are_updated_by_hand_leave_the_current_revision() -> None:
    cluster = cluster_of([node()])
    by_hand = {"type": "OnDelete"}
    cluster.apply(statefulset(replicas=1, updateStrategy=by_hand))
    cluster.settle()
    first = cluster.get("StatefulSet", "web")["status"]["currentRevision"]
    cluster.apply(statefulset(replicas=0, updateStrategy=by_hand))
    cluster.settle()
    cluster.apply(statefulset(replicas=0, cpu="500m", updateStrategy=by_hand))
    cluster.settle()
    status = cluster.get("StatefulSet", "web")["status"]
    assert status["currentRevision"] == first != status["updateRevision"]
    cluster.apply(statefulset(replicas=0, cpu="500m"))
    cluster.settle()
    status = cluster.get("StatefulSet", "web")["status"]
    assert status["currentRevision"] == status["updateRevision"]


def test_a_pod_that_is_ready_counts_until_it_is_gone() -> None:
    cluster = cluster_of([node()], termination_ms=5_000)
    cluster.apply(statefulset(replicas=2))
    cluster.settle()
    cluster.delete("Pod", "web-1")
    cluster.advance(1)
    status = cluster.get("StatefulSet", "web")["status"]
    assert (status["readyReplicas"], status["currentReplicas"]) == (2, 1)
