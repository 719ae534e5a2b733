"""What a job is to do, and how it ended: the manifests and results of a bucket.

A manifest names settings and nothing else: no code, no agent by import path, no file outside the
bucket. Fields that are not known here are kept as they are. What is wrong is named, field by field.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field, fields, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from simarena.agents import AGENTS, LEARNERS, NETWORKS
from simarena.checks.bounds import check_whole, is_finite
from simarena.checks.plain_fields import check_plain_fields
from simarena.cluster.manifests.node_words import is_node_shape
from simarena.distributed import keys
from simarena.env.scenarios.suite import SUITES
from simarena.errors import JobError, SimArenaError, UnknownNameError, shown
from simarena.training.settings import TrainSettings

if TYPE_CHECKING:
    from collections.abc import Mapping

TRAINING: Final = "training"
COLLECTION: Final = "experience_collection"
EVALUATION: Final = "evaluation"
JOB_TYPES: Final = (TRAINING, COLLECTION, EVALUATION)

SUCCESS: Final = "success"
FAILED: Final = "failed"
TIMEOUT: Final = "timeout"
CANCELLED: Final = "cancelled"
STATUSES: Final = (SUCCESS, FAILED, TIMEOUT, CANCELLED)

_OF_MANIFEST: Final = {
    "episodes": "episodes",
    "steps": "max_steps",
    "duration": "duration_s",
    "namespace": "namespace",
    "deploy": "deploy",
    "target": "target",
}
"""Fields of a manifest, and the settings they are; `steps` are those of an episode."""

_FILES: Final = frozenset({"trace", "transfer", *_OF_MANIFEST.values(), "agent"})
"""Settings that a manifest says in fields of its own."""

_LONG_EPISODE: Final = 1_000
_MAX_BYTES_OF_SETTINGS: Final = 64 << 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """One job. The fields up to `created_at` are those of the first SimArena."""

    job_id: str
    """Its name; a job of that name is done once, whatever happens."""

    job_type: str = TRAINING
    """`training`, `experience_collection` or `evaluation`."""

    trace_uri: str | None = None
    """Key in the bucket of the trace to train on; None with a suite."""

    agent: str = "ppo"
    """Who learns, or plays: a name, never an import path."""

    episodes: int | None = None
    """Episodes to end after, or to collect."""

    steps: int | None = None
    """Most steps of an episode."""

    duration: int | None = None
    """Virtual seconds that a step replays."""

    namespace: str | None = None
    deploy: str | None = None
    target: int | None = None

    weights_uri: str | None = None
    """Key in the bucket of a checkpoint to start from, or to play with."""

    timeout_seconds: int = 3600
    """Seconds of work after which the job ends as `timeout`; each owner, and each round of a group,
    counts anew."""

    per_episode_s3_sync: bool = False
    """Whether weights are handed over after each episode, and waited for."""

    federation_group_id: str | None = None
    federation_size: int | None = None

    sync_timeout_seconds: int = 3600
    """Seconds that a worker waits for weights before the job ends as `timeout`."""

    created_at: str = ""

    settings: Mapping[str, Any] = field(default_factory=dict)
    """More settings of the training (`simarena.training.settings`), and of a collection
    `random_share`."""

    memory_mib: int = 8192
    """Memory that the work may take before the job ends as `failed`."""

    retry_of: str | None = None
    """The job that this one does again."""

    unknown: Mapping[str, Any] = field(default_factory=dict)
    """Fields of other releases, as they came."""

    def __post_init__(self) -> None:
        """Refuse manifests that no worker could or would carry out."""
        check_plain_fields(self, "", JobError)
        keys.check_name("job_id", self.job_id)
        if self.job_type not in JOB_TYPES:
            raise UnknownNameError("job type", self.job_type, JOB_TYPES)  # noqa: EM101, TRY003 a kind
        known = LEARNERS if self.job_type == TRAINING else (*AGENTS, *LEARNERS)
        if self.agent not in known:
            raise UnknownNameError("agent of a job", self.agent, known)  # noqa: EM101, TRY003 a kind
        for name, low, high in _BOUNDS:
            if getattr(self, name) is not None:
                check_whole(name, getattr(self, name), low, high, error=JobError)
        for name in ("federation_group_id", "retry_of"):
            if getattr(self, name) is not None:
                keys.check_name(name, getattr(self, name))
        for name in ("trace_uri", "weights_uri"):
            self._check_key(name)
        if not isinstance(self.settings, dict) or not isinstance(self.unknown, dict):
            message = "settings must be a map"
            raise JobError(message)
        if len(json.dumps(self.settings)) > _MAX_BYTES_OF_SETTINGS:
            message = f"settings are larger than {_MAX_BYTES_OF_SETTINGS:,} bytes"
            raise JobError(message)
        share = self.random_share
        if not 0.0 <= share <= 1.0 or (share and self.job_type != COLLECTION):
            message = f"random_share must be from 0 to 1, of a {COLLECTION}, got {shown(share)}"
            raise JobError(message)
        if self.is_member:
            self._check_member()
        self.train_settings()

    def _check_member(self) -> None:
        if self.job_type != TRAINING or self.agent not in NETWORKS:
            message = f"weights are handed over by trainings of {', '.join(NETWORKS)}"
            raise JobError(message)
        if self.federation_group_id is None and not self.episodes:
            message = "per_episode_s3_sync needs episodes: how often weights are handed over"
            raise JobError(message)

    def _check_key(self, name: str) -> None:
        value = getattr(self, name)
        if value is None:
            return
        first, _, rest = value.partition("/")
        folder, _, file = rest.partition("/")
        if first not in {"inputs", "results"} or not (keys.is_name(folder) and keys.is_name(file)):
            message = (
                f"{name} {shown(value)}: name what lies in this bucket, as inputs/{self.job_id}/..."
                " or results/JOB/checkpoint_final.npz"
            )
            raise JobError(message)

    def train_settings(
        self, *, trace: str | None = None, transfer: str | None = None
    ) -> TrainSettings:
        """Return the settings to train, or play, with; files as they are on this machine.

        Raises:
            SimArenaError: no run could use them, or they name what a job may not.
        """
        values = {k: v for k, v in self.settings.items() if k not in _COLLECTION_SETTINGS}
        known = {each.name for each in fields(TrainSettings)} - _FILES
        for name in values:
            if name not in known:
                raise UnknownNameError("setting of a job", name, known)  # noqa: EM101, TRY003 a kind
        values = {k: tuple(v) if isinstance(v, list) else v for k, v in values.items()}
        values |= {
            setting: getattr(self, name)
            for name, setting in _OF_MANIFEST.items()
            if getattr(self, name) is not None
        }
        if self.job_type != TRAINING:
            values.pop("episodes", None)
        elif "episodes" in values and "steps" not in values:
            values["steps"] = values["episodes"] * values.get("max_steps", _LONG_EPISODE)
        if self.trace_uri is not None:
            values |= {"suite": None, "eval_suite": None, "trace": trace or self.trace_uri}
        if transfer is not None and self.job_type == TRAINING:
            values["transfer"] = transfer
        agent = self.agent if self.agent in LEARNERS else LEARNERS[0]
        settings = TrainSettings.for_agent(agent, **values)
        for name in ("suite", "eval_suite"):
            suite = self.settings.get(name)
            if suite is not None and suite not in SUITES:
                raise UnknownNameError("suite of a job", suite, SUITES)  # noqa: EM101, TRY003 a kind
        for node in settings.nodes:
            if not is_node_shape(node):
                message = f"nodes {shown(node)}: a job names nodes by shape, as 3x16cpu,32Gi"
                raise JobError(message)
        return settings

    @property
    def is_member(self) -> bool:
        """Whether weights are handed over while it runs, with a group or without."""
        return self.federation_group_id is not None or self.per_episode_s3_sync

    @property
    def random_share(self) -> float:
        """Share of random actions of a collection."""
        share = self.settings.get("random_share", 0.0)
        return float(share) if is_finite(share) else -1.0

    def to_bytes(self) -> bytes:
        """Return the manifest as JSON, unknown fields among its own."""
        values = asdict(self)
        unknown = values.pop("unknown")
        return json.dumps({**unknown, **values}, indent=1, allow_nan=False).encode() + b"\n"

    @classmethod
    def from_bytes(cls, data: bytes, where: str, job: str) -> Manifest:
        """Return the manifest that `to_bytes` gave, or the first SimArena wrote.

        Raises:
            JobError: it is damaged, of another job than its key says, or names what no job may.
        """
        values = parse_json(data, where)
        known = {each.name for each in fields(cls)} - {"unknown"}
        unknown = {key: value for key, value in values.items() if key not in known}
        given = {key: value for key, value in values.items() if key in known}
        for name in ("settings", "created_at"):
            if given.get(name) is None:
                given.pop(name, None)
        try:
            manifest = cls(**given, unknown=unknown)
        except (SimArenaError, TypeError) as error:
            message = f"{where}: {' '.join(str(error).split())}"
            raise JobError(message) from error
        if manifest.job_id != job:
            message = f"{where}: job_id is {shown(manifest.job_id)}; it must be that of its key"
            raise JobError(message)
        return manifest


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """How a job ended."""

    job_id: str
    worker_id: str
    status: str
    started: str = ""
    finished: str = ""
    elapsed_seconds: float = 0.0
    episodes_completed: int = 0
    total_reward: float | None = None
    final_reward: float | None = None
    error: str | None = None
    checkpoint_uri: str | None = None
    log_uri: str | None = None
    transitions_uri: str | None = None
    generation: int = 0
    """How many owners the job had, the last of which wrote this."""
    nonce: str = ""
    """What nobody else writes, so that its writer knows it again."""
    figures: Mapping[str, Any] = field(default_factory=dict)
    """What else there is to tell."""
    unknown: Mapping[str, Any] = field(default_factory=dict)

    def to_bytes(self) -> bytes:
        """Return the result as JSON, unknown fields among its own."""
        values = asdict(self)
        unknown = values.pop("unknown")
        return json.dumps({**unknown, **values}, indent=1, allow_nan=False).encode() + b"\n"

    @classmethod
    def from_bytes(cls, data: bytes, where: str) -> Result:
        """Return the result that `to_bytes` gave.

        Raises:
            JobError: it is damaged.
        """
        values = parse_json(data, where)
        known = {each.name for each in fields(cls)} - {"unknown"}
        unknown = {key: value for key, value in values.items() if key not in known}
        try:
            result = cls(**{k: v for k, v in values.items() if k in known}, unknown=unknown)
            check_plain_fields(result, f"{where}: ", JobError)
        except TypeError as error:
            message = f"{where}: is no result of a job ({error})"
            raise JobError(message) from error
        if result.status not in STATUSES:
            message = f"{where}: status {shown(result.status)} is none of {', '.join(STATUSES)}"
            raise JobError(message)
        return result


@dataclass(frozen=True, slots=True, kw_only=True)
class Quota:
    """The most that a job may ask of a worker."""

    max_steps: int = 1_000_000_000
    max_seconds: int = 86_400
    max_memory_mib: int = 65_536
    max_episodes: int = 1_000_000
    """Of a collection."""

    def require(self, manifest: Manifest) -> None:
        """Refuse a job that asks for more.

        Raises:
            JobError: it does; the message names what, and how much there is.
        """
        settings = manifest.train_settings()
        asked = (
            ("steps", settings.steps, self.max_steps, manifest.job_type == TRAINING),
            ("timeout_seconds", manifest.timeout_seconds, self.max_seconds, True),
            ("memory_mib", manifest.memory_mib, self.max_memory_mib, True),
            (
                "episodes",
                manifest.episodes or 0,
                self.max_episodes,
                manifest.job_type == COLLECTION,
            ),
        )
        for name, wanted, most, counts in asked:
            if counts and wanted > most:
                message = (
                    f"job {manifest.job_id}: asks for {name} of {wanted:,}, a job may have {most:,}"
                )
                raise JobError(message)


def parse_json(data: bytes, where: str) -> dict[str, Any]:
    """Return the map that JSON text holds.

    Raises:
        JobError: it is no JSON, or no map.
    """
    try:
        values = json.loads(data)
    except (ValueError, RecursionError) as error:
        message = f"{where}: cannot be read as JSON ({' '.join(str(error).split())})"
        raise JobError(message) from error
    if not isinstance(values, dict):
        message = f"{where}: is no map of fields"
        raise JobError(message)
    return values


def timestamp() -> str:
    """Return this machine's time, for people to read; nothing is decided by it."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def again(manifest: Manifest, job: str, weights: str | None) -> Manifest:
    """Return the manifest of a job that does another's work anew, from `weights` on if given."""
    return replace(
        manifest,
        job_id=job,
        retry_of=manifest.job_id,
        created_at=timestamp(),
        weights_uri=weights or manifest.weights_uri,
    )


_COLLECTION_SETTINGS: Final = frozenset({"random_share"})
_BOUNDS: Final = (
    ("episodes", 1, 10**9),
    ("steps", 1, 1_000_000),
    ("duration", 1, 31_536_000),
    ("target", 1, 100_000),
    ("timeout_seconds", 1, 31_536_000),
    ("sync_timeout_seconds", 1, 31_536_000),
    ("federation_size", 1, 100_000),
    ("memory_mib", 64, 1 << 24),
)
