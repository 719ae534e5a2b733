from __future__ import annotations

from typing import Any

import pytest

from simarena.cluster.manifests.pods.placement import read_placement
from simarena.cluster.manifests.pods.taints import Taint, read_taints
from simarena.cluster.manifests.selectors import read_selector
from simarena.errors import ManifestError

REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution"
PREFERRED = "preferredDuringSchedulingIgnoredDuringExecution"


def node_affinity(**term: object) -> dict[str, Any]:
    return {"affinity": {"nodeAffinity": {REQUIRED: {"nodeSelectorTerms": [term]}}}}


def pod_affinity(**term: object) -> dict[str, Any]:
    return {"affinity": {"podAffinity": {REQUIRED: [term]}}}


def requirement(key: str, operator: str, *values: str) -> list[dict[str, Any]]:
    return [{"key": key, "operator": operator, "values": list(values)}]


@pytest.mark.parametrize(
    "spec",
    [
        {},
        {"affinity": None, "tolerations": None, "nodeSelector": None},
        {"tolerations": [{"operator": "Exists"}, {"key": "a", "value": "b"}]},
        {
            "tolerations": [
                {"key": "a", "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 9}
            ]
        },
        node_affinity(matchExpressions=requirement("gen", "Gt", "2")),
        node_affinity(matchFields=requirement("metadata.name", "In", "n0")),
        pod_affinity(topologyKey="zone", labelSelector={"matchLabels": {"a": "b"}}),
        {
            "topologySpreadConstraints": [
                {
                    "topologyKey": "zone",
                    "maxSkew": 2,
                    "whenUnsatisfiable": "DoNotSchedule",
                    "minDomains": 3,
                    "nodeTaintsPolicy": "Honor",
                }
            ]
        },
    ],
)
def test_what_the_api_accepts_passes(spec: dict[str, Any]) -> None:
    read_placement(spec, "spec")


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        (
            {"tolerations": [{"key": "a", "operator": "Exists", "value": "b"}]},
            "spec.tolerations[0].value must be empty when operator is Exists",
        ),
        (
            {"tolerations": [{"key": "a", "tolerationSeconds": 5}]},
            "spec.tolerations[0].effect must be NoExecute when tolerationSeconds is set",
        ),
        ({"tolerations": ["all"]}, "spec.tolerations[0] must be an object, got str"),
        ({"affinity": []}, "spec.affinity must be an object, got list"),
        (
            {"affinity": {"nodeAffinity": {REQUIRED: {}}}},
            f"spec.affinity.nodeAffinity.{REQUIRED}.nodeSelectorTerms must have at least one term",
        ),
        (
            node_affinity(matchExpressions=requirement("a", "In")),
            "values must not be empty when operator is In",
        ),
        (
            node_affinity(matchExpressions=requirement("a", "Exists", "b")),
            "values must be empty when operator is Exists",
        ),
        (
            node_affinity(matchExpressions=requirement("a", "Gt", "1", "2")),
            "values must have exactly one element when operator is Gt",
        ),
        (
            node_affinity(matchExpressions=requirement("", "Exists")),
            "matchExpressions[0].key must not be empty",
        ),
        (
            node_affinity(matchFields=requirement("metadata.uid", "In", "u")),
            "matchFields[0].key must be metadata.name, got 'metadata.uid'",
        ),
        (
            node_affinity(matchFields=requirement("metadata.name", "In", "a", "b")),
            "matchFields[0].values must have exactly one element",
        ),
        (
            pod_affinity(labelSelector={}),
            f"spec.affinity.podAffinity.{REQUIRED}[0].topologyKey must not be empty",
        ),
        (
            pod_affinity(
                topologyKey="z", labelSelector={"matchExpressions": requirement("a", "Gt", "1")}
            ),
            "labelSelector.matchExpressions[0].operator 'Gt' is not supported",
        ),
        (
            {"affinity": {"podAntiAffinity": {PREFERRED: [{"podAffinityTerm": {}}]}}},
            f"podAntiAffinity.{PREFERRED}[0].weight must be from 1 to 100, got None",
        ),
        (
            {"topologySpreadConstraints": [{"topologyKey": "z"}]},
            "spec.topologySpreadConstraints[0].maxSkew must be given, at least 1",
        ),
        (
            {
                "topologySpreadConstraints": [
                    {
                        "topologyKey": "z",
                        "maxSkew": 1,
                        "whenUnsatisfiable": "ScheduleAnyway",
                        "minDomains": 2,
                    }
                ]
            },
            "minDomains needs whenUnsatisfiable to be DoNotSchedule",
        ),
    ],
)
def test_what_the_api_refuses_is_named(spec: dict[str, Any], message: str) -> None:
    with pytest.raises(ManifestError) as raised:
        read_placement(spec, "spec")
    assert message in str(raised.value)


def test_selectors_and_taints_are_checked_alike() -> None:
    with pytest.raises(ManifestError, match=r"s\.matchLabels\[a\] must be a string, got int"):
        read_selector({"matchLabels": {"a": 1}}, "s")
    with pytest.raises(ManifestError, match=r"n\.taints\[0\]\.key must not be empty"):
        read_taints({"taints": [{"effect": "NoSchedule"}]}, "n")
    found = read_taints({"taints": [{"key": "a", "effect": "NoExecute"}]}, "n")
    assert found == (Taint("a", "", "NoExecute"),)
