"""Weights of rounds as files: checkpoints (arrays and JSON), checked before they are used."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from simarena.agents.arrays import ArrayFile, save_arrays
from simarena.distributed.averaging import Update, aggregate, check_update
from simarena.errors import CheckpointError, JobError, SimArenaError
from simarena.files.held_folder import temporary_folder
from simarena.training.checkpoint import Checkpoint, Counters, save_checkpoint

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from simarena.agents import TaskShape
    from simarena.distributed.averaging import OuterSettings
    from simarena.distributed.rounds import Late

    Arrays = dict[str, NDArray[Any]]

_WEIGHTS: Final = "weights"
_VELOCITY: Final = "velocity"
_MOST: Final = 2**53


class CheckpointReducer:
    """Averages updates that are files, into files that `Checkpoint` opens."""

    def __init__(self, agent: str, shape: TaskShape, initial: Arrays, outer: OuterSettings) -> None:
        self._agent = agent
        self._shape = shape
        self._initial = initial
        self._outer = outer

    def initial(self) -> bytes:
        """Return the weights of the first round."""
        return self._packed({_WEIGHTS: self._initial}, Counters(), {"round": 1})

    def check(self, weights: bytes, member: str, update: bytes) -> str | None:
        """Return what is wrong with an update to these weights; None if nothing is."""
        try:
            check_update(_parts(weights)[0], unpack_update(member, update)[0])
        except SimArenaError as error:
            return str(error)
        return None

    def missing(self, weights: bytes) -> list[str]:
        """Return who was missing in the round that these weights were made in."""
        named = extra_of(weights)[0].get("missing")
        return [each for each in named if isinstance(each, str)] if isinstance(named, list) else []

    def reduce(
        self,
        weights: bytes,
        number: int,
        updates: Mapping[str, bytes],
        missing: list[str],
        late: Late | None = None,
    ) -> bytes:
        """Return the weights of round `number` + 1."""
        before, velocity, counters = _parts(weights)
        unpacked = [unpack_update(name, data) for name, data in sorted(updates.items())]
        if late is not None:
            since = _parts(late.weights)[0]
            for name, data in sorted(late.updates.items()):
                update, told = unpack_update(name, data)
                unpacked.append((update._replace(since=since), told))
        handed = [update for update, _ in unpacked]
        made, moved = aggregate(before, handed, self._outer, velocity)
        metrics = [each for _, each in unpacked]
        samples = sum(each.samples for each in handed)
        extra = {
            "round": number + 1,
            "members": sorted(updates),
            "missing": missing,
            "late": [] if late is None else sorted(late.updates),
            "samples": samples,
            "metrics": _means(metrics),
        }
        episodes = sum(_whole(each.get("num_finished")) for each in metrics)
        after = Counters(step=counters.step + samples, episodes=counters.episodes + episodes)
        return self._packed({_WEIGHTS: made, _VELOCITY: moved}, after, extra)

    def _packed(
        self, parts: Mapping[str, Arrays], counters: Counters, extra: dict[str, Any]
    ) -> bytes:
        with temporary_folder("simarena-round-") as folder:
            path = folder / "weights.npz"
            save_checkpoint(
                path,
                agent=self._agent,
                shape=self._shape,
                counters=counters,
                parts=parts,
                extra=extra,
            )
            return path.read_bytes()


def pack_update(
    weights: Mapping[str, NDArray[Any]], samples: int, metrics: Mapping[str, Any]
) -> bytes:
    """Return a member's update as a file."""
    arrays = {f"{_WEIGHTS}/{name}": each for name, each in weights.items()}
    return pack_arrays(arrays, {"samples": samples, "metrics": dict(metrics)})


def unpack_update(member: str, data: bytes) -> tuple[Update, dict[str, Any]]:
    """Return the update that a file holds, and its metrics.

    Raises:
        SimArenaError: it is none.
    """
    with tempfile.NamedTemporaryFile(prefix="simarena-update-") as file:
        file.write(data)
        file.flush()
        opened = ArrayFile(Path(file.name))
        samples, metrics = opened.meta.get("samples"), opened.meta.get("metrics")
        if (
            not isinstance(samples, int)
            or isinstance(samples, bool)
            or not isinstance(metrics, dict)
        ):
            message = f"{member}: its update does not say from how many steps it is"
            raise JobError(message)
        weights = opened.read_all(f"{_WEIGHTS}/")
    return Update(member, weights, samples), metrics


def pack_arrays(arrays: Mapping[str, NDArray[Any]], meta: Mapping[str, Any]) -> bytes:
    """Return arrays and JSON as a file."""
    with temporary_folder("simarena-arrays-") as folder:
        path = folder / "arrays.npz"
        save_arrays(path, arrays, meta)
        return path.read_bytes()


def extra_of(weights: bytes) -> tuple[dict[str, Any], Counters]:
    """Return what the weights of a round say of themselves."""
    with tempfile.NamedTemporaryFile(prefix="simarena-weights-") as file:
        file.write(weights)
        file.flush()
        opened = Checkpoint(Path(file.name))
        return opened.extra, opened.counters


def _parts(weights: bytes) -> tuple[Arrays, Arrays | None, Counters]:
    with tempfile.NamedTemporaryFile(prefix="simarena-weights-") as file:
        file.write(weights)
        file.flush()
        opened = Checkpoint(Path(file.name))
        found = opened.arrays(_WEIGHTS)
        if not found:
            message = "the weights of the round hold no arrays"
            raise CheckpointError(message)
        return found, opened.arrays(_VELOCITY) or None, opened.counters


def _means(metrics: list[dict[str, Any]]) -> dict[str, float]:
    """Return the means over members of what they tell, each weighted by its episodes."""
    numbers = [_whole(each.get("num_finished")) for each in metrics]
    means: dict[str, float] = {}
    for name in ("return_mean", "length_mean", "solved_rate"):
        told = [
            (float(each[name]), number)
            for each, number in zip(metrics, numbers, strict=True)
            if isinstance(each.get(name), int | float) and number
        ]
        if told:
            values, weights = zip(*told, strict=True)
            means[name] = float(np.average(values, weights=weights))
    return means


def _whole(value: object) -> int:
    return value if isinstance(value, int) and 0 <= value < _MOST else 0
