"""Inspect's logs of the benchmark's task, read as outcomes and failures."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import unquote, urlsplit

from inspect_ai.log import list_eval_logs, read_eval_log, read_eval_log_samples

from simarena.benchmark.episode import LIMIT, Episode
from simarena.benchmark.identity import endpoint_in_log, endpoint_of, endpoints, name_in_log
from simarena.errors import ConfigError, RunError, StorageError
from simarena.evaluation.failure import Failure
from simarena.evaluation.outcome import Outcome
from simarena.files.bounded import require_file

if TYPE_CHECKING:
    from collections.abc import Sequence

    from inspect_ai.log import EvalError, EvalLog, EvalSample

TASK: Final = "simarena/arena"

_MAX_BYTES: Final = 16 << 30


def task_text(version: int | str) -> str:
    """Return how facts name the task and its version."""
    return f"{TASK}, version {version}"


_OF_A_MODEL: Final = re.compile(r"inspect_ai[/\\]model[/\\](?!_call_tools)")
"""In a traceback: the error came while a provider was asked."""

_RAISED: Final = re.compile(r"(?m)^([\w.]+(?:Error|Exception|Timeout)): ?(.*)$")
"""The line in a traceback that says what was raised."""

_WRAPPERS: Final = ("inspect_ai.", "tenacity.")


@dataclass(frozen=True, slots=True)
class Log:
    """One log of the task: what a model came to, or has come to so far."""

    path: Path
    header: EvalLog

    @property
    def model(self) -> str:
        """The model's name, as Inspect knows it."""
        return self.header.eval.model

    @property
    def agent(self) -> str:
        """What the model is called on boards: its name, endpoint, and rules that are not usual."""
        return name_in_log(self.header)

    @property
    def is_complete(self) -> bool:
        """Whether every play has come to a result."""
        return self.header.status == "success"

    @property
    def is_stopped(self) -> bool:
        """Whether somebody has stopped it."""
        return self.header.status == "cancelled"

    def require_version(self, version: int) -> None:
        """Refuse to go on with what was played by another version of the task; ConfigError."""
        if self.header.eval.task_version != version:
            message = (
                f"{self.path}: was played by version {self.header.eval.task_version} of {TASK}, "
                f"which is at {version} now; begin a new run"
            )
            raise ConfigError(message)

    def require_endpoint(self, base_url: str | None) -> None:
        """Refuse to go on at another endpoint than that of the log's plays; ConfigError."""
        now, then = endpoint_of(self.model, base_url, endpoints()), endpoint_in_log(self.header)
        if now != then:
            message = (
                f"{self.path}: {self.model} was reached at {then or 'its provider'}, and would be "
                f"at {now or 'its provider'} now; set the provider's variable as it was, or begin "
                "a new run"
            )
            raise ConfigError(message)

    def results(self) -> tuple[list[Outcome], list[Failure]]:
        """Return the plays that came to a result, and those that did not.

        Raises:
            RunError: the log is damaged.
        """
        outcomes, failures = [], []
        try:
            for sample in read_eval_log_samples(
                str(self.path), all_samples_required=False, exclude_fields=_UNREAD
            ):
                outcome = self._outcome(sample)
                if isinstance(outcome, Failure):
                    failures.append(outcome)
                else:
                    outcomes.append(outcome)
        except (OSError, ValueError, KeyError) as error:
            reason = " ".join(str(error).split())[:200]
            message = f"{self.path}: is no whole log of {TASK} ({reason}); play again"
            raise RunError(message) from error
        return outcomes, failures

    def _outcome(self, sample: EvalSample) -> Outcome | Failure:
        metadata = sample.metadata
        play: dict[str, Any] = {
            "scenario": str(sample.id),
            "family": str(metadata.get("family", "")),
            "seed": sample.epoch - 1,
            "agent": self.agent,
        }
        episode = sample.store_as(Episode)
        if sample.error is not None:
            return Failure(**play, kind=_kind(sample.error), message=_told(sample.error))
        if not episode.ended and sample.limit is not None:
            message = f"no answer within the limit of {sample.limit.type}"
            return Failure(**play, kind="provider", message=message)
        if not episode.ended:
            return Failure(**play, kind="cancelled", message=_STOPPED)
        usages = sample.model_usage.values()
        costs = [each.total_cost for each in usages if each.total_cost is not None]
        cached = sum(
            (each.input_tokens_cache_read or 0) + (each.input_tokens_cache_write or 0)
            for each in usages
        )
        return Outcome(
            **play,
            split=str(metadata.get("split", "")),
            solved=episode.solved,
            steps=episode.steps,
            max_steps=episode.max_steps,
            optimal_steps=metadata.get("optimal_steps"),
            harmless=bool(metadata.get("harmless", False)),
            kubelet=str(metadata.get("kubelet", "")),
            reward=episode.reward,
            blocked=episode.blocked,
            waste=episode.waste,
            reason=episode.reason,
            ended=f"{LIMIT}{sample.limit.type}" if sample.limit is not None else episode.ended,
            tool_calls=sum(episode.looks.values()),
            invalid=episode.invalid,
            input_tokens=sum(each.input_tokens for each in usages) + cached,
            output_tokens=sum(each.output_tokens for each in usages),
            cost_usd=sum(costs) if costs else None,
            call_ms=tuple(episode.call_ms),
        )


