"""The training loop: Stable-Baselines3's, with our checkpoints and metrics hung into it."""

from __future__ import annotations

import json
import sys
from time import perf_counter
from typing import TYPE_CHECKING, Any

import numpy as np
from stable_baselines3.common.callbacks import BaseCallback
from stable_baselines3.common.logger import configure
from stable_baselines3.common.utils import set_random_seed

from simarena.errors import RunError
from simarena.training.checkpoint import Checkpoint, Counters, save_checkpoint
from simarena.training.sb3.models import ReplayAlgorithm, build_model
from simarena.training.sb3.state import (
    load_weights,
    optimizer_of,
    replay_of,
    restore,
    weights_of,
)
from simarena.training.segments import row_interval, segment_seed
from simarena.training.tally import Tally

if TYPE_CHECKING:
    from typing import TextIO

    from stable_baselines3.common.vec_env import VecEnv

    from simarena.agents.protocol import TaskShape
    from simarena.evaluation.run_folder import RunFolder
    from simarena.training.sb3.models import ArenaAlgorithm
    from simarena.training.segments import OnProgress
    from simarena.training.settings import TrainSettings


def train_network(
    run: RunFolder,
    settings: TrainSettings,
    env: VecEnv,
    shape: TaskShape,
    *,
    transfer: Checkpoint | None = None,
    on_progress: OnProgress | None = None,
) -> Counters:
    """Train in `run` until its settings are met, going on from its latest checkpoint if it has one.

    Leaves `checkpoints/latest.npz`, rows in `metrics.jsonl`, and TensorBoard's event files.
    """
    model = build_model(settings, env)
    counters = Counters()
    if run.latest.exists():
        checkpoint = Checkpoint(run.latest)
        checkpoint.require(settings.agent, shape)
        counters = restore(model, checkpoint, settings.steps)
    elif transfer is not None:
        load_weights(model, transfer.arrays("weights"), transfer.path)
    run.rewind_metrics(counters.step)
    if counters.finished:
        return counters
    model.set_logger(configure(str(run.tensorboard), ["tensorboard"]))
    with run.append_metrics() as metrics:
        recorder = _Recorder(run, settings, shape, counters, metrics, on_progress)
        try:
            model.learn(
                settings.steps - counters.step,
                callback=recorder,
                log_interval=sys.maxsize,  # rows of metrics are ours
                reset_num_timesteps=False,
            )
        except ValueError:  # a distribution that refuses what a diverged network says
            recorder.require_finite()
            raise
    model.logger.close()
    return recorder.counters(finished=True)


def begin_segment(model: ArenaAlgorithm, env: VecEnv, seed: int) -> None:
    """Let all chance follow from `seed`, and begin fresh episodes."""
    set_random_seed(seed)
    model.action_space.seed(seed)  # draws the actions before learning starts
    env.seed(seed)
    observations = env.reset()
    assert isinstance(observations, np.ndarray)  # noqa: S101 our environments give vectors
    model._last_obs = observations  # noqa: SLF001
    begun = np.ones(len(observations), dtype=np.bool_)
    model._last_episode_starts = begun  # noqa: SLF001


