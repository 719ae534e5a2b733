"""A cluster's objects as the API returns them, made from rows when somebody asks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from simarena.cluster.codes import NONE, Scaling, WorkloadKind
from simarena.cluster.manifests.kinds import MAKERS
from simarena.cluster.objects.budgets import with_status
from simarena.cluster.objects.identity import Identities
from simarena.cluster.objects.nodes import add_memory_pressure, node_manifest
from simarena.cluster.objects.pods.view import pod_of_row, pod_row, pod_rows, pod_without_request
from simarena.cluster.objects.workloads.ambiguity import ambiguity
from simarena.cluster.objects.workloads.autoscaler import autoscaler_manifest
from simarena.cluster.objects.workloads.controllers import TELLERS, children
from simarena.cluster.objects.workloads.replicas import (
    deployment,
    generation,
    owned_replicaset,
    replicaset,
    replication_controller,
    workload_status,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from simarena.cluster.manifests.fields import Manifest
    from simarena.cluster.objects.journal import Journal
    from simarena.cluster.rows.catalogue import Catalogue


@dataclass(slots=True)
class View:
    """Reads a World in names. It changes nothing and keeps nothing."""

    catalogue: Catalogue
    journal: Journal | None = None
    """Without it, conditions do not know when they changed."""

    def all(self, kind: str) -> Iterator[Manifest]:
        """Yield every object of a simulated kind."""
        if kind == "Node":
            yield from map(self.node, self.catalogue.node_rows.values())
        elif kind == "Pod":
            yield from map(self.pod, pod_rows(self.catalogue))
        elif kind == "HorizontalPodAutoscaler":
            yield from map(self.autoscaler, self._autoscaler_rows())
        elif kind == "Deployment":
            yield from map(self._deployment, self._applied_rows(kind))
        elif kind == "ReplicationController":
            for row in self._applied_rows(kind):
                yield replication_controller(self.catalogue, self.journal, row)
        elif kind == "ReplicaSet":
            for row in self._applied_rows(kind):
                yield replicaset(self.catalogue, self.journal, row)
            for owner in self._applied_rows("Deployment"):
                for row in children(self.catalogue, owner):
                    yield owned_replicaset(self.catalogue, self.journal, owner, row)
        elif kind in TELLERS:
            yield from self._all_told(kind)

    def get(self, kind: str, namespace: str, name: str) -> Manifest | None:
        """Return one object of a simulated kind, None if there is none."""
        if kind == "Node":
            row = self.catalogue.node_rows.get(name)
            return None if row is None else self.node(row)
        if kind == "Pod":
            row = self.pod_row(namespace, name)
            return None if row is None else self.pod(row)
        if kind == "Deployment":
            row = self.catalogue.workload_rows.get((kind, namespace, name))
            present = row is not None and self.catalogue.world.workloads[row]["present"]
            return self._deployment(row) if row is not None and present else None
        for manifest in self.all(kind):
            metadata = manifest["metadata"]
            if (metadata["namespace"], metadata["name"]) == (namespace, name):
                return manifest
        return None

    def pod(self, row: int) -> Manifest:
        """Return the pod in a row of the World."""
        return pod_of_row(self.catalogue, row)

    def workload(self, row: int) -> Manifest | None:
        """Return the workload in a row of the World, None if none is there or it has no manifest.

        It was applied, or its owner was.
        """
        workload = self.catalogue.world.workloads[row]
        if not workload["present"]:
            return None
        owner = int(workload["owner"])
        info = self.catalogue.workloads.get(row if owner == NONE else owner)
        if info is None:
            return None
        if owner != NONE:
            return self._child(info.kind, owner, row)
        if info.kind == "Deployment":
            return self._deployment(row)
        if info.kind == "ReplicaSet":
            return replicaset(self.catalogue, self.journal, row)
        return self._told(info.kind, row) if info.kind in TELLERS else None

    def _child(self, owner_kind: str, owner: int, row: int) -> Manifest | None:
        if owner_kind == "Deployment":
            return owned_replicaset(self.catalogue, self.journal, owner, row)
        return self._told("Job", row) if owner_kind == "CronJob" else None

    def pod_row(self, namespace: str, name: str) -> int | None:
        """Return the row of a pod, None if there is none."""
        return pod_row(self.catalogue, namespace, name)

    def workload_row(self, kind: str, namespace: str, name: str) -> int | None:
        """Return the row of a workload that is there, applied or owned by one that was; or None."""
        row = self.catalogue.workload_rows.get((kind, namespace, name))
        if row is not None and self.catalogue.world.workloads[row]["present"]:
            return row
        names = Identities(self.catalogue)
        for owner in self._applied_rows(MAKERS.get(kind, "")):
            for child in children(self.catalogue, owner):
                template = int(self.catalogue.world.workloads[child]["template"])
                found = names.controller(owner, template, names.minute(child))
                if found == (namespace, name):
                    return child
        return None

    def budget(self, manifest: Manifest) -> Manifest:
        """Return a PodDisruptionBudget with its status."""
        names = Identities(self.catalogue)
        wanted = {}
        for row, workload in enumerate(self.catalogue.world.workloads):
            if workload["present"] and workload["kind"] != WorkloadKind.FREE:
                wanted[names.workload_uid(row)] = int(workload["replicas"])
        return with_status(manifest, self.all("Pod"), wanted)

    def _applied_rows(self, kind: str) -> list[int]:
        return [
            row
            for row, info in self.catalogue.workloads.items()
            if info.kind == kind and self.catalogue.world.workloads[row]["present"]
        ]

    def _autoscaler_rows(self) -> list[int]:
        rows: list[int] = np.flatnonzero(self.catalogue.world.autoscalers["present"]).tolist()
        return rows

    def _all_told(self, kind: str) -> Iterator[Manifest]:
        for row in self._applied_rows(kind):
            yield self._told(kind, row)
        if kind == "Job":
            for owner in self._applied_rows("CronJob"):
                for row in children(self.catalogue, owner):
                    yield self._told(kind, row)

    def _told(self, kind: str, row: int) -> Manifest:
        status = workload_status(self.catalogue, row, [row], generation(self.catalogue, row))
        return TELLERS[kind](self.catalogue, row, status)

    def _deployment(self, row: int) -> Manifest:
        return deployment(self.catalogue, self.journal, row)

    def node(self, row: int) -> Manifest:
        """Return the node in a row of the World."""
        node = self.catalogue.nodes[row]
        assert node is not None  # noqa: S101 - rows in node_rows have one
        result = node_manifest(
            node.manifest,
            uid=Identities(self.catalogue).node_uid(row),
            row=row,
            created_ms=self.catalogue.node_created_ms[row],
            release=self.catalogue.config.profile,
        )
        record = self.catalogue.world.nodes[row]
        if record["memory_pressure"]:
            add_memory_pressure(result, int(record["pressure_ms"]))
        return result

    def autoscaler(self, row: int) -> Manifest:
        """Return the autoscaler in a row of the World."""
        rows, infos = self.catalogue.world.autoscalers, self.catalogue.autoscalers
        synced = int(rows[row]["status_row"])
        is_ambiguous = Scaling.AMBIGUOUS in rows[row]["condition"]
        return autoscaler_manifest(
            infos[row].manifest,
            rows[row],
            uid=Identities(self.catalogue).autoscaler_uid(row),
            synced=(infos[synced].manifest, rows[synced]),
            request=pod_without_request(self.catalogue, synced),
            ambiguity=ambiguity(self.catalogue, row) if is_ambiguous else "",
        )
