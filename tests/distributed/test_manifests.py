from __future__ import annotations

import json
from typing import Any

import hypothesis.strategies as st
import pytest
from hypothesis import given

from simarena.distributed import keys
from simarena.distributed.manifests import (
    COLLECTION,
    Manifest,
    Quota,
    Result,
    again,
)
from simarena.errors import JobError, SimArenaError

PREDECESSORS: dict[str, Any] = {
    "job_id": "run-7_a.b",
    "job_type": "training",
    "trace_uri": "inputs/run-7_a.b/trace",
    "agent": "dqn",
    "episodes": 20,
    "steps": 30,
    "duration": 40,
    "namespace": "virtual-default",
    "deploy": "web",
    "target": 3,
    "weights_uri": None,
    "timeout_seconds": 3600,
    "per_episode_s3_sync": False,
    "federation_group_id": None,
    "federation_size": None,
    "created_at": "2026-01-01T00:00:00Z",
}


def read(**changes: Any) -> Manifest:
    values = {**PREDECESSORS, **changes}
    return Manifest.from_bytes(json.dumps(values).encode(), "m", values["job_id"])


def test_a_manifest_of_the_first_simarena_is_read() -> None:
    settings = read().train_settings(trace="/tmp/t")
    assert (settings.agent, settings.episodes, settings.max_steps) == ("dqn", 20, 30)
    assert (settings.duration_s, settings.deploy, settings.target) == (40, "web", 3)
    assert (settings.trace, settings.suite) == ("/tmp/t", None)
    assert settings.steps == 600


def test_unknown_fields_are_kept() -> None:
    manifest = read(colour="green", nested={"a": [1]})
    assert json.loads(manifest.to_bytes())["nested"] == {"a": [1]}
    assert read(**json.loads(manifest.to_bytes())) == manifest
    result = {"job_id": "a", "worker_id": "w", "status": "success", "later": 1}
    kept = Result.from_bytes(json.dumps(result).encode(), "r")
    assert json.loads(kept.to_bytes())["later"] == 1


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("job_type", "mining"),
        ("agent", "os:system"),
        ("agent", "rules"),
        ("episodes", 0),
        ("episodes", "many"),
        ("steps", True),
        ("target", -1),
        ("timeout_seconds", 0),
        ("timeout_seconds", 1e99),
        ("federation_group_id", "../up"),
        ("trace_uri", "s3://elsewhere/trace"),
        ("trace_uri", "/etc/passwd"),
        ("trace_uri", "inputs/../secret"),
        ("trace_uri", "jobs/pending/a"),
        ("weights_uri", "results/a/../../b.npz"),
        ("settings", []),
        ("settings", {"trace": "/etc/passwd"}),
        ("settings", {"transfer": "/etc/passwd"}),
        ("settings", {"suite": "/etc/passwd"}),
        ("settings", {"eval_suite": "evil.yaml"}),
        ("settings", {"agent": "os:system"}),
        ("settings", {"nodes": ["/etc/nodes.yaml"]}),
        ("settings", {"no_such": 1}),
        ("settings", {"num_envs": 10**9}),
        ("settings", {"random_share": 0.5}),
        ("settings", {"x": "y" * 100_000}),
        ("memory_mib", 1),
    ],
)
def test_what_a_job_may_not_ask_for_is_named(field: str, value: Any) -> None:
    with pytest.raises(JobError, match=r"^m: "):
        read(**{field: value})


@pytest.mark.parametrize("data", [b"", b"[]", b"{", b"\xff", b"[" * 100_000, b'{"job_id": 3}'])
def test_what_is_no_manifest_is_refused(data: bytes) -> None:
    with pytest.raises(JobError, match=r"^m: "):
        Manifest.from_bytes(data, "m", "a")
    with pytest.raises(JobError, match=r"^m: "):
        Result.from_bytes(data, "m")


def test_a_manifest_is_of_the_job_whose_key_it_has() -> None:
    with pytest.raises(JobError, match="must be that of its key"):
        Manifest.from_bytes(Manifest(job_id="a").to_bytes(), "m", "b")


@given(st.text(max_size=20))
def test_a_name_is_one_part_of_a_key_or_refused(text: str) -> None:
    if keys.is_name(text):
        assert keys.of_manifest(keys.manifest(text)) == text
        assert "/" not in text
        assert text not in {".", ".."}
    else:
        with pytest.raises(SimArenaError):
            Manifest(job_id=text)


@pytest.mark.parametrize("name", ["..", "a/b", "", ".hidden", "a..b", "a" * 129, "-x", "a\n", 7])
def test_names_that_could_lead_elsewhere_are_none(name: Any) -> None:
    assert not keys.is_name(name)


@pytest.mark.parametrize(
    ("manifest", "named"),
    [
        (Manifest(job_id="a", settings={"steps": 10**10}), "steps"),
        (Manifest(job_id="a", timeout_seconds=10**6), "timeout_seconds"),
        (Manifest(job_id="a", memory_mib=10**6), "memory_mib"),
        (Manifest(job_id="a", job_type=COLLECTION, agent="rules", episodes=10**7), "episodes"),
    ],
)
def test_a_quota_names_what_is_too_much(manifest: Manifest, named: str) -> None:
    with pytest.raises(JobError, match=named):
        Quota().require(manifest)
    Quota().require(Manifest(job_id="a"))


def test_a_job_done_again_says_of_which() -> None:
    retry = again(read(colour="green"), "b", None)
    assert (retry.job_id, retry.retry_of, retry.unknown) == ("b", "run-7_a.b", {"colour": "green"})
