"""The process that does a worker's work: `python -m ...`, a folder a line in, an answer a line out.

A folder holds `task.json`, `manifest.json` and what the work begins with. What it makes is put
under `out/`. The process knows no bucket, and ends when whoever started it does.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
import traceback
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from simarena.agents import AGENTS, make_agent
from simarena.agents.arrays import ArrayFile, save_arrays
from simarena.distributed.manifests import COLLECTION, EVALUATION, TRAINING, Manifest
from simarena.distributed.order_folder import RUN
from simarena.distributed.reducing import pack_update
from simarena.distributed.work import ROUND
from simarena.errors import CheckpointError, SimArenaError
from simarena.evaluation.run_folder import RunFolder
from simarena.training.checkpoint import Checkpoint
from simarena.training.job import prepare
from simarena.training.settings import env_options

if TYPE_CHECKING:
    from collections.abc import Sequence

    from simarena.agents import BatchAgent
    from simarena.env import Scenario
    from simarena.training.sb3.local_update import Learner
    from simarena.training.settings import TrainSettings


def _train(folder: Path, manifest: Manifest) -> dict[str, Any]:
    """Train, go on from the checkpoint if there is one, and play the agent."""
    from simarena.evaluation.outcome import read_outcomes
    from simarena.training.worker import work

    settings = manifest.train_settings(**_files(folder))
    run = RunFolder.create(
        folder / RUN, command=["simarena", "worker"], settings=settings.to_json()
    )
    given = folder / "checkpoint"
    if given.exists():
        prepared = prepare(settings)
        try:
            checkpoint = Checkpoint(given)
            checkpoint.require(settings.agent, prepared.shape)
            for part in ("weights", "optimizer", "replay"):
                checkpoint.arrays(part)
        except CheckpointError as error:
            return {"error": str(error), "is_checkpoint_bad": True}
        given.rename(run.latest)
    work(run.path)
    out = folder / "out"
    shutil.copyfile(run.latest, out / "checkpoint_final.npz")
    shutil.copyfile(run.outcomes, out / "outcomes.jsonl")
    counters = Checkpoint(run.latest).counters
    outcomes = read_outcomes(run.outcomes)
    returns = [row["return_mean"] for row in run.metrics_rows() if "return_mean" in row]
    totals = [
        row["return_mean"] * row["num_finished"]
        for row in run.metrics_rows()
        if "return_mean" in row
    ]
    return {
        "files": ["checkpoint_final.npz", "outcomes.jsonl"],
        "figures": {
            "episodes": counters.episodes,
            "steps": counters.step,
            "total_reward": float(np.sum(totals)) if totals else None,
            "final_reward": returns[-1] if returns else None,
            "solve_rate": float(np.mean([each.solved for each in outcomes])) if outcomes else None,
        },
    }


def _player(
    folder: Path, manifest: Manifest, settings: TrainSettings, scenarios: Sequence[Scenario]
) -> BatchAgent:
    """Return who plays: an agent by its name, or the one whose checkpoint is among the files.

    Raises:
        SimArenaError: it cannot play this.
    """
    from simarena.env import DeploymentVectorEnv
    from simarena.training.players import task_shape
    from simarena.training.trained import agent_from

    game = env_options(settings)
    env = DeploymentVectorEnv(1, scenarios=scenarios[:1], **game)
    shape = task_shape(env, game)
    env.close()
    weights = folder / "weights"
    if weights.exists():
        checkpoint = Checkpoint(weights)
        checkpoint.require(manifest.agent, shape)
        return agent_from(checkpoint)
    if manifest.agent in AGENTS:
        return make_agent(manifest.agent, shape, seed=settings.seed)
    message = f"agent {manifest.agent!r} has to be trained; give the job its weights_uri"
    raise CheckpointError(message)


def _evaluate(folder: Path, manifest: Manifest) -> dict[str, Any]:
    """Play every scenario with so many seeds, from the first on."""
    from simarena.evaluation.outcome import outcomes_to_lines
    from simarena.evaluation.playing import evaluate
    from simarena.training.scenarios import evaluation_scenarios

    settings = manifest.train_settings(**_files(folder))
    scenarios = evaluation_scenarios(settings)
    played = evaluate(
        _player(folder, manifest, settings, scenarios),
        scenarios,
        num_seeds=settings.eval_seeds,
        seed=settings.seed,
        **env_options(settings),
    )
    outcomes = played.outcomes()
    (folder / "out" / "outcomes.jsonl").write_text(outcomes_to_lines(outcomes), "utf-8")
    return {
        "files": ["outcomes.jsonl"],
        "figures": {
            "episodes": len(outcomes),
            "solve_rate": float(np.mean([each.solved for each in outcomes])),
        },
    }


def _collect(folder: Path, manifest: Manifest) -> dict[str, Any]:
    """Play episodes and write their transitions as a Minari dataset."""
    from simarena.training.collecting import collect_episodes, write_dataset
    from simarena.training.scenarios import training_scenarios

    settings = manifest.train_settings(**_files(folder))
    scenarios, game = training_scenarios(settings), env_options(settings)
    agent = _player(folder, manifest, settings, scenarios)
    episodes = collect_episodes(
        agent,
        scenarios,
        num_episodes=manifest.episodes or 1_000,
        random_share=manifest.random_share,
        seed=settings.seed,
        **game,
    )
    name = "collected-v0"
    made = write_dataset(
        folder / "datasets",
        name,
        episodes,
        agent=agent.name,
        description=f"{agent.name}, job {manifest.job_id}",
        scenarios=scenarios,
        game=game,
        suite=settings.suite,
    )
    (folder / "out" / "dataset").parent.mkdir(exist_ok=True)
    made.rename(folder / "out" / "dataset")
    found = sorted((folder / "out" / "dataset").rglob("*"))
    rewards = [float(np.sum(each.rewards)) for each in episodes]
    return {
        "files": [str(each.relative_to(folder / "out")) for each in found if each.is_file()],
        "figures": {
            "episodes": len(episodes),
            "steps": sum(len(each.rewards) for each in episodes),
            "total_reward": float(np.sum(rewards)),
            "final_reward": float(np.mean(rewards)),
        },
    }


def _files(folder: Path) -> dict[str, str | None]:
    """Return where what a job begins with lies, as settings name it."""
    trace, weights = folder / "trace", folder / "weights"
    return {
        "trace": str(trace) if trace.exists() else None,
        "transfer": str(weights) if weights.exists() else None,
    }


def _piece(folder: Path, manifest: Manifest) -> dict[str, Any]:
    """Do one piece of a training in rounds."""
    from simarena.training.sb3.local_update import Piece

    settings = manifest.train_settings(**_files(folder))
    task = json.loads((folder / "task.json").read_text("utf-8"))["round"]
    learner = _learner(settings)
    begins = [folder / name for name in ("global", "weights") if (folder / name).exists()]
    weights = Checkpoint(begins[0]).arrays("weights") if begins else learner.initial_weights()
    given = folder / "state"
    state = ArrayFile(given).read_all("") if given.exists() else None
    made = learner.update(weights, Piece(**task), state)
    update = pack_update(made.weights, made.samples, made.metrics)
    (folder / "out" / "update.npz").write_bytes(update)
    save_arrays(folder / "out" / "state.npz", made.state, {})
    return {"files": ["update.npz", "state.npz"], "figures": {"samples": made.samples}}


@lru_cache(maxsize=1)
def _learner(settings: TrainSettings) -> Learner:
    """Return who does pieces with these settings, kept from one to the next."""
    from simarena.training.sb3.local_update import Learner

    return Learner(settings)


_KINDS: Final = {TRAINING: _train, COLLECTION: _collect, EVALUATION: _evaluate, ROUND: _piece}


def _done(folder: Path) -> dict[str, Any]:
    """Do what the folder asks for, and return the answer."""
    task = json.loads((folder / "task.json").read_text("utf-8"))
    (folder / "out").mkdir()
    data = (folder / "manifest.json").read_bytes()
    manifest = Manifest.from_bytes(data, "manifest.json", task["job"])
    return _KINDS[task["kind"]](folder, manifest)


def carried_out(folder: Path) -> dict[str, Any]:
    """Do what the folder asks for, and return the answer, or why there is none."""
    try:
        return _done(folder)
    except (SimArenaError, ModuleNotFoundError) as error:
        answer = {"error": " ".join(str(error).split())}
        print(answer["error"], file=sys.stderr)  # noqa: T201 it is the log
        return answer
    except OSError as error:
        return {"error": f"the disk: {error.strerror}"}
    except Exception as error:  # noqa: BLE001 a defect ends the job, not the worker
        traceback.print_exc()
        return {"error": f"a defect of SimArena, see train.log: {type(error).__name__}"}


def main() -> None:
    """Do what is asked for on stdin until it ends."""
    # Answers go where nothing else is printed; prints and logs go to the folder's log.
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8", buffering=1)
    os.dup2(2, 1)
    for line in sys.stdin.buffer:
        folder = Path(os.fsdecode(line.rstrip(b"\n")))
        with (folder / "train.log").open("ab") as log:
            os.dup2(log.fileno(), 1)
            os.dup2(log.fileno(), 2)
        answer = carried_out(folder)
        sys.stderr.flush()
        print(json.dumps(answer), file=answers)


if __name__ == "__main__":
    main()
