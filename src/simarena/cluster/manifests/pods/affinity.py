"""Affinity and anti-affinity terms of pods, and which pods they mean."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from simarena.cluster.manifests.pods.spreading import merged_selector
from simarena.cluster.manifests.selectors import matches_label_selector

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from simarena.cluster.manifests.fields import Fields

_REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution"
_PREFERRED = "preferredDuringSchedulingIgnoredDuringExecution"


@dataclass(frozen=True, slots=True)
class PodSelection:
    """Which pods something is about, by namespace and labels."""

    namespaces: tuple[str, ...]
    namespace_selector: Fields | None
    """LabelSelector; pods of namespaces that it matches are meant, too."""
    selector: Fields | None

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
        there = namespace in self.namespaces or matches_label_selector(
            self.namespace_selector, namespace_labels
        )
        return there and matches_label_selector(self.selector, labels)


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


def pod_terms(pod_spec: Fields, namespace: str, labels: Mapping[str, str]) -> PodTerms:
    """Return the terms of a pod in a namespace, with these labels of its own."""
    affinity = pod_spec.get("affinity") or {}
    near: Fields = affinity.get("podAffinity") or {}
    apart: Fields = affinity.get("podAntiAffinity") or {}

    def required(given: Fields) -> list[PodTerm]:
        return [_term(term, namespace, labels) for term in given.get(_REQUIRED) or ()]

    preferred = [
        WeightedTerm(
            sign * weighted["weight"], _term(weighted["podAffinityTerm"], namespace, labels)
        )
        for sign, given in ((1, near), (-1, apart))
        for weighted in given.get(_PREFERRED) or ()
    ]
    return PodTerms(required(near), required(apart), preferred)


def _term(given: Fields, namespace: str, labels: Mapping[str, str]) -> PodTerm:
    namespaces = tuple(sorted(given.get("namespaces") or ()))
    selector = given.get("namespaceSelector")
    if not namespaces and selector is None:
        namespaces = (namespace,)
    wanted = merged_selector(
        given.get("labelSelector"),
        labels,
        same=given.get("matchLabelKeys") or (),
        different=given.get("mismatchLabelKeys") or (),
    )
    return PodTerm(given["topologyKey"], PodSelection(namespaces, selector, wanted))
