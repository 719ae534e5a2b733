"""The benchmark with a model that answers at once: what everything around a model costs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.benchmark._models import NAME, acts, calls, model_of, results

from simarena.benchmark.job import begin_bench, run_bench
from simarena.benchmark.rules import Rules
from simarena.benchmark.selection import Selection
from simarena.benchmark.settings import BenchSettings

if TYPE_CHECKING:
    from pathlib import Path

    from inspect_ai.model import ChatMessage, ModelOutput
    from pytest_benchmark.fixture import BenchmarkFixture

LOOKS = ("get_pods", "get_events")


def looks_and_acts(messages: list[ChatMessage], *_: object) -> ModelOutput:
    """Look twice, then take steps that change nothing."""
    number = len(results(messages))
    return calls((LOOKS[number], {})) if number < len(LOOKS) else acts("noop")


def test_100_scenarios_5_times_with_a_mock_model(
    benchmark: BenchmarkFixture, tmp_path: Path
) -> None:
    """Two looks and five steps an episode; Inspect's logs, the report and its pictures included."""
    settings = BenchSettings(
        models=(NAME,), agents=(), selection=Selection(split="all"), rules=Rules(steps=5), epochs=5
    )

    def play() -> None:
        folder = begin_bench(tmp_path / "run", settings, ["simarena", "bench"])
        result = run_bench(folder, settings, models=[model_of(looks_and_acts)])
        assert result.num_missing == 0

    benchmark.pedantic(play, rounds=1, iterations=1)
    benchmark.extra_info.update(unit="episodes/s", number=500)
