"""Any number of agents side by side: one table, one set of plots, whoever they are."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final

from simarena.errors import ConfigError
from simarena.evaluation.difference import (
    Difference,
    RateDifference,
    compare,
    compare_rates,
    share_plays,
)
from simarena.evaluation.failure import AgentFailures, Failure, count_failures, without_result
from simarena.evaluation.judged import apart_by_rule, counted, errata_text
from simarena.evaluation.repeats import varying_repeats
from simarena.evaluation.summary import Summary, by_agent, summarize

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from simarena.evaluation.outcome import Outcome

PICTURES: Final = (
    ("solve_rates.png", "Share of scenarios solved"),
    ("solved_by_step.png", "Scenarios solved within so many steps"),
    ("repeats.png", "All of k plays solve the scenario"),
    ("cost.png", "What solving costs"),
    ("reasons.png", "Why plays stay unsolved"),
    ("differences.png", "Differences on the same scenarios and seeds"),
)
"""What `draw` leaves: name of the file, what it shows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Agents on the same scenarios. The first is the one that the others are compared with."""

    suite: str
    """What was played, for titles."""

    summaries: tuple[Summary, ...]
    differences: tuple[Difference, ...]
    """The first agent − each other."""

    rate_differences: tuple[RateDifference, ...] = ()
    """Of all pairs of agents that met."""

    failures: tuple[AgentFailures, ...] = ()
    """Plays without a result, which count in nothing else. Some agents may have no others."""

    errata: dict[str, str] = field(default_factory=dict)
    """Scenarios that were played but count in nothing, each with what is wrong with it."""

    def to_json(self) -> dict[str, Any]:
        """Return it as JSON can hold it."""
        missing = {each.agent: each.num_plays for each in self.failures}
        return {
            "suite": self.suite,
            "num_scenarios": self.summaries[0].num_scenarios if self.summaries else 0,
            "num_plays": self.summaries[0].num_plays if self.summaries else 0,
            "agents": [
                each.to_json() | {"num_planned": each.num_plays + missing.get(each.agent, 0)}
                for each in self.summaries
            ],
            "differences": [each.to_json() for each in self.differences],
            "rate_differences": [each.to_json() for each in self.rate_differences],
            "failures": [each.to_json() for each in self.failures],
            "errata": self.errata,
        }


def compare_agents(
    outcomes: Iterable[Outcome], suite: str, failures: Iterable[Failure] = ()
) -> Comparison:
    """Return how the agents in `outcomes` did; the one that comes first is the reference.

    Failed plays count in no figure, nor do those of scenarios with an erratum. Those that were made
    again, and have an outcome, are left out. Plays by different rules are of different scenarios.

    Raises:
        ConfigError: there are neither outcomes nor failures.
        RunError: an agent played nothing that the first one did, though no play of either failed.
    """
    outcomes, failures, errata = counted(outcomes, failures)
    groups = by_agent(apart_by_rule(outcomes))
    plays = list(groups.values())
    comparison = side_by_side(groups, suite, failures, errata)
    unlucky = {each.agent for each in failures}
    differences = tuple(
        compare(plays[0], each)
        for each in plays[1:]
        if share_plays(plays[0], each) or not unlucky & {plays[0][0].agent, each[0].agent}
    )
    return replace(comparison, differences=differences)


def side_by_side(
    groups: Mapping[str, Sequence[Outcome]],
    suite: str,
    failures: Iterable[Failure] = (),
    errata: Mapping[str, str] | None = None,
) -> Comparison:
    """Return how agents did, given the outcomes of each, without one that others are held against.

    `errata` are scenarios that were left out before.

    Raises:
        ConfigError: there are neither outcomes nor failures.
    """
    failed = count_failures(
        without_result(failures, (each for group in groups.values() for each in group))
    )
    if not groups and not failed:
        message = "there is nothing to compare: no outcomes were given"
        if errata:
            message = errata_text(errata).rstrip(".") + "; play other scenarios"
        raise ConfigError(message)
    return Comparison(
        suite=suite,
        summaries=tuple(summarize(group) for group in groups.values()),
        differences=(),
        rate_differences=compare_rates(groups),
        failures=failed,
        errata=dict(errata or {}),
    )


def draw(comparison: Comparison, folder: Path, suffix: str = ".png") -> list[tuple[str, str]]:
    """Draw into `folder` those of the `PICTURES` that there is something to show in.

    Return their names and what they show. `suffix` chooses the kind of file. Pictures of an earlier
    comparison are removed.
    """
    from simarena.evaluation.comparison import plots as comparison_plots
    from simarena.evaluation.pictures import model_plots

    summaries, differences = comparison.summaries, comparison.differences
    agents = [each.to_json() for each in summaries]
    drawn = []
    for picture, title in PICTURES:
        path = (folder / picture).with_suffix(suffix)
        path.unlink(missing_ok=True)
        match path.stem:
            case "solve_rates" if summaries:
                comparison_plots.plot_solve_rates(summaries, path)
            case "solved_by_step" if summaries:
                comparison_plots.plot_solved_by_step(summaries, path)
            case "repeats" if len(varying_repeats(agents)) > 1:
                model_plots.plot_pass_pow_k(summaries, path)
            case "cost" if model_plots.known_cost(summaries):
                model_plots.plot_cost(summaries, path)
            case "reasons" if any(each.reasons for each in summaries):
                model_plots.plot_reasons(summaries, path)
            case "differences" if differences:
                comparison_plots.plot_differences(differences, path)
            case _:
                continue
        drawn.append((path.name, title))
    return drawn
