from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simarena.cluster import records
from simarena.cluster.codes import NONE
from simarena.cluster.manifests.pods.requests import PodRequests, pod_requests
from simarena.errors import ManifestError

MI = 1024**2


def container(
    requests: dict[str, str] | None = None, limits: dict[str, str] | None = None, **more: object
) -> dict[str, Any]:
    resources = {"requests": requests, "limits": limits}
    return {"name": "c", "resources": {k: v for k, v in resources.items() if v}, **more}


def test_a_single_container_is_the_pod() -> None:
    asked = pod_requests({"containers": [container({"cpu": "500m", "memory": "256Mi"})]})
    assert (asked.cpu_milli, asked.memory_bytes) == (500, 256 * MI)
    assert (asked.first_cpu_milli, asked.first_memory_bytes) == (500, 256 * MI)
    assert (asked.cpu_nonzero_milli, asked.memory_nonzero_bytes) == (500, 256 * MI)
    assert (asked.first_cpu_limit_milli, asked.first_memory_limit_bytes) == (NONE, NONE)


def test_a_missing_request_counts_only_in_scores() -> None:
    asked = pod_requests({"containers": [{"name": "a"}, {"name": "b"}]})
    assert (asked.cpu_milli, asked.memory_bytes) == (0, 0)
    assert (asked.cpu_nonzero_milli, asked.memory_nonzero_bytes) == (200, 400 * MI)
    assert asked.first_cpu_milli == NONE


def test_a_request_of_zero_is_not_a_missing_one() -> None:
    asked = pod_requests({"containers": [container({"cpu": "0", "memory": "0"})]})
    assert (asked.cpu_nonzero_milli, asked.memory_nonzero_bytes) == (0, 0)


def test_limits_stand_in_for_missing_requests() -> None:
    limits = {"cpu": "2", "memory": "1Gi", "example.com/gpu": "1"}
    asked = pod_requests({"containers": [container({"cpu": "1"}, limits)]})
    assert (asked.cpu_milli, asked.memory_bytes) == (1000, 1024 * MI)
    assert (asked.first_cpu_limit_milli, asked.first_memory_limit_bytes) == (2000, 1024 * MI)
    assert asked.extended == {"example.com/gpu": 1}


def test_init_containers_count_by_their_peak() -> None:
    spec = {
        "containers": [container({"cpu": "1"})],
        "initContainers": [container({"cpu": "3"}), container({"cpu": "2"})],
    }
    asked = pod_requests(spec)
    assert (asked.cpu_milli, asked.init_cpu_milli) == (3000, 3000)
    assert asked.memory_bytes == 0
    assert asked.memory_nonzero_bytes == 200 * MI


def test_sidecars_run_beside_the_containers_and_later_init_containers() -> None:
    sidecar = container({"cpu": "1"}, restartPolicy="Always")
    before = {"containers": [container({"cpu": "2"})], "initContainers": [sidecar]}
    assert pod_requests(before).cpu_milli == 3000
    before["initContainers"] = [sidecar, container({"cpu": "5"})]
    asked = pod_requests(before)
    assert (asked.cpu_milli, asked.init_cpu_milli, asked.others_cpu_milli) == (6000, 6000, 1000)
    before["initContainers"] = [container({"cpu": "5"}), sidecar]
    assert pod_requests(before).cpu_milli == 5000


def test_overhead_is_added_to_everything() -> None:
    spec = {
        "containers": [container({"cpu": "1"})],
        "overhead": {"cpu": "250m", "memory": "64Mi", "ephemeral-storage": "1Mi"},
    }
    asked = pod_requests(spec)
    assert (asked.cpu_milli, asked.memory_bytes, asked.ephemeral_bytes) == (1250, 64 * MI, MI)
    assert (asked.cpu_nonzero_milli, asked.memory_nonzero_bytes) == (1250, 264 * MI)


def test_resources_of_the_whole_pod_replace_the_sum_of_the_containers() -> None:
    spec: dict[str, Any] = {
        "containers": [container({"cpu": "1"}), container()],
        "resources": {"requests": {"cpu": "4", "memory": "100Mi"}},
        "overhead": {"cpu": "1"},
    }
    asked = pod_requests(spec)
    assert (asked.cpu_milli, asked.memory_bytes) == (5000, 100 * MI)
    assert (asked.cpu_nonzero_milli, asked.memory_nonzero_bytes) == (5000, 100 * MI)


