"""What the manifests of all workloads have in common: a template of pods, and mostly a selector."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

from simarena.cluster.manifests.api_object import ApiObject
from simarena.cluster.manifests.fields import int32, mapping, milliseconds
from simarena.cluster.manifests.pods.template import template_at
from simarena.cluster.manifests.selectors import read_selector
from simarena.errors import ManifestError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Self

    from simarena.cluster.manifests.fields import Manifest
    from simarena.cluster.manifests.pods.template import PodTemplate
    from simarena.cluster.manifests.selectors import LabelSelector


@dataclass(frozen=True, slots=True, kw_only=True)
class Workload(ApiObject):
    """What controllers look after."""

    template: PodTemplate
    """What its pods are made from."""
    selector: LabelSelector | None
    """Of its pods; None where it says none."""

    @property
    def owner(self) -> tuple[str, ...]:
        """What a template belongs to: kind, namespace and name of the workload."""
        return tuple(self.key)

    @property
    def sizes(self) -> Mapping[str, int]:
        """How many pods it asks for at once, by field; empty where that is not its to say."""
        return {}

    def scaled(self, replicas: int) -> Self:  # noqa: ARG002 - the kinds that scale use it
        """Return it with another number of pods, where that is its to say."""
        return self

    def with_template(self, template: PodTemplate) -> Self:
        """Return it with another template, from which its pods are made."""
        return replace(self, template=template)

    def row(self) -> Mapping[str, int | list[int]]:
        """Return the fields of a row of SPEC that it decides, those that name rows apart."""
        raise NotImplementedError


@dataclass(frozen=True, slots=True, kw_only=True)
class ScalableWorkload(Workload):
    """A workload that says how many pods there should be."""

    replicas: int
    min_ready_ms: int

    @property
    def sizes(self) -> Mapping[str, int]:
        """How many pods it asks for at once, by field."""
        return {"replicas": self.replicas}

    def scaled(self, replicas: int) -> Self:
        """Return it with another number of pods."""
        spec = {**self.manifest["spec"], "replicas": replicas}
        return replace(self, manifest={**self.manifest, "spec": spec}, replicas=replicas)


class SelectedPods(NamedTuple):
    """Pods that a controller keeps for ever, and knows by a selector."""

    template: PodTemplate
    selector: LabelSelector
    min_ready_ms: int
    """How long a pod must be ready to count as available."""


def read_selected(spec: Manifest, where: str) -> SelectedPods:
    """Check and complete, in place, selector and template of pods that never end; return them."""
    template = ended_template(spec, where, ("Always",))
    selector = read_selector(mapping(spec, "selector", where), f"{where}.selector")
    if selector.is_empty:
        message = f"{where}.selector must not be empty; name labels of spec.template"
        raise ManifestError(message)
    if not selector.matches(template.labels):
        message = f"{where}.selector does not match the labels in spec.template.metadata"
        raise ManifestError(message)
    min_ready_s = int32(spec, "minReadySeconds", where, 0)
    return SelectedPods(template, selector, milliseconds(min_ready_s))


def ended_template(spec: Manifest, where: str, policies: Sequence[str]) -> PodTemplate:
    """Check and complete, in place, a template of pods with one of these restart policies."""
    template = template_at(spec, where)
    if template.manifest["spec"]["restartPolicy"] not in policies:
        message = (
            f"{where}.template.spec.restartPolicy must be {' or '.join(policies)} in this template"
        )
        raise ManifestError(message)
    return template
