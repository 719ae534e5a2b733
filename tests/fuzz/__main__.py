"""Feeds the doors for long: `python -m tests.fuzz 100000 --door manifests --seed 7`.

An input is made from the name of its door, the seed and its number, so that what surprised can be
made again: `--door manifests --first 712 1`.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import time
import traceback
import warnings
from collections import Counter
from pathlib import Path

from tests.fuzz.doors import DOORS

_MOST_SHOWN = 40


def main() -> int:
    """Feed each door with its share of inputs; return 1 if any of them surprised."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("inputs", type=int, help="how many, over all doors")
    parser.add_argument("--door", action="append", choices=list(DOORS), help="only this; or these")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--first", type=int, default=0, help="number of each door's first input")
    options = parser.parse_args()
    warnings.simplefilter("error")
    names = options.door or list(DOORS)
    number = -(-options.inputs // len(names))
    surprises: Counter[str] = Counter()
    with tempfile.TemporaryDirectory() as folder:
        for name in names:
            place = Path(folder, name)
            place.mkdir()
            surprises += _feed(
                name, place, options.seed, range(options.first, options.first + number)
            )
    for what, times in surprises.most_common(_MOST_SHOWN):
        print(f"{times:6} x {what}")  # noqa: T201
    return 1 if surprises else 0


def _feed(name: str, folder: Path, seed: int, numbers: range) -> Counter[str]:
    """Feed a door; return how often each surprise came, with the first input that brought it."""
    door = DOORS[name](folder)
    firsts: dict[str, int] = {}
    surprises: Counter[str] = Counter()
    num_accepted = 0
    start = time.monotonic()
    for number in numbers:
        try:
            num_accepted += door(random.Random(f"{name}/{seed}/{number}"))
        except Exception as error:  # noqa: BLE001 - that is what is looked for
            frame = traceback.extract_tb(error.__traceback__)[-1]
            where = f"{frame.filename.rpartition('src/')[2]}:{frame.lineno}"
            what = f"{type(error).__name__} at {where}: {str(error)[:160]!a}"
            firsts.setdefault(what, number)
            surprises[f"{name}/{firsts[what]}: {what}"] += 1
    told = f"{name:16} {len(numbers):8} inputs, {num_accepted:7} accepted"
    seconds = time.monotonic() - start
    print(f"{told}, {surprises.total():5} surprises, {seconds:7.1f} s", flush=True)  # noqa: T201
    return surprises


if __name__ == "__main__":
    sys.exit(main())
