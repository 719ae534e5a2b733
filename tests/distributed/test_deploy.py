"""Files that are handed to Ray, KubeRay and SkyPilot: whole, and true of this release."""

from __future__ import annotations

import re
import shlex
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest
import yaml

from simarena.cli._commands import COMMANDS
from simarena.cli._lazy import LazyCommand
from simarena.cluster.manifests.check import normalise

ROOT = Path(__file__).parents[2]
RAY, JOB, SKY = "ray/cluster.yaml", "kubernetes/rayjob.yaml", "skypilot/workers.yaml"
FILES = (RAY, JOB, SKY, "kubernetes/Dockerfile")


def text_of(name: str) -> str:
    return (ROOT / "deploy" / name).read_text("utf-8")


def job() -> Any:
    volume, made = yaml.safe_load_all(text_of(JOB))
    assert volume["kind"] == "PersistentVolumeClaim"
    return made


def commands(text: str) -> list[list[str]]:
    """Return the arguments of each call of ours in a script or a comment."""
    found = re.findall(r"(?:^|[ '/])simarena ((?:train|worker)(?: [^'&\n]*)?)", text, re.MULTILINE)
    return [shlex.split(each.partition(" #")[0]) for each in found]


def test_commands_have_the_options_that_they_are_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SIMARENA_STORE", "s3://bucket/folder")
    called = [
        *commands(text_of(RAY)),
        *commands(job()["spec"]["entrypoint"]),
        *commands(text_of(SKY)),
        *commands((ROOT / "docs" / "skypilot.md").read_text("utf-8")),
    ]
    assert [name for name, *_ in called] == ["train", "train", "worker", "train"]
    for name, *arguments in called:
        LazyCommand(name, COMMANDS[name]).load().make_context(name, arguments)


@pytest.mark.parametrize("name", FILES)
def test_releases_are_those_of_this_repository(name: str) -> None:
    pins = re.findall(r"^ray==(\S+)", (ROOT / "constraints.txt").read_text("utf-8"), re.MULTILINE)
    text = text_of(name)
    ours = re.findall(r"simarena(?:\[[a-z,]+\]==|-ray:)([0-9.]+\d)", text)
    assert ours
    assert set(ours) == {version("simarena")}
    rays = re.findall(r"(?:ray\[default\]==|rayproject/ray:|rayVersion: \")([0-9.]+\d)", text)
    assert set(rays) <= set(pins)


def test_the_ray_cluster_is_one_by_rays_own_schema() -> None:
    pytest.importorskip("ray", reason="the extra 'ray' is not installed")
    jsonschema = pytest.importorskip("jsonschema")
    import json

    import ray

    schema = json.loads((Path(ray.__file__).parent / "autoscaler" / "ray-schema.json").read_text())
    cluster = yaml.safe_load(text_of(RAY))
    jsonschema.validate(cluster, schema)
    kinds = cluster["available_node_types"]
    assert cluster["head_node_type"] in kinds
    for each in kinds.values():
        assert each["node_config"]["MetadataOptions"] == {"HttpTokens": "required"}
        [volume] = each["node_config"]["BlockDeviceMappings"]
        assert volume["Ebs"] == {
            "VolumeSize": 100,
            "VolumeType": "gp3",
            "DeleteOnTermination": True,
        }
    assert kinds["head"]["resources"]["CPU"] == 0
    assert "InstanceMarketOptions" not in kinds["head"]["node_config"]


def test_the_job_has_a_cluster_with_room_for_its_learners_and_pods_that_are_whole() -> None:
    made = job()
    assert (made["apiVersion"], made["kind"]) == ("ray.io/v1", "RayJob")
    spec = made["spec"]
    head = spec["rayClusterSpec"]["headGroupSpec"]
    [group] = spec["rayClusterSpec"]["workerGroupSpecs"]
    for each in (head, group):
        pod = {
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {"name": "a"},
            "spec": each["template"]["spec"],
        }
        assert normalise(pod)["spec"]["containers"]
    [worker] = group["template"]["spec"]["containers"]
    words = shlex.split(spec["entrypoint"])
    learners = int(words[words.index("--workers") + 1])
    assert int(worker["resources"]["limits"]["cpu"]) * group["maxReplicas"] == learners
    assert head["rayStartParams"]["num-cpus"] == "0"
    mounted = head["template"]["spec"]["containers"][0]["volumeMounts"][0]["mountPath"]
    assert words[words.index("--runs") + 1] == mounted
    assert spec["shutdownAfterJobFinishes"] is True


def test_workers_by_skypilot_are_a_task_that_names_the_bucket() -> None:
    task = yaml.safe_load(text_of(SKY))
    known = {"name", "num_nodes", "resources", "envs", "setup", "run"}
    assert task.keys() == known
    assert "SIMARENA_STORE" in task["envs"]
    assert "SIMARENA_STORE" in text_of(SKY).partition("name:")[0]
