"""Kubernetes objects to rows of a World: what the kernels know of them, in integers.

The catalogue keeps what numbers cannot say (names, labels, manifests), so that rows can be told
again as objects. Rows of a World may be added at any time between two calls of the kernel.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from simarena.cluster.apps_workloads import (
    daemon_template,
    daemonset_values,
    statefulset_values,
)
from simarena.cluster.batch_workloads import cronjob_values, job_values
from simarena.cluster.capacity import node_capacity
from simarena.cluster.codes import (
    MAX_EXTENDED_RESOURCES,
    NONE,
    Operation,
    Reason,
    WorkloadKind,
)
from simarena.cluster.config import ClusterConfig
from simarena.cluster.container_rules import container_rules
from simarena.cluster.hpa import SCALED_KINDS, autoscaler_row, target_key
from simarena.cluster.images import image_score, image_states
from simarena.cluster.matching import (
    first_untolerated_taint,
    names_required_by_affinity,
    static_verdict,
    tolerates_unschedulable,
)
from simarena.cluster.naming import template_hash
from simarena.cluster.pod_template import deletion_cost
from simarena.cluster.priorities import pod_priority
from simarena.cluster.relations import PodFacts, Relations, RelationWriter
from simarena.cluster.requests import pod_requests
from simarena.cluster.rollout import int_or_percent
from simarena.cluster.spreading import TEMPLATE_HASH_LABEL, default_selector
from simarena.cluster.surroundings import Surroundings
from simarena.cluster.tables import Capacities, empty_world, room_for
from simarena.cluster.taints import default_tolerations, evicted_after_s
from simarena.cluster.unrequested import containers_without
from simarena.errors import ManifestError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from simarena.cluster.capacity import NodeCapacity
    from simarena.cluster.fields import Fields, Manifest
    from simarena.cluster.records import World

_ZONE_LABEL = "topology.kubernetes.io/zone"
_REGION_LABEL = "topology.kubernetes.io/region"
_KINDS = {
    "Deployment": WorkloadKind.DEPLOYMENT,
    "ReplicaSet": WorkloadKind.REPLICASET,
    "StatefulSet": WorkloadKind.STATEFULSET,
    "DaemonSet": WorkloadKind.DAEMONSET,
    "Job": WorkloadKind.JOB,
    "CronJob": WorkloadKind.CRONJOB,
}
_NO_VALUE = (
    "node",
    "run_ms",
    "lifecycle",
    "next_lifecycle",
    "completions",
    "job_spec",
    "deadline_ms",
    "ttl_ms",
    "due_ms",
)


@dataclass(slots=True)
class TemplateInfo:
    """What a row of the templates stands for."""

    namespace: str
    pod: Manifest
    """metadata and spec, as in a pod template."""
    hash: str = ""
    """What stands for it in names; empty until somebody asks."""
    selector: Fields | None = None
    """Of the controller of its pods."""
    hashed: bool = False
    """Its pods also have the hash as a label: a Deployment's."""


@dataclass(slots=True)
class ObjectInfo:
    """What a row of the workloads, or of the bare pods, stands for."""

    kind: str
    namespace: str
    name: str
    manifest: Manifest
    """As it was applied last."""
    generation: int = 0
    """Changes of its spec; 0 while it is not there."""

    def applied(self, manifest: Manifest) -> None:
        """Note that it was created or updated."""
        if self.generation == 0 or self.manifest["spec"] != manifest["spec"]:
            self.generation += 1
        self.manifest = manifest

    @property
    def place(self) -> tuple[str, str]:
        """Namespace and name."""
        return self.namespace, self.name

    def deleted(self) -> None:
        """Note that it was deleted; created again, it begins anew."""
        self.generation = 0


