"""Agents measured, and their transitions collected, by a crew, in pieces that any hand does."""

from __future__ import annotations

import tempfile
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import msgspec
import numpy as np

from simarena.agents import AGENTS, GreedyAgent
from simarena.distributed.manifests import COLLECTION, EVALUATION, Manifest
from simarena.distributed.work import Order
from simarena.distributed.worker import DATASET
from simarena.errors import ConfigError, JobError, RunError
from simarena.evaluation.outcome import Outcome, read_outcomes
from simarena.files.held_folder import temporary_folder
from simarena.files.storage import read_bytes
from simarena.training.checkpoint import Checkpoint
from simarena.training.job import checkpoint_path

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from minari.data_collector import EpisodeBuffer

    from simarena.distributed.crews.crew import Crew
    from simarena.training.measuring import Player
    from simarena.training.named import Named

_PIECE_S: Final = 86_400
_OF_MANIFEST: Final = {"max_steps": "steps", "duration_s": "duration"}


class Played(NamedTuple):
    """Who plays what: what all pieces have in common."""

    source: str
    """A run's folder, or an agent's name."""
    game: Mapping[str, Any]
    """The environment's options."""
    named: Named
    """A suite or a trace."""


def evaluate_by_crew(
    crew: Crew,
    sources: Sequence[str],
    players: Sequence[Player],
    named: Named,
    *,
    num_seeds: int,
    seed: int,
) -> dict[str, list[Outcome]]:
    """Return the outcomes of each source, scenario by scenario, as if they were played here.

    A piece is one seed of one source, as agents forget everything from one seed to the next; one
    that goes on learning as it plays, `greedy`, plays all of them.

    Raises:
        SimArenaError: a piece cannot be played, or names what no job may.
    """
    pieces: dict[str, Order] = {}
    names: dict[str, list[str]] = {}
    for number, (source, player) in enumerate(zip(sources, players, strict=True)):
        share = num_seeds if isinstance(player.agent, GreedyAgent) else 1
        names[source] = []
        for first in range(seed, seed + num_seeds, share):
            name = f"play-{number}-{first}"
            what = Played(source, player.game, named)
            pieces[name] = _order(EVALUATION, what, {"seed": first, "eval_seeds": share})
            names[source].append(name)
    made = _done(crew, pieces)
    found: dict[str, list[Outcome]] = {}
    for source, player in zip(sources, players, strict=True):
        rows = defaultdict[str, list[Outcome]](list)
        for name in names[source]:
            for outcome in _outcomes(made[name]):
                rows[outcome.scenario].append(msgspec.structs.replace(outcome, agent=player.name))
        found[source] = [outcome for row in rows.values() for outcome in row]
    return found


def collect_by_crew(
    crew: Crew,
    what: Played,
    *,
    num_episodes: int,
    num_pieces: int,
    random_share: float,
    seed: int,
) -> list[EpisodeBuffer]:
    """Return the episodes that so many pieces, each with chance of its own, collect.

    Equal numbers of pieces and equal seeds give equal episodes, whoever plays them.

    Raises:
        SimArenaError: a piece cannot be played, or names what no job may.
    """
    from simarena.training.collecting import read_episodes

    num_pieces = min(num_pieces, num_episodes)
    pieces = {}
    for number in range(num_pieces):
        share = num_episodes // num_pieces + (number < num_episodes % num_pieces)
        own = int(np.random.SeedSequence([seed, number]).generate_state(1)[0])
        values = {"seed": own, "random_share": random_share}
        pieces[f"collect-{number}"] = _order(COLLECTION, what, values, episodes=share)
    made = _done(crew, pieces)
    episodes = []
    for number in range(num_pieces):
        with temporary_folder("simarena-collected-") as folder:
            for name, data in made[f"collect-{number}"].items():
                if name.startswith(DATASET):
                    path = folder / name
                    path.parent.mkdir(parents=True, exist_ok=True)
                    path.write_bytes(data)
            episodes += read_episodes(folder / DATASET)
    return episodes


def _order(
    kind: str, what: Played, values: Mapping[str, Any], *, episodes: int | None = None
) -> Order:
    """Return the order for one piece.

    Raises:
        ConfigError: it is of single scenarios, which jobs do not name, or of code.
        SimArenaError: a file cannot be read.
    """
    source, game, named = what
    files: dict[str, bytes] = {}
    agent = source
    if Path(source).is_dir():
        path = checkpoint_path(source)
        agent, files["weights"] = Checkpoint(path).agent, path.read_bytes()
    elif source not in AGENTS:
        message = f"agent {source!r} is code of this machine; play it without --executor"
        raise ConfigError(message)
    if named.scenario:
        message = "pieces name suites or a trace; leave --scenario out, or --executor"
        raise ConfigError(message)
    settings = {key: value for key, value in game.items() if value is not None}
    moved = {field: settings.pop(name, None) for name, field in _OF_MANIFEST.items()}
    if named.trace is not None:
        files["trace"] = read_bytes(named.trace)
        moved |= {"deploy": named.deploy, "namespace": named.namespace, "target": named.target}
        settings |= {"nodes": list(named.nodes)} if named.nodes else {}
        settings |= {"kubelet": named.kubelet} if named.kubelet else {}
    elif named.suite is not None:
        settings |= {"suite": named.suite, "eval_suite": named.suite}
    manifest = Manifest(
        job_id="any",
        job_type=kind,
        agent=agent,
        episodes=episodes,
        trace_uri="inputs/any/trace" if "trace" in files else None,
        timeout_seconds=_PIECE_S,
        settings=settings | dict(values),
        **moved,
    )
    return Order(kind=kind, manifest=manifest, files=files)


def _done(crew: Crew, orders: Mapping[str, Order]) -> dict[str, Mapping[str, bytes]]:
    """Return what the orders made, by name.

    Raises:
        RunError: one of them could not be done.
    """
    for name, order in orders.items():
        crew.begin(name, order)
    made: dict[str, Mapping[str, bytes]] = {}
    while len(made) < len(orders):
        for name, outcome in crew.ended():
            if outcome.error is not None:
                message = f"{name}: {outcome.error}"
                raise RunError(message)
            made[name] = outcome.files
    return made


def _outcomes(files: Mapping[str, bytes]) -> list[Outcome]:
    if "outcomes.jsonl" not in files:
        message = "a piece has left no outcomes.jsonl; play again"
        raise JobError(message)
    with tempfile.NamedTemporaryFile(prefix="simarena-outcomes-", suffix=".jsonl") as file:
        file.write(files["outcomes.jsonl"])
        file.flush()
        return read_outcomes(Path(file.name))
