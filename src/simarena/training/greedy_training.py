"""Training of the ε-greedy agent: it plays, and its averages settle."""

from __future__ import annotations

import json
from time import perf_counter
from typing import TYPE_CHECKING

import numpy as np

from simarena.agents import GreedyAgent
from simarena.training.checkpoint import Checkpoint, Counters, save_checkpoint
from simarena.training.segments import segment_seed
from simarena.training.tally import Tally

if TYPE_CHECKING:
    from simarena.agents import TaskShape
    from simarena.env import DeploymentVectorEnv
    from simarena.evaluation.run_folder import RunFolder
    from simarena.training.segments import OnProgress
    from simarena.training.settings import TrainSettings


def train_greedy(
    run: RunFolder,
    settings: TrainSettings,
    env: DeploymentVectorEnv,
    shape: TaskShape,
    *,
    transfer: Checkpoint | None = None,
    on_progress: OnProgress | None = None,
) -> Counters:
    """Train in `run` until its settings are met, going on from its latest checkpoint if it has one.

    `env` resets finished episodes in the same step. Leaves `checkpoints/latest.npz` and rows in
    `metrics.jsonl`.
    """
    agent, counters = GreedyAgent(shape), Counters()
    if run.latest.exists():
        checkpoint = Checkpoint(run.latest)
        checkpoint.require(settings.agent, shape)
        agent.restore(checkpoint.arrays("weights"))
        counters = checkpoint.counters
    elif transfer is not None:
        agent.restore(transfer.arrays("weights"))
    run.rewind_metrics(counters.step)
    tally, started = Tally(settings.num_envs, counters.episodes), perf_counter()
    seconds_before = counters.seconds
    with run.append_metrics() as metrics:
        while not counters.finished:
            step = _play_segment(agent, settings, env, tally, counters.step)
            counters = Counters(
                step=step,
                episodes=tally.episodes,
                seconds=seconds_before + perf_counter() - started,
                finished=step >= settings.steps or _has_enough(settings, tally),
            )
            row = {
                "step": step,
                "episodes": counters.episodes,
                "seconds": round(counters.seconds, 3),
                **tally.take(),
            }
            metrics.write(json.dumps(row) + "\n")
            for path in (run.checkpoints / f"step_{step:09d}.npz", run.latest):
                save_checkpoint(
                    path,
                    agent=agent.name,
                    shape=shape,
                    counters=counters,
                    parts={"weights": agent.weights()},
                )
            if on_progress is not None:
                on_progress(row)
    return counters


def _play_segment(
    agent: GreedyAgent,
    settings: TrainSettings,
    env: DeploymentVectorEnv,
    tally: Tally,
    step: int,
) -> int:
    """Play from `step` to the end of its segment and return the step reached."""
    segment = step // settings.checkpoint_interval
    end = min((segment + 1) * settings.checkpoint_interval, settings.steps)
    seed = segment_seed(settings.seed, segment)
    observations, infos = env.reset(seed=seed)
    agent.begin(settings.num_envs, seed)
    tally.restart()
    playing = np.ones(settings.num_envs, dtype=np.bool_)
    while step < end and not _has_enough(settings, tally):
        actions = agent.act_batch(observations, infos)
        observations, rewards, terminated, truncated, infos = env.step(actions)
        finished = terminated | truncated
        agent.learn_batch(actions, rewards, playing=playing, finished=finished)
        tally.add(rewards, finished, ~terminated)
        step += settings.num_envs
    return step


def _has_enough(settings: TrainSettings, tally: Tally) -> bool:
    return settings.episodes is not None and tally.episodes >= settings.episodes