@dataclass(slots=True)
class Catalogue:
    """Names and manifests behind the rows of one World, and the World itself."""

    world: World
    nodes: list[Manifest | None] = field(default_factory=list)
    """By row; None where the node was removed."""
    node_names: list[str] = field(default_factory=list)
    """By row, also of nodes that were removed."""
    node_created_ms: list[int] = field(default_factory=list)
    """By row."""
    node_rows: dict[str, int] = field(default_factory=dict)
    templates: list[TemplateInfo] = field(default_factory=list)
    workloads: dict[int, ObjectInfo] = field(default_factory=dict)
    """By row; ReplicaSets of Deployments are not here: the kernel makes and frees them."""
    workload_rows: dict[tuple[str, str, str], int] = field(default_factory=dict)
    bare: list[ObjectInfo] = field(default_factory=list)
    bare_rows: dict[tuple[str, str], int] = field(default_factory=dict)
    extended: dict[str, int] = field(default_factory=dict)
    """Column of each extended resource."""
    due: dict[int, int] = field(default_factory=dict)
    """When each CronJob is due next, by row."""
    annotations: dict[int, Manifest] = field(default_factory=dict)
    """Those of pods of controllers that somebody changed, by the pod's number."""
    relations: Relations = field(default_factory=Relations)
    surroundings: Surroundings = field(default_factory=Surroundings)
    config: ClusterConfig = field(default_factory=ClusterConfig)
    autoscalers: list[ObjectInfo] = field(default_factory=list)
    """By row; an object that was applied again with changes has another."""
    autoscaler_rows: dict[tuple[str, str], int] = field(default_factory=dict)
    """Row of what was applied last, or is planned last, by namespace and name."""
    _template_rows: dict[bytes, int] = field(default_factory=dict)
    _spec_rows: dict[bytes, int] = field(default_factory=dict)

    def copy(self, world: World) -> Catalogue:
        """Return a catalogue of `world`, a copy of this one's, that can be changed apart."""
        return Catalogue(
            world=world,
            nodes=list(self.nodes),
            node_names=list(self.node_names),
            node_created_ms=list(self.node_created_ms),
            node_rows=dict(self.node_rows),
            templates=list(self.templates),
            workloads={row: replace(info) for row, info in self.workloads.items()},
            workload_rows=dict(self.workload_rows),
            bare=[replace(info) for info in self.bare],
            bare_rows=dict(self.bare_rows),
            extended=dict(self.extended),
            due=dict(self.due),
            annotations=dict(self.annotations),
            relations=self.relations.copied(),
            surroundings=self.surroundings.copied(),
            config=self.config,
            autoscalers=list(self.autoscalers),
            autoscaler_rows=dict(self.autoscaler_rows),
            _template_rows=dict(self._template_rows),
            _spec_rows=dict(self._spec_rows),
        )

    # nodes

    def put_node(self, manifest: Manifest) -> int:
        """Add or change a node; return its row. The node list's order is made anew."""
        name = manifest["metadata"]["name"]
        capacity = node_capacity(manifest)
        columns = [self._column(resource, f"node {name}") for resource in capacity.extended]
        row = self.node_rows.get(name)
        if row is None:
            row = len(self.nodes)
            self.world = room_for(self.world, nodes=row + 1, domains=row + 1)
            self.nodes.append(manifest)
            self.node_names.append(name)
            self.node_created_ms.append(int(self.world.state[0]["now_ms"]))
            self.node_rows[name] = row
            self.world.state[0]["num_node_rows"] = row + 1
            self.world.nodes[row]["first_pod"] = NONE
        else:
            self.nodes[row] = manifest
        self._write_node(row, capacity, columns)
        for template_row in range(len(self.templates)):
            self._write_verdict(template_row, row)
        self._list_nodes()
        self._relate_node(row)
        return row

    def remove_node(self, name: str) -> int:
        """Take a node out of the list; return its row, which is not used again."""
        row = self.node_rows.pop(name)
        self.nodes[row] = None
        self.world.nodes[row]["exists"] = 0
        self._list_nodes()
        self._relate_node(row)
        return row

    def _relate_node(self, row: int) -> None:
        """Write what a new, changed or removed node is to pods that look at their neighbours."""
        writer = self._relation_writer()
        writer.write_node(row)
        if self.world.nodes[row]["first_pod"] != NONE:
            writer.recount()
        self.world = writer.world
        states = image_states(node for node in self.nodes if node is not None)
        if states or self.relations.images:
            self.relations.images = states
            for template_row in range(len(self.templates)):
                self._write_image_scores(template_row)

    def _write_node(self, row: int, capacity: NodeCapacity, columns: list[int]) -> None:
        node = self.world.nodes[row]
        node["cpu_milli"] = capacity.cpu_milli
        node["memory_bytes"] = capacity.memory_bytes
        node["ephemeral_bytes"] = capacity.ephemeral_bytes
        node["max_pods"] = capacity.max_pods
        node["memory_capacity_bytes"] = capacity.memory_capacity_bytes
        node["exists"] = 1
        self.world.node_extended[row, :, 0] = 0
        for column, number in zip(columns, capacity.extended.values(), strict=True):
            self.world.node_extended[row, column, 0] = number

    def _list_nodes(self) -> None:
        """Order the nodes as kube-scheduler does: zones take turns, each in order of arrival."""
        zones: dict[tuple[str, str], list[int]] = {}
        for row, manifest in enumerate(self.nodes):
            if manifest is not None:
                labels = manifest["metadata"].get("labels") or {}
                zone = (labels.get(_REGION_LABEL, ""), labels.get(_ZONE_LABEL, ""))
                zones.setdefault(zone, []).append(row)
        listed: list[int] = []
        depth = 0
        while any(depth < len(rows) for rows in zones.values()):
            listed.extend(rows[depth] for rows in zones.values() if depth < len(rows))
            depth += 1
        self.world.node_list[: len(listed)] = listed
        self.world.state[0]["num_nodes"] = len(listed)
        if self.world.state[0]["next_start_node"] >= len(listed):
            self.world.state[0]["next_start_node"] = 0

    # templates

    def template_row(
        self,
        pod: Manifest,
        namespace: str,
        owner: tuple[str, ...],
        selector: Fields | None = None,
    ) -> int:
        """Return the row of a pod template (metadata and spec), a new one if new to `owner`.

        `selector` is that of the controller of its pods.
        """
        key = msgspec.json.encode((namespace, owner, pod, selector), order="deterministic")
        row = self._template_rows.get(key)
        if row is not None:
            return row
        where = "/".join(owner)
        requests = pod_requests(pod["spec"], where)
        columns = {self._column(name, where): n for name, n in requests.extended.items()}
        row = len(self.templates)
        self.world = room_for(self.world, templates=row + 1)
        self._template_rows[key] = row
        info = TemplateInfo(namespace, pod, selector=selector, hashed=owner[0] == "Deployment")
        self.templates.append(info)
        self._write_container_rules(row, where)
        template = self.world.templates[row]
        for name, amount in requests.row().items():
            template[name] = amount
        spec = pod["spec"]
        self._write_priority(row)
        template["deletion_cost"] = deletion_cost(pod["metadata"])
        template["unrequested"] = sum(
            1 << resource for resource, names in containers_without(spec).items() if any(names[1:])
        )
        template["gated"] = bool(spec.get("schedulingGates"))
        names = names_required_by_affinity(spec)
        template["names_nodes"] = names is not None
        template["affinity_conflict"] = names is not None and not names
        template["has_extended"] = any(columns.values())
        template["tolerates_unschedulable"] = tolerates_unschedulable(spec.get("tolerations") or ())
        for column, number in columns.items():
            self.world.template_extended[row, column] = number
        for node_row in range(len(self.nodes)):
            self._write_verdict(row, node_row)
        self.world.state[0]["num_templates"] = row + 1
        writer = self._relation_writer()
        self._relate_template(writer, row)
        self.world = writer.world
        if self.relations.images:
            self._write_image_scores(row)
        return row

    def _write_container_rules(self, row: int, where: str) -> None:
        rules = container_rules(self.templates[row].pod, where)
        first = int(self.world.state[0]["num_usage"])
        self.world = room_for(self.world, usage=first + len(rules.cpu) + len(rules.memory))
        template = self.world.templates[row]
        for name, value in rules.fields.items():
            template[name] = value
        for name, steps in (("cpu_usage", rules.cpu), ("memory_usage", rules.memory)):
            template[name] = first
            template[f"num_{name}"] = len(steps)
            for step in steps:
                self.world.usage[first] = step
                first += 1
        self.world.state[0]["num_usage"] = first

    def _relation_writer(self) -> RelationWriter:
        around = self.surroundings
        return RelationWriter(
            self.world, self.relations, self.nodes, around.namespaces, around.budgets()
        )

    def _relate_template(self, writer: RelationWriter, row: int) -> None:
        info = self.templates[row]
        labels: dict[str, str] = dict(info.pod["metadata"].get("labels") or {})
        owner = info.selector
        if info.hashed:
            info.hash = info.hash or template_hash(info.pod)
            labels[TEMPLATE_HASH_LABEL] = info.hash
            wanted = {**((owner or {}).get("matchLabels") or {}), TEMPLATE_HASH_LABEL: info.hash}
            owner = {**(owner or {}), "matchLabels": wanted}
        services = self.surroundings.services(info.namespace)
        selector = default_selector(labels, services, owner)
        writer.add_template(row, PodFacts(info.pod, info.namespace, labels, selector))

    def _write_priority(self, row: int) -> None:
        priority = pod_priority(self.templates[row].pod["spec"], self.surroundings.priority_classes)
        self.world.templates[row]["priority"] = priority.value
        self.world.templates[row]["preempts"] = priority.preempts
        if priority.value != self.world.templates[0]["priority"]:
            self.world.state[0]["priorities_differ"] = 1

    def _write_image_scores(self, template_row: int) -> None:
        spec = self.templates[template_row].pod["spec"]
        number = int(self.world.state[0]["num_nodes"])
        for node_row, node in enumerate(self.nodes):
            if node is not None:
                score = image_score(spec, node, self.relations.images, number)
                self.world.template_nodes[template_row, node_row]["image"] = score

    def put_surrounding(self, manifest: Manifest) -> None:
        """Take note of an object that is not simulated, but that the scheduler reads."""
        if self.surroundings.put(manifest):
            self._relate_anew(manifest["kind"])

    def remove_surrounding(self, kind: str, namespace: str, name: str) -> None:
        """Forget such an object."""
        if self.surroundings.remove(kind, namespace, name):
            self._relate_anew(kind)

    def _relate_anew(self, kind: str) -> None:
        """Write all relations again after an object that they follow from has changed."""
        if kind == "PriorityClass":
            for row in range(len(self.templates)):
                self._write_priority(row)
            self.world.state[0]["priorities_differ"] = 1  # pods keep the one they came with
            return
        images = self.relations.images
        self.relations = Relations(images=images)
        writer = self._relation_writer()
        writer.clear()
        writer.write_budgets()
        for row in range(len(self.templates)):
            self._relate_template(writer, row)
        writer.recount()
        self.world = writer.world

    def _write_verdict(self, template_row: int, node_row: int) -> None:
        """Fill in what a template and a node decide between them."""
        node = self.nodes[node_row]
        if node is None:
            return
        verdict = static_verdict(self.templates[template_row].pod["spec"], node)
        cell = self.world.template_nodes[template_row, node_row]
        cell["reasons"] = verdict.reasons
        cell["evicted_after_s"] = self._evicted_after_s(template_row, node)
        cell["num_preferred_taints"] = verdict.num_preferred_taints
        cell["affinity_weight"] = verdict.affinity_weight
        template = self.world.templates[template_row]
        if verdict.num_preferred_taints:
            template["scores_taints"] = 1
        if verdict.affinity_weight:
            template["scores_affinity"] = 1

    def untolerated_taints(self, template_row: int) -> dict[tuple[str, str], int]:
        """Return how many nodes a template's pods cannot go to, by key and value of the taint."""
        tolerations = self.templates[template_row].pod["spec"].get("tolerations") or ()
        numbers: dict[tuple[str, str], int] = {}
        for row, node in enumerate(self.nodes):
            reasons = int(self.world.template_nodes[template_row, row]["reasons"])
            if node is None or not reasons >> Reason.TAINT & 1:
                continue
            taints = (node.get("spec") or {}).get("taints") or ()
            taint = first_untolerated_taint(tolerations, taints)
            if taint is not None:
                key = (taint["key"], taint.get("value") or "")
                numbers[key] = numbers.get(key, 0) + 1
        return numbers

    def _evicted_after_s(self, template_row: int, node: Fields) -> int:
        spec = self.templates[template_row].pod["spec"]
        taints = (node.get("spec") or {}).get("taints") or ()
        tolerations = [*(spec.get("tolerations") or ())]
        if self.config.default_tolerations:
            tolerations += default_tolerations(spec)
        return evicted_after_s(tolerations, taints)

    def _column(self, resource: str, where: str) -> int:
        column = self.extended.get(resource)
        if column is None:
            column = len(self.extended)
            if column >= MAX_EXTENDED_RESOURCES:
                message = (
                    f"{where}: {resource} is one extended resource too many; a cluster holds "
                    f"{MAX_EXTENDED_RESOURCES} names of them"
                )
                raise ManifestError(message)
            self.extended[resource] = column
            self.world = room_for(self.world, extended=column + 1)
        return column

    # workloads and bare pods

    def workload_row(self, manifest: Manifest) -> int:
        """Return the row of a workload, a new one if its name is new.

        What is of none of the kinds above is run as a Job.
        """
        kind, metadata = manifest["kind"], manifest["metadata"]
        shown = (kind, metadata["namespace"], metadata["name"])
        key = (kind, metadata["namespace"], metadata["name"] + metadata.get("path", ""))
        row = self.workload_rows.get(key)
        if row is None:
            row = int(self.world.state[0]["num_workloads"])
            self.world = room_for(self.world, workloads=row + 1)
            self.world.state[0]["num_workloads"] = row + 1
            self.workload_rows[key] = row
            self.workloads[row] = ObjectInfo(*shown, manifest)
            workload = self.world.workloads[row]
            workload["kind"] = _KINDS.get(kind, WorkloadKind.JOB)
            for name in ("spec", "owner", "template", "first_child", "next_sibling", "first_pod"):
                workload[name] = NONE
            workload["check_ms"] = NONE
            for autoscaler, info in enumerate(self.autoscalers):
                if kind in SCALED_KINDS and target_key(info.manifest) == key:
                    self.world.autoscalers[autoscaler]["target"] = row
        return row

    def autoscaler_row(self, manifest: Manifest) -> tuple[int, int]:
        """Return the row of a HorizontalPodAutoscaler, and the row that it takes the place of.

        What was never applied in that form has a new row; there may be none to replace.
        """
        metadata = manifest["metadata"]
        name = (metadata["namespace"], metadata["name"])
        former = self.autoscaler_rows.get(name, NONE)
        for row, info in enumerate(self.autoscalers):
            if info.manifest == manifest:
                self.autoscaler_rows[name] = row
                return row, former
        row = len(self.autoscalers)
        self.world = room_for(self.world, autoscalers=row + 1)
        self.world.state[0]["num_autoscalers"] = row + 1
        history = next((r for r, i in enumerate(self.autoscalers) if i.place == name), row)
        self.autoscalers.append(ObjectInfo("HorizontalPodAutoscaler", *name, manifest))
        self.autoscaler_rows[name] = row
        record = self.world.autoscalers[row]
        values = autoscaler_row(
            manifest,
            tolerance=self.config.hpa_tolerance,
            downscale_ms=self.config.hpa_downscale_ms,
        )
        for field_name, value in values.items():
            record[field_name] = value
        record["history"] = history
        target = target_key(manifest)
        if target[0] in SCALED_KINDS:
            record["target"] = self.workload_rows.get(target, NONE)
        else:
            record["target"] = NONE
        record["best_metric"] = NONE
        return row, former

    def workload_spec(
        self, manifest: Manifest, *, lifecycles: Sequence[int] | None = None, due_ms: int = NONE
    ) -> int:
        """Return the row of what a workload's manifest asks for.

        Args:
            manifest: a normalised one.
            lifecycles: how long its pods run once they are Ready, in milliseconds, NONE for ever;
                they take turns. None: a Job's pods as long as the settings say, unless real
                kubelets read from the template when its containers end; others for ever.
            due_ms: when a CronJob was due last.
        """
        kind, metadata, spec = manifest["kind"], manifest["metadata"], manifest["spec"]
        owner = (kind, metadata["namespace"], metadata["name"] + metadata.get("path", ""))
        asked = spec["jobTemplate"]["spec"] if kind == "CronJob" else spec
        template = daemon_template(asked["template"]) if kind == "DaemonSet" else asked["template"]
        template_row = self.template_row(
            template, metadata["namespace"], owner, asked.get("selector")
        )
        values: dict[str, int] = {"template": template_row}
        if kind == "CronJob":
            job = self._spec_row(template=template_row, **job_values(asked))
            values |= {**cronjob_values(spec), "job_spec": job, "due_ms": due_ms}
        elif kind == "DaemonSet":
            values |= daemonset_values(spec)
        elif kind == "StatefulSet":
            values |= statefulset_values(spec)
        elif kind in {"Deployment", "ReplicaSet"}:
            values |= _replica_values(spec, "/".join(owner))
        else:
            values |= job_values(spec)
        settings = self.world.settings[0]
        ends = settings["real_kubelet"] and self.world.templates[template_row]["exit_ms"] != NONE
        if lifecycles is None and kind in {"Job", "CronJob"} and not ends:
            lifecycles = (int(settings["job_run_ms"]),)
        values["lifecycle"] = self._ring([{"run_ms": run_ms} for run_ms in lifecycles or ()])
        return self._spec_row(**values)

    def bare_row(self, manifest: Manifest) -> int:
        """Return the row of a bare pod's name, a new one if it is new."""
        metadata = manifest["metadata"]
        key = (metadata["namespace"], metadata["name"])
        row = self.bare_rows.get(key)
        if row is None:
            row = len(self.bare)
            self.world = room_for(self.world, bare=row + 1)
            self.world.state[0]["num_bare"] = row + 1
            self.world.bare[row]["pod"] = NONE
            self.bare_rows[key] = row
            self.bare.append(ObjectInfo("Pod", *key, manifest))
        return row

    def pod_spec(
        self,
        manifest: Manifest,
        *,
        run_ms: int = NONE,
        lifecycles: Sequence[int] = (),
        reschedules: bool = False,
    ) -> int:
        """Return the row of what a Pod manifest asks for.

        Args:
            manifest: a normalised one.
            run_ms: how long it runs once it is Ready, NONE for ever.
            lifecycles: the same of it and its clones, in turn; in place of `run_ms`.
            reschedules: whether it comes back as a clone when it is deleted while it runs.
        """
        metadata, spec = manifest["metadata"], manifest["spec"]
        where = f"Pod {metadata['namespace']}/{metadata['name']}"
        node = spec.get("nodeName")
        if node and node not in self.node_rows:
            message = f"{where}: spec.nodeName is {node!r}, and there is no such node"
            raise ManifestError(message)
        asked = dict(spec)
        asked.pop("nodeName", None)
        pod = {"metadata": metadata, "spec": asked}
        owner = ("Pod", metadata["namespace"], metadata["name"])
        template_row = self.template_row(
            pod, metadata["namespace"], owner, self.controller_selector(metadata)
        )
        values = {
            "replicas": 1,
            "template": template_row,
            "node": self.node_rows[node] if node else NONE,
            "reschedules": reschedules,
        }
        if not reschedules:
            return self._spec_row(**values, run_ms=lifecycles[0] if lifecycles else run_ms)
        return self._ring([{**values, "run_ms": each} for each in lifecycles or (run_ms,)])

    def controller_selector(self, metadata: Fields) -> Fields | None:
        """Return the selector of the controller that a pod's owner references name, if any."""
        for reference in metadata.get("ownerReferences") or ():
            if reference.get("controller"):
                kind, name = reference.get("kind"), reference.get("name")
                row = self.workload_rows.get((kind, metadata["namespace"], name))
                if row is not None:
                    selector: Fields | None = self.workloads[row].manifest["spec"].get("selector")
                    return selector
                if kind == "ReplicaSet":
                    return self._child_selector(metadata["namespace"], str(name))
        return None

    def _child_selector(self, namespace: str, name: str) -> Fields | None:
        """Return the selector of a Deployment's ReplicaSet, None if there is none of that name."""
        deployment, _, template = name.rpartition("-")
        row = self.workload_rows.get(("Deployment", namespace, deployment))
        if row is None:
            return None
        selector = self.workloads[row].manifest["spec"]["selector"]
        labels = {**(selector.get("matchLabels") or {}), TEMPLATE_HASH_LABEL: template}
        return {**selector, "matchLabels": labels}

    def admit(self, pod: Manifest) -> None:
        """Fill a pod's priority into its manifest, as the API does when it is created.

        Raises ManifestError if the pod names a PriorityClass that does not exist.
        """
        metadata, spec = pod["metadata"], pod["spec"]
        priority = pod_priority(spec, self.surroundings.priority_classes)
        if not priority.known:
            message = (
                f"Pod {metadata['namespace']}/{metadata['name']}: no PriorityClass with name "
                f"{priority.class_name} was found; apply it first"
            )
            raise ManifestError(message)
        if priority.class_name:
            spec["priorityClassName"] = priority.class_name
            spec["priority"] = priority.value
            spec["preemptionPolicy"] = "PreemptLowerPriority" if priority.preempts else "Never"

    def change_pod(self, pod_row: int, pod: Manifest) -> None:
        """Let a bare pod have another manifest (metadata and spec); what counts pods follows."""
        metadata = pod["metadata"]
        namespace = metadata["namespace"]
        template_row = self.template_row(
            pod,
            namespace,
            ("Pod", namespace, metadata["name"]),
            self.controller_selector(metadata),
        )
        self.world.pods[pod_row]["template"] = template_row
        writer = self._relation_writer()
        writer.recount()
        self.world = writer.world

    def _spec_row(self, **values: int) -> int:
        key = msgspec.json.encode(values, order="deterministic")
        row = self._spec_rows.get(key)
        if row is None:
            row = self._new_spec(values)
            self._spec_rows[key] = row
        return row

    def _ring(self, entries: Sequence[Mapping[str, int]]) -> int:
        """Return the first of rows of specs that take turns, NONE if there are none."""
        if not entries:
            return NONE
        key = msgspec.json.encode(entries, order="deterministic")
        first = self._spec_rows.get(key)
        if first is None:
            rows = [self._new_spec(values) for values in entries]
            for row, after in zip(rows, [*rows[1:], rows[0]], strict=True):
                self.world.specs[row]["next_lifecycle"] = after
            first = rows[0]
            self._spec_rows[key] = first
        return first

    def _new_spec(self, values: Mapping[str, int]) -> int:
        row = int(self.world.state[0]["num_specs"])
        self.world = room_for(self.world, specs=row + 1)
        self.world.state[0]["num_specs"] = row + 1
        spec = self.world.specs[row]
        for name in _NO_VALUE:
            spec[name] = NONE
        for name, value in values.items():
            spec[name] = value
        return row

    # the timeline

    def plan(self, time_ms: int, operation: Operation, subject: int, spec: int = NONE) -> None:
        """Add an operation to the end of the timeline; times must not go back."""
        state = self.world.state[0]
        row = int(state["num_timeline"])
        self.world = room_for(self.world, timeline=row + 1)
        self.world.timeline[row] = (time_ms, operation, subject, spec)
        self.world.state[0]["num_timeline"] = row + 1

    def clear_timeline(self) -> None:
        """Forget the timeline, all of which has happened."""
        self.world.state[0]["num_timeline"] = 0
        self.world.state[0]["next_timeline"] = 0


