"""A whole run: train, evaluate against the baselines, report. What is done already is kept."""

from __future__ import annotations

import os
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from gymnasium.vector import AutoresetMode

from simarena.agents import LEARNERS, NETWORKS, TaskShape, make_agent
from simarena.env import DeploymentVectorEnv
from simarena.errors import CheckpointError, ConfigError, UnknownNameError
from simarena.evaluation.episodes import actions_by_state, best_episode
from simarena.evaluation.outcome import outcomes_to_lines
from simarena.evaluation.playing import evaluate
from simarena.evaluation.run_folder import RunFolder
from simarena.training.checkpoint import Checkpoint
from simarena.training.report import write_report
from simarena.training.scenarios import evaluation_scenarios, training_scenarios
from simarena.training.settings import env_options, measured_on
from simarena.training.trained import trained_agent

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from simarena.agents import BatchAgent
    from simarena.evaluation.plays import Evaluation
    from simarena.training.segments import OnProgress
    from simarena.training.settings import TrainSettings

BASELINES: Final = ("rules", "blind", "greedy", "random", "noop")
"""What every trained agent is measured against."""

EVALUATION_SEED: Final = 0
"""The first seed of every evaluation, so that runs can be compared play by play."""

_SHOWN: Final = 200  # letters of a path in a message

IDLE: Final = "noop"
"""The baseline that gains are counted from."""


class Prepared(NamedTuple):
    """A run that is known to be possible; nothing of it is on disk."""

    settings: TrainSettings
    env: DeploymentVectorEnv
    shape: TaskShape
    transfer: Checkpoint | None


def prepare(settings: TrainSettings) -> Prepared:
    """Check that a run with these settings can be made, and build its environment.

    Raises:
        SimArenaError: something it needs is not there or does not fit.
    """
    if settings.agent not in LEARNERS:
        try:
            make_agent(settings.agent, TaskShape(observation="", observation_size=1, num_actions=7))
        except UnknownNameError as error:
            raise UnknownNameError("agent to train", settings.agent, LEARNERS) from error  # noqa: EM101, TRY003
        message = (
            f"agent {settings.agent!r} has nothing to learn; train one of {', '.join(LEARNERS)}, "
            f"or see 'simarena evaluate --agent {settings.agent}'"
        )
        raise ConfigError(message)
    _require_libraries(settings.agent)
    env = DeploymentVectorEnv(
        settings.num_envs,
        scenarios=training_scenarios(settings),
        autoreset_mode=AutoresetMode.SAME_STEP,
        min_return=settings.min_return,
        **env_options(settings),
    )
    evaluation_scenarios(settings)
    shape = TaskShape(
        observation=settings.observation,
        observation_size=env.batch.seat.observations.shape[1],
        num_actions=settings.num_actions,
    )
    _require_memory(settings, shape)
    transfer = None
    if settings.transfer is not None:
        transfer = Checkpoint(checkpoint_path(settings.transfer))
        transfer.require(settings.agent, shape)
    return Prepared(settings, env, shape, transfer)


def _require_memory(settings: TrainSettings, shape: TaskShape) -> None:
    """Notice transitions that this machine's memory cannot hold before anything is written."""
    if settings.agent not in NETWORKS:
        return
    observation_bytes = 4 * shape.observation_size
    if settings.agent in {"dqn", "qrdqn"}:
        what = f"buffer_size {settings.buffer_size:,}"
        num_bytes = max(settings.buffer_size, settings.num_envs) * (2 * observation_bytes + 24)
    else:
        what = f"rollout_steps {settings.rollout_steps:,} of {settings.num_envs:,} environments"
        num_bytes = settings.rollout_steps * settings.num_envs * (observation_bytes + 60)
    memory_bytes = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    if num_bytes > memory_bytes:
        message = (
            f"{what}: its transitions take {num_bytes / 2**30:,.0f} GiB, and this machine has "
            f"{memory_bytes / 2**30:,.0f}; choose fewer"
        )
        raise ConfigError(message)


