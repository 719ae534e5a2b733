"""A training in rounds: who does the pieces (an executor), and what the run's folder gets of it.

Executors differ in how pieces get to who does them; the pieces and the averages are the same code,
so the weights are the same, bit by bit.
"""

from __future__ import annotations

import hashlib
import json
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Protocol

from simarena.agents import NETWORKS
from simarena.distributed import rounds
from simarena.distributed.averaging import OuterSettings
from simarena.distributed.driving import drive
from simarena.distributed.manifests import Manifest
from simarena.distributed.reducing import CheckpointReducer, extra_of
from simarena.distributed.task_process import TaskProcess
from simarena.distributed.work import Order
from simarena.errors import ConfigError, RunError
from simarena.training.checkpoint import Checkpoint, Counters, save_checkpoint

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from simarena.agents import TaskShape
    from simarena.distributed.bucket import Bucket
    from simarena.distributed.claims import Identity
    from simarena.distributed.rounds import GroupSettings, Reducer
    from simarena.evaluation.run_folder import RunFolder
    from simarena.training.job import Prepared
    from simarena.training.segments import OnProgress
    from simarena.training.settings import TrainSettings

_LOOK_S: Final = 0.01
_ATTEMPTS: Final = 3
_PIECE_S: Final = 86_400
_WAIT_S: Final = 31_536_000


@dataclass(frozen=True, slots=True, kw_only=True)
class RoundsSettings:
    """How a training is cut into rounds."""

    num_workers: int
    num_rounds: int
    local_steps: int
    quorum: int
    limit_s: float = 600.0
    outer: OuterSettings = field(default_factory=OuterSettings)

    def group(self, name: str, *, poll_s: float = 0.5, training: str = "") -> GroupSettings:
        """Return the settings of a group that does so."""
        return rounds.GroupSettings(
            group=name,
            num_members=self.num_workers,
            num_rounds=self.num_rounds,
            local_steps=self.local_steps,
            quorum=self.quorum,
            limit_s=self.limit_s,
            outer_learning_rate=self.outer.learning_rate,
            outer_momentum=self.outer.momentum,
            poll_s=poll_s,
            training=training,
        )


class OnRound(Protocol):
    """Told of each round that is closed."""

    def __call__(self, weights: bytes) -> None:
        """Take the weights that the next round begins with."""


class Executor(Protocol):
    """Whoever has the pieces of a training done."""

    def train(
        self, settings: TrainSettings, cut: RoundsSettings, reducer: Reducer, on_round: OnRound
    ) -> bytes:
        """Return the weights after the last round."""


class LocalExecutor:
    """Processes of this machine, kept warm from round to round; one that dies is started again."""

    def __init__(self, folder: Path) -> None:
        """Keep the work under way in `folder`."""
        self._folder = folder

    def train(
        self, settings: TrainSettings, cut: RoundsSettings, reducer: Reducer, on_round: OnRound
    ) -> bytes:
        """Return the weights after the last round.

        Raises:
            RunError: a piece cannot be done, tried thrice.
        """
        members = cut.group("local").members()
        workers = [TaskProcess(self._folder / member) for member in members]
        states: dict[str, bytes] = {}
        weights = reducer.initial()
        try:
            for number in range(1, cut.num_rounds + 1):
                updates = self._round(workers, members, settings, cut, number, weights, states)
                weights = reducer.reduce(weights, number, updates, [])
                on_round(weights)
        finally:
            for worker in workers:
                worker.close()
        return weights

    def _round(
        self,
        workers: Sequence[TaskProcess],
        members: Sequence[str],
        settings: TrainSettings,
        cut: RoundsSettings,
        number: int,
        weights: bytes,
        states: dict[str, bytes],
    ) -> dict[str, bytes]:
        """Return the updates of all members, and put their states into `states`."""
        orders = [
            piece_of(settings, cut, member, place, number, weights, states.get(member))
            for place, member in enumerate(members)
        ]
        for worker, order in zip(workers, orders, strict=True):
            worker.begin(order)
        updates: dict[str, bytes] = {}
        attempts = dict.fromkeys(members, 1)
        while len(updates) < len(members):
            time.sleep(_LOOK_S)
            for worker, member, order in zip(workers, members, orders, strict=True):
                if member in updates:
                    continue
                outcome = worker.look().outcome
                if outcome is None:
                    continue
                if outcome.error is None:
                    updates[member] = outcome.files["update.npz"]
                    states[member] = outcome.files["state.npz"]
                elif attempts[member] < _ATTEMPTS:
                    attempts[member] += 1
                    worker.begin(order)
                else:
                    message = f"round {number}, worker {member}: {outcome.error}"
                    raise RunError(message)
        return updates