class _Recorder(BaseCallback):
    """Cuts the run into segments, counts episodes, and writes metrics and checkpoints."""

    model: ArenaAlgorithm

    def __init__(
        self,
        run: RunFolder,
        settings: TrainSettings,
        shape: TaskShape,
        counters: Counters,
        metrics: TextIO,
        on_progress: OnProgress | None,
    ) -> None:
        super().__init__()
        self._run = run
        self._settings = settings
        self._shape = shape
        self._metrics = metrics
        self._on_progress = on_progress
        self._seconds_before = counters.seconds
        self._started = perf_counter()
        self._interval = settings.checkpoint_interval
        self._row_interval = row_interval(settings)
        self._segment = 0
        self._next_row = 0
        self._last_row = (counters.step, counters.seconds)
        self._tally = Tally(settings.num_envs, counters.episodes)

    def counters(self, *, finished: bool = False) -> Counters:
        """Return how far the training is."""
        model = self.model
        return Counters(
            step=model.num_timesteps,
            episodes=self._tally.episodes,
            updates=model._n_updates,  # noqa: SLF001 the library has no public way
            calls=getattr(model, "_n_calls", 0),
            seconds=self._seconds_before + perf_counter() - self._started,
            finished=finished,
        )

    def require_finite(self) -> None:
        """Refuse to go on with a network that has diverged.

        Raises:
            RunError: one of its weights is no number any more.
        """
        if not all(tensor.isfinite().all() for tensor in self.model.policy.state_dict().values()):
            message = (
                f"{self._run.path}: the training diverged at step {self.model.num_timesteps:,}, "
                "its weights are no numbers; train with a smaller learning_rate"
            )
            raise RunError(message)

    def _on_training_start(self) -> None:
        step = self.model.num_timesteps
        self._next_row = self._row_after(step)
        self._start_segment(step // self._interval)

    def _on_rollout_start(self) -> None:
        step = self.model.num_timesteps
        if step // self._interval > self._segment:
            self._write_row()
            self._save(finished=False)
            self._start_segment(step // self._interval)
        elif step >= self._next_row:
            self._write_row()

    def _on_step(self) -> bool:
        dones, infos = self.locals["dones"], self.locals["infos"]
        cut = np.zeros(len(dones), dtype=np.bool_)
        for index in np.flatnonzero(dones):
            cut[index] = infos[index].get("TimeLimit.truncated", False)
        self._tally.add(self.locals["rewards"], dones, cut)
        self.model.num_episodes = self._tally.episodes
        limit = self._settings.episodes
        return limit is None or self._tally.episodes < limit

    def _on_training_end(self) -> None:
        self._write_row()
        self._save(finished=True)

    def _row_after(self, step: int) -> int:
        return (step // self._row_interval + 1) * self._row_interval

    def _start_segment(self, segment: int) -> None:
        seed = segment_seed(self._settings.seed, segment)
        begin_segment(self.model, self.training_env, seed)
        self._tally.restart()
        self._segment = segment

    def _write_row(self) -> None:
        counters = self.counters()
        step, seconds = counters.step, counters.seconds
        steps_since, seconds_since = step - self._last_row[0], seconds - self._last_row[1]
        if steps_since == 0:
            return
        row: dict[str, Any] = {
            "step": step,
            "episodes": counters.episodes,
            "updates": counters.updates,
            "loss": _number(self.logger.name_to_value.get("train/loss")),
            "seconds": round(seconds, 3),
            "steps_per_s": round(steps_since / max(seconds_since, 1e-9)),
        }
        if isinstance(self.model, ReplayAlgorithm):
            row["exploration"] = float(self.model.exploration_rate)
        row |= self._tally.take()
        self._metrics.write(json.dumps(row) + "\n")
        for name in ("return_mean", "length_mean", "solved_rate"):
            if name in row:
                self.logger.record(f"rollout/{name}", row[name])
        self.logger.record("time/steps_per_s", row["steps_per_s"])
        self.logger.dump(step)
        self._last_row = (step, seconds)
        self._next_row = self._row_after(step)
        if self._on_progress is not None:
            self._on_progress(row)

    def _save(self, *, finished: bool) -> None:
        self.require_finite()
        counters = self.counters(finished=finished)
        parts = {"weights": weights_of(self.model), "optimizer": optimizer_of(self.model)}
        kept = self._run.checkpoints / f"step_{counters.step:09d}.npz"
        replay = replay_of(self.model)
        for path, more in ((kept, {}), (self._run.latest, {"replay": replay} if replay else {})):
            save_checkpoint(
                path,
                agent=self._settings.agent,
                shape=self._shape,
                counters=counters,
                parts=parts | more,
            )


def _number(value: Any) -> float | None:  # noqa: ANN401 - whatever the logger was given
    return None if value is None else float(value)
