"""Which plays may count together: none of a withdrawn scenario, and none by two rules as one."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from msgspec.structs import replace

from simarena.env.scenarios.arena import ERRATA

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from simarena.evaluation.failure import Failure
    from simarena.evaluation.outcome import Outcome


class Counted(NamedTuple):
    """Plays, and what was left out of them."""

    outcomes: list[Outcome]
    failures: list[Failure]

    errata: dict[str, str]
    """Scenarios that were played but do not count, each with what is wrong with it."""


def counted(outcomes: Iterable[Outcome], failures: Iterable[Failure] = ()) -> Counted:
    """Return the plays that count in figures: all but those of scenarios with an erratum."""
    outcomes, failures = list(outcomes), list(failures)
    played = {each.scenario for each in outcomes} | {each.scenario for each in failures}
    errata = {name: why for name, why in ERRATA.items() if name in played}
    return Counted(
        [each for each in outcomes if each.scenario not in errata],
        [each for each in failures if each.scenario not in errata],
        errata,
    )


def errata_text(errata: Mapping[str, str]) -> str:
    """Return which scenarios do not count and why, in a sentence or more; empty where all do."""
    by_reason: dict[str, list[str]] = {}
    for name, why in errata.items():
        by_reason.setdefault(why, []).append(name)
    return " ".join(
        f"Erratum: {', '.join(names)} count in no figure: {why}."
        for why, names in by_reason.items()
    )


def apart_by_rule(outcomes: Sequence[Outcome]) -> list[Outcome]:
    """Return the plays with the rule in the scenario's name where one was judged by several.

    So plays by different rules are of different scenarios, and nothing takes them together. A play
    that does not tell its kubelets may have had any.
    """
    several = _judged_by_several(outcomes)
    return [
        replace(each, scenario=f"{each.scenario} ({_rule(each)})")
        if each.scenario in several
        else each
        for each in outcomes
    ]


def _judged_by_several(outcomes: Sequence[Outcome]) -> set[str]:
    harmless: dict[str, set[bool]] = {}
    kubelets: dict[str, set[str]] = {}
    for each in outcomes:
        harmless.setdefault(each.scenario, set()).add(each.harmless)
        if each.kubelet:
            kubelets.setdefault(each.scenario, set()).add(each.kubelet)
    return {
        name
        for name, rules in harmless.items()
        if len(rules) > 1 or len(kubelets.get(name, ())) > 1
    }


def _rule(outcome: Outcome) -> str:
    words = ["others not harmed" if outcome.harmless else "others not looked at"]
    if outcome.kubelet:
        words.append(f"{outcome.kubelet} kubelet")
    return ", ".join(words)
