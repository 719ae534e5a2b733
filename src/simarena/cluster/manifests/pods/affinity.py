"""Affinity and anti-affinity terms of pods, and which pods they mean."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from simarena.cluster.manifests.fields import mapping, objects, required, strings
from simarena.cluster.manifests.pods.node_affinity import PREFERRED, REQUIRED, read_weight
from simarena.cluster.manifests.selectors import (
    LabelSelector,
    merged_selector,
    selector_at,
    selects,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from simarena.cluster.manifests.fields import Fields


@dataclass(frozen=True, slots=True)
class PodSelection:
    """Which pods something is about, by namespace and labels."""

    namespaces: tuple[str, ...]
    namespace_selector: LabelSelector | None
    """Pods of namespaces that it matches are meant, too."""
    selector: LabelSelector | None

    @property
    def identity(self) -> bytes:
        """Return text that is equal for equal selections."""
        return msgspec.json.encode(
            (self.namespaces, self.namespace_selector, self.selector), order="deterministic"
        )

    def matches(
        self, namespace: str, labels: Mapping[str, str], namespace_labels: Mapping[str, str]
    ) -> bool:
        """Return whether a pod with these labels, in that namespace, is meant."""
        there = namespace in self.namespaces or selects(self.namespace_selector, namespace_labels)
        return there and selects(self.selector, labels)


class PodTerm(NamedTuple):
    """Pods, and the label of nodes whose equal values make them near."""

    key: str
    pods: PodSelection


class WeightedTerm(NamedTuple):
    """A preferred term."""

    weight: int
    """Negative for anti-affinity."""
    term: PodTerm


class PodTerms(NamedTuple):
    """All terms of a pod."""

    affinity: Sequence[PodTerm]
    anti_affinity: Sequence[PodTerm]
    preferred: Sequence[WeightedTerm]


class AffinityTerm(NamedTuple):
    """A term as a manifest has it: what it leaves open is the pod's own."""

    key: str
    namespaces: tuple[str, ...]
    namespace_selector: LabelSelector | None
    selector: LabelSelector | None
    same: tuple[str, ...]
    different: tuple[str, ...]

    def of(self, namespace: str, labels: Mapping[str, str]) -> PodTerm:
        """Return the term of a pod in a namespace, with these labels of its own."""
        namespaces = self.namespaces
        if not namespaces and self.namespace_selector is None:
            namespaces = (namespace,)
        wanted = merged_selector(self.selector, labels, same=self.same, different=self.different)
        return PodTerm(self.key, PodSelection(namespaces, self.namespace_selector, wanted))


class PodAffinity(NamedTuple):
    """`podAffinity` or `podAntiAffinity` of a pod."""

    required: tuple[AffinityTerm, ...] = ()
    preferred: tuple[tuple[int, AffinityTerm], ...] = ()


def pod_terms(
    near: PodAffinity, apart: PodAffinity, namespace: str, labels: Mapping[str, str]
) -> PodTerms:
    """Return the terms of a pod in a namespace, with these labels of its own."""
    return PodTerms(
        [term.of(namespace, labels) for term in near.required],
        [term.of(namespace, labels) for term in apart.required],
        [
            WeightedTerm(sign * weight, term.of(namespace, labels))
            for sign, given in ((1, near), (-1, apart))
            for weight, term in given.preferred
        ],
    )


def read_pod_affinity(affinity: Fields, name: str, where: str) -> PodAffinity:
    """Return `podAffinity` or `podAntiAffinity`; ManifestError if it is malformed."""
    given = mapping(affinity, name, where)
    at = f"{where}.{name}"
    needed = tuple(
        _term(term, f"{at}.{REQUIRED}[{index}]")
        for index, term in enumerate(objects(given, REQUIRED, at))
    )
    preferred = []
    for index, weighted in enumerate(objects(given, PREFERRED, at)):
        here = f"{at}.{PREFERRED}[{index}]"
        weight = read_weight(weighted, here)
        term = mapping(weighted, "podAffinityTerm", here)
        preferred.append((weight, _term(term, f"{here}.podAffinityTerm")))
    return PodAffinity(needed, tuple(preferred))


def _term(given: Fields, where: str) -> AffinityTerm:
    key = required(given, "topologyKey", where)
    namespaces = tuple(sorted(strings(given, "namespaces", where)))
    same = tuple(strings(given, "matchLabelKeys", where))
    different = tuple(strings(given, "mismatchLabelKeys", where))
    selector = selector_at(given, "labelSelector", where)
    namespace_selector = selector_at(given, "namespaceSelector", where)
    return AffinityTerm(key, namespaces, namespace_selector, selector, same, different)