class BucketExecutor:
    """Workers anywhere that take the members' jobs from a bucket; this process coordinates."""

    def __init__(
        self,
        bucket: Bucket,
        identity: Identity,
        group: str,
        *,
        tell: Callable[[str], None] | None = None,
        poll_s: float = 0.5,
    ) -> None:
        self._bucket = bucket
        self._identity = identity
        self._group = group
        self._tell = tell
        self._poll_s = poll_s

    def train(
        self, settings: TrainSettings, cut: RoundsSettings, reducer: Reducer, on_round: OnRound
    ) -> bytes:
        """Return the weights after the last round."""
        manifest = manifest_of(settings, f"{self._group}.any")
        text = json.dumps(settings.to_json(), sort_keys=True)
        digest = hashlib.sha256(text.encode()).hexdigest()
        group = cut.group(self._group, poll_s=self._poll_s, training=digest)
        drive(rounds.open_group(group, manifest), self._bucket, tell=self._tell)
        return drive(
            rounds.coordinate(self._identity, self._group, Listening(reducer, on_round)),
            self._bucket,
            patience_s=None,
            tell=self._tell,
        )


class Listening:
    """A reducer that tells of each round that it closes."""

    def __init__(self, reducer: Reducer, on_round: OnRound) -> None:
        self._reducer = reducer
        self._on_round = on_round
        self.initial = reducer.initial
        self.check = reducer.check

    def reduce(
        self, weights: bytes, number: int, updates: Mapping[str, bytes], missing: list[str]
    ) -> bytes:
        """Return the weights of round `number` + 1."""
        made = self._reducer.reduce(weights, number, updates, missing)
        self._on_round(made)
        return made


def piece_of(
    settings: TrainSettings,
    cut: RoundsSettings,
    member: str,
    place: int,
    number: int,
    weights: bytes,
    state: bytes | None,
) -> Order:
    """Return the order for one member's piece of a round."""
    return Order(
        kind=rounds.ROUND,
        manifest=manifest_of(settings, member),
        files={"global": weights, **({} if state is None else {"state": state})},
        round={
            "member": place,
            "round": number,
            "num_rounds": cut.num_rounds,
            "local_steps": cut.local_steps,
        },
    )


def manifest_of(settings: TrainSettings, job: str) -> Manifest:
    """Return the manifest of a member of a training with these settings.

    Raises:
        SimArenaError: they name what no job may: files of this machine.
    """
    values = {k: v for k, v in settings.to_json().items() if v is not None or k == "eval_suite"}
    moved = {
        field: values.pop(name)
        for name, field in (
            ("max_steps", "steps"),
            ("duration_s", "duration"),
            ("episodes", "episodes"),
            ("namespace", "namespace"),
            ("deploy", "deploy"),
            ("target", "target"),
            ("agent", "agent"),
        )
        if name in values
    }
    if "trace" in values or "transfer" in values:
        message = "a training in rounds begins afresh on a suite; leave --trace and --transfer out"
        raise ConfigError(message)
    return Manifest(
        job_id=job,
        settings=values,
        timeout_seconds=_PIECE_S,
        sync_timeout_seconds=_WAIT_S,
        **moved,
    )


def check_learner(settings: TrainSettings) -> None:
    """Refuse a training whose weights cannot be averaged.

    Raises:
        ConfigError: its agent is no network, or it ends by episodes.
    """
    if settings.agent not in NETWORKS:
        message = f"agent {settings.agent!r} is no network; average one of {', '.join(NETWORKS)}"
        raise ConfigError(message)
    if settings.episodes is not None:
        message = "rounds are counted in steps; leave --episodes out"
        raise ConfigError(message)
    manifest_of(settings, "check")


def make_reducer(settings: TrainSettings, shape: TaskShape, outer: OuterSettings) -> Reducer:
    """Return who averages the updates of a training with these settings."""
    from simarena.training.sb3.local_update import Learner

    initial = Learner(settings).initial_weights()
    return CheckpointReducer(settings.agent, shape, initial, outer)


def train_in_rounds(
    prepared: Prepared,
    run: RunFolder,
    cut: RoundsSettings,
    executor: Executor,
    on_progress: OnProgress | None = None,
) -> None:
    """Train by rounds, and leave rows of metrics and a checkpoint in the run's folder."""
    settings, shape = prepared.settings, prepared.shape
    began = time.perf_counter()
    reducer = make_reducer(settings, shape, cut.outer)
    run.mend()
    with run.locked(), run.append_metrics() as metrics:

        def on_round(weights: bytes) -> None:
            extra, counters = extra_of(weights)
            row: dict[str, Any] = {
                "step": counters.step,
                "episodes": counters.episodes,
                "seconds": round(time.perf_counter() - began, 3),
                "round": extra["round"] - 1,
                "missing": len(extra["missing"]),
                **extra["metrics"],
            }
            metrics.write(json.dumps(row) + "\n")
            if on_progress is not None:
                on_progress(row)

        final = executor.train(settings, cut, reducer, on_round)
    _save(run, settings, shape, final, time.perf_counter() - began)


def _save(
    run: RunFolder, settings: TrainSettings, shape: TaskShape, final: bytes, seconds: float
) -> None:
    """Put the last weights into the run's folder, as a checkpoint of a training that is done."""
    handed = run.checkpoints / "global_weights.npz"
    handed.write_bytes(final)
    opened = Checkpoint(handed)
    opened.require(settings.agent, shape)
    counters = Counters(
        step=opened.counters.step,
        episodes=opened.counters.episodes,
        seconds=seconds,
        finished=True,
    )
    save_checkpoint(
        run.latest,
        agent=settings.agent,
        shape=shape,
        counters=counters,
        parts={"weights": opened.arrays("weights")},
        extra=opened.extra,
    )
