"""Tables and metadata, as a real API server of 1.36.2 answered."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from tests.apiserver.records import family

from simarena.apiserver.printing.tables import (
    Layout,
    custom_layout,
    layout_of,
    partial_metadata,
    partial_metadata_list,
    table,
)

if TYPE_CHECKING:
    from pathlib import Path

    from tests.apiserver.records import Step

NOW = datetime(2026, 1, 1, 2, tzinfo=UTC)
SINGULARS = {
    "configmaps": "ConfigMap",
    "controllerrevisions": "ControllerRevision",
    "cronjobs": "CronJob",
    "deployments": "Deployment",
    "events": "Event",
    "horizontalpodautoscalers": "HorizontalPodAutoscaler",
    "jobs": "Job",
    "leases": "Lease",
    "limitranges": "LimitRange",
    "persistentvolumeclaims": "PersistentVolumeClaim",
    "poddisruptionbudgets": "PodDisruptionBudget",
    "pods": "Pod",
    "replicasets": "ReplicaSet",
    "scale": "Scale",
    "secrets": "Secret",
    "services": "Service",
    "statefulsets": "StatefulSet",
}


def kind_of(step: Step) -> str:
    parts = step.path.split("/")
    return next(SINGULARS[each] for each in reversed(parts) if each in SINGULARS)


def same(ours: object, theirs: object) -> bool:
    """Return whether two parts of answers are the same but for ages."""
    if isinstance(ours, dict) and isinstance(theirs, dict):
        return ours.keys() == theirs.keys() and all(same(ours[key], theirs[key]) for key in ours)
    if isinstance(ours, list) and isinstance(theirs, list):
        return len(ours) == len(theirs) and all(map(same, ours, theirs))
    if isinstance(ours, str) and isinstance(theirs, str):
        ports = re.sub(r":\d{5}/", ":<nodePort:1>/", theirs)  # of which one was not replaced
        pattern = re.escape(ports).replace("<age>", r"(\d+[smhdy]){1,2}")
        return re.fullmatch(pattern, ours) is not None
    return ours == theirs and isinstance(ours, bool) == isinstance(theirs, bool)


def judged(step: Step, layout: Layout) -> list[str] | None:
    """Return how a table comes out otherwise; None if its objects have not been seen."""
    answer = step.answer
    names = [row["cells"][-1 if answer_is_of_events(answer) else 0] for row in answer["rows"]]
    by_name = {
        found["metadata"]["name"]: found
        for path, found in step.objects.items()
        if path == step.path or path.rsplit("/", 1)[0] == step.path
    }
    if step.method in {"POST", "PATCH"}:  # the object is in no answer but this one
        return None
    if any(name not in by_name for name in names):
        return None
    found = table(
        layout,
        [by_name[name] for name in names],
        NOW,
        included=step.query.get("includeObject", "Metadata"),  # type: ignore[arg-type] # one of them
        metadata=answer["metadata"],
    )
    return [
        f"{step.case} {part}: {found[part]} is not {answer[part]}"
        for part in answer.keys() | found.keys()
        if not same(found.get(part), answer.get(part))
    ]


def answer_is_of_events(answer: dict[str, Any]) -> bool:
    columns = answer.get("columnDefinitions") or [{}]
    return bool(columns[0].get("name") == "Last Seen")


@pytest.mark.parametrize(("name", "tables"), [("table", 110)])
def test_tables_come_out_as_recorded(shared: Path, name: str, tables: int) -> None:
    wrong: list[str] = []
    right = 0
    for steps in family(shared, name):
        for step in steps:
            if not isinstance(step.answer, dict) or step.answer.get("kind") != "Table":
                continue
            result = judged(step, layout_of(kind_of(step)))
            right += result == []
            wrong += result or []
    assert wrong == []
    assert right == tables


def test_scales_have_tables_of_their_own(shared: Path) -> None:
    right = 0
    for steps in family(shared, "subresources"):
        scales = {}
        for step in steps:
            if not isinstance(step.answer, dict) or step.subresource != "scale":
                continue
            if step.answer.get("kind") == "Scale":
                scales[step.path] = step.answer
            elif step.answer.get("kind") == "Table":
                found = table(layout_of("Scale"), [scales[step.path]], NOW)
                assert found["columnDefinitions"] == step.answer["columnDefinitions"]
                assert found["rows"][0]["cells"][0] == "w"
                right += 1
    assert right == 3


def test_metadata_come_out_as_recorded(shared: Path) -> None:
    right = 0
    for name in ("table", "list"):
        for steps in family(shared, name):
            for step in steps:
                answer = step.answer if isinstance(step.answer, dict) else {}
                if answer.get("kind") == "PartialObjectMetadataList":
                    items = [{**each, "kind": "X"} for each in answer["items"] or ()]
                    assert partial_metadata_list(items, answer["metadata"]) == answer
                    right += 1
                elif answer.get("kind") == "PartialObjectMetadata" and step.method == "GET":
                    assert partial_metadata(step.before or {}) == answer, step.case
                    right += 1
    assert right == 132


def test_columns_of_custom_resources_come_out_as_recorded(shared: Path) -> None:
    right = 0
    for steps in family(shared, "crd"):
        layout: Layout | None = None
        for step in steps:
            body = step.body if isinstance(step.body, dict) else {}
            if step.status == 201 and body.get("kind") == "CustomResourceDefinition":
                version = body["spec"]["versions"][0]
                layout = custom_layout(version.get("additionalPrinterColumns") or [])
            if not isinstance(step.answer, dict) or step.answer.get("kind") != "Table":
                continue
            assert layout is not None
            assert judged(step, layout) == []
            right += 1
    assert right == 1
