"""Manifests are read once, at the door; nothing behind it opens them."""

from __future__ import annotations

import ast
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from tests.cluster._objects import node
from tests.fuzz import corpus

import simarena.cluster
from simarena.cluster import Cluster
from simarena.cluster.manifests import fields
from simarena.cluster.manifests.check import read, read_as
from simarena.cluster.manifests.kinds import SUPPORTED_KINDS
from simarena.cluster.manifests.pods.pod import Pod
from simarena.cluster.manifests.pods.spec import read_pod_spec
from simarena.cluster.manifests.workloads.workload import Workload
from simarena.errors import ManifestError

if TYPE_CHECKING:
    from collections.abc import Iterator

READERS = {
    name
    for name in vars(fields)
    if name.islower() and not name.startswith("_") and callable(getattr(fields, name))
} - {"copied", "milliseconds", "cast"}
BEHIND = ("rows", "operations")
BEFORE = {"replay/driver.py"}  # it changes what a trace has recorded, before it is read


def modules() -> Iterator[tuple[str, ast.Module]]:
    root = Path(simarena.cluster.__file__).parent
    for folder in (*BEHIND, "replay"):
        for path in sorted((root / folder).glob("*.py")):
            yield path.relative_to(root).as_posix(), ast.parse(path.read_text())


def test_nothing_behind_the_door_takes_fields_out_of_manifests() -> None:
    assert {"mapping", "objects", "string", "int32", "choice"} <= READERS
    found = [
        f"{place}: {alias.name}"
        for place, tree in modules()
        for part in ast.walk(tree)
        if isinstance(part, ast.ImportFrom) and part.module == fields.__name__
        for alias in part.names
        if alias.name in READERS and place not in BEFORE
    ]
    assert found == []


def test_no_row_is_written_from_a_manifest_itself() -> None:
    """Subscripts and `get` with the names of parts of manifests, in the layer of rows."""
    parts = {"spec", "status", "template", "containers", "labels", "selector", "tolerations"}
    found = []
    for place, tree in modules():
        if not place.startswith("rows/"):
            continue
        for part in ast.walk(tree):
            if not isinstance(part, ast.Subscript) or not isinstance(part.slice, ast.Constant):
                continue
            if part.slice.value in parts and "manifest" in ast.unparse(part.value):
                found.append(f"{place}:{part.lineno}: {ast.unparse(part)}")
    # Whether a spec has changed is asked of all of it, also of what is not simulated.
    assert {each.partition(":")[0] for each in found} <= {"rows/catalogue.py"}


@pytest.mark.parametrize(
    "kind", ["Deployment", "StatefulSet", "DaemonSet", "Job", "CronJob", "Pod"]
)
def test_applying_reads_the_pod_spec_once(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    calls: Counter[str] = Counter()

    def counted(spec: dict[str, Any], where: str) -> Any:
        calls[where] += 1
        return read_pod_spec(spec, where)

    monkeypatch.setattr("simarena.cluster.manifests.pods.template.read_pod_spec", counted)
    cluster = Cluster([corpus.plain_node("node-1"), node("node-2")])
    for each in corpus.surroundings():
        cluster.apply(each)
    cluster.apply(next(each for each in corpus.manifests() if each["kind"] == kind))
    cluster.advance(5)
    assert list(calls.values()) == [1]


def test_what_is_read_is_complete_and_reads_the_same_again() -> None:
    kinds = set()
    for manifest in corpus.manifests():
        once = read(manifest)
        assert read(once.manifest) == once
        kinds.add(once.key.kind)
    assert kinds >= SUPPORTED_KINDS


def test_readers_of_one_kind_refuse_others() -> None:
    next(each for each in corpus.manifests() if each["metadata"].get("name") == "bare")
    with pytest.raises(ManifestError, match="Pod default/bare is no Workload; give one"):
        read_as(
            next(m for m in corpus.manifests() if m["metadata"].get("name") == "bare"), Workload
        )
    assert read_as({**corpus.manifests()[12]}, Pod).key.kind == "Pod"


@pytest.mark.parametrize(
    ("container", "message"),
    [
        (
            {"readinessProbe": {"periodSeconds": "5"}},
            (
                "cannot unmarshal string into Go struct field "
                "Probe.spec.template.spec.containers.readinessProbe.periodSeconds of type int32"
            ),
        ),
        (
            {"livenessProbe": []},
            (
                "cannot unmarshal array into Go struct field "
                "Probe.spec.template.spec.containers.livenessProbe of type Probe"
            ),
        ),
    ],
)
def test_errors_about_probes_name_the_container(container: dict[str, Any], message: str) -> None:
    given = corpus.deployment(spec=corpus.plain_pod_spec())
    others = given["spec"]["template"]["spec"]["containers"]
    given["spec"]["template"]["spec"]["containers"] = [*others, {"name": "second", **container}]
    with pytest.raises(ManifestError) as raised:
        read(given)
    assert message in str(raised.value)


def test_errors_about_annotations_name_their_path() -> None:
    given = corpus.deployment(spec=corpus.plain_pod_spec())
    given["spec"]["template"]["metadata"]["annotations"] = {"simarena.io/exit": "soon"}
    where = r"Deployment default/web: spec\.template\.metadata\.annotations\[simarena\.io/exit\]: "
    with pytest.raises(ManifestError, match=where):
        read(given)
