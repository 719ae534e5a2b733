"""Names and uids of what has a row in a World."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from simarena.cluster.codes import NONE
from simarena.cluster.naming import pod_name, template_hash, uid
from simarena.cluster.pod_manifest import owner_reference

if TYPE_CHECKING:
    import numpy as np

    from simarena.cluster.compiler import Catalogue
    from simarena.cluster.fields import Manifest

_WORKLOADS = 1 << 40
_NODES = 1 << 41
_EVENTS = 1 << 42
_AUTOSCALERS = 1 << 43


class Name(NamedTuple):
    """Where an object is found."""

    namespace: str
    name: str


@dataclass(slots=True)
class Identities:
    """Tells rows, and what the log wrote down of them, by name.

    ReplicaSets of Deployments and pods of ReplicaSets have no manifest of their own: their names
    follow from their owner's, their template and their number.
    """

    catalogue: Catalogue

    @property
    def seed(self) -> int:
        """The seed of all uids."""
        return int(self.catalogue.world.state[0]["uid_seed"])

    def template_hash(self, template_row: int) -> str:
        """Return what stands for a template in names and labels."""
        info = self.catalogue.templates[template_row]
        if not info.hash:
            info.hash = template_hash(info.pod)
        return info.hash

    def replicaset(self, owner_row: int, template_row: int) -> Name:
        """Return the ReplicaSet of a template; `owner_row` is the Deployment, or the set itself."""
        info = self.catalogue.workloads[owner_row]
        if info.kind == "ReplicaSet":
            return Name(info.namespace, info.name)
        return Name(info.namespace, f"{info.name}-{self.template_hash(template_row)}")

    def pod(self, owner_row: int, template_row: int, bare_row: int, number: int) -> Name:
        """Return a pod, by the workload that a user applied or by its row of bare pods."""
        if bare_row != NONE:
            info = self.catalogue.bare[bare_row]
            return Name(info.namespace, info.name)
        owner = self.replicaset(owner_row, template_row)
        return Name(owner.namespace, pod_name(owner.name, self.seed, number))

    def pod_of_row(self, pod: np.void) -> Name:
        """Return the pod of a row of the World."""
        return self.pod(
            self.applied_owner(int(pod["owner"])),
            int(pod["template"]),
            int(pod["bare"]),
            int(pod["uid"]),
        )

    def applied_owner(self, owner_row: int) -> int:
        """Return the row of what a user applied: a Deployment in place of its ReplicaSet."""
        if owner_row == NONE:
            return NONE
        above = int(self.catalogue.world.workloads[owner_row]["owner"])
        return owner_row if above == NONE else above

    def pod_uid(self, number: int) -> str:
        """Return the uid of pod `number`."""
        return uid(self.seed, number)

    def workload_uid(self, row: int) -> str:
        """Return the uid of the workload in a row."""
        return uid(self.seed, _WORKLOADS + int(self.catalogue.world.workloads[row]["number"]))

    def replicaset_uid(self, owner_row: int, template_row: int) -> str:
        """Return the uid of the ReplicaSet of a template; `owner_row` as for `replicaset`.

        It is empty for one that a Deployment has given up.
        """
        workloads = self.catalogue.world.workloads
        if self.catalogue.workloads[owner_row].kind == "ReplicaSet":
            return self.workload_uid(owner_row)
        row = int(workloads[owner_row]["first_child"])
        while row != NONE and workloads[row]["template"] != template_row:
            row = int(workloads[row]["next_sibling"])
        return "" if row == NONE else self.workload_uid(row)

    def node_uid(self, row: int) -> str:
        """Return the uid of the node in a row."""
        return uid(self.seed, _NODES + row)

    def autoscaler_uid(self, row: int) -> str:
        """Return the uid of the autoscaler in a row."""
        return uid(self.seed, _AUTOSCALERS + int(self.catalogue.world.autoscalers[row]["history"]))

    def event_uid(self, number: int) -> str:
        """Return the uid of event `number`."""
        return uid(self.seed, _EVENTS + number)

    def pod_owner(self, pod: np.void) -> Manifest | None:
        """Return the owner reference of a pod's ReplicaSet, None for a bare pod."""
        owner_row = int(pod["owner"])
        if owner_row == NONE:
            return None
        name = self.replicaset(self.applied_owner(owner_row), int(pod["template"]))
        return owner_reference("ReplicaSet", name.name, self.workload_uid(owner_row))
