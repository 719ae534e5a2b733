"""NodePorts: two pods cannot have one port of a node."""

from __future__ import annotations

from typing import Any

import pytest
from tests.cluster.kernel.scheduler._stage import asked, feasible, nodes, place, reasons

from simarena.cluster import Cluster
from simarena.cluster.manifests.pods.host_ports import HostPort
from simarena.cluster.manifests.pods.spec import read_pod_spec

NO_PORT = "node(s) didn't have free ports for the requested pod ports"


def with_port(port: int, protocol: str | None = None, address: str | None = None) -> dict[str, Any]:
    given: dict[str, Any] = {"containerPort": 80, "hostPort": port}
    if protocol:
        given["protocol"] = protocol
    if address:
        given["hostIP"] = address
    return {"containers": [{"name": "main", "image": "web:1", "ports": [given]}]}


@pytest.mark.parametrize(
    ("held", "wanted", "free"),
    [
        ((80,), (80,), False),
        ((80,), (81,), True),
        ((80, "UDP"), (80,), True),
        ((80, "TCP", "10.0.0.1"), (80, "TCP", "10.0.0.2"), True),
        ((80, "TCP", "10.0.0.1"), (80, "TCP", "10.0.0.1"), False),
        ((80, "TCP", "10.0.0.1"), (80,), False),
        ((80,), (80, "TCP", "10.0.0.1"), False),
    ],
)
def test_a_port_is_taken_by_address_and_protocol(
    held: tuple[Any, ...], wanted: tuple[Any, ...], *, free: bool
) -> None:
    cluster = Cluster(nodes(n1="a", n2="a"))
    place(cluster, "holder", "n1", **with_port(*held))
    pod = asked(**with_port(*wanted))
    assert feasible(cluster, pod) == (["n1", "n2"] if free else ["n2"])
    assert reasons(cluster, pod) == ({} if free else {"n1": (NO_PORT,)})


def test_a_port_is_free_again_when_its_pod_is_gone() -> None:
    cluster = Cluster(nodes(n1="a"))
    place(cluster, "holder", "n1", **with_port(80))
    cluster.apply(asked("waits", **with_port(80)))
    cluster.apply(asked("elsewhere", **with_port(81)))
    cluster.advance(2)
    assert "nodeName" not in cluster.get("Pod", "waits")["spec"]
    cluster.delete("Pod", "elsewhere")
    cluster.advance(0.5)
    assert "nodeName" not in cluster.get("Pod", "waits")["spec"]
    cluster.delete("Pod", "holder")
    cluster.advance(0.5)
    assert cluster.get("Pod", "waits")["spec"]["nodeName"] == "n1"


def test_a_pod_on_the_hosts_network_takes_all_its_container_ports() -> None:
    given: dict[str, Any] = {
        "hostNetwork": True,
        "containers": [
            {"name": "a", "ports": [{"containerPort": 80}, {"containerPort": 81, "hostPort": 81}]}
        ],
        "initContainers": [
            {"name": "b", "ports": [{"containerPort": 90}]},
            {"name": "c", "restartPolicy": "Always", "ports": [{"containerPort": 91}]},
        ],
    }
    spec = read_pod_spec(given, "spec")
    assert {port.port for port in spec.host_ports} == {80, 81, 91}
    off = read_pod_spec({**given, "hostNetwork": False}, "spec")
    assert off.host_ports == (HostPort("0.0.0.0", "TCP", 81),)
