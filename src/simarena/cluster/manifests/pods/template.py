"""Pod templates: metadata and spec, as pods have them and controllers' manifests hold them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from simarena.checks.bounds import MAX_INT32
from simarena.cluster.manifests.fields import mapping, string_map
from simarena.cluster.manifests.pods.container_rules import container_rules
from simarena.cluster.manifests.pods.spec import read_pod_spec
from simarena.cluster.manifests.pods.usage import pod_usage

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from simarena.cluster.manifests.fields import Fields, Manifest
    from simarena.cluster.manifests.pods.container_rules import ContainerRules
    from simarena.cluster.manifests.pods.spec import PodSpec
    from simarena.cluster.manifests.pods.taints import Toleration
    from simarena.cluster.manifests.pods.usage import Usage

_DELETION_COST: Final = "controller.kubernetes.io/pod-deletion-cost"


@dataclass(frozen=True, slots=True, kw_only=True)
class PodTemplate:
    """What pods are made from."""

    manifest: Manifest
    """metadata and spec, as the API keeps them."""
    labels: Mapping[str, str]
    annotations: Mapping[str, str]
    spec: PodSpec
    usage: Usage
    """What its containers use of CPU and memory, as annotations say."""
    rules: ContainerRules

    @property
    def deletion_cost(self) -> int:
        """How dear its pods are to their ReplicaSet, as an annotation says; 0 without one."""
        try:
            cost = int(self.annotations.get(_DELETION_COST, ""))
        except ValueError:
            return 0
        return cost if -MAX_INT32 <= cost <= MAX_INT32 else 0

    def unbound(self) -> PodTemplate:
        """Return it without the node that it names."""
        given = self.manifest["spec"]
        placement = replace(self.spec.placement, node_name="")
        return replace(
            self,
            manifest={
                "metadata": self.manifest["metadata"],
                "spec": {name: given[name] for name in given if name != "nodeName"},
            },
            spec=replace(self.spec, placement=placement),
        )

    def tolerating(self, added: Mapping[Toleration, Manifest]) -> PodTemplate:
        """Return it with those that it lacks of tolerations, given read and as the API has them."""
        present = self.manifest["spec"].get("tolerations") or []
        lacking = {read: each for read, each in added.items() if each not in present}
        placement = self.spec.placement
        placement = replace(placement, tolerations=(*placement.tolerations, *lacking))
        return self._with_spec(
            replace(self.spec, placement=placement), tolerations=[*present, *lacking.values()]
        )

    def annotated(self, name: str, value: str) -> PodTemplate:
        """Return it with one more annotation, which says nothing to the simulator."""
        annotations = {**self.annotations, name: value}
        metadata = {**self.manifest["metadata"], "annotations": annotations}
        return replace(
            self,
            manifest={"metadata": metadata, "spec": self.manifest["spec"]},
            annotations=annotations,
        )

    def without_label(self, name: str) -> PodTemplate:
        """Return it without a label."""
        labels = {key: value for key, value in self.labels.items() if key != name}
        metadata = {**self.manifest["metadata"], "labels": labels}
        manifest = {"metadata": metadata, "spec": self.manifest["spec"]}
        return replace(self, manifest=manifest, labels=labels)

    def relabelled(self, like: PodTemplate, gates: Sequence[Fields]) -> PodTemplate:
        """Return it with labels and annotations of another one, and these scheduling gates."""
        changed = self._with_spec(
            replace(self.spec, is_gated=bool(gates)), schedulingGates=list(gates) or None
        )
        return replace(
            changed,
            manifest={"metadata": like.manifest["metadata"], "spec": changed.manifest["spec"]},
            labels=like.labels,
            annotations=like.annotations,
            usage=like.usage,
            rules=container_rules(changed.spec, like.annotations, like.usage, "metadata"),
        )

    def _with_spec(self, spec: PodSpec, **fields: object) -> PodTemplate:
        """Return it with another spec, of whose manifest some fields are others, or are none."""
        given = {**self.manifest["spec"], **fields}
        given = {name: each for name, each in given.items() if each is not None}
        return replace(
            self,
            manifest={"metadata": self.manifest["metadata"], "spec": given},
            spec=spec,
            rules=container_rules(spec, self.annotations, self.usage, "metadata"),
        )


def read_template(manifest: Manifest, where: str, spec_where: str) -> PodTemplate:
    """Check a template (metadata and spec) and fill in defaults, in place; return what it says.

    The two places begin ManifestErrors about its metadata and its spec.
    """
    metadata = manifest["metadata"]
    labels = string_map(metadata, "labels", where)
    annotations = string_map(metadata, "annotations", where)
    spec = read_pod_spec(manifest["spec"], spec_where)
    usage = pod_usage(annotations, where)
    return PodTemplate(
        manifest=manifest,
        labels=labels,
        annotations=annotations,
        spec=spec,
        usage=usage,
        rules=container_rules(spec, annotations, usage, where),
    )


def template_at(parent: Manifest, where: str) -> PodTemplate:
    """Check the template of a spec and fill in defaults, in place; return what it says."""
    template = dict(mapping(parent, "template", where))
    at = f"{where}.template"
    template["metadata"] = dict(mapping(template, "metadata", at))
    template["spec"] = dict(mapping(template, "spec", at))
    read = read_template(template, f"{at}.metadata", f"{at}.spec")
    parent["template"] = template
    return read
