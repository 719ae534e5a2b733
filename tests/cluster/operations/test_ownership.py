"""Controllers and the pods that their selectors mean: adoption, release, orphans."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.cluster._controllers import cluster_of, cronjob, daemonset, job, pod_names, statefulset
from tests.cluster._objects import Manifest, check_world, deployment, node, pod, world_of

from simarena.errors import ConfigError, ManifestError

if TYPE_CHECKING:
    from simarena.cluster import Cluster

LABELS = {"app": "web"}


def replicaset(replicas: int = 2, **spec: object) -> Manifest:
    return deployment("web", replicas, "1", kind="ReplicaSet", **spec)


def labelled(name: str, labels: dict[str, str] | None = None, **spec: object) -> Manifest:
    manifest = pod(name, "1", "1Mi", **spec)
    manifest["metadata"]["labels"] = LABELS if labels is None else labels
    return manifest


def owners(cluster: Cluster) -> dict[str, str]:
    """Return the controller of each pod, by the pod's name; empty for none."""
    found = {}
    for each in cluster.list("Pod"):
        references = each["metadata"].get("ownerReferences") or [{"name": ""}]
        assert len(references) == 1
        found[each["metadata"]["name"]] = references[0]["name"]
    return found


def relabel(cluster: Cluster, name: str, labels: dict[str, str]) -> None:
    manifest = cluster.get("Pod", name)
    manifest["metadata"]["labels"] = labels
    cluster.apply(manifest)


def uids(cluster: Cluster) -> dict[str, str]:
    return {each["metadata"]["name"]: each["metadata"]["uid"] for each in cluster.list("Pod")}


def test_a_replicaset_adopts_a_pod_that_its_selector_means_and_nobody_owns() -> None:
    cluster = cluster_of([node()])
    cluster.apply(labelled("orphan"))
    cluster.apply(labelled("other", {"app": "other"}))
    cluster.apply(replicaset(2))
    cluster.settle()
    found = owners(cluster)
    assert len(found) == 3
    assert (found["orphan"], found["other"]) == ("web", "")
    assert cluster.get("ReplicaSet", "web")["status"]["readyReplicas"] == 2
    assert "generateName" not in cluster.get("Pod", "orphan")["metadata"]
    check_world(world_of(cluster))


def test_a_replicaset_that_has_enough_pods_adopts_one_more_and_gives_one_up() -> None:
    cluster = cluster_of([node()])
    cluster.apply(replicaset(1))
    cluster.settle()
    cluster.apply(labelled("late"))
    cluster.settle()
    assert len(pod_names(cluster)) == 1
    assert "late" not in pod_names(cluster)  # it was not ready, so it went first
    check_world(world_of(cluster))


def test_a_pod_that_says_who_controls_it_is_not_adopted() -> None:
    cluster = cluster_of([node()])
    owned = labelled("owned")
    reference = {"apiVersion": "v1", "kind": "Thing", "name": "t", "uid": "u", "controller": True}
    owned["metadata"]["ownerReferences"] = [reference]
    cluster.apply(owned)
    cluster.apply(replicaset(1))
    cluster.settle()
    assert owners(cluster)["owned"] == "t"
    assert len(pod_names(cluster)) == 2


def test_a_pod_that_no_longer_matches_is_released_and_replaced() -> None:
    cluster = cluster_of([node()])
    cluster.apply(replicaset(2))
    cluster.settle()
    name = pod_names(cluster)[0]
    before = uids(cluster)[name]
    relabel(cluster, name, {"app": "debug"})
    cluster.settle()
    found = owners(cluster)
    assert len(found) == 3
    assert found[name] == ""
    assert uids(cluster)[name] == before
    assert cluster.get("Pod", name)["metadata"]["labels"] == {"app": "debug"}
    check_world(world_of(cluster))
    relabel(cluster, name, LABELS)  # it comes back, and one goes
    cluster.settle()
    assert len(pod_names(cluster)) == 2
    check_world(world_of(cluster))


def test_a_pod_that_still_matches_keeps_its_controller_with_other_labels() -> None:
    cluster = cluster_of([node()])
    cluster.apply(replicaset(2))
    cluster.settle()
    name = pod_names(cluster)[0]
    relabel(cluster, name, {**LABELS, "more": "yes"})
    cluster.settle()
    assert set(owners(cluster).values()) == {"web"}
    assert len(pod_names(cluster)) == 2
    assert cluster.get("Pod", name)["metadata"]["labels"]["more"] == "yes"
    check_world(world_of(cluster))


def test_a_relabelled_pod_goes_to_the_controller_that_it_matches_now() -> None:
    cluster = cluster_of([node()])
    cluster.apply(replicaset(1))
    other = deployment("other", 1, "1", kind="ReplicaSet")
    cluster.apply(other)
    cluster.settle()
    name = next(name for name in pod_names(cluster) if name.startswith("web"))
    relabel(cluster, name, {"app": "other"})
    assert owners(cluster)[name] == "other"
    cluster.settle()
    assert sorted(owners(cluster).values()) == ["other", "web"]
    check_world(world_of(cluster))


def test_a_statefulset_adopts_only_what_is_named_as_its_pods_are_and_renews_it() -> None:
    cluster = cluster_of([node()])
    for name in ("web-0", "web-x", "solo"):
        cluster.apply(labelled(name))
    cluster.settle()
    before = uids(cluster)
    cluster.apply(statefulset(replicas=2))
    cluster.advance(0.01)
    assert owners(cluster) == {"web-0": "web", "web-x": "", "solo": ""}
    cluster.settle()
    found = owners(cluster)
    assert found == {"web-0": "web", "web-1": "web", "web-x": "", "solo": ""}
    assert uids(cluster)["web-0"] != before["web-0"]  # it was of no revision
    check_world(world_of(cluster))


