"""Manifests to rows: what kernels see of a cluster."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from tests.cluster._objects import container, deployment, node, pod, replicaset

from simarena.cluster.codes import NONE, Operation, Reason, WorkloadKind
from simarena.cluster.config import ClusterConfig
from simarena.cluster.manifests.check import read_as
from simarena.cluster.manifests.nodes import Node
from simarena.cluster.manifests.pods.pod import Pod
from simarena.cluster.manifests.workloads.workload import Workload
from simarena.cluster.rows.new_world import new_catalogue
from simarena.cluster.rows.nodes import put_node, remove_node
from simarena.cluster.rows.pods import put_bare_pod, put_pod_spec
from simarena.cluster.rows.tables import Capacities
from simarena.cluster.rows.templates import put_template
from simarena.cluster.rows.verdicts import reasons_of
from simarena.cluster.rows.workloads import put_workload, put_workload_spec
from simarena.errors import ManifestError

if TYPE_CHECKING:
    from simarena.cluster.rows.catalogue import Catalogue

GIBI = 1 << 30


@pytest.fixture
def catalogue() -> Catalogue:
    return new_catalogue(ClusterConfig(), 0, Capacities(nodes=1, templates=1, specs=1, workloads=1))


def put(catalogue: Catalogue, *names: str, zone: str = "") -> None:
    labels = {"topology.kubernetes.io/zone": zone} if zone else {}
    for name in names:
        put_node(catalogue, read_as(node(name, labels=labels), Node))


def listed(catalogue: Catalogue) -> list[str]:
    number = int(catalogue.world.state[0]["num_nodes"])
    return [catalogue.node_names[row] for row in catalogue.world.node_list[:number]]


def test_a_node_is_its_allocatable_amounts(catalogue: Catalogue) -> None:
    row = put_node(
        catalogue, read_as(node("a", "1500m", "2Gi", pods=9, more={"example.com/gpu": "3"}), Node)
    )
    written = catalogue.world.nodes[row]
    assert (written["cpu_milli"], written["memory_bytes"], written["max_pods"]) == (
        1_500,
        2 * GIBI,
        9,
    )
    assert catalogue.extended == {"example.com/gpu": 0}
    assert catalogue.world.node_extended[row, 0].tolist() == [3, 0]


def test_nodes_are_listed_zone_by_zone_in_turn(catalogue: Catalogue) -> None:
    put(catalogue, "a1", "a2", "a3", zone="a")
    put(catalogue, "b1", zone="b")
    put(catalogue, "c1", "c2", zone="c")
    assert listed(catalogue) == ["a1", "b1", "c1", "a2", "c2", "a3"]


def test_a_node_that_leaves_gives_up_its_place_and_its_row_is_not_used_again(
    catalogue: Catalogue,
) -> None:
    put(catalogue, "a", "b", "c")
    catalogue.world.state[0]["next_start_node"] = 2
    assert remove_node(catalogue, "b") == 1
    assert listed(catalogue) == ["a", "c"]
    assert catalogue.world.state[0]["next_start_node"] == 0
    put(catalogue, "b")
    assert catalogue.node_rows["b"] == 3
    assert listed(catalogue) == ["a", "c", "b"]


def test_a_changed_node_keeps_its_row_and_what_is_on_it(catalogue: Catalogue) -> None:
    put(catalogue, "a")
    catalogue.world.nodes[0]["cpu_requested_milli"] = 700
    assert put_node(catalogue, read_as(node("a", "9"), Node)) == 0
    assert catalogue.world.nodes[0]["cpu_milli"] == 9_000
    assert catalogue.world.nodes[0]["cpu_requested_milli"] == 700


def test_matching_is_decided_whichever_comes_first(catalogue: Catalogue) -> None:
    taints = [{"key": "k", "value": "v", "effect": "NoSchedule"}]
    tainted = read_as(node("t", taints=taints, labels={"disk": "ssd"}), Node)
    put(catalogue, "a")
    template = read_as(pod(nodeSelector={"disk": "ssd"}), Pod).template
    row = put_template(catalogue, template, "default", ("Pod",))
    put_node(catalogue, tainted)
    reasons = reasons_of(catalogue.world, row)[:2].tolist()
    assert reasons[0] & 1 << Reason.NODE_AFFINITY
    assert reasons[1] & 1 << Reason.TAINT
    another = read_as(pod("another", nodeSelector={"disk": "ssd"}), Pod).template
    later = put_template(catalogue, another, "default", ("Pod",))
    assert reasons_of(catalogue.world, later)[:2].tolist() == reasons


def test_equal_templates_of_one_owner_share_a_row(catalogue: Catalogue) -> None:
    first = put_workload_spec(catalogue, read_as(deployment(replicas=2), Workload))
    again = put_workload_spec(catalogue, read_as(deployment(replicas=2), Workload))
    scaled = put_workload_spec(catalogue, read_as(deployment(replicas=3), Workload))
    other = put_workload_spec(catalogue, read_as(deployment("api", replicas=2), Workload))
    specs = catalogue.world.specs
    assert first == again != scaled
    assert specs[first]["template"] == specs[scaled]["template"] != specs[other]["template"]
    assert (specs[first]["replicas"], specs[scaled]["replicas"]) == (2, 3)


def test_a_spec_has_the_rollout_in_numbers(catalogue: Catalogue) -> None:
    strategy = {"rollingUpdate": {"maxSurge": 2, "maxUnavailable": "10%"}}
    manifest = deployment(strategy=strategy, minReadySeconds=3, paused=True, revisionHistoryLimit=4)
    spec = catalogue.world.specs[put_workload_spec(catalogue, read_as(manifest, Workload))]
    assert (spec["max_surge"], spec["surge_is_percent"]) == (2, 0)
    assert (spec["max_unavailable"], spec["unavailable_is_percent"]) == (10, 1)
    assert (spec["min_ready_ms"], spec["paused"], spec["recreate"]) == (3_000, 1, 0)
    assert spec["revision_history_limit"] == 4
    row = put_workload_spec(catalogue, read_as(deployment(strategy={"type": "Recreate"}), Workload))
    assert catalogue.world.specs[row]["recreate"] == 1


def test_a_template_adds_up_what_its_containers_ask_for(catalogue: Catalogue) -> None:
    manifest = pod()
    manifest["spec"]["containers"] = [
        container("250m", "1Gi"),
        {**container(memory="1Gi", **{"example.com/gpu": "2"}), "name": "second"},
    ]
    manifest["spec"]["priority"] = 7
    manifest["spec"]["preemptionPolicy"] = "Never"
    row = catalogue.world.specs[put_pod_spec(catalogue, read_as(manifest, Pod))]["template"]
    template = catalogue.world.templates[row]
    assert (template["cpu_milli"], template["memory_bytes"]) == (250, 2 * GIBI)
    assert template["cpu_nonzero_milli"] == 350
    assert (template["priority"], template["preempts"], template["has_extended"]) == (7, 0, 1)
    assert catalogue.world.template_extended[row, 0] == 2


def test_workloads_and_pods_keep_their_rows(catalogue: Catalogue) -> None:
    web, api = read_as(deployment(), Workload), read_as(replicaset("api"), Workload)
    assert [put_workload(catalogue, m) for m in (web, api, web)] == [0, 1, 0]
    kinds = catalogue.world.workloads["kind"][:2].tolist()
    assert kinds == [WorkloadKind.DEPLOYMENT, WorkloadKind.REPLICASET]
    assert (
        put_bare_pod(catalogue, read_as(pod("p"), Pod))
        == put_bare_pod(catalogue, read_as(pod("p"), Pod))
        == 0
    )


def test_a_pod_may_name_its_node(catalogue: Catalogue) -> None:
    put(catalogue, "a", "b")
    specs = catalogue.world.specs
    bound = put_pod_spec(catalogue, read_as(pod(nodeName="b"), Pod), run_ms=30)
    free = put_pod_spec(catalogue, read_as(pod(), Pod))
    specs = catalogue.world.specs
    assert (specs[bound]["node"], specs[bound]["run_ms"]) == (1, 30)
    assert (specs[free]["node"], specs[free]["run_ms"]) == (NONE, NONE)
    with pytest.raises(ManifestError, match=r"Pod default/solo: spec.nodeName is 'c'"):
        put_pod_spec(catalogue, read_as(pod(nodeName="c"), Pod))


def test_names_of_extended_resources_are_bounded(catalogue: Catalogue) -> None:
    more = {f"example.com/r{number}": "1" for number in range(17)}
    with pytest.raises(ManifestError, match="one extended resource too many"):
        put_node(catalogue, read_as(node(more=more), Node))


def test_the_timeline_grows_and_can_be_forgotten(catalogue: Catalogue) -> None:
    for number in range(20):
        catalogue.plan(10 * number, Operation.DELETE_POD, number)
    assert catalogue.world.timeline["time_ms"][:20].tolist() == [10 * n for n in range(20)]
    catalogue.clear_timeline()
    assert catalogue.world.state[0]["num_timeline"] == 0


def test_a_copy_is_changed_apart(catalogue: Catalogue) -> None:
    put(catalogue, "a")
    put_workload(catalogue, read_as(deployment(), Workload))
    copied = catalogue.copy(catalogue.world)
    put(copied, "b")
    put_workload(copied, read_as(deployment("api"), Workload))
    copied.workloads[0].applied(read_as(deployment(), Workload))
    assert catalogue.node_names == ["a"]
    assert list(catalogue.workload_rows) == [("Deployment", "default", "web")]
    assert catalogue.workloads[0].generation == 0


def test_generations_count_changes_of_the_spec(catalogue: Catalogue) -> None:
    row = put_workload(catalogue, read_as(deployment(replicas=1), Workload))
    info = catalogue.workloads[row]
    seen = []
    for manifest in (deployment(replicas=1), deployment(replicas=1), deployment(replicas=2)):
        info.applied(read_as(manifest, Workload))
        seen.append(info.generation)
    info.deleted()
    info.applied(read_as(deployment(replicas=2), Workload))
    assert [*seen, info.generation] == [1, 1, 2, 1]


def test_seeds_and_settings_are_written_down() -> None:
    config = ClusterConfig(ties="first", profile="1.34", pod_startup_ms=77)
    world = new_catalogue(config, 5, Capacities()).world
    settings = world.settings[0]
    assert (settings["random_ties"], settings["release_136"]) == (0, 0)
    assert settings["pod_startup_ms"] == 77
    again = new_catalogue(config, 5, Capacities()).world
    other = new_catalogue(config, 6, Capacities()).world
    assert again.state.tobytes() == world.state.tobytes()
    assert other.state[0]["random"] != world.state[0]["random"] != np.uint64(0)
