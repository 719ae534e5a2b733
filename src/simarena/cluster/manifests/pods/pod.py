"""Pods that somebody applies."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

from simarena.cluster.manifests.api_object import ApiObject
from simarena.cluster.manifests.owners import is_controller
from simarena.cluster.manifests.pods.template import read_template
from simarena.cluster.manifests.priorities import AskedPriority

if TYPE_CHECKING:
    from simarena.cluster.manifests.api_object import ObjectKey
    from simarena.cluster.manifests.fields import Manifest
    from simarena.cluster.manifests.pods.template import PodTemplate
    from simarena.cluster.manifests.priorities import Priority


class Controller(NamedTuple):
    """What an owner reference names as the controller of a pod."""

    kind: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Pod(ApiObject):
    """A pod; its key has no name as long as that has to be generated."""

    template: PodTemplate
    controllers: tuple[Controller, ...]
    """Those that its owner references name, at most one in a sound manifest."""

    def named(self, name: str) -> Pod:
        """Return it with a generated name."""
        metadata = {**self.manifest["metadata"], "name": name}
        template = replace(self.template, manifest={**self.template.manifest, "metadata": metadata})
        return replace(
            self,
            key=self.key._replace(name=name),
            manifest={**self.manifest, "metadata": metadata},
            template=template,
        )

    def admitted(self, priority: Priority) -> Pod:
        """Return it with its priority filled in."""
        preemption = "PreemptLowerPriority" if priority.preempts else "Never"
        spec = {
            **self.manifest["spec"],
            "priorityClassName": priority.class_name,
            "priority": priority.value,
            "preemptionPolicy": preemption,
        }
        template = replace(
            self.template,
            manifest={**self.template.manifest, "spec": spec},
            spec=replace(
                self.template.spec,
                priority=AskedPriority(priority.class_name, priority.value, preemption),
            ),
        )
        return replace(self, manifest={**self.manifest, "spec": spec}, template=template)


def read_pod(manifest: Manifest, key: ObjectKey, where: str) -> Pod:
    """Check a pod and fill in defaults, in place; return what it says.

    Its metadata has been checked; `where` begins ManifestErrors.
    """
    manifest.pop("status", None)
    metadata = manifest["metadata"]
    return Pod(
        key=key,
        manifest=manifest,
        template=read_template(
            {"metadata": metadata, "spec": manifest["spec"]}, f"{where}: metadata", f"{where}: spec"
        ),
        controllers=tuple(
            Controller(each.get("kind", ""), each.get("name", ""))
            for each in metadata.get("ownerReferences") or ()
            if is_controller(each)
        ),
    )
