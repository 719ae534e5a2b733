"""A cluster's objects as the API returns them, made from rows when somebody asks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from simarena.cluster.budget_view import with_status
from simarena.cluster.codes import NONE, Phase, Resource, WorkloadKind
from simarena.cluster.controller_view import (
    children,
    cronjob,
    daemonset,
    dressed,
    job,
    scaled,
    statefulset,
)
from simarena.cluster.explanation import diagnosis_of
from simarena.cluster.hpa_manifest import autoscaler_manifest
from simarena.cluster.identity import Identities
from simarena.cluster.node_manifest import add_memory_pressure, node_manifest
from simarena.cluster.pod_life import container_life
from simarena.cluster.pod_manifest import PodStatus, pod_manifest
from simarena.cluster.rollout import rolling_bounds
from simarena.cluster.rollout_history import RolloutHistory, rollout_history
from simarena.cluster.taints import add_default_tolerations
from simarena.cluster.unrequested import containers_without
from simarena.cluster.workload_manifest import (
    REVISION_HISTORY,
    RolloutStatus,
    WorkloadStatus,
    child_replicaset,
    deployment_manifest,
    labelled_template,
    replicaset_manifest,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from simarena.cluster.compiler import Catalogue
    from simarena.cluster.config import ClusterConfig
    from simarena.cluster.fields import Fields, Manifest
    from simarena.cluster.journal import Journal


@dataclass(slots=True)
class View:
    """Reads a World in names. It changes nothing and keeps nothing."""

    catalogue: Catalogue
    config: ClusterConfig
    journal: Journal | None = None
    """Without it, conditions do not know when they changed."""

    def all(self, kind: str) -> Iterator[Manifest]:
        """Yield every object of a simulated kind."""
        if kind == "Node":
            yield from map(self._node, self.catalogue.node_rows.values())
        elif kind == "Pod":
            yield from map(self._pod, self._pod_rows())
        elif kind == "HorizontalPodAutoscaler":
            yield from map(self._autoscaler, self._autoscaler_rows())
        elif kind == "Deployment":
            yield from map(self._deployment, self._applied_rows(kind))
        elif kind == "ReplicaSet":
            yield from map(self._replicaset, self._applied_rows(kind))
            for owner in self._applied_rows("Deployment"):
                for row in children(self.catalogue, owner):
                    yield self._child(owner, row)
        elif kind in _TELLERS:
            yield from self._all_told(kind)

    def get(self, kind: str, namespace: str, name: str) -> Manifest | None:
        """Return one object of a simulated kind, None if there is none."""
        if kind == "Node":
            row = self.catalogue.node_rows.get(name)
            return None if row is None else self._node(row)
        if kind == "Pod":
            row = self.pod_row(namespace, name)
            return None if row is None else self._pod(row)
        if kind == "Deployment":
            row = self.catalogue.workload_rows.get((kind, namespace, name))
            present = row is not None and self.catalogue.world.workloads[row]["present"]
            return self._deployment(row) if row is not None and present else None
        for manifest in self.all(kind):
            metadata = manifest["metadata"]
            if (metadata["namespace"], metadata["name"]) == (namespace, name):
                return manifest
        return None

    def pod_row(self, namespace: str, name: str) -> int | None:
        """Return the row of a pod, None if there is none."""
        bare = self.catalogue.bare_rows.get((namespace, name))
        if bare is not None:
            row = int(self.catalogue.world.bare[bare]["pod"])
            if row != NONE:
                return row
        names = Identities(self.catalogue)
        for row in self._pod_rows():
            pod = self.catalogue.world.pods[row]
            if names.pod_of_row(pod) == (namespace, name):
                return row
        return None

    def workload_row(self, kind: str, namespace: str, name: str) -> int | None:
        """Return the row of a workload that is there, applied or owned by one that was; or None."""
        row = self.catalogue.workload_rows.get((kind, namespace, name))
        if row is not None and self.catalogue.world.workloads[row]["present"]:
            return row
        names = Identities(self.catalogue)
        for owner in self._applied_rows(
            {"ReplicaSet": "Deployment", "Job": "CronJob"}.get(kind, "")
        ):
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

    def pod(self, row: int) -> Manifest:
        """Return the pod in a row of the World."""
        return self._pod(row)

    def _pod_rows(self) -> list[int]:
        world = self.catalogue.world
        used = world.pods[: int(world.state[0]["num_pods"])]
        return [int(row) for row in np.flatnonzero(used["present"])]

    def _autoscaler_rows(self) -> list[int]:
        rows: list[int] = np.flatnonzero(self.catalogue.world.autoscalers["present"]).tolist()
        return rows

    def _applied_rows(self, kind: str) -> list[int]:
        return [
            row
            for row, info in self.catalogue.workloads.items()
            if info.kind == kind and self.catalogue.world.workloads[row]["present"]
        ]

    def _all_told(self, kind: str) -> Iterator[Manifest]:
        for row in self._applied_rows(kind):
            yield self._told(kind, row)
        if kind == "Job":
            for owner in self._applied_rows("CronJob"):
                for row in children(self.catalogue, owner):
                    yield self._told(kind, row)

    def _told(self, kind: str, row: int) -> Manifest:
        status = self._status(row, [row], self._generation(row))
        return _TELLERS[kind](self.catalogue, row, status)

    def _node(self, row: int) -> Manifest:
        manifest = self.catalogue.nodes[row]
        assert manifest is not None  # noqa: S101 - rows in node_rows have one
        result = node_manifest(
            manifest,
            uid=Identities(self.catalogue).node_uid(row),
            row=row,
            created_ms=self.catalogue.node_created_ms[row],
            release=self.config.profile,
        )
        node = self.catalogue.world.nodes[row]
        if node["memory_pressure"]:
            add_memory_pressure(result, int(node["pressure_ms"]))
        return result

    def _pod(self, row: int) -> Manifest:
        names = Identities(self.catalogue)
        world = self.catalogue.world
        pod = world.pods[row]
        template_row = int(pod["template"])
        template = self._template(pod, template_row)
        name = names.pod_of_row(pod)
        node_row = int(pod["node"])
        nominated = int(pod["nominated_node"])
        uid = names.pod_uid(int(pod["uid"]))
        failed = pod["num_attempts"] > 0 and node_row == NONE
        status = PodStatus(
            phase=Phase(int(pod["phase"])),
            ready=bool(pod["ready"]),
            created_ms=int(pod["created_ms"]),
            bound_ms=int(pod["bound_ms"]),
            ready_ms=int(pod["ready_ms"]),
            finished_ms=int(pod["finished_ms"]),
            deleted_ms=int(pod["deleted_ms"]),
            node_name="" if node_row == NONE else self.catalogue.node_names[node_row],
            node_row=node_row,
            nominated_node=self.catalogue.node_names[nominated] if nominated != NONE else "",
            preempted=bool(pod["disrupted"]),
            number=int(pod["uid"]),
            num_restarts=int(pod["num_restarts"]),
            message=self._diagnosis(row) if failed else "",
            attempted_ms=int(pod["created_ms"]) if failed else NONE,
            life=container_life(self.catalogue, pod, name, uid),
        )
        manifest = pod_manifest(
            template,
            name=name.name,
            namespace=name.namespace,
            uid=uid,
            status=status,
            owner=names.pod_owner(pod),
        )
        if self.config.default_tolerations:
            add_default_tolerations(manifest["spec"])
        return manifest

    def _template(self, pod: np.void, template_row: int) -> Fields:
        template: Fields = self.catalogue.templates[template_row].pod
        owner = int(pod["owner"])
        if owner == NONE:
            return template
        kind = WorkloadKind(int(self.catalogue.world.workloads[owner]["kind"]))
        if kind != WorkloadKind.REPLICASET:
            template = dressed(self.catalogue, pod, template)
        elif self.catalogue.world.workloads[owner]["owner"] != NONE:
            pod_template_hash = Identities(self.catalogue).template_hash(template_row)
            template = labelled_template(template, pod_template_hash)
        annotations = self.catalogue.annotations.get(int(pod["uid"]))
        if annotations is None:
            return template
        return {**template, "metadata": {**template["metadata"], "annotations": annotations}}

    def _diagnosis(self, pod_row: int) -> str:
        world = self.catalogue.world
        counts = world.diagnoses[pod_row].tolist()
        return diagnosis_of(self.catalogue, int(world.pods[pod_row]["template"]), counts)

    def _status(self, row: int, rows: list[int], generation: int) -> WorkloadStatus:
        """Return the counts of a workload whose pods belong to the ReplicaSets in `rows`."""
        workloads = self.catalogue.world.workloads
        sets = [workloads[r] for r in rows]
        return WorkloadStatus(
            created_ms=int(workloads[row]["created_ms"]),
            generation=generation,
            num_pods=sum(int(s["num_pods"]) for s in sets),
            num_ready=sum(int(s["num_ready"]) for s in sets),
            num_available=sum(self._num_available(r) for r in rows),
            num_terminating=sum(int(s["num_terminating"]) for s in sets),
        )

    def _num_available(self, row: int) -> int:
        world = self.catalogue.world
        workload = world.workloads[row]
        if workload["min_ready_ms"] == 0:
            return int(workload["num_ready"])
        since_ms = int(world.state[0]["now_ms"]) - int(workload["min_ready_ms"])
        pods = world.pods[: int(world.state[0]["num_pods"])]
        mine = (pods["present"] == 1) & (pods["owner"] == row) & (pods["deleting"] == 0)
        return int((mine & (pods["ready"] == 1) & (pods["ready_ms"] <= since_ms)).sum())

    def _deployment(self, row: int) -> Manifest:
        names = Identities(self.catalogue)
        workloads = self.catalogue.world.workloads
        replicasets = children(self.catalogue, row)
        template = int(workloads[row]["template"])
        newest = [r for r in replicasets if int(workloads[r]["template"]) == template]
        status = self._status(row, replicasets, self._generation(row))
        rollout = RolloutStatus(
            num_updated=sum(int(workloads[r]["num_pods"]) for r in newest),
            num_wanted=sum(int(workloads[r]["replicas"]) for r in replicasets),
            revision=max((int(workloads[r]["revision"]) for r in replicasets), default=1),
            replicaset=names.replicaset(row, template).name if newest else "",
            **self._past(row, status),
        )
        return deployment_manifest(
            scaled(self.catalogue, row), uid=names.workload_uid(row), status=status, rollout=rollout
        )

    def _history(self, row: int) -> RolloutHistory | None:
        if self.journal is None:
            return None
        spec = scaled(self.catalogue, row)["spec"]
        template = int(self.catalogue.world.workloads[row]["template"])
        enough = spec["replicas"] - rolling_bounds(spec)[1]
        return rollout_history(self.journal.table(), row, template, enough)

    def _past(self, row: int, status: WorkloadStatus) -> Mapping[str, Any]:
        """Return since when a Deployment's conditions hold, and whether it took too long."""
        history = self._history(row)
        if history is None:
            return {"available_ms": status.created_ms, "progress_ms": status.created_ms}
        spec = scaled(self.catalogue, row)["spec"]
        deadline_ms = 1_000 * spec["progressDeadlineSeconds"]
        now_ms = int(self.catalogue.world.state[0]["now_ms"])
        return {
            "available_ms": max(history.available_ms, status.created_ms),
            "progress_ms": max(history.progress_ms, status.created_ms),
            "timed_out": now_ms > history.progress_ms + deadline_ms,
        }

    def _autoscaler(self, row: int) -> Manifest:
        hpa = self.catalogue.world.autoscalers[row]
        return autoscaler_manifest(
            self.catalogue.autoscalers[row].manifest,
            hpa,
            uid=Identities(self.catalogue).autoscaler_uid(row),
            request=self.pod_without_request(row),
        )

    def pod_without_request(self, autoscaler: int) -> tuple[str, str]:
        """Return a container and a pod that lack the request that an autoscaler's metric needs."""
        hpa = self.catalogue.world.autoscalers[autoscaler]
        names = Identities(self.catalogue)
        for metric, template in enumerate(hpa["metric_template"].tolist()):
            if template == NONE:
                continue
            spec = self.catalogue.templates[template].pod["spec"]
            lacking = containers_without(spec)[Resource(int(hpa["metric_resource"][metric]))]
            for row in self._pod_rows():
                pod = self.catalogue.world.pods[row]
                if pod["template"] == template:
                    return next(filter(None, lacking), ""), names.pod_of_row(pod).name
        return "", ""

    def _generation(self, row: int) -> int:
        info = self.catalogue.workloads.get(row)
        rescaled = int(self.catalogue.world.workloads[row]["num_rescaled"])
        return (info.generation if info else 1) + rescaled

    def _replicaset(self, row: int) -> Manifest:
        return replicaset_manifest(
            scaled(self.catalogue, row),
            uid=Identities(self.catalogue).workload_uid(row),
            status=self._status(row, [row], self._generation(row)),
        )

    def _child(self, deployment: int, row: int) -> Manifest:
        names = Identities(self.catalogue)
        workload = self.catalogue.world.workloads[row]
        template_row = int(workload["template"])
        manifest = child_replicaset(
            scaled(self.catalogue, deployment),
            deployment_uid=names.workload_uid(deployment),
            template=self.catalogue.templates[template_row].pod,
            pod_template_hash=names.template_hash(template_row),
            replicas=int(workload["replicas"]),
            revision=int(workload["revision"]),
        )
        history = self._history(deployment)
        if history is not None:
            former = history.revisions.get(template_row, [])[:-1]
            if former:
                manifest["metadata"]["annotations"][REVISION_HISTORY] = ",".join(map(str, former))
        return replicaset_manifest(
            manifest, uid=names.workload_uid(row), status=self._status(row, [row], 1)
        )


_TELLERS = {"StatefulSet": statefulset, "DaemonSet": daemonset, "Job": job, "CronJob": cronjob}
