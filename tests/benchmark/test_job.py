"""A whole run: everybody plays, the folder tells of it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from tests.benchmark._models import NAME, acts, calls, model_of, results, says

from simarena.benchmark import job
from simarena.benchmark.job import BenchResult, begin_bench, open_bench, run_bench
from simarena.benchmark.prices import read_prices
from simarena.benchmark.selection import Selection
from simarena.benchmark.settings import BenchSettings
from simarena.benchmark.task import VERSION
from simarena.env import load_suite
from simarena.errors import ConfigError, RunError
from simarena.evaluation.failure import read_failures
from simarena.evaluation.outcome import read_outcomes

if TYPE_CHECKING:
    from pathlib import Path

    from inspect_ai.model import ChatMessage, ModelOutput

    from simarena.evaluation.run_folder import RunFolder

DEFICIT = ("classic-06", "classic-07", "classic-11")


def growing(messages: list[ChatMessage], *_: object) -> ModelOutput:
    """Look once, then add replicas."""
    return acts("increase_replicas") if results(messages) else calls(("get_pods", {}))


def run(path: Path, script: Any, **changes: Any) -> tuple[RunFolder, BenchResult]:
    settings = BenchSettings(
        **{"models": (NAME,), "selection": Selection(scenario=DEFICIT), "epochs": 2, **changes},
    )
    folder = begin_bench(path, settings, ["simarena", "bench"])
    models = [model_of(script, name) for name in settings.models]
    return folder, run_bench(folder, settings, models=models)


def test_models_and_agents_stand_on_one_board(tmp_path: Path) -> None:
    folder, result = run(tmp_path / "run", growing)
    assert (result.num_missing, result.interrupted) == (0, False)
    outcomes = read_outcomes(folder.outcomes)
    assert len(outcomes) == 5 * 3 * 2
    plays = {
        agent: [(each.scenario, each.seed) for each in outcomes if each.agent == agent]
        for agent in (NAME, "random", "blind", "rules", "oracle")
    }
    assert all(sorted(each) == sorted(plays[NAME]) for each in plays.values())
    report = json.loads((folder.path / "report.json").read_text())
    by_name = {each["agent"]: each for each in report["agents"]}
    assert by_name[NAME]["solve_rate"]["value"] == 1.0
    assert by_name[NAME]["tool_calls"]["value"] == 1.0
    assert by_name["oracle"]["tool_calls"]["value"] is None
    text = (folder.path / "report.md").read_text()
    for told in (NAME, "oracle", "tool calls", "tokens", "looks before each step"):
        assert told in text
    assert (folder.path / "plots" / "solve_rates.png").stat().st_size > 0
    assert len(list((folder.path / "logs").glob("*.eval"))) == 1


def test_what_a_provider_breaks_off_counts_in_nothing_and_is_told(tmp_path: Path) -> None:
    def failing(messages: list[ChatMessage], *_: object) -> ModelOutput:
        if "exactly 5 pods" in messages[1].text:
            message = "away"
            raise RuntimeError(message)
        return growing(messages)

    folder, result = run(tmp_path / "run", failing, agents=("rules",))
    assert result.num_missing == 2
    outcomes = read_outcomes(folder.outcomes)
    assert {each.scenario for each in outcomes if each.agent == NAME} == set(DEFICIT[:2])
    assert all(each.solved for each in outcomes)
    failures = read_failures(folder.failures)
    assert {(each.scenario, each.kind) for each in failures} == {(DEFICIT[2], "provider")}
    assert "away" in (folder.path / "report.md").read_text()


def test_a_model_that_never_answers_is_named_with_all_its_plays(tmp_path: Path) -> None:
    def failing(*_: object) -> ModelOutput:
        message = "away"
        raise RuntimeError(message)

    folder, result = run(tmp_path / "run", failing, agents=())
    assert result.num_missing == 6
    assert result.comparison.summaries == ()
    assert NAME in (folder.path / "report.md").read_text()


def test_a_run_without_models_needs_no_log(tmp_path: Path) -> None:
    settings = BenchSettings(selection=Selection(scenario=DEFICIT), agents=("rules",))
    folder = begin_bench(tmp_path / "run", settings, ["simarena", "bench"])
    run_bench(folder, settings)
    assert [each.solved for each in read_outcomes(folder.outcomes)] == [True] * 3


def test_a_finished_run_that_is_resumed_asks_nobody_again(tmp_path: Path) -> None:
    folder, _ = run(tmp_path / "run", growing, agents=())
    before = folder.outcomes.read_bytes()
    again, settings = open_bench(folder.path)

    def forbidden(*_: object) -> ModelOutput:
        pytest.fail("the model is asked again")

    run_bench(again, settings, models=[model_of(forbidden)])
    assert folder.outcomes.read_bytes() == before


def test_prices_make_tokens_cost(tmp_path: Path) -> None:
    priced = "mockllm/priced"  # prices hold for the rest of the process
    path = tmp_path / "prices.json"
    path.write_text(json.dumps({priced: {"input": 1.0, "output": 10}}))
    prices = read_prices(path)
    folder, result = run(tmp_path / "run", growing, models=(priced,), agents=(), prices=prices)
    outcomes = read_outcomes(folder.outcomes)
    for each in outcomes:
        answers = len(each.call_ms)
        assert each.cost_usd == pytest.approx(answers * (100 * 1.0 + 10 * 10.0) / 1e6)
    assert result.comparison.summaries[0].cost_usd.value > 0
    assert "$1 in, $10 out" in (folder.path / "report.md").read_text()


def test_what_cannot_be_played_leaves_nothing(tmp_path: Path) -> None:
    settings = BenchSettings(models=("nobody/model",))
    with pytest.raises(ConfigError, match="nobody/model"):
        begin_bench(tmp_path / "run", settings, ["simarena"])
    assert list(tmp_path.iterdir()) == []


def test_what_is_no_run_of_the_benchmark_is_not_resumed(tmp_path: Path) -> None:
    for path in (tmp_path / "nowhere", tmp_path):
        with pytest.raises(RunError, match=r"is no run of the benchmark .* see 'simarena bench'"):
            open_bench(path)
    (tmp_path / "settings.json").write_text("{}")
    with pytest.raises(RunError, match="is no run of the benchmark"):
        open_bench(tmp_path)


def test_a_damaged_log_is_named(tmp_path: Path) -> None:
    folder, _ = run(tmp_path / "run", lambda *_: says("no"), agents=())
    (log,) = (folder.path / "logs").glob("*.eval")
    log.write_bytes(log.read_bytes()[:200])
    again, settings = open_bench(folder.path)
    with pytest.raises(RunError, match=log.name):
        run_bench(again, settings)


def test_equal_runs_come_to_equal_outcomes(tmp_path: Path) -> None:
    runs = [run(tmp_path / name, growing, agents=("random",))[0] for name in ("a", "b")]
    first, second = (
        [
            (each.agent, each.scenario, each.seed, each.solved, each.steps, each.reward)
            for each in read_outcomes(folder.outcomes)
        ]
        for folder in runs
    )
    assert sorted(first) == sorted(second)


def test_what_models_came_to_is_kept_whatever_befalls_the_agents(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(job, "play_agents", broken)
    with pytest.raises(KeyboardInterrupt):
        run(tmp_path / "run", growing)
    assert len(read_outcomes(tmp_path / "run" / "outcomes.jsonl")) == 6
    assert (tmp_path / "run" / "report.md").exists()


def test_what_another_version_of_the_task_has_played_is_not_mixed_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing(*_: object) -> ModelOutput:
        message = "away"
        raise RuntimeError(message)

    folder, _ = run(tmp_path / "run", failing, agents=())
    monkeypatch.setattr(job, "VERSION", VERSION + 1)
    again, settings = open_bench(folder.path)
    with pytest.raises(ConfigError, match="begin a new run"):
        run_bench(again, settings)


def test_a_run_goes_on_only_at_the_endpoint_where_it_was_begun(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing(*_: object) -> ModelOutput:
        message = "away"
        raise RuntimeError(message)

    folder, _ = run(tmp_path / "run", failing, agents=())
    monkeypatch.setenv("INSPECT_EVAL_MODEL_BASE_URL", "http://elsewhere:1/v1")
    again, settings = open_bench(folder.path)
    with pytest.raises(ConfigError, match="reached at its provider, and would be at elsewhere:1"):
        run_bench(again, settings)


def test_a_run_finds_its_files_from_anywhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    load_suite("classic")[5].trace.save(str(tmp_path / "mine.sktrace"))
    monkeypatch.chdir(tmp_path)
    settings = BenchSettings(
        selection=Selection(trace="mine.sktrace", deploy="web", target=3), agents=("noop",)
    )
    folder = begin_bench(tmp_path / "run", settings, ["simarena", "bench"])
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.chdir(elsewhere)
    again, read = open_bench(folder.path)
    run_bench(again, read)
    assert [each.scenario for each in read_outcomes(folder.outcomes)] == ["mine"]
    assert "`mine.sktrace`" in (folder.path / "report.md").read_text()


def test_models_whose_luck_has_left_them_nothing_in_common_still_have_a_report(
    tmp_path: Path,
) -> None:
    """One model is broken off in one scenario, the other one in the other two."""

    def unlucky(in_the_last: bool) -> Any:
        def script(messages: list[ChatMessage], *_: object) -> ModelOutput:
            if ("exactly 5 pods" in messages[1].text) == in_the_last:
                message = "away"
                raise RuntimeError(message)
            return growing(messages)

        return script

    names = ("mockllm/first", "mockllm/second")
    settings = BenchSettings(models=names, agents=(), selection=Selection(scenario=DEFICIT))
    folder = begin_bench(tmp_path / "run", settings, ["simarena", "bench"])
    models = [
        model_of(unlucky(in_the_last), name)
        for in_the_last, name in zip((True, False), names, strict=True)
    ]
    result = run_bench(folder, settings, models=models)
    assert result.num_missing == 3
    assert result.comparison.differences == ()
    assert all(name in (folder.path / "report.md").read_text() for name in names)
