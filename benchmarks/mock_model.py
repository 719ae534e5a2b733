"""Plays `arena-v1` five times with a model that answers at once, and prints the seconds it took.

python benchmarks/mock_model.py FOLDER      leaves a run in FOLDER, which must not be there yet
"""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.benchmark._models import NAME, acts, calls, model_of, results

from simarena.benchmark.job import begin_bench, run_bench
from simarena.benchmark.rules import Rules
from simarena.benchmark.selection import Selection
from simarena.benchmark.settings import BenchSettings

if TYPE_CHECKING:
    from inspect_ai.model import ChatMessage, ModelOutput

LOOKS = ("get_pods", "get_events")


def looks_and_acts(messages: list[ChatMessage], *_: object) -> ModelOutput:
    """Look twice, then take steps that change nothing."""
    number = len(results(messages))
    return calls((LOOKS[number], {})) if number < len(LOOKS) else acts("noop")


def main() -> None:
    settings = BenchSettings(
        models=(NAME,), agents=(), selection=Selection(split="all"), rules=Rules(steps=5), epochs=5
    )
    started = time.perf_counter()
    folder = begin_bench(Path(sys.argv[1]), settings, ["simarena", "bench"])
    result = run_bench(folder, settings, models=[model_of(looks_and_acts)])
    assert result.num_missing == 0
    print(time.perf_counter() - started)


if __name__ == "__main__":
    main()
