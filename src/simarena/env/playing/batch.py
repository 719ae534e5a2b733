"""Environments that are stepped together in arrays, one or many."""

from __future__ import annotations

import copy
import hashlib
import time
from abc import ABC, abstractmethod
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar, Final, NamedTuple

import numpy as np

from simarena.cluster.codes import NONE, Status
from simarena.env.codes import Call, Stage
from simarena.env.kernel.playing import sharing, telling
from simarena.env.kernel.sources import CACHE_FOLDER
from simarena.env.playing.bank import grown_batch, new_batch
from simarena.env.playing.crew import Crew
from simarena.env.playing.picture import draw
from simarena.env.playing.scene import scene_of
from simarena.env.playing.state import BatchState, digest_of, fill, owned, saved_table, table_of
from simarena.env.records.bank import Bank, Batch, Told
from simarena.errors import ConfigError, EpisodeError, SimulationError
from simarena.jit.decorators import entry_point

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from typing import Self

    from gymnasium import spaces
    from numpy.typing import NDArray

    from simarena.cluster.records import Rows
    from simarena.env.playing.state import SavedTable
    from simarena.env.scenarios.scenario import Manifest

_MAX_GROWTHS = 48
_MAX_ENVS = 1 << 20
# Plain numbers reach a kernel faster than members of an IntEnum, and as one type.
_STEP, _RESET, _RESUME = map(int, Call)

CHANGING: Final = frozenset(
    {
        "actions",
        "mask",
        "episodes",
        "finals",
        "states",
        "others",
        "observations",
        "final_observations",
    }
)
"""Tables of a seat in which calls write what comes of actions and time."""
LASTING: Final = frozenset(
    {
        "tasks",
        "members",
        "warmup_ms",
        "families",
        "loads",
        "rules",
        "edited_specs",
    }
)
"""Tables of a seat that nobody writes to, so that copies share them."""
_SHARED: Final = ("_bank", "compiled", "_scenarios")
_OF_PROCESS: Final = (
    "episodes",
    "actions",
    "_progress",
    "_lows",
    "_crew",
    "_turn",
    "_told",
    "_play",
    "_ask_for",
)
"""Views, addresses, threads and machine code: a copy, or another process, has its own."""

_MOST_AT_ONCE = 64
_SHARES_OF_THREAD = 32
_NUM_TURNS = 1 << 30
_NAP_S = 5e-5


_OTHER_VERSION: Final = (
    "an environment pickled by another version of SimArena cannot go on; make it anew with the "
    "same options"
)


def check_sizes(num_envs: int, num_threads: int) -> None:
    """Raise ConfigError for numbers of environments or threads that no batch can have."""
    for name, value, most in (
        ("num_envs", num_envs, _MAX_ENVS),
        ("num_threads", num_threads, 1_024),
    ):
        if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= most:
            message = f"{name} must be a whole number from 1 to {most}, got {value!r}"
            raise ConfigError(message)


def new_progress(num_envs: int, num_threads: int) -> NDArray[np.int64]:
    """Return the table by which threads share environments, as `kernel/playing/sharing.py` has it.

    Each takes so few at a time that all end at about the same moment.
    """
    size = (num_threads + 1) * sharing.NUM_COLUMNS
    room = np.zeros(size + sharing.NUM_COLUMNS, np.int64)
    first = -room.ctypes.data // room.itemsize % sharing.NUM_COLUMNS  # rows are whole cache lines
    progress = room[first : first + size].reshape(-1, sharing.NUM_COLUMNS)
    edges = np.arange(num_threads + 1) * num_envs // num_threads
    progress[:-1, sharing.HIGH] = edges[1:]
    share = num_envs // (_SHARES_OF_THREAD * num_threads)
    progress[-1, sharing.SHARE] = min(max(share, 1), _MOST_AT_ONCE)
    return progress


class Edits(NamedTuple):
    """All that an episode carries from one replay to the next, of some environments."""

    templates: Rows  # (num_envs, num_templates) of TEMPLATE
    specs: Rows  # (num_envs, num_specs) of SPEC


