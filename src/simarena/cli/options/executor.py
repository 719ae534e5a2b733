"""Who does what can be done side by side, as commands ask for it."""

from __future__ import annotations

import os
import secrets
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Final, Literal, get_args

import typer

from simarena.checks.declared import setting
from simarena.checks.plain_fields import check_plain_fields
from simarena.cli.options.bucket import identity, opened
from simarena.errors import ConfigError, UnknownNameError
from simarena.files.held_folder import temporary_folder

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from simarena.distributed.bucket import Bucket
    from simarena.distributed.crews.crew import Crew
    from simarena.evaluation.outcome import Outcome
    from simarena.training.measuring import Player
    from simarena.training.named import Named

ExecutorName = Literal["local", "ray", "bucket"]

LOCAL: Final = "local"
RAY: Final = "ray"
BUCKET: Final = "bucket"

_PANEL: Final = "Who does it"

Jobs = Annotated[
    int | None,
    typer.Option(
        min=1,
        max=10_000,
        help="Pieces side by side.",
        show_default=False,
        rich_help_panel=_PANEL,
    ),
]

_STORE: Final = "SIMARENA_STORE"


@dataclass(frozen=True, slots=True, kw_only=True)
class Where:
    """Processes of this machine, actors of a Ray cluster, or workers of a bucket."""

    executor: ExecutorName | None = setting(
        None,
        "local: processes here; ray: actors of a cluster; bucket: workers anywhere.",
        panel=_PANEL,
    )
    store: str | None = setting(
        None, "The bucket of --executor bucket.  [env var: SIMARENA_STORE]", panel=_PANEL
    )
    ray_address: str | None = setting(
        None,
        "The cluster's head, HOST:6379.  [env var: RAY_ADDRESS; default: one on this machine]",
        panel=_PANEL,
    )

    def __post_init__(self) -> None:
        """Refuse what belongs to another executor."""
        check_plain_fields(self)
        if self.executor not in {None, *get_args(ExecutorName)}:
            raise UnknownNameError("executor", str(self.executor), get_args(ExecutorName))  # noqa: EM101 a kind
        for option, given, executor in (
            ("--store", self.store, BUCKET),
            ("--ray-address", self.ray_address, RAY),
        ):
            if given is not None and self.executor != executor:
                message = f"{option} belongs to --executor {executor}; name both, or neither"
                raise ConfigError(message)

    def bucket(self, tell: Callable[[str], None]) -> Bucket:
        """Return the bucket, tried out, and tell how workers find it.

        Raises:
            ConfigError: none is named.
            StorageError: it cannot be used.
        """
        store = self.store or os.environ.get(_STORE)
        if not store:
            message = f"--executor bucket needs a bucket; name one with --store, or in {_STORE}"
            raise ConfigError(message)
        found = opened(store)
        tell(f"Waiting for workers; start them with: simarena worker --store {found.uri}")
        return found

    @contextmanager
    def crew(
        self,
        num_hands: int | None,
        name: str,
        tell: Callable[[str], None],
        *,
        num_orders: int = 1_000_000,
    ) -> Iterator[Crew]:
        """Give who does orders, so many at a time; jobs of a bucket are called `name` and more.

        If it is not said how many, there are as many as cores, but no more than orders.

        Raises:
            SimArenaError: there is nobody.
        """
        from simarena.distributed.keys import check_name

        crew: Crew
        with temporary_folder("simarena-crew-") as folder:
            if self.executor == RAY:
                from simarena.distributed.crews.ray_crew import RayCrew

                crew = RayCrew(self.ray_address, num_hands, num_orders=num_orders, tell=tell)
            elif self.executor == BUCKET:
                from simarena.distributed.crews.bucket_crew import BucketCrew

                check_name("run", name)
                crew = BucketCrew(self.bucket(tell), next(identity().nonces), name)
            else:
                from simarena.distributed.crews.crew import LocalCrew

                crew = LocalCrew(folder, num_hands or min(_num_cores(), num_orders))
            try:
                yield crew
            finally:
                crew.close()

    def side_by_side(self, num_orders: int) -> int:
        """Return how many orders are given at a time where nobody says."""
        if self.executor is None:
            return 1
        return min(_num_cores(), num_orders) if self.executor == LOCAL else num_orders

    def measured(
        self,
        sources: Sequence[str],
        named: Named,
        *,
        num_seeds: int,
        seed: int,
        num_jobs: int | None,
        tell: Callable[[str], None],
        on_agent: Callable[[str], None] | None = None,
    ) -> tuple[str, list[Outcome]]:
        """Return what was played, and the outcomes of all sources; played here if nobody is named.

        Raises:
            SimArenaError: a source, or what is played, cannot be used.
        """
        from simarena.training.course import named_course
        from simarena.training.measuring import measure_sources, named_of

        course = named_course(named)
        if self.executor is None:
            if num_jobs is not None:
                message = "--jobs are done by somebody; say who with --executor"
                raise ConfigError(message)
            return measure_sources(
                sources, course, num_seeds=num_seeds, seed=seed, on_agent=on_agent
            )

        def play(players: Sequence[str], them: Sequence[Player]) -> dict[str, list[Outcome]]:
            from simarena.distributed.crews.crew_plays import evaluate_by_crew

            what = named_of(players[0]) if named.is_nothing else named
            num_orders = len(players) * num_seeds
            name = f"evaluate-{secrets.token_hex(4)}"
            with self.crew(num_jobs, name, tell, num_orders=num_orders) as crew:
                return evaluate_by_crew(crew, players, them, what, num_seeds=num_seeds, seed=seed)

        return measure_sources(sources, course, num_seeds=num_seeds, seed=seed, play=play)


def _num_cores() -> int:
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # not on every system
        return os.cpu_count() or 1
