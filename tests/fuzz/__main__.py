"""Feeds the doors for long: `python -m tests.fuzz 100000 --door manifests --seed 7`.

Each door gets its share of the inputs. An input is made from the name of its door, the seed and its
number, so that what surprised can be made again: `1 --door nodes --first 712`. Manifests and words
go to a cluster that lives for up to forty inputs, so there the forty before it may be needed, too.
"""

from __future__ import annotations

import argparse
import math
import multiprocessing
import sys
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from typing import TYPE_CHECKING

from tests.fuzz.doors import DOORS, shares
from tests.fuzz.feeding import Account, Piece, cut, feed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

_MOST_SHOWN = 40
_PIECES = 4
"""Into so many a door's inputs are cut where there are several processes."""


def main() -> int:
    """Feed each door with its share of inputs; return 1 if any of them surprised."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("inputs", type=int, help="how many, over all doors")
    parser.add_argument("--door", action="append", choices=list(DOORS), help="only this; or these")
    parser.add_argument("--seed", type=int, nargs="+", default=[0], help="each has its share")
    parser.add_argument("--first", type=int, default=0, help="number of each door's first input")
    parser.add_argument("--processes", type=int, default=1, help="that feed side by side")
    parser.add_argument("--minutes", type=float, default=math.inf, help="after which it ends")
    options = parser.parse_args()
    until = time.monotonic() + 60 * options.minutes
    each_seed = options.inputs // len(options.seed)
    most_pieces = 1 if options.processes == 1 else _PIECES
    pieces = [
        Piece(name, seed, numbers, until)
        for seed in options.seed
        for name, number in shares(each_seed, options.door or DOORS).items()
        for numbers in cut(range(options.first, options.first + number), most_pieces)
    ]
    accounts: dict[str, Account] = {}
    with _side_by_side(options.processes) as each_of:
        for piece, account in zip(pieces, each_of(feed, pieces), strict=True):
            print(_line(piece.door, account, str(piece.seed)), flush=True)  # noqa: T201
            accounts.setdefault(piece.door, Account()).add(account)
    _show(accounts, " ".join(map(str, options.seed)))
    return 1 if any(each.surprises for each in accounts.values()) else 0


@contextmanager
def _side_by_side(
    processes: int,
) -> Iterator[Callable[[Callable[[Piece], Account], Iterable[Piece]], Iterator[Account]]]:
    """Give a `map` that uses so many processes."""
    if processes == 1:
        yield map
        return
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(processes, mp_context=context) as pool:
        yield pool.map


def _show(accounts: dict[str, Account], seed: str) -> None:
    """Print a table of all doors, and the surprises, the most frequent first."""
    total = Account()
    print("\n| door | inputs | accepted | surprises | seconds | seed |")  # noqa: T201
    print("| --- | ---: | ---: | ---: | ---: | ---: |")  # noqa: T201
    surprises: Counter[str] = Counter()
    for name, account in accounts.items():
        print(_line(name, account, seed))  # noqa: T201
        total.add(account)
        for what, times in account.surprises.items():
            surprises[f"{account.firsts[what]}: {what}"] = times
    print(_line("all", total, seed), flush=True)  # noqa: T201
    for what, times in surprises.most_common(_MOST_SHOWN):
        print(f"{times:6} x {what}")  # noqa: T201


def _line(name: str, account: Account, seed: str) -> str:
    cells = (
        name,
        f"{account.inputs:,}",
        f"{account.accepted:,}",
        f"{account.surprises.total():,}",
        f"{account.seconds:,.0f}",
        seed,
    )
    return f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    sys.exit(main())