def test_a_daemonset_adopts_a_pod_on_its_node_and_renews_it() -> None:
    cluster = cluster_of([node("a"), node("b")])
    cluster.apply(labelled("here", {"app": "agent"}, nodeName="a"))
    cluster.settle()
    cluster.apply(daemonset())
    cluster.advance(0.01)
    assert owners(cluster)["here"] == "agent"
    cluster.settle()
    assert len(pod_names(cluster)) == 2
    assert "here" not in pod_names(cluster)
    check_world(world_of(cluster))


def test_a_job_with_a_selector_of_its_own_adopts_what_it_means() -> None:
    cluster = cluster_of([node()], job_run_ms=5_000)
    cluster.apply(labelled("there", {"task": "x"}, restartPolicy="Never"))
    cluster.settle()
    wanted = job(manualSelector=True, selector={"matchLabels": {"task": "x"}}, parallelism=2)
    wanted["spec"]["completions"] = 2
    wanted["spec"]["template"]["metadata"] = {"labels": {"task": "x"}}
    cluster.apply(wanted)
    cluster.advance(1)
    assert owners(cluster)["there"] == "task"
    assert len(pod_names(cluster)) == 2
    cluster.apply(job("plain"))
    cluster.advance(1)
    assert owners(cluster)["there"] == "task"
    check_world(world_of(cluster))


@pytest.mark.parametrize(
    "manifest", [replicaset(2), statefulset(replicas=2), daemonset("web")], ids=lambda m: m["kind"]
)
def test_orphans_stay_as_they_are_and_are_taken_back(manifest: Manifest) -> None:
    cluster = cluster_of([node("a"), node("b")])
    cluster.apply(manifest)
    cluster.settle()
    before = uids(cluster)
    assert len(before) == 2
    cluster.delete(manifest["kind"], "web", propagation="Orphan")
    cluster.advance(60)
    assert uids(cluster) == before
    assert set(owners(cluster).values()) == {""}
    check_world(world_of(cluster))
    cluster.apply(manifest)
    cluster.advance(60)
    assert uids(cluster) == before
    assert set(owners(cluster).values()) == {"web"}
    check_world(world_of(cluster))


def test_the_replicaset_of_an_orphaning_deployment_goes_on_and_is_taken_back() -> None:
    cluster = cluster_of([node()])
    cluster.apply(deployment("web", 2))
    cluster.settle()
    before = uids(cluster)
    (replicas,) = cluster.list("ReplicaSet")
    cluster.delete("Deployment", "web", propagation="Orphan")
    cluster.settle()
    (alone,) = cluster.list("ReplicaSet")
    assert alone["metadata"]["name"] == replicas["metadata"]["name"]
    assert "ownerReferences" not in alone["metadata"]
    assert uids(cluster) == before
    assert set(owners(cluster).values()) == {replicas["metadata"]["name"]}
    cluster.delete("Pod", pod_names(cluster)[0])
    cluster.settle()
    assert len(pod_names(cluster)) == 2
    check_world(world_of(cluster))
    before = uids(cluster)
    cluster.apply(deployment("web", 2))
    cluster.settle()
    (taken,) = cluster.list("ReplicaSet")
    assert taken["metadata"]["ownerReferences"][0]["name"] == "web"
    assert uids(cluster) == before
    cluster.apply(deployment("web", 2, "500m"))
    cluster.settle()
    assert not set(uids(cluster)) & set(before)
    check_world(world_of(cluster))


def test_jobs_of_an_orphaning_cronjob_run_to_their_end() -> None:
    cluster = cluster_of([node()], job_run_ms=30_000)
    cluster.apply(cronjob())
    cluster.advance(70)
    (started,) = cluster.list("Job")
    cluster.delete("CronJob", "tick", propagation="Orphan")
    (alone,) = cluster.list("Job")
    assert alone["metadata"]["name"] == started["metadata"]["name"]
    assert "ownerReferences" not in alone["metadata"]
    cluster.advance(200)
    (ended,) = cluster.list("Job")
    assert ended["status"]["succeeded"] == 1
    check_world(world_of(cluster))


def test_what_an_owner_references_is_orphaned_with_it() -> None:
    cluster = cluster_of([node()])
    cluster.apply(replicaset(0))
    owner = cluster.get("ReplicaSet", "web")
    reference = {
        "apiVersion": "apps/v1",
        "kind": "ReplicaSet",
        "name": "web",
        "uid": owner["metadata"]["uid"],
    }
    for name in ("stays", "goes"):
        metadata = {"name": name, "namespace": "default", "ownerReferences": [reference]}
        cluster.apply({"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata})
        cluster.delete(
            "ReplicaSet", "web", propagation="Orphan" if name == "stays" else "Foreground"
        )
        cluster.apply(replicaset(0))
        reference = {**reference, "uid": cluster.get("ReplicaSet", "web")["metadata"]["uid"]}
    assert [each["metadata"]["name"] for each in cluster.list("ConfigMap")] == ["stays"]


def test_pods_that_are_known_by_their_template_do_not_take_other_labels() -> None:
    cluster = cluster_of([node()])
    cluster.apply(statefulset(replicas=1))
    cluster.settle()
    with pytest.raises(ManifestError, match="its controller decides its labels"):
        relabel(cluster, "web-0", {**LABELS, "more": "yes"})
    with pytest.raises(ConfigError, match="Background, Foreground, Orphan"):
        cluster.delete("StatefulSet", "web", propagation="Sideways")  # type: ignore[arg-type]
