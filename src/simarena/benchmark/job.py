"""A benchmark run: everybody plays, and the folder tells what came of it.

runs/<name>/
    command.txt      the command line, as it could be typed again
    settings.json    every setting, resolved
    versions.json    Python and packages
    logs/            Inspect's logs: every message, call and score; `inspect view` shows them
    outcomes.jsonl   every play that came to a result
    failures.jsonl   plays that came to none, if there are any
    plots/, report.md, report.json
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal

from inspect_ai import eval as inspect_eval
from inspect_ai import eval_retry

from simarena.benchmark.facts import facts_of
from simarena.benchmark.identity import name_by_settings
from simarena.benchmark.inspect_errors import refused_by_us
from simarena.benchmark.logs import latest_logs, results_of
from simarena.benchmark.models import playable, require_usable
from simarena.benchmark.playing import play_agents, require_agents
from simarena.benchmark.prices import tell_inspect
from simarena.benchmark.settings import BenchSettings
from simarena.benchmark.task import VERSION, arena
from simarena.errors import RunError
from simarena.evaluation.comparison.compare import compare_agents
from simarena.evaluation.comparison.folder import fill_comparison
from simarena.evaluation.failure import Failure
from simarena.evaluation.run_folder import RunFolder, new_folder

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from inspect_ai.model import Model

    from simarena.benchmark.logs import Log
    from simarena.evaluation.comparison.compare import Comparison
    from simarena.evaluation.outcome import Outcome

Display = Literal["rich", "plain", "none"]

LOGS: Final = "logs"
"""Folder of Inspect's logs in a run's."""


@dataclass(frozen=True, slots=True)
class BenchResult:
    """What a run has come to so far."""

    comparison: Comparison
    num_missing: int
    """Plays without a result; a resumed run makes them again."""
    interrupted: bool
    """Whether somebody stopped it."""


def begin_bench(path: Path, settings: BenchSettings, command: Sequence[str]) -> RunFolder:
    """Make the folder of a run, in which nothing is played yet.

    Raises:
        ConfigError: a model cannot be reached.
        SimArenaError: the scenarios cannot be used, or there is something at `path` already.
    """
    _require_playable(settings)
    with new_folder(path, command=command) as part:
        part.write_json("settings.json", settings.located().to_json())
        (part.path / LOGS).mkdir()
    return RunFolder(path)


def open_bench(path: Path) -> tuple[RunFolder, BenchSettings]:
    """Return a run that was begun, and its settings.

    Raises:
        RunError: there is none at `path`.
        ConfigError: its settings cannot be used, or a model cannot be reached.
    """
    if not (path / LOGS).is_dir():
        message = f"{path}: is no run of the benchmark (no {LOGS}/ in it); see 'simarena bench'"
        raise RunError(message)
    folder = RunFolder.open(path)
    settings = BenchSettings.of(folder.read_json("settings.json"))
    _require_playable(settings)
    return folder, settings


def run_bench(
    folder: RunFolder,
    settings: BenchSettings,
    *,
    display: Display = "none",
    models: Sequence[Model] | None = None,
    on_agent: Callable[[str], None] | None = None,
) -> BenchResult:
    """Play what has no result yet, and write outcomes, failures, pictures and reports.

    `models` are played in place of those that the settings name, which makes no difference to
    anything else. A model that is stopped, by a signal or by its provider, leaves what it has
    finished; the rest is played when the run is resumed.

    Raises:
        RunError: another process is at it, or a log is damaged.
        SimArenaError: an agent cannot be used.
    """
    with folder.locked():
        logs: list[Log] = []
        outcomes: list[Outcome] = []
        failures: list[Failure] = []
        is_stopped = False
        if settings.models:
            is_stopped = _play_models(folder, settings, display, models)
            logs = _in_order(latest_logs(folder.path / LOGS), settings.models)
            is_stopped |= any(log.is_stopped for log in logs)
            outcomes, failures = results_of(logs)
            failures += _never_played(settings, logs, outcomes, failures)
            # What models came to is there, whatever befalls the agents.
            comparison = _report(folder, settings, logs, outcomes, failures)
        if settings.agents:
            played, failed = play_agents(
                settings.agents,
                settings.selection.scenarios(),
                settings.rules,
                num_seeds=settings.epochs,
                on_agent=on_agent,
            )
            outcomes, failures = outcomes + played, failures + failed
            comparison = _report(folder, settings, logs, outcomes, failures)
    return BenchResult(comparison, num_missing=len(failures), interrupted=is_stopped)


def _report(
    folder: RunFolder,
    settings: BenchSettings,
    logs: Sequence[Log],
    outcomes: Sequence[Outcome],
    failures: Sequence[Failure],
) -> Comparison:
    comparison = compare_agents(outcomes, settings.selection.title, failures)
    fill_comparison(folder, comparison, outcomes, failures, facts=facts_of(settings, logs))
    return comparison


def _require_playable(settings: BenchSettings) -> None:
    require_agents(settings.agents, settings.selection.scenarios(), settings.rules)
    require_usable(settings.models, settings.base_url)
    if settings.prices is not None:
        tell_inspect(settings.prices)


def _play_models(
    folder: RunFolder, settings: BenchSettings, display: Display, models: Sequence[Model] | None
) -> bool:
    """Play what has no result; return whether somebody has stopped it before it had a log."""
    logs = latest_logs(folder.path / LOGS)
    common: dict[str, Any] = {
        "log_dir": str(folder.path / LOGS),
        "display": display,
        "score_display": False,
        "log_buffer": 1,  # what is finished outlives a kill
        "log_realtime": display == "rich",
        "acp_server": False,
        "ctl_server": False,
        "max_retries": settings.max_retries,
        "attempt_timeout": settings.timeout_s,
        "max_connections": settings.max_connections,
        "max_samples": 2 * settings.max_connections,
    }
    with refused_by_us():
        for log in logs:
            if log.is_complete:
                continue
            log.require_version(VERSION)
            log.require_endpoint(settings.base_url)
            try:
                retried = eval_retry(str(log.path), **common)
            except IndexError:  # what Inspect makes of being stopped in a retry
                return True
            if any(each.status == "cancelled" for each in retried):
                return True
        fresh = [name for name in settings.models if name not in {log.model for log in logs}]
        if fresh:
            inspect_eval(
                arena(**settings.located().task_arguments()),
                # Inspect resolves names and models alike, one by one.
                model=[*(models or map(playable, fresh))],
                model_base_url=settings.base_url,
                temperature=settings.temperature,
                max_tokens=settings.max_tokens,
                token_limit=settings.token_limit,
                working_limit=settings.time_limit_s,
                **common,
            )
    return False


def _in_order(logs: Sequence[Log], models: Sequence[str]) -> list[Log]:
    """Return the logs in the order in which their models are named."""
    places = {name: place for place, name in enumerate(models)}
    return sorted(logs, key=lambda log: places.get(log.model, len(places)))


def _never_played(
    settings: BenchSettings,
    logs: Sequence[Log],
    outcomes: Sequence[Outcome],
    failures: Sequence[Failure],
) -> list[Failure]:
    """Return the plays of models of which no log says anything."""
    told = {(each.agent, each.scenario, each.seed) for each in outcomes}
    told |= {(each.agent, each.scenario, each.seed) for each in failures}
    names = {model: name_by_settings(model, settings) for model in settings.models}
    names |= {log.model: log.agent for log in logs}
    return [
        Failure(
            scenario=scenario.name,
            family=scenario.family,
            seed=seed,
            agent=name,
            kind="not-played",
            message="the run ended before",
        )
        for name in names.values()
        for scenario in settings.selection.scenarios()
        for seed in range(settings.epochs)
        if (name, scenario.name, seed) not in told
    ]