def test_resources_of_the_whole_pod_do_not_count_in_the_score_of_its_fit() -> None:
    spec: dict[str, Any] = {
        "containers": [container(), container({"cpu": "1"})],
        "initContainers": [container({"cpu": "1500m"})],
        "resources": {"requests": {"cpu": "4", "memory": "1Gi"}},
        "overhead": {"cpu": "1"},
    }
    asked = pod_requests(spec)
    # 1500m while it begins, then 100m in place of nothing and 1; 200Mi for each container.
    assert (asked.cpu_scored_milli, asked.memory_scored_bytes) == (2500, 400 * MI)
    del spec["resources"]
    asked = pod_requests(spec)
    assert (asked.cpu_scored_milli, asked.memory_scored_bytes) == (2500, 400 * MI)
    assert (asked.cpu_nonzero_milli, asked.memory_nonzero_bytes) == (2500, 400 * MI)


def test_a_limit_of_the_whole_pod_is_its_request_if_no_container_asks() -> None:
    spec: dict[str, Any] = {
        "containers": [container({"cpu": "1"}), container()],
        "resources": {"limits": {"cpu": "4", "memory": "100Mi"}},
    }
    asked = pod_requests(spec)
    assert (asked.cpu_milli, asked.memory_bytes) == (1000, 100 * MI)
    assert (asked.cpu_nonzero_milli, asked.memory_nonzero_bytes) == (1000, 100 * MI)


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ({}, "Pod default/p: spec.containers must have at least one container"),
        (
            {"containers": [container({"cpu": "lots"})]},
            "Pod default/p: spec.containers[0].resources.requests.cpu: ",
        ),
        (
            {"containers": [container(), container(None, {"memory": "-1"})]},
            "Pod default/p: spec.containers[1].resources.limits.memory: ",
        ),
        (
            {"containers": [container({"gpu": "1"})]},
            "Pod default/p: spec.containers[0].resources.requests.gpu is no resource",
        ),
        (
            {"containers": [container({"cpu": "2"})], "resources": {"requests": {"cpu": "1"}}},
            "Pod default/p: spec.resources.requests.cpu must be at least",
        ),
        ({"containers": "many"}, "Pod default/p: spec.containers must be a list, got str"),
    ],
)
def test_errors_name_the_pod_the_container_and_the_field(
    spec: dict[str, Any], message: str
) -> None:
    with pytest.raises(ManifestError) as raised:
        pod_requests(spec, "Pod default/p: spec")
    assert str(raised.value).startswith(message)
    assert "\n" not in str(raised.value)


def test_a_row_has_only_fields_of_a_template() -> None:
    names = records.TEMPLATE.names
    assert names is not None
    assert set(PodRequests().row()) == {
        name
        for name in names
        if name.endswith(("_milli", "_bytes", "requests_whole")) and name[:8] != "limited_"
    }


amounts = st.dictionaries(st.sampled_from(["cpu", "memory"]), st.integers(0, 9))
containers = st.lists(amounts, min_size=1, max_size=4)
init_containers = st.lists(st.tuples(amounts, st.booleans()), max_size=4)


def obvious(
    running: list[dict[str, int]], init: list[tuple[dict[str, int], bool]], key: str, default: int
) -> int:
    """The most that runs at any one moment of the pod's life."""
    moments = []
    beside = 0
    for own, stays in init:
        asked = own.get(key, default)
        moments.append(beside + asked)
        if stays:
            beside += asked
    moments.append(beside + sum(own.get(key, default) for own in running))
    return max(moments)


@given(containers, init_containers)
def test_agrees_with_the_most_that_ever_runs_at_once(
    running: list[dict[str, int]], init: list[tuple[dict[str, int], bool]]
) -> None:
    def text(own: dict[str, int]) -> dict[str, str]:
        return {key: f"{amount}m" if key == "cpu" else str(amount) for key, amount in own.items()}

    spec = {
        "containers": [container(text(own)) for own in running],
        "initContainers": [
            container(text(own), restartPolicy="Always" if stays else None) for own, stays in init
        ],
    }
    asked = pod_requests(spec)
    assert asked.cpu_milli == obvious(running, init, "cpu", 0)
    assert asked.memory_bytes == obvious(running, init, "memory", 0)
    assert asked.cpu_nonzero_milli == obvious(running, init, "cpu", 100)
    assert asked.memory_nonzero_bytes == obvious(running, init, "memory", 200 * MI)
