"""Success policies of indexed Jobs: which indexes suffice."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from simarena.cluster.manifests.fields import mapping, objects, string, whole
from simarena.errors import ManifestError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from simarena.cluster.manifests.fields import Fields

_MAX_RULES: Final = 20
_PART: Final = re.compile(r"(\d{1,10})(?:-(\d{1,10}))?")


class Interval(NamedTuple):
    """Completion indexes from the first to the last."""

    first: int
    last: int


class SuccessRule(NamedTuple):
    """Of which indexes how many suffice."""

    intervals: tuple[Interval, ...]
    num_needed: int


def read_success_policy(spec: Fields, where: str) -> tuple[SuccessRule, ...]:
    """Return the rules of a Job's completed spec; ManifestError where the API would refuse them."""
    if spec.get("successPolicy") is None:
        return ()
    at = f"{where}.successPolicy"
    if spec["completionMode"] != "Indexed":
        message = f"{at} needs pods with indexes; set completionMode to Indexed"
        raise ManifestError(message)
    rules = objects(mapping(spec, "successPolicy", where), "rules", at)
    if not 1 <= len(rules) <= _MAX_RULES:
        message = f"{at}.rules: must be from 1 to {_MAX_RULES} rules, got {len(rules)}"
        raise ManifestError(message)
    return tuple(
        _rule(rule, int(spec["completions"]), f"{at}.rules[{number}]")
        for number, rule in enumerate(rules)
    )


def _rule(rule: Fields, completions: int, where: str) -> SuccessRule:
    if rule.get("succeededIndexes") is None and rule.get("succeededCount") is None:
        message = f"{where} must have succeededIndexes, succeededCount or both"
        raise ManifestError(message)
    intervals = [Interval(0, completions - 1)]
    if rule.get("succeededIndexes") is not None:
        text = string(rule, "succeededIndexes", where)
        intervals = parse_indexes(text) or []
        ordered = [edge for interval in intervals for edge in interval]
        if (
            not intervals
            or any(one.first > one.last for one in intervals)
            or ordered != sorted(ordered)
            or ordered[-1] >= completions
        ):
            message = (
                f"{where}.succeededIndexes {text!r} must be ascending indexes below completions, "
                "such as 0,2-4"
            )
            raise ManifestError(message)
    most = sum(interval.last - interval.first + 1 for interval in intervals)
    count = whole(rule, "succeededCount", where, 1, least=1)
    if count > most:
        message = f"{where}.succeededCount must be at most {most}, got {count}"
        raise ManifestError(message)
    needed = most if rule.get("succeededCount") is None else count
    return SuccessRule(tuple(intervals), needed)


def parse_indexes(text: str) -> list[Interval] | None:
    """Return the intervals of a text such as "0,2-4", None if it is no such text."""
    intervals = []
    for part in text.split(","):
        match = _PART.fullmatch(part)
        if match is None:
            return None
        intervals.append(Interval(int(match[1]), int(match[2] or match[1])))
    return intervals


def success_parts(rules: Iterable[SuccessRule]) -> Iterator[Mapping[str, int]]:
    """Yield rules as fields of SPEC, a row for each interval."""
    for number, rule in enumerate(rules):
        for interval in rule.intervals:
            yield {
                "rule": number,
                "num_needed": rule.num_needed,
                "first_index": interval.first,
                "last_index": interval.last,
            }
