"""Scenarios in YAML: what is read, and on which line a mistake is found."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import yaml
from tests.env.cases import workload

from simarena.env.scenarios.export import export_scenario
from simarena.env.scenarios.file import load_scenario_file
from simarena.env.scenarios.generator import generate
from simarena.env.scenarios.suite import load_suite
from simarena.errors import ScenarioError, StorageError, UnknownNameError
from simarena.trace import new_trace

if TYPE_CHECKING:
    from pathlib import Path

GOOD = """\
scenarios:
  - name: rush
    trace: web.sktrace
    nodes: ["2x16cpu,32Gi", "1x4cpu,8Gi"]
    deploy: web
    target: 5
    goal: {max_failures: 0}
    cluster: {kubelet: real}
    severity: 2
    split: held-out
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    resources = {"requests": {"cpu": "1", "memory": "1Gi"}}
    manifest = workload("web", 3, {"image": "x", "resources": resources})
    new_trace([manifest]).save(tmp_path / "web.sktrace")
    return tmp_path


def written(folder: Path, text: str) -> Path:
    path = folder / "mine.yaml"
    path.write_text(text, "utf-8")
    return path


def test_a_file_is_a_suite(folder: Path) -> None:
    path = written(folder, GOOD)
    (scenario,) = load_suite(path)
    assert (scenario.name, scenario.target, scenario.severity) == ("rush", 5, 2)
    assert scenario.goal.max_failures == 0
    assert scenario.config.kubelet == "real"
    assert scenario.namespace == "default"
    names = [node["metadata"]["name"] for node in scenario.nodes]
    assert names == ["node-1", "node-2", "node-3"]
    assert scenario.nodes[2]["metadata"]["labels"]["kubernetes.io/hostname"] == "node-3"
    assert load_suite(f"{path}/held-out") == (scenario,)
    with pytest.raises(UnknownNameError, match="did you mean 'held-out'"):
        load_suite(f"{path}/held-uot")


@pytest.mark.parametrize(
    ("old", "new", "line", "reason"),
    [
        ("deploy: web", "deploi: web", 5, "did you mean 'deploy'"),
        ("    target: 5\n", "", 2, "target is missing"),
        ("target: 5", "target: many", 6, "target must be a whole number"),
        ("target: 5", "target: 0", 6, "target must be a whole number from 1"),
        ("web.sktrace", "wep.sktrace", 3, "wep.sktrace"),
        ("2x16cpu,32Gi", "2x16cpu", 4, "write them as 3x16cpu,32Gi"),
        ("deploy: web", "deploy: wep", 5, "wep"),
        ("max_failures: 0", "max_failure: 0", 7, "did you mean 'max_failures'"),
        ("max_failures: 0", "max_failures: -1", 7, "goal.max_failures must be"),
        ("max_failures: 0", "max_waste: 0.5", 7, "goal.max_waste must be"),
        ("kubelet: real", "kubelet: true", 8, "kubelet must be"),
        ("kubelet: real", "kublet: real", 8, "did you mean 'kubelet'"),
        ("severity: 2", "severity: 9", 9, "severity must be"),
        ("severity: 2", "name: twice", 9, "name is given twice"),
        ("split: held-out", "split: [a]", 10, "split must be text"),
        ("  - name: rush", "  - name: rush: hour", 2, "is not YAML"),
        ("scenarios:", "scenario:", 1, "did you mean 'scenarios'"),
    ],
)
def test_a_mistake_is_told_with_its_line(
    folder: Path, old: str, new: str, line: int, reason: str
) -> None:
    assert old in GOOD
    path = written(folder, GOOD.replace(old, new))
    with pytest.raises(ScenarioError) as raised:
        load_scenario_file(path)
    assert str(raised.value).startswith(f"{path}:{line}: ")
    assert reason in str(raised.value)
    assert "\n" not in str(raised.value)


def test_what_is_no_list_of_scenarios_is_refused(folder: Path) -> None:
    for text, reason in (
        ("", "is empty"),
        ("scenarios: []", "a list of at least one"),
        ("- 1", "expected a map"),
        ("scenarios: [1]", "expected a map"),
        (GOOD + GOOD.partition("\n")[2], ":11: another scenario is called 'rush'"),
    ):
        with pytest.raises(ScenarioError, match=reason):
            load_scenario_file(written(folder, text))
    with pytest.raises(StorageError, match="cannot be read"):
        load_scenario_file(folder / "none.yaml")
    (folder / "raw.yaml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(StorageError, match="UTF-8"):
        load_scenario_file(folder / "raw.yaml")


@pytest.mark.parametrize("family", ["noisy_neighbour", "over_allocation", "spreading"])
def test_what_is_exported_is_read_again(tmp_path: Path, family: str) -> None:
    scenario = generate(family, 4)
    paths = export_scenario(scenario, tmp_path / "out" / "one")
    assert [path.name for path in paths] == ["trace.sktrace", "nodes.yaml", "scenario.yaml"]
    (again,) = load_scenario_file(paths[2])
    assert again == scenario
    assert tuple(yaml.safe_load_all(paths[1].read_text("utf-8"))) == scenario.nodes
    with pytest.raises(StorageError, match="exists already"):
        export_scenario(scenario, tmp_path / "out" / "one")
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["one"]
