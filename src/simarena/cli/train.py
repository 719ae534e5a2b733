"""`simarena train`: an agent learns, is measured, and leaves a run folder."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from simarena.cli._course import KUBELET_HELP, KubeletName
from simarena.cli._rounds import ExecutorName, refuse_lonely, start_rounds
from simarena.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from simarena.training.settings import TrainSettings

app = typer.Typer(
    name="train", help="Train an agent, measure it on scenarios it never saw, and write a report."
)

_LEARNING, _WHERE, _HOW, _RUN = "Learning", "What to train on", "The environment", "The run"
_ROUNDS = "In rounds"


class Budget(StrEnum):
    """How much a run may take."""

    full = "full"
    short = "short"


_SHORT: dict[str, Any] = {
    "steps": 60_000,
    "checkpoint_interval": 20_000,
    "eval_seeds": 2,
}
"""What `--budget short` sets: everything is produced, in about ten seconds."""

_LONG_EPISODE = 1_000
"""Steps that no ordinary episode takes: a bound on steps where only episodes are asked for."""


@app.command()
def train(
    agent: Annotated[
        str | None,
        typer.Option(
            help="Who learns: ppo, maskable-ppo, qrdqn, dqn or greedy.", rich_help_panel=_LEARNING
        ),
    ] = None,
    suite: Annotated[
        str | None,
        typer.Option(help="Named scenarios to train on.", rich_help_panel=_WHERE),
    ] = None,
    eval_suite: Annotated[
        str | None,
        typer.Option(help="Named scenarios to measure on.", rich_help_panel=_WHERE),
    ] = None,
    trace: Annotated[
        str | None,
        typer.Option(
            help="A trace, or a folder of them: each episode takes one at random.",
            rich_help_panel=_WHERE,
        ),
    ] = None,
    deploy: Annotated[
        str | None,
        typer.Option(help="Workload of the trace to look after.", rich_help_panel=_WHERE),
    ] = None,
    namespace: Annotated[
        str | None,
        typer.Option(help="Its namespace, where several have that name.", rich_help_panel=_WHERE),
    ] = None,
    target: Annotated[
        int | None, typer.Option(help="Pods that shall be ready.", rich_help_panel=_WHERE)
    ] = None,
    nodes: Annotated[
        list[str] | None,
        typer.Option(
            help="Nodes for the trace, as 3x16cpu,32Gi or a file of manifests; may be repeated.",
            rich_help_panel=_WHERE,
        ),
    ] = None,
    kubelet: Annotated[
        KubeletName | None,
        typer.Option(help=KUBELET_HELP, show_default=False, rich_help_panel=_WHERE),
    ] = None,
    steps: Annotated[
        int | None,
        typer.Option(help="Steps to train for, over all environments.", rich_help_panel=_LEARNING),
    ] = None,
    episodes: Annotated[
        int | None,
        typer.Option(help="End after so many episodes at the latest.", rich_help_panel=_LEARNING),
    ] = None,
    duration: Annotated[
        int | None,
        typer.Option(help="Virtual seconds that each step replays.", rich_help_panel=_HOW),
    ] = None,
    max_steps: Annotated[
        int | None, typer.Option(help="Most steps of an episode.", rich_help_panel=_HOW)
    ] = None,
    reward: Annotated[
        str | None,
        typer.Option(
            help="base, shaped, scale, max_punish, cost_aware_v2 or guided.", rich_help_panel=_HOW
        ),
    ] = None,
    step_penalty: Annotated[
        float | None,
        typer.Option(help="What cost_aware_v2 takes off each step.", rich_help_panel=_HOW),
    ] = None,
    observation: Annotated[
        str | None, typer.Option(help="base, scale, full or diagnostic.", rich_help_panel=_HOW)
    ] = None,
    num_actions: Annotated[
        int | None, typer.Option(help="The first so many actions.", rich_help_panel=_HOW)
    ] = None,
    noise: Annotated[
        float | None,
        typer.Option(help="Noise on observed counts, in pods.", rich_help_panel=_HOW),
    ] = None,
    min_return: Annotated[
        float | None,
        typer.Option(help="Cut off an episode under this return.", rich_help_panel=_HOW),
    ] = None,
    num_envs: Annotated[
        int | None, typer.Option(help="Environments side by side.", rich_help_panel=_HOW)
    ] = None,
    seed: Annotated[
        int | None, typer.Option(help="All chance follows from it.", rich_help_panel=_RUN)
    ] = None,
    learning_rate: Annotated[
        float | None, typer.Option(help="At the start.", rich_help_panel=_LEARNING)
    ] = None,
    gamma: Annotated[
        float | None, typer.Option(help="Discount of future reward.", rich_help_panel=_LEARNING)
    ] = None,
    exploration_start: Annotated[
        float | None,
        typer.Option(help="Share of random actions at first.", rich_help_panel=_LEARNING),
    ] = None,
    exploration_end: Annotated[
        float | None,
        typer.Option(help="Share of random actions at last.", rich_help_panel=_LEARNING),
    ] = None,
    exploration_fraction: Annotated[
        float | None,
        typer.Option(help="Part of the training in which it falls.", rich_help_panel=_LEARNING),
    ] = None,
    transfer: Annotated[
        str | None,
        typer.Option(
            help="Run (or checkpoint) whose weights to start from; nothing else is taken over.",
            rich_help_panel=_LEARNING,
        ),
    ] = None,
    setting: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            metavar="NAME=VALUE",
            help="Any setting of settings.json, as batch_size=512 or net_arch=64-64.",
            rich_help_panel=_LEARNING,
        ),
    ] = None,
    budget: Annotated[
        Budget, typer.Option(help="short: everything, but in seconds.", rich_help_panel=_RUN)
    ] = Budget.full,
    checkpoint_interval: Annotated[
        int | None,
        typer.Option(help="Steps between checkpoints.", rich_help_panel=_RUN),
    ] = None,
    eval_seeds: Annotated[
        int | None,
        typer.Option(help="Seeds to play each scenario with.", rich_help_panel=_RUN),
    ] = None,
    seeds: Annotated[
        int | None,
        typer.Option(
            min=1, max=1_000, help="Train so often, with seeds that follow.", rich_help_panel=_RUN
        ),
    ] = None,
    jobs: Annotated[
        int | None,
        typer.Option(min=1, max=256, help="Seeds trained side by side.", rich_help_panel=_RUN),
    ] = None,
    name: Annotated[
        str | None, typer.Option(help="Name of the run's folder.", rich_help_panel=_RUN)
    ] = None,
    runs: Annotated[
        Path, typer.Option(help="Where run folders are kept.", rich_help_panel=_RUN)
    ] = Path("runs"),
    resume: Annotated[
        Path | None,
        typer.Option(help="Go on with this run, with its own settings.", rich_help_panel=_RUN),
    ] = None,
    executor: Annotated[
        ExecutorName | None,
        typer.Option(
            help="Train in rounds: who does them.", show_default=False, rich_help_panel=_ROUNDS
        ),
    ] = None,
    workers: Annotated[
        int | None,
        typer.Option(
            min=1, max=10_000, help="Learners side by side.  [default: 2]", rich_help_panel=_ROUNDS
        ),
    ] = None,
    rounds: Annotated[
        int | None,
        typer.Option(
            min=1, help="Times that weights are averaged.  [default: 10]", rich_help_panel=_ROUNDS
        ),
    ] = None,
    local_steps: Annotated[
        int | None,
        typer.Option(
            min=1,
            help="Steps of each learner in a round; if none, --steps are shared out.",
            rich_help_panel=_ROUNDS,
        ),
    ] = None,
    quorum: Annotated[
        int | None,
        typer.Option(
            min=1,
            help="Learners with whom a round is closed when its limit is over.  [default: all]",
            rich_help_panel=_ROUNDS,
        ),
    ] = None,
    round_limit: Annotated[
        float | None,
        typer.Option(
            min=0.0,
            help="Seconds that a round waits for the others.  [default: 600]",
            rich_help_panel=_ROUNDS,
        ),
    ] = None,
    outer_learning_rate: Annotated[
        float | None,
        typer.Option(help="Of the mean difference.  [default: 1]", rich_help_panel=_ROUNDS),
    ] = None,
    outer_momentum: Annotated[
        float | None, typer.Option(help="Of the mean.  [default: 0]", rich_help_panel=_ROUNDS)
    ] = None,
    store: Annotated[
        str | None,
        typer.Option(
            envvar="SIMARENA_STORE",
            help="The bucket of --executor bucket.",
            rich_help_panel=_ROUNDS,
        ),
    ] = None,
) -> None:
    """Train an agent, measure it on scenarios it never saw, and write a report.

    Without options this is the main job: PPO on the suite "train", measured on "held-out".
    """
    given: dict[str, Any] = {
        "agent": agent,
        "suite": suite,
        "eval_suite": eval_suite,
        "trace": trace,
        "deploy": deploy,
        "namespace": namespace,
        "target": target,
        "nodes": tuple(nodes) if nodes else None,
        "kubelet": kubelet,
        "steps": steps,
        "episodes": episodes,
        "duration_s": duration,
        "max_steps": max_steps,
        "reward": reward,
        "step_penalty": step_penalty,
        "observation": observation,
        "num_actions": num_actions,
        "noise": noise,
        "min_return": min_return,
        "num_envs": num_envs,
        "seed": seed,
        "learning_rate": learning_rate,
        "gamma": gamma,
        "exploration_start": exploration_start,
        "exploration_end": exploration_end,
        "exploration_fraction": exploration_fraction,
        "transfer": transfer,
        "checkpoint_interval": checkpoint_interval,
        "eval_seeds": eval_seeds,
    }
    from simarena.cli._training import resume as go_on
    from simarena.cli._training import start
    from simarena.training.sweeps.search_space import parse_setting

    given = {key: value for key, value in given.items() if value is not None}
    for text in setting or ():
        key, value = parse_setting(text)
        if key in given:
            message = f"setting {key!r} is given twice; leave one of them out"
            raise ConfigError(message)
        given[key] = value
    of_rounds = {
        "--workers": workers,
        "--rounds": rounds,
        "--local-steps": local_steps,
        "--quorum": quorum,
        "--round-limit": round_limit,
        "--outer-learning-rate": outer_learning_rate,
        "--outer-momentum": outer_momentum,
    }
    if executor is None:
        refuse_lonely(of_rounds)
    elif resume is not None or seeds is not None or jobs is not None:
        message = "--executor begins one training in rounds; leave --resume, --seeds and --jobs out"
        raise ConfigError(message)
    else:
        start_rounds(
            _settings(given, budget),
            name,
            runs,
            executor=executor,
            workers=workers or 2,
            rounds=rounds or 10,
            local_steps=local_steps,
            quorum=quorum,
            limit_s=600.0 if round_limit is None else round_limit,
            outer_learning_rate=1.0 if outer_learning_rate is None else outer_learning_rate,
            outer_momentum=outer_momentum or 0.0,
            store=store,
        )
        return
    if resume is None:
        if jobs is not None and seeds is None:
            message = "--jobs is for several seeds; say how many with --seeds"
            raise ConfigError(message)
        start(_settings(given, budget), name, runs, seeds, jobs or 1)
    else:
        of_run = {"seeds": seeds, "name": name, "budget": None if budget is Budget.full else budget}
        of_run = given | {key: value for key, value in of_run.items() if value is not None}
        if of_run:
            other = next(iter(of_run))
            option = f"--{other.replace('_', '-')}"
            message = f"--resume goes on with the run's own settings; leave out {option}"
            raise ConfigError(message)
        go_on(resume, jobs)


def _settings(given: Mapping[str, Any], budget: Budget) -> TrainSettings:
    from simarena.training.settings import TrainSettings

    values = (_SHORT if budget is Budget.short else {}) | dict(given)
    if "episodes" in values and "steps" not in given:
        values["steps"] = values["episodes"] * values.get("max_steps", _LONG_EPISODE)
    if "trace" not in values:
        for key in ("deploy", "namespace", "target", "nodes", "kubelet"):
            if key in values:
                message = f"--{key} belongs to a trace; name one with --trace"
                raise ConfigError(message)
    else:
        values = {"suite": None, "eval_suite": None} | values
    return TrainSettings.for_agent(values.pop("agent", None), **values)
