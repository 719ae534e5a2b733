from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simarena.apiserver.protobuf.messages import by_number, fields_of, message_of
from simarena.apiserver.protobuf.objects import MAGIC, decoded, encoded
from simarena.apiserver.protobuf.wire import bytes_field
from simarena.errors import ApiError

KUBECTL = [
    ("v1", "ConfigMap"),
    ("v1", "Namespace"),
    ("v1", "Pod"),
    ("v1", "ResourceQuota"),
    ("v1", "Secret"),
    ("v1", "Service"),
    ("v1", "ServiceAccount"),
    ("apps/v1", "Deployment"),
    ("authorization.k8s.io/v1", "SelfSubjectAccessReview"),
    ("autoscaling/v1", "HorizontalPodAutoscaler"),
    ("autoscaling/v2", "HorizontalPodAutoscaler"),
    ("batch/v1", "CronJob"),
    ("batch/v1", "Job"),
    ("networking.k8s.io/v1", "Ingress"),
    ("policy/v1", "Eviction"),
    ("policy/v1", "PodDisruptionBudget"),
    ("rbac.authorization.k8s.io/v1", "ClusterRole"),
    ("rbac.authorization.k8s.io/v1", "ClusterRoleBinding"),
    ("rbac.authorization.k8s.io/v1", "Role"),
    ("rbac.authorization.k8s.io/v1", "RoleBinding"),
    ("scheduling.k8s.io/v1", "PriorityClass"),
    ("v1", "DeleteOptions"),
    ("apps/v1", "DeleteOptions"),
    ("v1", "Status"),
]


def there_and_back(api_version: str, kind: str, **fields: Any) -> dict[str, Any]:
    body = encoded({"kind": kind, "apiVersion": api_version, **fields})
    assert body is not None
    found = decoded(body)
    assert (found.pop("kind"), found.pop("apiVersion")) == (kind, api_version)
    return found


@pytest.mark.parametrize(("api_version", "kind"), KUBECTL)
def test_all_kinds_that_kubectl_sends_have_messages(api_version: str, kind: str) -> None:
    assert message_of(api_version, kind)


def test_a_pod_goes_there_and_back() -> None:
    spec = {
        "volumes": [{"name": "v", "emptyDir": {}}, {"name": "s", "secret": {"secretName": "x"}}],
        "containers": [
            {
                "name": "c",
                "image": "x",
                "ports": [{"containerPort": 80}],
                "env": [{"name": "A", "valueFrom": {"secretKeyRef": {"name": "s", "key": "k"}}}],
                "resources": {"requests": {"cpu": "100m"}},
                "livenessProbe": {"httpGet": {"path": "/", "port": "web"}, "periodSeconds": 5},
                "readinessProbe": {"tcpSocket": {"port": 80}},
            }
        ],
        "nodeSelector": {"a": "b"},
        "automountServiceAccountToken": False,
        "tolerations": [{"key": "a", "operator": "Exists", "tolerationSeconds": 0}],
    }
    metadata = {
        "name": "p",
        "labels": {"b": "2", "a": "1"},
        "finalizers": ["x/y"],
        "deletionTimestamp": "2026-01-02T03:04:05Z",
    }
    assert there_and_back("v1", "Pod", metadata=metadata, spec=spec) == {
        "metadata": metadata,
        "spec": spec,
    }


@pytest.mark.parametrize(
    ("api_version", "kind", "fields"),
    [
        ("v1", "Secret", {"data": {"a": "aGk="}, "stringData": {"b": "x"}, "type": "Opaque"}),
        ("v1", "DeleteOptions", {"gracePeriodSeconds": 0, "propagationPolicy": "Orphan"}),
        ("v1", "DeleteOptions", {"gracePeriodSeconds": -1, "preconditions": {"uid": "u"}}),
        (
            "policy/v1",
            "Eviction",
            {"metadata": {"name": "p"}, "deleteOptions": {"dryRun": ["All"]}},
        ),
        ("scheduling.k8s.io/v1", "PriorityClass", {"value": -5, "globalDefault": True}),
        (
            "networking.k8s.io/v1",
            "NetworkPolicy",
            {
                "spec": {
                    "podSelector": {"matchLabels": {"a": "b"}},
                    "egress": [{"ports": [{"port": "x"}]}],
                }
            },
        ),
        (
            "coordination.k8s.io/v1",
            "Lease",
            {"spec": {"renewTime": "2026-01-02T03:04:05.000006Z", "leaseDurationSeconds": 0}},
        ),
        (
            "authorization.k8s.io/v1",
            "SubjectAccessReview",
            {"spec": {"user": "u", "extra": {"a": ["b", ""]}}, "status": {"allowed": False}},
        ),
        (
            "v1",
            "ConfigMap",
            {
                "metadata": {
                    "managedFields": [
                        {"manager": "m", "time": "1969-12-31T23:59:59Z", "fieldsV1": {"f:a": {}}}
                    ]
                }
            },
        ),
    ],
)
def test_values_of_all_forms_go_there_and_back(
    api_version: str, kind: str, fields: dict[str, Any]
) -> None:
    assert there_and_back(api_version, kind, **fields) == fields


