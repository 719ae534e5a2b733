"""Time, driven by clients."""

from __future__ import annotations

from typing import Any

from tests.apiserver.conftest import DEPLOYMENTS, MAPS, PODS, Client, config_map, deployment

CLOCK = "/apis/simarena.dev/v1/clock"


def order(**spec: Any) -> dict[str, Any]:
    return {"apiVersion": "simarena.dev/v1", "kind": "Clock", "spec": spec}


def test_the_clock_shows_the_time_and_moves_it(client: Client) -> None:
    assert client.get(CLOCK)["status"]["nowMilliseconds"] == 0
    client.post(DEPLOYMENTS, deployment("web"))
    assert client.post(CLOCK, order(advanceSeconds=30))["status"]["nowMilliseconds"] == 30_000
    assert len(client.get(PODS)["items"]) == 1
    assert client.post(CLOCK, order(settleSeconds=60))["status"]["settled"] is True


def test_a_snapshot_is_gone_back_to(client: Client) -> None:
    client.post(DEPLOYMENTS, deployment("web"))
    client.post(CLOCK, order(advanceSeconds=30, snapshot="begin"))
    names = [each["metadata"]["name"] for each in client.get(PODS)["items"]]
    client.delete(f"{DEPLOYMENTS}/web")
    client.post(MAPS, config_map("m"))
    client.post(CLOCK, order(advanceSeconds=60))
    assert client.get(PODS)["items"] == []
    version = client.api.store.version
    client.post(CLOCK, order(restore="begin"))
    assert [each["metadata"]["name"] for each in client.get(PODS)["items"]] == names
    client.get(f"{MAPS}/m", 404)
    assert client.api.store.version > version
    client.post(CLOCK, order(advanceSeconds=60))
    assert [each["metadata"]["name"] for each in client.get(PODS)["items"]] == names


def test_speed_and_pause_are_kept(client: Client) -> None:
    status = client.post(CLOCK, order(speed=60, pause=True))["status"]
    assert (status["speed"], status["paused"]) == (60, True)
    assert client.api.clock.passing == 0
    client.post(CLOCK, order(pause=False))
    assert client.api.clock.passing == 60


def test_what_the_clock_cannot_do_is_refused(client: Client) -> None:
    for spec in ({}, {"back": 1}, {"advanceSeconds": -1}, {"speed": "x"}, {"restore": "none"}):
        assert client.post(CLOCK, order(**spec), 400)["message"].startswith("Clock: ")
    assert client.get(CLOCK)["status"]["nowMilliseconds"] == 0
