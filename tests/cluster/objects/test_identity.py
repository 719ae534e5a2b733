"""Names and uids that follow from rows."""

from __future__ import annotations

from tests.cluster._objects import deployment, node, pod, replicaset

from simarena.cluster import Cluster
from simarena.cluster.codes import NONE
from simarena.cluster.objects.identity import Identities


def living() -> tuple[Cluster, Identities]:
    cluster = Cluster([node(cpu="16")])
    for manifest in (deployment(replicas=2), replicaset("set", replicas=1), pod("solo")):
        cluster.apply(manifest)
    cluster.settle()
    return cluster, Identities(cluster._live.catalogue)


def test_rows_and_names_agree() -> None:
    cluster, names = living()
    catalogue = cluster._live.catalogue
    rows = [row for row in catalogue.world.pods if row["present"]]
    assert sorted(names.pod_of_row(row).name for row in rows) == sorted(
        manifest["metadata"]["name"] for manifest in cluster.list("Pod")
    )
    for row in rows:
        name = names.pod_of_row(row)
        shown = cluster.get("Pod", name.name, name.namespace)
        assert shown["metadata"]["uid"] == names.pod_uid(int(row["uid"]))
        owner = names.pod_owner(row)
        assert shown["metadata"].get("ownerReferences") == (None if owner is None else [owner])


def test_a_deployment_stands_in_for_its_replicaset() -> None:
    cluster, names = living()
    catalogue = cluster._live.catalogue
    web = catalogue.workload_rows["Deployment", "default", "web"]
    bare_set = catalogue.workload_rows["ReplicaSet", "default", "set"]
    child = int(catalogue.world.workloads[web]["first_child"])
    assert names.applied_owner(child) == web
    assert names.applied_owner(bare_set) == bare_set
    assert names.applied_owner(NONE) == NONE
    template = int(catalogue.world.workloads[child]["template"])
    assert names.replicaset(web, template).name == f"web-{names.template_hash(template)}"
    assert names.replicaset(bare_set, 0) == ("default", "set")
    assert names.replicaset_uid(web, template) == names.workload_uid(child)
    assert names.replicaset_uid(web, 999) == ""
    assert names.replicaset_uid(bare_set, 0) == names.workload_uid(bare_set)


def test_no_two_objects_share_a_uid() -> None:
    cluster, _ = living()
    uids = [
        manifest["metadata"]["uid"]
        for manifest in (
            *cluster.list("Node"),
            *cluster.list("Pod"),
            *cluster.list("ReplicaSet"),
            *cluster.list("Deployment"),
            *cluster.events(),
        )
    ]
    assert len(uids) == len(set(uids))


def test_what_is_made_again_is_another_object() -> None:
    cluster = Cluster([node()])
    seen = set()
    for _ in range(2):
        cluster.apply(deployment(replicas=0))
        cluster.settle()
        seen.add(cluster.get("Deployment", "web")["metadata"]["uid"])
        cluster.delete("Deployment", "web")
    assert len(seen) == 2
