from __future__ import annotations

import pytest
from tests.cluster._objects import node
from tests.fuzz import corpus

from simarena.cluster import Cluster
from simarena.cluster.codes import WorkloadKind
from simarena.cluster.manifests.kinds import (
    MAKERS,
    SIMULATED,
    STORED_KINDS,
    SUPPORTED_KINDS,
    WORKLOAD_KINDS,
    Effect,
    controller_kind,
    with_effect,
    workload_code,
)
from simarena.errors import ManifestError
from simarena.trace.kinds import KINDS

RUN = [kind for kind in WorkloadKind if kind is not WorkloadKind.FREE]


def test_what_is_simulated_or_kept_is_a_kind_of_kubernetes() -> None:
    assert KINDS.keys() >= SUPPORTED_KINDS | STORED_KINDS
    assert not SUPPORTED_KINDS & STORED_KINDS
    assert set(MAKERS.values()) | set(MAKERS) <= SUPPORTED_KINDS


def test_each_kernel_code_of_workloads_is_that_of_one_kind() -> None:
    kinds = [kind for kind in WORKLOAD_KINDS if kind != "ReplicationController"]
    assert sorted(workload_code(kind) for kind in kinds) == sorted(RUN)
    assert workload_code("ReplicationController") == WorkloadKind.REPLICASET
    assert workload_code("Rollout") == WorkloadKind.JOB


def test_pods_are_of_what_a_workload_makes_or_else_its_own() -> None:
    assert controller_kind("Deployment") == "ReplicaSet"
    assert controller_kind("CronJob") == "Job"
    assert controller_kind("StatefulSet") == "StatefulSet"
    assert controller_kind("Rollout") == "Rollout"


def test_workloads_have_templates_of_pods() -> None:
    assert all(KINDS[kind].template for kind in WORKLOAD_KINDS)


def test_the_scheduler_reads_four_kinds_that_are_only_kept() -> None:
    read = {"Namespace", "PodDisruptionBudget", "PriorityClass", "Service"}
    assert with_effect(Effect.READ) == read


@pytest.mark.parametrize("kind", sorted(SIMULATED))
def test_every_simulated_kind_is_taken_and_given_back(kind: str) -> None:
    """Each layer knows it: it is read, written, run and told."""
    cluster = Cluster([corpus.plain_node("node-1"), node("node-2")])
    for each in corpus.surroundings():
        cluster.apply(each)
    given = next(each for each in corpus.manifests() if each["kind"] == kind)
    name = cluster.apply(given)
    cluster.advance(30)
    assert name.kind == kind
    assert cluster.get(*name[::2], name.namespace)["apiVersion"] == KINDS[kind].api_version
    assert {each["kind"] for each in cluster.list(kind)} == {kind}
    wrong = {**given, "apiVersion": "example.com/v9"}
    with pytest.raises(ManifestError, match="apiVersion must be"):
        cluster.apply(wrong)
