"""Label selectors, and the requirements that node selector terms are made of, too."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final, NamedTuple

from simarena.cluster.manifests.fields import (
    choice,
    mapping,
    objects,
    required,
    string_map,
    strings,
)
from simarena.errors import ManifestError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from simarena.cluster.manifests.fields import Fields

LABEL_OPERATORS: Final = ("In", "NotIn", "Exists", "DoesNotExist")

_INTEGER = re.compile(r"[+-]?[0-9]+", re.ASCII)
_LEAST_INT64 = -(1 << 63)
_GREATEST_INT64 = (1 << 63) - 1


class Requirement(NamedTuple):
    """What one label must be."""

    key: str
    operator: str
    values: tuple[str, ...] = ()

    def matches(self, labels: Mapping[str, str]) -> bool:
        """Return whether labels satisfy it."""
        value = labels.get(self.key)
        match self.operator:
            case "In":
                return value is not None and value in self.values
            case "NotIn":
                return value is None or value not in self.values
            case "Exists":
                return value is not None
            case "DoesNotExist":
                return value is None
        return self._compares(value)

    def _compares(self, value: str | None) -> bool:
        """Evaluate Gt or Lt, which nodes' labels may be compared with."""
        left, right = _int64(value), _int64(self.values[0])
        if left is None or right is None:
            return False
        return left > right if self.operator == "Gt" else left < right


@dataclass(frozen=True, slots=True)
class LabelSelector:
    """Which labels are meant; without any requirement, all are."""

    labels: Mapping[str, str] = field(default_factory=dict)
    requirements: tuple[Requirement, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether it requires nothing."""
        return not self.labels and not self.requirements

    def matches(self, labels: Mapping[str, str]) -> bool:
        """Return whether labels satisfy it."""
        if any(labels.get(key) != value for key, value in self.labels.items()):
            return False
        return all(requirement.matches(labels) for requirement in self.requirements)

    def with_label(self, key: str, value: str) -> LabelSelector:
        """Return a selector that asks for one more label."""
        return replace(self, labels={**self.labels, key: value})


def selects(selector: LabelSelector | None, labels: Mapping[str, str]) -> bool:
    """Return whether a selector means these labels; None means none, an empty one all."""
    return selector is not None and selector.matches(labels)


def read_selector(given: Fields, where: str) -> LabelSelector:
    """Return a LabelSelector; ManifestError unless the API accepts it."""
    labels = string_map(given, "matchLabels", where)
    return LabelSelector(
        labels,
        tuple(
            read_requirement(each, f"{where}.matchExpressions[{index}]", LABEL_OPERATORS)
            for index, each in enumerate(objects(given, "matchExpressions", where))
        ),
    )


def selector_at(parent: Fields, key: str, where: str) -> LabelSelector | None:
    """Return the LabelSelector at `key`, None where it is missing or null."""
    selector = read_selector(mapping(parent, key, where), f"{where}.{key}")
    return None if parent.get(key) is None else selector


def read_requirement(given: Fields, where: str, operators: tuple[str, ...]) -> Requirement:
    """Return a requirement with one of these operators; ManifestError if it is malformed."""
    key = required(given, "key", where)
    operator = choice(given, "operator", where, operators, "")
    values = tuple(strings(given, "values", where))
    if operator in {"In", "NotIn"} and not values:
        message = f"{where}.values must not be empty when operator is {operator}"
        raise ManifestError(message)
    if operator in {"Exists", "DoesNotExist"} and values:
        message = f"{where}.values must be empty when operator is {operator}"
        raise ManifestError(message)
    if operator in {"Gt", "Lt"} and len(values) != 1:
        message = f"{where}.values must have exactly one element when operator is {operator}"
        raise ManifestError(message)
    return Requirement(key, operator, values)


def merged_selector(
    selector: LabelSelector | None,
    labels: Mapping[str, str],
    *,
    same: Iterable[str] = (),
    different: Iterable[str] = (),
) -> LabelSelector | None:
    """Return a selector that also asks for the pod's own values of some labels, or for others.

    So the API completes `matchLabelKeys` and `mismatchLabelKeys`; keys that the pod has no label of
    are left out.
    """
    if selector is None:
        return None
    more = tuple(
        Requirement(key, operator, (labels[key],))
        for keys, operator in ((same, "In"), (different, "NotIn"))
        for key in keys
        if key in labels
    )
    if not more:
        return selector
    return replace(selector, requirements=(*selector.requirements, *more))


def _int64(text: str | None) -> int | None:
    """Return the integer that Go's ParseInt reads, None where it would fail."""
    if text is None or _INTEGER.fullmatch(text) is None:
        return None
    number = int(text)
    return number if _LEAST_INT64 <= number <= _GREATEST_INT64 else None
