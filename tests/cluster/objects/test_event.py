from __future__ import annotations

from simarena.cluster.messages.control_plane import Happening
from simarena.cluster.objects.event import event_manifest, involved_object

CREATED = Happening(
    "Normal", "SuccessfulCreate", "Created pod: web-5d9c-abcde", "replicaset-controller"
)
STARTED = Happening("Normal", "Started", "Container started", "kubelet")
UID = "0123456789abcdef-0000".replace("-", "") + "0" * 12


def test_an_event_says_what_happened_to_what() -> None:
    involved = involved_object("ReplicaSet", "x", "web-5d9c", "u", version="apps/v1")
    event = event_manifest(CREATED, involved, uid=UID, first_ms=2500)
    assert event == {
        "apiVersion": "v1",
        "kind": "Event",
        "metadata": {
            "name": "web-5d9c.0123456789abcdef",
            "namespace": "x",
            "uid": UID,
            "creationTimestamp": "2026-01-01T00:00:02Z",
        },
        "involvedObject": {
            "apiVersion": "apps/v1",
            "kind": "ReplicaSet",
            "namespace": "x",
            "name": "web-5d9c",
            "uid": "u",
        },
        "type": "Normal",
        "reason": "SuccessfulCreate",
        "message": "Created pod: web-5d9c-abcde",
        "source": {"component": "replicaset-controller"},
        "reportingComponent": "replicaset-controller",
        "reportingInstance": "",
        "firstTimestamp": "2026-01-01T00:00:02Z",
        "lastTimestamp": "2026-01-01T00:00:02Z",
        "count": 1,
    }


def test_a_kubelet_names_its_node_and_the_container() -> None:
    involved = involved_object("Pod", "x", "p", "u", version="v1", container="c")
    event = event_manifest(STARTED, involved, uid=UID, first_ms=0, last_ms=9000, count=4, host="n0")
    assert event["involvedObject"]["fieldPath"] == "spec.containers{c}"
    assert event["source"] == {"component": "kubelet", "host": "n0"}
    assert (event["count"], event["lastTimestamp"]) == (4, "2026-01-01T00:00:09Z")