def test_what_is_empty_is_left_out_as_the_api_leaves_it_out() -> None:
    found = there_and_back(
        "v1", "Service", metadata={}, spec={"ports": [{"port": 0, "name": ""}], "type": ""}
    )
    assert found == {"spec": {"ports": [{"port": 0}]}}


def test_custom_resources_have_no_messages_but_may_be_sent_as_json_within() -> None:
    assert encoded({"apiVersion": "example.com/v1", "kind": "Widget"}) is None
    body = MAGIC + bytes_field(2, b'{"kind":"Widget"}') + bytes_field(4, b"application/json")
    assert decoded(body) == {"kind": "Widget"}
    meta = bytes_field(1, b"example.com/v1") + bytes_field(2, b"Widget")
    with pytest.raises(ApiError, match="no message is known for 'Widget'") as error:
        decoded(MAGIC + bytes_field(1, meta))
    assert error.value.status["code"] == 415


def test_fields_of_newer_releases_are_passed_over() -> None:
    meta = bytes_field(1, b"v1") + bytes_field(2, b"ConfigMap")
    raw = bytes_field(99, b"x") + bytes_field(2, bytes_field(1, b"a") + bytes_field(2, b"b"))
    body = MAGIC + bytes_field(1, meta) + bytes_field(2, raw)
    assert decoded(body)["data"] == {"a": "b"}


def envelope(kind: str, raw: bytes) -> bytes:
    meta = bytes_field(1, b"v1") + bytes_field(2, kind.encode())
    return MAGIC + bytes_field(1, meta) + bytes_field(2, raw)


def nested(depth: int) -> bytes:
    raw = b""
    for _ in range(depth):
        raw = bytes_field(4, raw)
    return raw


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (b"", "it does not begin with"),
        (b"{}", "it does not begin with"),
        (MAGIC + b"\x0a\xff", "a number is cut off"),
        (MAGIC + b"\x0a\x05", "field 1 is cut off"),
        (MAGIC + b"\x08" + b"\xff" * 11, "a number is too long"),
        (MAGIC + b"\x0b", "field 1 has the unknown form 3"),
        (MAGIC + b"\x02\x00", "a field has the number 0"),
        (MAGIC + bytes_field(2, b"{") + bytes_field(4, b"application/json"), "its JSON cannot"),
        (envelope("ConfigMap", b"\x08\x01"), "a message is a number"),
        (envelope("ConfigMap", bytes_field(1, b"\x08\x01")), "a text is a number"),
        (envelope("ConfigMap", bytes_field(1, bytes_field(1, b"\xff"))), "a text is not UTF-8"),
        (envelope("ConfigMap", bytes_field(1, bytes_field(7, b"x"))), "a number is a text"),
    ],
)
def test_what_is_no_body_is_refused(body: bytes, text: str) -> None:
    with pytest.raises(ApiError, match=re.escape(text)) as error:
        decoded(body)
    assert (error.value.status["code"], error.value.status.get("reason", "")) == (400, "BadRequest")


@given(st.sampled_from([kind for _, kind in KUBECTL]), st.binary(max_size=40))
def test_bytes_of_chance_are_an_object_or_refused(kind: str, raw: bytes) -> None:
    refusals = set()
    for body in (raw, MAGIC + raw, envelope(kind, raw)):
        try:
            assert isinstance(decoded(body), dict)
        except ApiError as refused:
            refusals.add(refused.status["code"])
    assert refusals <= {400, 415}


def test_each_field_of_each_message_has_a_number_of_its_own() -> None:
    for kind in ("core/v1.Container", "meta/v1.ObjectMeta", "core/v1.Probe"):
        assert len(by_number(kind)) == len(fields_of(kind))