def _require_libraries(agent: str) -> None:
    """Notice what is not installed before anything is written."""
    needed = ["matplotlib"]
    if agent in NETWORKS:
        needed += ["stable_baselines3", "sb3_contrib", "tensorboard"]
    for name in needed:
        if find_spec(name) is None:
            message = f"No module named {name!r}"
            raise ModuleNotFoundError(message, name=name)


def train(prepared: Prepared, run: RunFolder, on_progress: OnProgress | None = None) -> None:
    """Train in the run's folder until done, from where it was left.

    Raises:
        RunError: another process is training in it.
        CheckpointError: its checkpoint is damaged or of other settings.
    """
    settings, env, shape, transfer = prepared
    run.mend()
    if run.latest.exists():
        Checkpoint(run.latest).require(settings.agent, shape)
    with run.locked():
        if settings.agent == "greedy":
            from simarena.training.greedy_training import train_greedy

            train_greedy(run, settings, env, shape, transfer=transfer, on_progress=on_progress)
        else:
            from simarena.env.playing.sb3 import Sb3VecEnv
            from simarena.training.priced_actions import PricedActions
            from simarena.training.sb3.training import train_network

            train_network(
                run,
                settings,
                PricedActions(Sb3VecEnv(env), settings.action_price),
                shape,
                transfer=transfer,
                on_progress=on_progress,
            )


def play_baselines(
    settings: TrainSettings, shape: TaskShape, on_agent: Callable[[str], None] | None = None
) -> list[Evaluation]:
    """Return how the baselines do on what a run with these settings is measured on."""
    agents = [make_agent(name, shape, seed=EVALUATION_SEED) for name in BASELINES]
    return [_played(agent, settings, on_agent) for agent in agents if agent.name != settings.agent]


def play_trained(
    run: RunFolder,
    settings: TrainSettings,
    shape: TaskShape,
    on_agent: Callable[[str], None] | None = None,
) -> Evaluation:
    """Return how the run's agent does on what the run is measured on.

    Raises:
        CheckpointError: the run has no checkpoint, or it cannot be used.
    """
    return _played(trained_agent(run, shape), settings, on_agent)


def _played(
    agent: BatchAgent, settings: TrainSettings, on_agent: Callable[[str], None] | None
) -> Evaluation:
    if on_agent is not None:
        on_agent(agent.name)
    return evaluate(
        agent,
        evaluation_scenarios(settings),
        num_seeds=settings.eval_seeds,
        seed=EVALUATION_SEED,
        **env_options(settings),
    )


def measure(
    run: RunFolder,
    settings: TrainSettings,
    shape: TaskShape,
    on_agent: Callable[[str], None] | None = None,
    baselines: Sequence[Evaluation] | None = None,
) -> dict[str, Any]:
    """Evaluate the run's agent beside the baselines, write its report, and return that.

    `baselines` are what `play_baselines` returned, if they have been played already.
    """
    run.mend()
    trained = play_trained(run, settings, shape, on_agent)
    others = play_baselines(settings, shape, on_agent) if baselines is None else baselines
    evaluations = [trained, *others]
    outcomes = (outcome for each in evaluations for outcome in each.outcomes())
    run.write_text(run.outcomes.name, outcomes_to_lines(outcomes))
    run.write_json(
        run.evaluation.name,
        {
            "suite": measured_on(settings),
            **_pictured(evaluations, settings.num_actions),
        },
    )
    return write_report(run)


def _pictured(evaluations: Sequence[Evaluation], num_actions: int) -> dict[str, Any]:
    idle = next(each for each in evaluations if each.agent == IDLE)
    return {
        "actions_by_state": actions_by_state(evaluations[0], num_actions).tolist(),
        "best_episode": best_episode(evaluations[0], idle),
    }


def checkpoint_path(location: str) -> Path:
    """Return the checkpoint that a run folder or a checkpoint's own path stands for."""
    path = Path(location)
    try:
        if not path.is_dir():
            return path
    except OSError as error:
        message = f"{location[:_SHOWN]}: cannot be looked at: {error.strerror}; name another run"
        raise CheckpointError(message) from error
    latest = RunFolder.open(path).latest
    if not latest.exists():
        message = f"{path}: has no checkpoint yet; go on with 'simarena train --resume {path}'"
        raise CheckpointError(message)
    return latest
