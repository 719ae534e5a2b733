from __future__ import annotations

import pytest

from simarena.cluster.manifests.pods.qos import fill_requests, qos_class

BOTH = {"cpu": "1", "memory": "1Gi"}


def spec(*resources: dict[str, object]) -> dict[str, object]:
    return {"containers": [{"name": "c", "resources": own} for own in resources]}


@pytest.mark.parametrize(
    ("pod_spec", "expected"),
    [
        (spec({}), "BestEffort"),
        (spec({"requests": {"cpu": "0"}}), "BestEffort"),
        (spec({"requests": {"cpu": "1"}}), "Burstable"),
        (spec({"limits": BOTH}), "Guaranteed"),
        (spec({"limits": BOTH, "requests": {"cpu": "1000m"}}), "Guaranteed"),
        (spec({"limits": BOTH}, {}), "Burstable"),
        (spec({"limits": {"cpu": "1"}}), "Burstable"),
        (spec({"limits": BOTH, "requests": {"cpu": "500m"}}), "Burstable"),
        ({**spec({}), "resources": {"limits": BOTH, "requests": BOTH}}, "Guaranteed"),
    ],
)
def test_the_class_follows_from_requests_and_limits(
    pod_spec: dict[str, object], expected: str
) -> None:
    fill_requests(pod_spec)
    assert qos_class(pod_spec) == expected


def test_limits_fill_in_what_is_not_requested() -> None:
    pod_spec = spec({"limits": BOTH, "requests": {"cpu": "250m"}})
    fill_requests(pod_spec)
    filled: dict[str, object] = {"limits": BOTH, "requests": {"cpu": "250m", "memory": "1Gi"}}
    assert pod_spec == spec(filled)
