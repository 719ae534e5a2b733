"""Lives clusters for long: `python -m tests.cluster.lives 128`, in some minutes.

So many random lives go on for a day each; Deployments of all sizes around those at which a table
grows are rolled out; pods wait for days. What breaks a rule, or stops, is told with what it was.
"""

from __future__ import annotations

import random
import sys
from functools import partial
from typing import TYPE_CHECKING, Final

from tests.cluster._objects import check_world, deployment, node, world_of
from tests.cluster.scenario import live

from simarena.cluster import Cluster

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_DAY_S: Final = 86_400
_LOG_ROWS: Final = 8_192
"""Of a living cluster's log, which several rows for each pod fill."""


def main() -> int:
    """Live all of it; return 1 if anything went wrong."""
    bad = 0
    for what, all_of in (
        ("random lives of a day", days(int(sys.argv[1]))),
        ("sizes", sizes()),
        ("long waits", waits()),
    ):
        count = 0
        for name, run in all_of:
            count += 1
            try:
                check_world(world_of(run()))
            except Exception as error:  # noqa: BLE001 - that is what is looked for
                bad += 1
                print(f"{name}: {type(error).__name__}: {error}", flush=True)  # noqa: T201
        print(f"{count} {what}, {bad} bad so far", flush=True)  # noqa: T201
    return 1 if bad else 0


def days(number: int) -> Iterator[tuple[str, Callable[[], Cluster]]]:
    """Yield random lives, each with its name."""
    for count in range(number):
        seed = random.Random(f"day/{count}").randrange(1 << 32)
        yield f"life {seed}", partial(_lived, seed)


def sizes() -> Iterator[tuple[str, Callable[[], Cluster]]]:
    """Yield rollouts of Deployments whose pods all fit, or none of which fits."""
    doubled = (2**power + more for power in range(3, 14) for more in range(-3, 4))
    shares = (_LOG_ROWS // rows + more for rows in (3, 5, 7) for more in range(-3, 4))
    # At these a full log was once taken for a failure.
    known = (*range(2_336, 2_368, 2), *range(6_396, 6_464, 6))
    for size in sorted({*doubled, *shares, *known}):
        yield f"{size} that fit", partial(_rolled_out, size, "100k", "1m")
        if size < _LOG_ROWS // 2 + 4:
            yield f"{size} that wait", partial(_rolled_out, size, "1", "2")


def waits() -> Iterator[tuple[str, Callable[[], Cluster]]]:
    """Yield pods for which there is no room for days."""
    for size, days_ in ((2_000, 0.25), (300, 6), (100, 20)):
        yield f"{size} that wait {days_} days", partial(_waited, size, days_)


def _rolled_out(size: int, cpu: str, asked: str) -> Cluster:
    cluster = Cluster([node(cpu=cpu, memory="100Ti", pods=100_000)])
    cluster.apply(deployment("web", size, asked, "1Mi"))
    cluster.advance(30)
    assert len(cluster.list("Pod")) == size
    return cluster


def _lived(seed: int) -> Cluster:
    cluster = live(seed, 20)
    cluster.advance(_DAY_S)
    return cluster


def _waited(size: int, days_: float) -> Cluster:
    cluster = _rolled_out(size, "1", "2")
    cluster.advance(days_ * _DAY_S)
    return cluster


if __name__ == "__main__":
    sys.exit(main())
