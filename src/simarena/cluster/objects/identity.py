"""Names and uids of what has a row in a World."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from simarena.cluster.codes import NONE, WorkloadKind
from simarena.cluster.manifests.kinds import controller_kind
from simarena.cluster.messages.clock import UNIX_MINUTES
from simarena.cluster.messages.naming import pod_name, template_hash, uid
from simarena.cluster.objects.pods.manifest import owner_reference

if TYPE_CHECKING:
    import numpy as np

    from simarena.cluster.manifests.fields import Manifest
    from simarena.cluster.rows.catalogue import Catalogue

MINUTE_MS = 60_000
_CLONE = re.compile(r"(.*)-clone-([0-9]+)")
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

    def pod(
        self,
        owner_row: int,
        template_row: int,
        bare_row: int,
        number: int,
        ordinal: int = NONE,
        minute: int = NONE,
    ) -> Name:
        """Return a pod, by the workload that a user applied or by its row of bare pods.

        `ordinal` is what the kernel numbered it with, `minute` the time that names its Job. A pod
        that a workload has adopted keeps the name that it had.
        """
        if bare_row != NONE:
            bare = self.catalogue.bare[bare_row]
            clone = ordinal if owner_row == NONE else NONE
            return Name(bare.namespace, clone_name(bare.name, clone))
        info = self.catalogue.workloads[owner_row]
        if info.kind == "StatefulSet":
            return Name(info.namespace, f"{info.name}-{ordinal}")
        owner = self.controller(owner_row, template_row, minute).name
        if info.kind in {"Job", "CronJob"} and ordinal != NONE:
            owner = f"{owner}-{ordinal}"
        return Name(info.namespace, pod_name(owner, self.seed, number))

    def controller(self, owner_row: int, template_row: int, minute: int = NONE) -> Name:
        """Return what controls a pod, by the workload that a user applied."""
        info = self.catalogue.workloads[owner_row]
        if info.kind in {"Deployment", "ReplicaSet"}:
            return self.replicaset(owner_row, template_row)
        if info.kind == "CronJob":
            return Name(info.namespace, f"{info.name}-{UNIX_MINUTES + minute}")
        return Name(info.namespace, info.name)

    def controller_kind(self, owner_row: int) -> str:
        """Return the kind of what controls the pods of a workload that a user applied."""
        kind = self.catalogue.workloads[owner_row].kind
        return controller_kind(kind)

    def controller_uid(self, owner_row: int, template_row: int, minute: int = NONE) -> str:
        """Return the uid of what `controller` names; empty where it is there no more."""
        info = self.catalogue.workloads[owner_row]
        if info.kind == "Deployment":
            return self.replicaset_uid(owner_row, template_row)
        if info.kind != "CronJob":
            return self.workload_uid(owner_row)
        workloads = self.catalogue.world.workloads
        row = int(workloads[owner_row]["first_child"])
        while row != NONE and workloads[row]["scheduled_ms"] // MINUTE_MS != minute:
            row = int(workloads[row]["next_sibling"])
        return "" if row == NONE else self.workload_uid(row)

    def minute(self, owner_row: int) -> int:
        """Return the time that names the Job in a row, in minutes; NONE for what is no such Job."""
        if owner_row == NONE:
            return NONE
        workload = self.catalogue.world.workloads[owner_row]
        is_job = workload["kind"] == WorkloadKind.JOB and workload["owner"] != NONE
        return int(workload["scheduled_ms"]) // MINUTE_MS if is_job else NONE

    def pod_of_row(self, pod: np.void) -> Name:
        """Return the pod of a row of the World."""
        return self.pod(
            self.applied_owner(int(pod["owner"])),
            int(pod["template"]),
            int(pod["bare"]),
            int(pod["uid"]),
            int(pod["ordinal"]),
            self.minute(int(pod["owner"])),
        )

    def pod_of_log(self, row: np.void) -> Name:
        """Return the pod that an entry of the log is about."""
        return self.pod(
            int(row["owner"]),
            int(row["template"]),
            int(row["bare"]),
            int(row["subject"]),
            int(row["ordinal"]),
            int(row["minute"]),
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
        """Return the reference to what controls a pod, None for a bare pod."""
        owner_row = int(pod["owner"])
        if owner_row == NONE:
            return None
        applied = self.applied_owner(owner_row)
        template_row = int(self.catalogue.world.workloads[owner_row]["template"])
        name = self.controller(applied, template_row, self.minute(owner_row))
        kind = self.controller_kind(applied)
        version = self.catalogue.workloads[applied].manifest["apiVersion"]
        return owner_reference(kind, name.name, self.workload_uid(owner_row), version)


def clone_name(name: str, clone: int) -> str:
    """Return what SimKube's driver calls the n-th clone of a bare pod; NONE: the pod itself."""
    if clone == NONE:
        return name
    match = _CLONE.fullmatch(name)
    if match is not None:
        name, clone = match[1], clone + int(match[2])
    return f"{name}-clone-{clone}"
