"""Startup, readiness and liveness probes, and what the program behind them answers."""

from __future__ import annotations

from typing import Any

import pytest
from tests.cluster._kubelet import consuming, is_ready, main_container, real, start_times

from simarena.cluster import Cluster, ClusterConfig
from simarena.errors import ManifestError


def probed(probes: dict[str, dict[str, int]], **ages: str) -> dict[str, Any]:
    made = consuming()
    made["metadata"]["annotations"] = {f"simarena.io/{name}": age for name, age in ages.items()}
    asked = {"exec": {"command": ["ask"]}}
    made["spec"]["containers"][0] |= {
        f"{name}Probe": asked | probe for name, probe in probes.items()
    }
    return made


def ready_after_s(made: dict[str, Any]) -> int:
    cluster = real(pod_startup_ms=0)
    cluster.apply(made)
    cluster.advance(0.01)  # its container has started
    seconds = 0
    while not is_ready(cluster):
        cluster.advance(1)
        seconds += 1
    return seconds


def test_a_readiness_probe_succeeds_at_its_next_run() -> None:
    probes = {"readiness": {"initialDelaySeconds": 2, "periodSeconds": 5}}
    assert ready_after_s(probed(probes)) == 2
    assert ready_after_s(probed(probes, ready="3s")) == 7
    assert ready_after_s(probed({}, ready="3s")) == 0  # no probe asks


def test_a_startup_probe_holds_the_others_back() -> None:
    probes = {
        "startup": {"periodSeconds": 4, "failureThreshold": 9},
        "readiness": {"initialDelaySeconds": 2, "periodSeconds": 5, "successThreshold": 2},
    }
    assert ready_after_s(probed(probes)) == 2 + 5
    assert ready_after_s(probed(probes, started="10s")) == 12 + 5


def test_a_container_that_never_starts_up_is_killed_again_and_again() -> None:
    cluster = real(pod_startup_ms=0)
    cluster.apply(probed({"startup": {"periodSeconds": 2, "failureThreshold": 3}}, started="1h"))
    cluster.advance(10)
    assert not is_ready(cluster)
    assert [time_ms // 1_000 for time_ms in start_times(cluster)] == [0, 5]  # killed after 4 s
    assert main_container(cluster)["lastState"]["terminated"]["exitCode"] == 137


def test_a_container_that_becomes_unhealthy_is_restarted() -> None:
    cluster = real(pod_startup_ms=0)
    probes = {"liveness": {"initialDelaySeconds": 1, "periodSeconds": 5, "failureThreshold": 2}}
    cluster.apply(probed(probes, unhealthy="8s"))
    cluster.advance(15)
    assert main_container(cluster)["restartCount"] == 0
    cluster.advance(5)  # runs at 11 s and 16 s fail
    assert main_container(cluster)["restartCount"] == 1
    terminated = main_container(cluster)["lastState"]["terminated"]
    assert (terminated["exitCode"], terminated["reason"]) == (137, "Error")


def test_without_a_probe_or_under_kwok_nothing_is_noticed() -> None:
    unnoticed = real()
    unnoticed.apply(probed({}, unhealthy="5s"))
    kwok = Cluster(unnoticed.list("Node"), config=ClusterConfig())
    kwok.apply(probed({"liveness": {"periodSeconds": 1}}, unhealthy="5s"))
    for cluster in (unnoticed, kwok):
        cluster.advance(60)
        assert main_container(cluster)["restartCount"] == 0
        assert is_ready(cluster)


def test_an_age_that_is_none_is_refused() -> None:
    with pytest.raises(ManifestError, match=r"annotations\[simarena.io/ready\]: 'soon'"):
        real().apply(probed({}, ready="soon"))
