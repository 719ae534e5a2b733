"""What pods and nodes use, and that kernel and face agree on it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.cluster._kubelet import MEBIBYTE, consuming, real
from tests.cluster._objects import container, node, world_of

from simarena.cluster import Cluster
from simarena.cluster.codes import Phase
from simarena.cluster.kernel.pods.usage import cpu_usage_milli, memory_usage_bytes
from simarena.errors import NotFoundError


def test_a_pod_uses_what_its_annotations_say_and_a_node_what_its_pods_do() -> None:
    cluster = real()
    cluster.apply(consuming("a", memory="100Mi", cpu="300m"))
    cluster.apply(consuming("b", memory="20Mi", cpu="50m"))
    assert cluster.metrics("Pod") == ()
    cluster.advance(5)
    a, b = cluster.metrics("Pod")
    assert (a.name, a.cpu_milli, a.memory_bytes) == ("a", 300, 100 * MEBIBYTE)
    assert (b.name, b.cpu_milli, b.memory_bytes) == ("b", 50, 20 * MEBIBYTE)
    (n1,) = cluster.metrics("Node")
    assert (n1.name, n1.cpu_milli, n1.memory_bytes) == ("n1", 350, 120 * MEBIBYTE)
    assert cluster.metrics("Pod", "other") == ()
    with pytest.raises(NotFoundError, match="no metrics of Deployment"):
        cluster.metrics("Deployment")


def test_every_container_uses_what_the_annotation_says_and_by_default_1m_and_1mi() -> None:
    cluster = Cluster([node()])
    for name, memory in (("a", "100Mi"), ("b", None)):
        made = consuming(name, memory=memory)
        made["spec"]["containers"].append({**container("10m"), "name": "side"})
        cluster.apply(made)
    cluster.advance(5)
    a, b = cluster.metrics("Pod")
    assert (a.cpu_milli, a.memory_bytes) == (2, 200 * MEBIBYTE)
    assert (b.cpu_milli, b.memory_bytes) == (2, 2 * MEBIBYTE)
    assert [c.name for c in a.containers] == ["main", "side"]


def test_cpu_over_the_limit_is_throttled_and_the_time_is_counted() -> None:
    cluster = real()
    limits = {"cpu": "500m"}
    cluster.apply(consuming(cpu="0s=100m,10s=2,30s=200m,60s=501m", limits=limits, nodeName="n1"))
    for at_s, used, throttled_s in ((1, 100, 0), (16, 500, 5), (41, 200, 20), (71, 500, 30)):
        cluster.advance(at_s - cluster.now_ms / 1_000)
        (sample,) = cluster.metrics("Pod")
        assert (sample.cpu_milli, sample.throttled_ms) == (used, 1_000 * throttled_s)


def test_throttling_can_be_left_out() -> None:
    for cluster in (real(cpu_throttling=False), Cluster([node()])):
        cluster.apply(consuming(cpu="2", limits={"cpu": "500m"}))
        cluster.advance(10)
        (sample,) = cluster.metrics("Pod")
        assert (sample.cpu_milli, sample.throttled_ms) == (2_000, 0)


schedules = st.lists(st.integers(0, 400), min_size=1, max_size=4).map(
    lambda values: [(10 * index, value) for index, value in enumerate(values)]
)
limits = st.one_of(st.none(), st.integers(1, 400))


@given(schedules, schedules, st.lists(st.tuples(limits, limits), min_size=1, max_size=3))
def test_kernel_and_face_agree_on_usage(
    cpu: list[tuple[int, int]],
    memory: list[tuple[int, int]],
    containers: list[tuple[int | None, int | None]],
) -> None:
    made = consuming(
        cpu=",".join(f"{age}s={value}m" for age, value in cpu),
        memory=",".join(f"{age}s={value}Mi" for age, value in memory),
    )
    made["spec"]["containers"] = []
    for index, limits_ in enumerate(containers):
        cpu_limit, memory_limit = limits_
        resources = {"cpu": f"{cpu_limit}m", "memory": f"{memory_limit}Mi"}
        chosen = {
            name: text
            for (name, text), limit in zip(resources.items(), limits_, strict=True)
            if limit is not None
        }
        one = {**container(), "name": f"c{index}", "resources": {"limits": chosen}}
        made["spec"]["containers"].append(one)
    cluster = real()
    cluster.apply(made)
    for _ in range(12):
        cluster.advance(5.5)
        world = world_of(cluster)
        samples = cluster.metrics("Pod")
        if world.pods[0]["phase"] != Phase.RUNNING:
            assert samples == ()
            continue
        (sample,) = samples
        assert sample.cpu_milli == cpu_usage_milli(world, 0)
        assert sample.memory_bytes == memory_usage_bytes(world, 0)


def test_sidecars_use_what_the_annotation_says_also_while_the_others_are_down() -> None:
    cluster = real(Cluster([node("n1", "8", "8Gi")]).list("Node")[0])
    made = consuming(memory="100Mi", cpu="200m", exits="30s=1")
    beside = {**container("10m"), "name": "beside", "restartPolicy": "Always"}
    beside["resources"]["limits"] = {"cpu": "50m"}
    made["spec"]["initContainers"] = [{**container("10m"), "name": "first"}, beside]
    cluster.apply(made)
    for passed_s, used in ((10, (250, 200)), (56, (200, 100))):
        cluster.advance(passed_s)
        (sample,) = cluster.metrics("Pod")
        assert (sample.cpu_milli, sample.memory_bytes) == (used[0], used[1] * MEBIBYTE)
        world = world_of(cluster)
        assert cpu_usage_milli(world, 0) == sample.cpu_milli
        assert memory_usage_bytes(world, 0) == sample.memory_bytes
    kwok = Cluster([node("n1")])
    kwok.apply(made)
    kwok.advance(5)
    assert [each.name for each in kwok.metrics("Pod")[0].containers] == ["main"]