_STOPPED: Final = "the episode was stopped"
_UNREAD: Final = {"messages", "events", "output", "attachments", "timelines"}
"""Fields of samples that fill nearly all of a log, and say nothing that outcomes need."""


def latest_logs(folder: Path) -> list[Log]:
    """Return one log of each evaluation in `folder`; those of other tasks are passed over.

    A retry belongs to the evaluation that it goes on with, and its log takes over what the log
    before it has finished. So it is the newest log, unless that was ended before it got so far.

    Raises:
        RunError: a log cannot be read.
    """
    logs: dict[tuple[str, str], list[Log]] = {}
    for each in list_eval_logs(str(folder), recursive=True, descending=True):
        path = Path(unquote(urlsplit(each.name).path))
        try:
            require_file(path, _MAX_BYTES)
            header = read_eval_log(each.name, header_only=True)
        except StorageError as error:
            message = f"{error}; or move it away"
            raise RunError(message) from error
        except (OSError, ValueError, KeyError) as error:
            message = f"{path}: is no log of Inspect's, or damaged; move it away"
            raise RunError(message) from error
        if TASK in {header.eval.task, header.eval.task_registry_name}:
            log = Log(path, header)
            logs.setdefault((log.agent, header.eval.task_id), []).append(log)
    return [_fullest(newest_first) for newest_first in logs.values()]


def _fullest(newest_first: Sequence[Log]) -> Log:
    newest = newest_first[0]
    if newest.is_complete or len(newest_first) == 1:
        return newest
    return max(newest_first, key=lambda log: len(log.results()[0]))


def results_of(logs: Sequence[Log]) -> tuple[list[Outcome], list[Failure]]:
    """Return the outcomes and failures of all the logs."""
    outcomes: list[Outcome] = []
    failures: list[Failure] = []
    for log in logs:
        played, failed = log.results()
        outcomes += played
        failures += failed
    return outcomes, failures


def _told(error: EvalError) -> str:
    """Return what the provider's own library said, where retries and Inspect wrap it in errors."""
    if _is_stop(error):
        return _STOPPED
    raised = [
        f"{name}: {text}" if text else name
        for name, text in _RAISED.findall(error.traceback)
        if not name.startswith(_WRAPPERS)
    ]
    return raised[-1] if raised else error.message


def _is_stop(error: EvalError) -> bool:
    return error.message.startswith("CancelledError")


def _kind(error: EvalError) -> str:
    if _is_stop(error):
        return "cancelled"
    return "provider" if _OF_A_MODEL.search(error.traceback) else "environment"
