"""Agents at play: every scenario with every seed, all scenarios side by side."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np

from simarena.agents.networks import MASKS
from simarena.env import DeploymentVectorEnv
from simarena.errors import ConfigError
from simarena.evaluation.plays import Evaluation, History
from simarena.trace import Action

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from simarena.agents import BatchAgent
    from simarena.env import Scenario

RECORDED: Final = (
    "ready",
    "pending",
    "total",
    "target",
    "replicas",
    "cpu_milli",
    "memory_bytes",
    "short_cpu",
    "short_memory",
)
"""What is kept of every step, beside action, reward and blocked."""


def evaluate(
    agent: BatchAgent,
    scenarios: Sequence[Scenario],
    *,
    num_seeds: int,
    seed: int = 0,
    name: str | None = None,
    **options: Any,  # noqa: ANN401 - the environment's own
) -> Evaluation:
    """Return how `agent` does on `scenarios`, each played with seeds `seed`, `seed` + 1, ....

    `options` go to the environment. Equal seeds give equal results. `name` is what the agent is
    called in them, if not by its own.

    Raises:
        ConfigError: there are no scenarios or seeds.
    """
    if not scenarios or num_seeds < 1:
        message = "there is nothing to evaluate: give at least one scenario and one seed"
        raise ConfigError(message)
    env = DeploymentVectorEnv(
        len(scenarios),
        scenarios=tuple(scenarios),
        sampling="cycle",
        **options,
    )
    agent.study(_as_played(scenarios, options))
    plays = [_play(agent, env, seed + number) for number in range(num_seeds)]
    env.close()
    limits = [options.get("max_steps") or scenario.max_steps for scenario in scenarios]
    return Evaluation(
        agent=name or agent.name,
        scenarios=tuple(scenario.name for scenario in scenarios),
        families=tuple(scenario.family for scenario in scenarios),
        splits=tuple(scenario.split for scenario in scenarios),
        optimal_steps=_optimal_steps(scenarios, options),
        harmless=tuple(scenario.goal.harmless for scenario in scenarios),
        kubelets=tuple(scenario.config.kubelet for scenario in scenarios),
        seeds=tuple(range(seed, seed + num_seeds)),
        max_steps=np.array(limits, dtype=np.int64),
        solved=np.stack([play.solved for play in plays], axis=1),
        steps=np.stack([play.steps for play in plays], axis=1),
        returns=np.stack([play.returns for play in plays], axis=1),
        blocked=np.stack([play.blocked for play in plays], axis=1),
        wastes=np.stack([play.wastes for play in plays], axis=1),
        histories=tuple(play.history for play in plays),
    )


def _as_played(scenarios: Sequence[Scenario], options: dict[str, Any]) -> tuple[Scenario, ...]:
    """Return the scenarios with the lengths that the options give them."""
    lengths = {name: options[name] for name in ("max_steps", "duration_s") if options.get(name)}
    if not lengths:
        return tuple(scenarios)
    return tuple(replace(scenario, optimal_steps=None, **lengths) for scenario in scenarios)


def _optimal_steps(
    scenarios: Sequence[Scenario], options: dict[str, Any]
) -> tuple[int | None, ...]:
    """Return the shortest solutions' steps, which hold for all actions and the usual duration."""
    is_usual = options.get("num_actions") in {None, len(Action)} and not options.get("duration_s")
    return tuple(
        getattr(scenario, "optimal_steps", None) if is_usual else None for scenario in scenarios
    )


class _Play(NamedTuple):
    """One episode of each scenario. Arrays are (num_scenarios,)."""

    solved: NDArray[np.bool_]
    steps: NDArray[np.int64]
    returns: NDArray[np.float64]
    blocked: NDArray[np.int64]
    wastes: NDArray[np.float64]
    history: History


def _play(agent: BatchAgent, env: DeploymentVectorEnv, seed: int) -> _Play:
    # Environments whose episode is over play on, as nobody looks, until the last one is.
    num_envs = env.num_envs
    observations, infos = env.reset(seed=seed)
    agent.begin(num_envs, seed)
    playing = np.ones(num_envs, dtype=np.bool_)
    solved = np.zeros(num_envs, dtype=np.bool_)
    wastes = np.full(num_envs, np.nan)
    seen = [_recorded(infos)]
    taken, earned, refused, active = [], [], [], []
    while playing.any():
        if agent.needs_masks:
            infos = infos | {MASKS: env.action_masks()}
        actions = np.where(playing, agent.act_batch(observations, infos), 0)
        observations, rewards, terminated, truncated, infos = env.step(actions)
        finished = playing & (terminated | truncated)
        agent.learn_batch(actions, rewards, playing=playing, finished=finished)
        solved |= playing & infos["solved"]
        if "waste" in infos:
            known = finished & (infos["waste"] > 0)
            wastes = np.where(known, infos["waste"], wastes)
        seen.append(_recorded(infos))
        taken.append(actions)
        earned.append(np.where(playing, rewards, 0.0))
        refused.append(playing & infos["blocked"])
        active.append(playing)
        playing = playing & ~finished
    history = History(
        seen={name: np.stack([each[name] for each in seen]) for name in RECORDED},
        actions=np.stack(taken),
        rewards=np.stack(earned),
        blocked=np.stack(refused),
    )
    return _Play(
        solved=solved,
        steps=np.sum(active, axis=0, dtype=np.int64),
        returns=history.rewards.sum(axis=0),
        blocked=history.blocked.sum(axis=0, dtype=np.int64),
        wastes=wastes,
        history=history,
    )


def _recorded(infos: dict[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
    return {name: np.array(infos[name]) for name in RECORDED}