class EnvironmentBatch(ABC):
    """`num_envs` environments in arrays that every call overwrites.

    Who gives results away has them written into new arrays, or copies them. What is played, and by
    which kernel, is for the classes below to say. `seat` is a named tuple of arrays with at least
    the fields that are used here.
    """

    info_keys: ClassVar[tuple[str, ...]]
    """Fields of an episode that an info holds, in the dtype's order."""

    play: ClassVar[Callable[..., int]]
    """The kernel: (bank, batch, seat, call, turn, part) -> how many found a table full, or NONE."""

    seat: Any
    observation_space: spaces.Space[Any]
    """Of one environment."""

    num_actions: int

    def __init__(self, bank: Bank, seat: Any, num_envs: int, num_threads: int) -> None:  # noqa: ANN401 - one kind for each kernel
        self.num_envs = num_envs
        self.seat = seat
        self._bank = bank
        self._batch = new_batch(bank, num_envs)
        self._played = ""
        self._begin_process(num_threads)
        self.episodes["forced_scenario"] = NONE

    def _begin_process(self, num_threads: int) -> None:
        """Make what a process cannot take over from another, nor a batch from its original."""
        self.episodes: Rows = self.seat.episodes
        self.actions: NDArray[np.int64] = self.seat.actions
        self._crew = Crew(num_threads) if num_threads > 1 else None
        self._progress: NDArray[np.int64] = self.seat.progress
        self._lows = np.append(0, self._progress[:-2, sharing.HIGH])
        self._turn = 0
        self._play: Callable[..., int] | None = None
        self._told: Told | None = None
        self._ask_for: Callable[..., int] | None = None

    def __getstate__(self) -> dict[str, Any]:
        """Return all there is but what only this process has, for copies and pickles."""
        kept = {name: value for name, value in vars(self).items() if name not in _OF_PROCESS}
        num_threads = len(self._progress) - 1
        return kept | {"num_threads": num_threads, "sources": CACHE_FOLDER.name}

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Take over what `__getstate__` returned.

        Raises ConfigError if that was another version of SimArena, whose tables have other fields.
        """
        kept = dict(state)
        num_threads = kept.pop("num_threads")
        if kept.pop("sources") != CACHE_FOLDER.name:
            raise ConfigError(_OTHER_VERSION)
        vars(self).update(kept)
        # Tables may come as views of a buffer that nobody may write to.
        self._bank = Bank(*map(owned, self._bank))
        self._batch = Batch(*map(owned, self._batch))
        progress = new_progress(self.num_envs, num_threads)
        self.seat = self.seat._make(map(owned, self.seat))._replace(progress=progress)
        self._begin_process(num_threads)

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        """Return a batch that goes on apart; what never changes, scenarios above all, is shared."""
        lasting = [getattr(self.seat, name) for name in self.seat._fields if name in LASTING]
        shared = [vars(self)[name] for name in _SHARED if name in vars(self)]
        memo.update((id(one), one) for one in (*lasting, *shared))
        copied = type(self).__new__(type(self))
        memo[id(self)] = copied
        copied.__setstate__(copy.deepcopy(self.__getstate__(), memo))
        return copied

    def save(self) -> BatchState:
        """Return where all environments stand; what is remembered of replays is no part of it."""
        return BatchState(
            self._what_is_played(),
            tuple(map(saved_table, self._batch)),
            tuple(saved_table(getattr(self.seat, name)) for name in self._changing()),
        )

    def restore(self, state: BatchState) -> None:
        """Go back to where a batch stood that plays the same; ConfigError if it does not."""
        if state.played != self._what_is_played():
            message = (
                "this state is of environments that play something else, are more or fewer, or of "
                "another version of SimArena; restore it where the same options were given"
            )
            raise ConfigError(message)
        for name, saved in zip(self._changing(), state.seat, strict=True):
            fill(getattr(self.seat, name), saved)
        tables: Iterable[Any] = self._batch
        clusters = zip(tables, state.clusters, strict=True)
        self._batch = Batch(*(_restored(table, saved) for table, saved in clusters))
        self._turn += 1  # so that no thread goes on with former tables

    def _changing(self) -> tuple[str, ...]:
        return tuple(name for name in self.seat._fields if name in CHANGING)

    def _what_is_played(self) -> str:
        """Return a hash of all that decides what becomes of a state."""
        if not self._played:
            told = hashlib.blake2b(digest_size=16)
            told.update(f"{CACHE_FOLDER.name} {type(self).__name__} {self.num_envs}".encode())
            for name in self.seat._fields:
                # What is remembered does not matter: outcomes are the same.
                if name in LASTING and name != "edited_specs":
                    told.update(digest_of(getattr(self.seat, name)))
            for table in self._bank:
                told.update(digest_of(table))
            self._played = told.hexdigest()
        return self._played

    @property
    @abstractmethod
    def scenarios(self) -> Sequence[Any]:
        """What is played; each has a name. `episodes["scenario"]` are rows of this."""

    def scenario_row(self, name: str) -> int | None:
        """Return the row of the scenario with this name, None if there is none."""
        return next((row for row, one in enumerate(self.scenarios) if one.name == name), None)

    @abstractmethod
    def words(self, episode: np.void, action: int) -> list[str]:
        """Return where an episode stands, for people to read: each thing by itself."""

    @abstractmethod
    def nodes_of(self, scenario: int) -> Sequence[Manifest]:
        """Return the Node manifests of a scenario, by row of its nodes."""

    @abstractmethod
    def workloads_of(self, scenario: int) -> list[int]:
        """Return the rows of the workloads that an agent looks after in a scenario."""

    def tables_of(self, env: int) -> Batch:
        """Return the tables of an environment's cluster as it is shown: (1, ...) each."""
        tables: Iterable[Any] = self._batch
        return Batch(*(table[env : env + 1] for table in tables))

    def line(self, env: int) -> str:
        """Return where an environment stands, for people to read."""
        return "  ".join(self.words(self.episodes[env], int(self.actions[env])))

    def picture(self, env: int) -> NDArray[np.uint8]:
        """Return where an environment stands as a picture: (height, width, 3).

        Raises EpisodeError before the first reset, ConfigError where matplotlib is not installed.
        """
        if self.episodes[env]["num_episodes"] == 0:
            message = "there is nothing to draw before the first reset; call reset"
            raise EpisodeError(message)
        scenario = int(self.episodes[env]["scenario"])
        scene = scene_of(
            self.tables_of(env), self.nodes_of(scenario), frozenset(self.workloads_of(scenario))
        )
        return draw(
            scene,
            self.scenarios[scenario].name,
            self.words(self.episodes[env], int(self.actions[env])),
        )

    def action_masks(self) -> NDArray[np.bool_]:
        """Return a copy of which actions the next step would take: (num_envs, num_actions)."""
        return self.masks_of(self.episodes, self.seat.observations).astype(np.bool_)

    def masks_of(self, episodes: Rows, vectors: NDArray[np.float32]) -> NDArray[Any]:  # noqa: ARG002
        """Return a view of the masks in episodes and their observations: 1 where allowed, else 0.

        It has a row for each environment.
        """
        masks: NDArray[np.int8] = episodes["action_mask"][:, : self.num_actions]
        return masks

    def shown(self, vectors: NDArray[np.float32]) -> Any:  # noqa: ANN401 - as the space says
        """Return observations, one or a row for each environment, as their space has them.

        `vectors` is a copy that nobody else holds.
        """
        return vectors

    def seed(self, seeds: NDArray[np.uint64], mask: NDArray[np.bool_]) -> None:
        """Begin the streams of the environments in `mask` anew, each from its own seed."""
        self.episodes["seed"][mask] = scrambled(seeds[mask])
        self.episodes["num_episodes"][mask] = 0
        self.episodes["num_noise"][mask] = 0

    def to_tell(self) -> Told:
        """Return new arrays for what a call can tell."""
        return Told(
            np.empty_like(self.seat.observations),
            np.empty_like(self.episodes),
            np.empty(self.num_envs, np.float64),
            np.empty(self.num_envs, np.bool_),
            np.empty(self.num_envs, np.bool_),
        )

    def step(self, told: Told | None = None) -> None:
        """Take the steps in `actions`, which must be valid; write the results into `told`."""
        self._write_into(told)
        if self._call(_STEP):
            self._grow_and_resume()

    def resume(self) -> None:
        """Do what the stages of the environments ask for."""
        if self._call(_RESUME):
            self._grow_and_resume()

    def reset(self, mask: NDArray[np.bool_], told: Told | None = None) -> None:
        """Begin new episodes in the environments in `mask`; write how all stand into `told`."""
        self.seat.mask[:] = mask
        self._write_into(told)
        if self._call(_RESET):
            self._grow_and_resume()

    def copy_of(self, rows: Rows) -> Rows:
        """Return a copy of `episodes` or `finals`, made bytewise: NumPy copies field by field."""
        copied: Rows = rows.view(np.uint8).copy().view(rows.dtype)
        return copied

    def edits(self, envs: NDArray[np.int64]) -> Edits:
        """Return a copy of what actions have changed so far in these environments."""
        return Edits(self._batch.templates[envs], self._batch.specs[envs])

    def put_edits(self, envs: NDArray[np.int64], edits: Edits) -> None:
        """Give these environments the changes of others that play the same scenario."""
        self._batch.templates[envs] = edits.templates
        self._batch.specs[envs] = edits.specs

    def close(self) -> None:
        """End the threads, if there are any."""
        if self._crew is not None:
            self._crew.dismiss()
            self._crew = None

    @property
    def num_bytes(self) -> int:
        """Memory of the tables that environments do not share."""
        return sum(table.nbytes for table in self._batch)

    def _write_into(self, told: Told | None) -> None:
        """Let the kernel know where the results of the next call go."""
        self._told = told  # no thread may find that the arrays are gone
        if told is None:
            self._progress[-1, telling.OBSERVATIONS] = 0
            return
        if self._ask_for is None:
            self._ask_for = entry_point(telling.ask_for, self._progress, told)
        self._ask_for(self._progress, told)

    def _call(self, call: int) -> int:
        """Run the kernel on all environments; return how many found a table full."""
        if self._play is None:
            tables = (self._bank, self._batch, self.seat)
            self._play = entry_point(type(self).play, *tables, call, sharing.ALONE, 0)
        play = self._play
        if self._crew is None:
            return play(self._bank, self._batch, self.seat, call, sharing.ALONE, 0)
        self._turn = self._turn % _NUM_TURNS + 1
        progress = self._progress
        together = progress[-1]
        together[: sharing.FULL + 1] = 0
        together[sharing.CALL] = call
        progress[:-1, sharing.NEXT] = self._lows + (self._turn << 32)
        part_of_play = partial(play, self._bank, self._batch, self.seat, call, self._turn)
        for part in range(1, progress.shape[0] - 1):
            if not progress[part, sharing.AWAKE]:
                self._crew.call(part, part_of_play)
        num_full = part_of_play(0)
        return self._others(self._crew) if num_full == NONE else num_full

    def _others(self, crew: Crew) -> int:
        """Wait until the other threads are finished; return how many found a table full."""
        together = self._progress[-1]
        try:
            while together[sharing.FINISHED] < self.num_envs:
                crew.check()
                time.sleep(_NAP_S)
        except KeyboardInterrupt:
            while together[sharing.FINISHED] < self.num_envs:
                time.sleep(_NAP_S)  # what they finish later would count in the next turn
            raise
        return int(together[sharing.FULL])

    def _grow_and_resume(self) -> None:
        """Double the tables that were found full and go on where their environments stopped."""
        for _ in range(_MAX_GROWTHS):
            stopped = self.episodes["stage"] != Stage.IDLE
            for status in np.unique(self.episodes["status"][stopped]).tolist():
                if status != Status.OK:
                    self._batch = grown_batch(self._batch, Status(status))
            self._turn += 1  # so that no thread goes on with the former tables
            if not self._call(_RESUME):
                return
        message = "a cluster needs more memory than an environment can have; use smaller scenarios"
        raise SimulationError(message)


def _restored(table: NDArray[Any], saved: SavedTable) -> NDArray[Any]:
    """Return a table with what was saved: the same one, unless it has grown since, or had."""
    if table.shape != saved.shape:
        return table_of(saved, table.dtype)
    fill(table, saved)
    return table


def scrambled(seeds: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Return well-mixed states, so that seeds in a row begin unrelated streams (splitmix64)."""
    z = seeds.astype(np.uint64) + np.uint64(0x9E3779B97F4A7C15)
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return z ^ (z >> np.uint64(31))
