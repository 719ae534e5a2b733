"""A training in rounds: who does the pieces (an executor), and what the run's folder gets of it.

Executors differ in how pieces get to who does them; the pieces and the averages are the same code,
so the weights are the same, bit by bit.
"""

from __future__ import annotations

import hashlib
import json
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Protocol

from simarena.agents import NETWORKS
from simarena.distributed import keys, rounds
from simarena.distributed.averaging import OuterSettings, Update, check_update
from simarena.distributed.crews.crew_rounds import Begun, CrewRounds
from simarena.distributed.driving import drive
from simarena.distributed.groups import DROP, GroupSettings, open_group
from simarena.distributed.kept_rounds import KeptRounds
from simarena.distributed.manifests import Manifest
from simarena.distributed.reducing import CheckpointReducer, extra_of
from simarena.distributed.work import ROUND, Order
from simarena.errors import ConfigError
from simarena.files.storage import read_bytes
from simarena.training.checkpoint import Checkpoint, Counters, save_checkpoint
from simarena.training.job import checkpoint_path

if TYPE_CHECKING:
    from collections.abc import Callable

    from simarena.distributed.bucket import Bucket
    from simarena.distributed.claims import Identity
    from simarena.distributed.crews.crew import Crew
    from simarena.distributed.rounds import Reducer
    from simarena.evaluation.run_folder import RunFolder
    from simarena.training.job import Prepared
    from simarena.training.segments import OnProgress
    from simarena.training.settings import TrainSettings

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
    stragglers: str = DROP
    """What becomes of what comes after its round is closed: `drop`, or `fold` into the next."""

    def group(self, name: str, *, poll_s: float = 0.5, training: str = "") -> GroupSettings:
        """Return the settings of a group that does so."""
        return GroupSettings(
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
            stragglers=self.stragglers,
        )


class Executor(Protocol):
    """Whoever has the pieces of a training done."""

    def train(
        self,
        prepared: Prepared,
        cut: RoundsSettings,
        reducer: Reducer,
        on_round: Callable[[Begun], None],
        begun: Begun | None = None,
    ) -> bytes:
        """Return the weights after the last round; go on from what has `begun`, if given."""


class CrewExecutor:
    """Processes of this machine, or actors of a Ray cluster; this process closes the rounds."""

    def __init__(self, make_crew: Callable[[int], Crew]) -> None:
        """`make_crew` is asked for so many hands."""
        self._make_crew = make_crew

    def train(
        self,
        prepared: Prepared,
        cut: RoundsSettings,
        reducer: Reducer,
        on_round: Callable[[Begun], None],
        begun: Begun | None = None,
    ) -> bytes:
        """Return the weights after the last round.

        Raises:
            RunError: too few pieces of a round can be done, each tried thrice.
        """
        group = cut.group("crew")
        places = {member: place for place, member in enumerate(group.members())}
        settings, files = prepared.settings, files_of(prepared.settings)
        manifests = {member: manifest_of(settings, member) for member in places}

        def order(member: str, number: int, weights: bytes, state: bytes | None) -> Order:
            return Order(
                kind=ROUND,
                manifest=manifests[member],
                files={
                    **files,
                    "global": weights,
                    **({} if state is None else {"state": state}),
                },
                round={
                    "member": places[member],
                    "round": number,
                    "num_rounds": cut.num_rounds,
                    "local_steps": cut.local_steps,
                },
            )

        crew = self._make_crew(cut.num_workers)
        try:
            begun = begun or Begun(1, reducer.initial(), {})
            return CrewRounds(crew, group, reducer, order).run(begun, on_round)
        finally:
            crew.close()


class BucketExecutor:
    """Workers anywhere that take the members' jobs from a bucket; this process coordinates.

    What is under way is in the bucket, so it is gone on with from there.
    """

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
        self,
        prepared: Prepared,
        cut: RoundsSettings,
        reducer: Reducer,
        on_round: Callable[[Begun], None],
        begun: Begun | None = None,  # noqa: ARG002 the bucket knows better
    ) -> bytes:
        """Return the weights after the last round."""
        settings, files = prepared.settings, files_of(prepared.settings)
        if settings.transfer is not None:
            files["weights.npz"] = checkpoint_path(settings.transfer).read_bytes()
        manifest = manifest_of(settings, f"{self._group}.any", self._group)
        digest = hashlib.sha256(json.dumps(settings.to_json(), sort_keys=True).encode())
        for name, data in sorted(files.items()):
            digest.update(name.encode() + hashlib.sha256(data).digest())
        group = cut.group(self._group, poll_s=self._poll_s, training=digest.hexdigest())
        drive(open_group(group, manifest, files), self._bucket, tell=self._tell)

        def told(number: int, weights: bytes) -> None:
            on_round(Begun(number, weights, {}))

        return drive(
            rounds.coordinate(self._identity, self._group, reducer, told),
            self._bucket,
            patience_s=None,
            tell=self._tell,
        )


