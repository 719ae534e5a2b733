"""Rules for kinds that are only kept."""

from __future__ import annotations

from typing import Any

import pytest

from simarena.cluster.manifests.check import checked
from simarena.cluster.manifests.validation.causes import Causes
from simarena.cluster.manifests.validation.claims import check_claim
from simarena.cluster.manifests.validation.events import check_event
from simarena.cluster.manifests.validation.leases import check_lease
from simarena.cluster.manifests.validation.services import check_service
from simarena.cluster.manifests.validation.updates import update_causes


def texts(causes: Causes) -> list[str]:
    return [each.text for each in causes.found]


def service(**spec: Any) -> list[str]:
    causes = Causes()
    plain = {"type": "ClusterIP", "sessionAffinity": "None", "ports": []}
    port = {"port": 80, "protocol": "TCP", "targetPort": 80}
    check_service({**plain, "ports": [port], **spec}, causes)
    return texts(causes)


@pytest.mark.parametrize(
    ("spec", "text"),
    [
        (
            {"clusterIP": "10.96.0.1", "clusterIPs": ["10.96.0.2"]},
            'spec.clusterIPs: Invalid value: ["10.96.0.2"]: first value must match `clusterIP`',
        ),
        (
            {"ipFamilies": ["IPv4", "IPv4"]},
            'spec.ipFamilies[1]: Duplicate value: "IPv4"',
        ),
        (
            {"clusterIP": "10.96.0.1", "clusterIPs": ["10.96.0.1"], "ipFamilies": ["IPv6"]},
            (
                'spec.clusterIPs[0]: Invalid value: "10.96.0.1": expected an IPv6 value as '
                "indicated by `ipFamilies[0]`"
            ),
        ),
        (
            {"externalTrafficPolicy": "Local"},
            (
                'spec.externalTrafficPolicy: Invalid value: "Local": may only be set for '
                "externally-accessible services"
            ),
        ),
        (
            {"internalTrafficPolicy": "Far"},
            (
                'spec.internalTrafficPolicy: Unsupported value: "Far": supported values: '
                '"Cluster", "Local"'
            ),
        ),
        (
            {"loadBalancerClass": "a"},
            "spec.loadBalancerClass: Forbidden: may only be used when `type` is 'LoadBalancer'",
        ),
        (
            {"type": "LoadBalancer", "loadBalancerSourceRanges": ["10.0.0.0"]},
            (
                'spec.LoadBalancerSourceRanges[0]: Invalid value: "10.0.0.0": must be a valid CIDR '
                "value, (e.g. 10.9.8.0/24 or 2001:db8::/64)"
            ),
        ),
    ],
)
def test_a_service_says_where_its_traffic_goes(spec: dict[str, Any], text: str) -> None:
    assert service(**spec) == [text]


def test_a_claim_asks_for_storage_in_a_way_that_is_known() -> None:
    causes = Causes()
    check_claim({"accessModes": ["Mine"], "resources": {"requests": {"storage": "0"}}}, causes)
    assert [each.field for each in causes.found] == [
        "spec.accessModes",
        "spec.resources[storage]",
    ]
    check_claim({}, causes)
    assert texts(causes)[2:] == [
        "spec.accessModes: Required value: at least 1 access mode is required",
        "spec.resources[storage]: Required value",
    ]


def test_a_claim_stays_as_it_is() -> None:
    spec = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}
    claim = {"kind": "PersistentVolumeClaim", "metadata": {"name": "c", "namespace": "n"}}
    bound = {"phase": "Bound", "capacity": {"storage": "1Gi"}}
    larger = {**spec, "resources": {"requests": {"storage": "2Gi"}}}
    before = {**claim, "spec": spec}
    (text,) = texts(update_causes({**claim, "spec": larger}, before))
    assert '-   "storage": "1Gi"\n+   "storage": "2Gi"\n' in text
    assert texts(update_causes({**claim, "spec": larger}, {**before, "status": bound})) == []


def test_a_lease_lasts_for_a_while() -> None:
    causes = Causes()
    check_lease({"leaseDurationSeconds": 0, "leaseTransitions": -1}, causes)
    assert texts(causes) == [
        "spec.leaseDurationSeconds: Invalid value: 0: must be greater than 0",
        "spec.leaseTransitions: Invalid value: -1: must be greater than or equal to 0",
    ]


def test_an_event_is_where_its_object_is() -> None:
    causes = Causes()
    event = {"metadata": {"namespace": "a"}, "involvedObject": {"namespace": "b"}}
    check_event(event, causes)
    assert texts(causes) == [
        'involvedObject.namespace: Invalid value: "b": does not match event.namespace'
    ]


def test_a_changed_label_is_refused_as_often_as_the_api_looks_at_it() -> None:
    manifest = {"kind": "PriorityClass", "metadata": {"name": "q", "labels": {"a": " "}}}
    found = update_causes(manifest, manifest).found
    assert [each.field for each in found] == ["metadata.labels"] * 3


def test_an_amount_that_is_null_is_none_at_all() -> None:
    quota = {"apiVersion": "v1", "kind": "ResourceQuota", "metadata": {"name": "q"}}
    assert checked({**quota, "spec": {"hard": {"pods": None}}})["spec"] == {"hard": {"pods": "0"}}