def _replica_values(spec: Fields, where: str) -> Mapping[str, int]:
    """Return the fields of SPEC that a Deployment's or ReplicaSet's spec decides."""
    strategy = spec.get("strategy") or {}
    rolling = strategy.get("rollingUpdate") or {}
    at = f"{where}: spec.strategy.rollingUpdate"
    surge = int_or_percent(rolling, "maxSurge", at, "25%")
    unavailable = int_or_percent(rolling, "maxUnavailable", at, "25%")
    return {
        "replicas": spec.get("replicas", 1),
        "max_surge": surge.value,
        "max_unavailable": unavailable.value,
        "surge_is_percent": surge.is_percent,
        "unavailable_is_percent": unavailable.is_percent,
        "recreate": strategy.get("type") == "Recreate",
        "paused": bool(spec.get("paused")),
        "min_ready_ms": 1_000 * (spec.get("minReadySeconds") or 0),
        "revision_history_limit": spec.get("revisionHistoryLimit", 10),
    }


def new_catalogue(config: ClusterConfig, seed: int, capacities: Capacities) -> Catalogue:
    """Return the catalogue of a World without objects."""
    world = empty_world(capacities)
    write_settings(world, config)
    seed_world(world, seed)
    return Catalogue(world, config=config)


def write_settings(world: World, config: ClusterConfig) -> None:
    """Write a configuration into a World's settings."""
    settings = world.settings[0]
    for name in settings.dtype.names or ():
        if name.endswith("_ms"):
            settings[name] = getattr(config, name)
    is_real = config.kubelet == "real"
    settings["eviction_memory_bytes"] = config.eviction_memory_bytes
    settings["real_kubelet"] = is_real
    settings["oom_kills"] = is_real and config.oom_kills
    settings["throttles"] = is_real and config.cpu_throttling
    settings["evicts"] = is_real and config.node_pressure_eviction
    settings["probes"] = is_real and config.readiness_probes
    settings["random_ties"] = config.ties == "random"
    settings["release_136"] = config.profile == "1.36"


def seed_world(world: World, seed: int) -> None:
    """Write the two streams of a seed: the generator's state and that of the uids."""
    first, second = np.random.SeedSequence(seed).generate_state(2, np.uint64)
    world.state[0]["random"] = first | np.uint64(1)
    world.state[0]["uid_seed"] = second