def files_of(settings: TrainSettings) -> dict[str, bytes]:
    """Return the files that every piece of a training with these settings begins with, by name.

    Raises:
        SimArenaError: they cannot be read.
    """
    return {} if settings.trace is None else {"trace": read_bytes(settings.trace)}


def manifest_of(settings: TrainSettings, job: str, group: str = "here") -> Manifest:
    """Return the manifest of a member of a training with these settings.

    Its files are named as lying among the inputs of `group`.

    Raises:
        SimArenaError: they name what no job may: other files of this machine.
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
    for name, uri, file in (
        ("trace", "trace_uri", "trace"),
        ("transfer", "weights_uri", "weights.npz"),
    ):
        if values.pop(name, None) is not None:
            moved[uri] = keys.inputs(group, file)
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
    if settings.trace is not None and Path(settings.trace).is_dir():
        message = f"{settings.trace}: rounds take one trace, and this is a folder; name a file"
        raise ConfigError(message)
    manifest_of(settings, "check")


def make_reducer(prepared: Prepared, outer: OuterSettings) -> Reducer:
    """Return who averages the updates of a training.

    Raises:
        JobError: what it begins with is of another network.
    """
    from simarena.training.sb3.local_update import Learner

    settings, transfer = prepared.settings, prepared.transfer
    initial = Learner(settings).initial_weights()
    if transfer is not None:
        taken = transfer.arrays("weights")
        check_update(initial, Update(str(settings.transfer), taken, 1))
        initial = taken
    return CheckpointReducer(settings.agent, prepared.shape, initial, outer)


def train_in_rounds(
    prepared: Prepared,
    run: RunFolder,
    cut: RoundsSettings,
    executor: Executor,
    on_progress: OnProgress | None = None,
) -> None:
    """Train by rounds, from where the run was left; leave rows of metrics and a checkpoint in it.

    Raises:
        RunError: another process is training in the run, or a round cannot be closed.
    """
    run.mend()
    if run.latest.exists() and Checkpoint(run.latest).counters.finished:
        return
    reducer = make_reducer(prepared, cut.outer)
    kept = KeptRounds(run)
    with run.locked():
        begun = kept.newest()
        rows = _Rows(run, 0 if begun is None else begun.number - 1)
        with run.append_metrics() as metrics:

            def on_round(made: Begun) -> None:
                row = rows.row(made)
                if row is None:
                    return
                kept.keep(made)
                metrics.write(json.dumps(row) + "\n")
                if on_progress is not None:
                    on_progress(row)

            final = executor.train(prepared, cut, reducer, on_round, begun)
        _save(run, prepared, final, rows.seconds())
        kept.clear()


class _Rows:
    """Makes rows of metrics of rounds, those that are there already left out."""

    def __init__(self, run: RunFolder, num_over: int) -> None:
        """Drop the rows of rounds after the first `num_over`: they are done again."""
        known = [row for row in run.metrics_rows() if row.get("round", 0) <= num_over]
        run.rewind_metrics(max((row.get("step", 0) for row in known), default=-1))
        self._last = max((row.get("round", 0) for row in known), default=0)
        self._spent = max((row.get("seconds", 0.0) for row in known), default=0.0)
        self._began = time.perf_counter()

    def seconds(self) -> float:
        """Return how long the training has taken, with what was before."""
        return float(self._spent + time.perf_counter() - self._began)

    def row(self, made: Begun) -> dict[str, Any] | None:
        """Return the row of the round that made these weights; None if it is there."""
        extra, counters = extra_of(made.weights)
        number = made.number - 1
        if number <= self._last:
            return None
        self._last = number
        return {
            "step": counters.step,
            "episodes": counters.episodes,
            "seconds": round(self.seconds(), 3),
            "round": number,
            "missing": len(extra["missing"]),
            "late": len(extra["late"]),
            **extra["metrics"],
        }


def _save(run: RunFolder, prepared: Prepared, final: bytes, seconds: float) -> None:
    """Put the last weights into the run's folder, as a checkpoint of a training that is done."""
    handed = run.checkpoints / "global_weights.npz"
    handed.write_bytes(final)
    opened = Checkpoint(handed)
    opened.require(prepared.settings.agent, prepared.shape)
    counters = Counters(
        step=opened.counters.step,
        episodes=opened.counters.episodes,
        seconds=seconds,
        finished=True,
    )
    save_checkpoint(
        run.latest,
        agent=prepared.settings.agent,
        shape=prepared.shape,
        counters=counters,
        parts={"weights": opened.arrays("weights")},
        extra=opened.extra,
    )
