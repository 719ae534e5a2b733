"""What containers write, and what `kubectl logs` would say."""

from __future__ import annotations

import pytest
from tests.cluster._kubelet import consuming, real
from tests.cluster._objects import container, node

from simarena.cluster import Cluster
from simarena.errors import NotFoundError

LIMITS = {"memory": "200Mi", "cpu": "500m"}


def test_a_container_tells_of_its_start_its_readiness_and_its_end() -> None:
    cluster = real()
    made = consuming(exits="20s=3", restartPolicy="Never", nodeName="n1")
    made["spec"]["containers"][0]["readinessProbe"] = {
        "exec": {"command": ["ask"]},
        "initialDelaySeconds": 5,
    }
    cluster.apply(made)
    cluster.advance(60)
    assert cluster.logs("solo", timestamps=True) == (
        '2026-01-01T00:00:01.000000000Z level=info msg="starting main" image="web:1"\n'
        '2026-01-01T00:00:06.000000000Z level=info msg="ready to serve"\n'
        '2026-01-01T00:00:21.000000000Z level=error msg="fatal error" exit_code=3\n'
    )


def test_memory_that_runs_out_is_told_before_the_container_is_killed() -> None:
    cluster = real()
    cluster.apply(consuming(memory="0s=50Mi,10s=180Mi,20s=300Mi", limits=LIMITS))
    cluster.advance(15)
    nearly = 'level=warning msg="memory nearly used up" used=180Mi limit=200Mi\n'
    assert cluster.logs("solo").endswith(nearly)
    cluster.advance(8)
    assert cluster.logs("solo") == (
        'level=info msg="starting main after 1 restarts" image="web:1"\n'
        'level=info msg="ready to serve"\n'
    )
    assert cluster.logs("solo", previous=True, tail=3) == (
        f'{nearly}level=error msg="allocation failed" wanted=300Mi limit=200Mi\nKilled\n'
    )


def test_a_container_that_waits_shows_its_last_log() -> None:
    cluster = real()
    cluster.apply(consuming(memory="0s=50Mi,20s=300Mi", limits=LIMITS))
    cluster.advance(45)
    shown = cluster.get("Pod", "solo")["status"]["containerStatuses"][0]["state"]
    assert shown["waiting"]["reason"] == "CrashLoopBackOff"
    assert cluster.logs("solo").endswith("Killed\n")
    assert cluster.logs("solo") == cluster.logs("solo", previous=True)


def test_throttling_is_told_with_its_begin_and_its_end() -> None:
    cluster = real()
    cluster.apply(consuming(cpu="0s=100m,10s=2,30s=200m", limits=LIMITS))
    cluster.advance(60)
    assert cluster.logs("solo", tail=2) == (
        'level=warning msg="requests are slow, CPU is throttled" wanted=2 limit=500m\n'
        'level=info msg="CPU is no longer throttled"\n'
    )


def test_a_pod_that_is_deleted_or_evicted_hears_sigterm() -> None:
    cluster = real(node("n1", "8", "1Gi"), termination_ms=10_000)
    cluster.apply(consuming("a"))
    cluster.apply(consuming("b", memory="0s=1Mi,20s=2Gi"))
    cluster.advance(15)
    cluster.delete("Pod", "a")
    told = 'level=info msg="received SIGTERM, shutting down"\n'
    assert cluster.logs("a").endswith(told)
    cluster.advance(20)
    assert cluster.logs("b").endswith(told)


def test_tail_takes_the_last_lines() -> None:
    cluster = real()
    cluster.apply(consuming())
    cluster.advance(10)
    assert cluster.logs("solo", tail=0) == ""
    assert cluster.logs("solo", tail=1) == 'level=info msg="ready to serve"\n'
    assert len(cluster.logs("solo", tail=99).splitlines()) == 2


def test_pods_of_kwok_write_too() -> None:
    cluster = Cluster([node()])
    cluster.apply(consuming(memory="1Ti", limits=LIMITS))
    cluster.advance(10)
    assert [line.split()[1] for line in cluster.logs("solo").splitlines()] == [
        'msg="starting',
        'msg="ready',
    ]


def test_each_container_has_its_own_log() -> None:
    cluster = real()
    made = consuming()
    made["spec"]["containers"].append({**container("10m"), "name": "side"})
    cluster.apply(made)
    cluster.advance(10)
    assert "starting main" in cluster.logs("solo")
    assert "starting side" in cluster.logs("solo", container="side")


def test_what_has_no_log_is_named_in_the_words_of_the_api() -> None:
    cluster = real(pod_startup_ms=5_000)
    cluster.apply(consuming())
    with pytest.raises(NotFoundError, match='pods "other" not found'):
        cluster.logs("other")
    with pytest.raises(NotFoundError, match="container side is not valid for pod solo"):
        cluster.logs("solo", container="side")
    waiting = 'container "main" in pod "solo" is waiting to start: ContainerCreating'
    with pytest.raises(NotFoundError, match=waiting):
        cluster.logs("solo")
    cluster.advance(10)
    with pytest.raises(NotFoundError, match='previous terminated container "main" in pod "solo"'):
        cluster.logs("solo", previous=True)


def test_equal_clusters_write_equal_logs() -> None:
    written = []
    for _ in range(2):
        cluster = real(seed=5, pod_startup_jitter_ms=3_000)
        cluster.apply(consuming(memory="0s=50Mi,20s=300Mi", limits=LIMITS))
        cluster.advance(200)
        written.append(cluster.logs("solo", timestamps=True))
    assert written[0] == written[1]
