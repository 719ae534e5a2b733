"""Names and manifests behind the rows of a World.

The catalogue keeps what numbers cannot say (names, labels, manifests), so that rows can be told
again as objects.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Generic, TypeVar

from simarena.cluster.codes import MAX_EXTENDED_RESOURCES, NONE, Operation
from simarena.cluster.config import ClusterConfig
from simarena.cluster.manifests.api_object import ApiObject
from simarena.cluster.rows.classes import Classes
from simarena.cluster.rows.images import ImageClasses
from simarena.cluster.rows.quotas import Quotas
from simarena.cluster.rows.relations import Relations
from simarena.cluster.rows.surroundings import Surroundings
from simarena.cluster.rows.tables import room_for
from simarena.errors import ManifestError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from simarena.cluster.manifests.fields import Fields, Manifest
    from simarena.cluster.manifests.nodes import Node
    from simarena.cluster.manifests.pods.pod import Pod
    from simarena.cluster.manifests.pods.template import PodTemplate
    from simarena.cluster.manifests.selectors import LabelSelector
    from simarena.cluster.manifests.workloads.autoscaler import Autoscaler
    from simarena.cluster.manifests.workloads.workload import Workload
    from simarena.cluster.records import World

Read = TypeVar("Read", bound=ApiObject)


@dataclass(slots=True)
class TemplateInfo:
    """What a row of the templates stands for."""

    namespace: str
    template: PodTemplate
    hash: str = ""
    """What stands for it in names; empty until somebody asks."""
    selector: LabelSelector | None = None
    """Of the controller of its pods."""
    owner: tuple[str, ...] = ("Pod",)
    """Kind, namespace and name of what a user applied."""
    molds: dict[str, object] = field(default_factory=dict, compare=False)
    """What its pods have in common in names, by the hash that they are labelled with: once somebody
    has asked."""

    @property
    def pod(self) -> Manifest:
        """Metadata and spec, as the API has them."""
        return self.template.manifest


@dataclass(slots=True)
class ObjectInfo(Generic[Read]):
    """What a row of the workloads, the bare pods or the autoscalers stands for."""

    read: Read
    """As it was applied last."""
    generation: int = 0
    """Changes of its spec; 0 while it is not there."""
    given_rolling: frozenset[str] = frozenset()
    """Fields of its rolling update that whoever applied it has given; others are the API's."""

    def applied(self, read: Read) -> None:
        """Note that it was created or updated."""
        if self.generation == 0 or self.manifest["spec"] != read.manifest["spec"]:
            self.generation += 1
        self.read = read

    @property
    def kind(self) -> str:
        """Its kind."""
        return self.read.key.kind

    @property
    def namespace(self) -> str:
        """Its namespace."""
        return self.read.key.namespace

    @property
    def name(self) -> str:
        """Its name."""
        return self.read.key.name

    @property
    def manifest(self) -> Manifest:
        """As the API keeps it."""
        return self.read.manifest

    @property
    def place(self) -> tuple[str, str]:
        """Namespace and name."""
        return self.namespace, self.name

    def deleted(self) -> None:
        """Note that it was deleted; created again, it begins anew."""
        self.generation = 0

    def copied(self) -> ObjectInfo[Read]:
        """Return one that can be changed apart."""
        return replace(self)


@dataclass(slots=True)
class Catalogue:
    """Names and manifests behind the rows of one World, and the World itself."""

    world: World
    nodes: list[Node | None] = field(default_factory=list)
    """By row; None where the node was removed."""
    node_names: list[str] = field(default_factory=list)
    """By row, also of nodes that were removed."""
    node_created_ms: list[int] = field(default_factory=list)
    """By row."""
    node_zones: list[int] = field(default_factory=list)
    """By row, a place in `zones`; NONE where the node was removed."""
    zones: dict[tuple[str, str], int] = field(default_factory=dict)
    """Regions and zones that nodes have, or had."""
    node_rows: dict[str, int] = field(default_factory=dict)
    templates: list[TemplateInfo] = field(default_factory=list)
    workloads: dict[int, ObjectInfo[Workload]] = field(default_factory=dict)
    """By row; ReplicaSets of Deployments are not here: the kernel makes and frees them."""
    workload_rows: dict[tuple[str, str, str], int] = field(default_factory=dict)
    bare: list[ObjectInfo[Pod]] = field(default_factory=list)
    bare_rows: dict[tuple[str, str], int] = field(default_factory=dict)
    extended: dict[str, int] = field(default_factory=dict)
    """Column of each extended resource."""
    due: dict[int, int] = field(default_factory=dict)
    """When each CronJob is due next, by row."""
    annotations: dict[int, Manifest] = field(default_factory=dict)
    """Those of pods of controllers that somebody changed, by the pod's number."""
    classes: Classes = field(default_factory=Classes)
    images: ImageClasses = field(default_factory=ImageClasses)
    relations: Relations = field(default_factory=Relations)
    surroundings: Surroundings = field(default_factory=Surroundings)
    quotas: Quotas = field(default_factory=Quotas)
    config: ClusterConfig = field(default_factory=ClusterConfig)
    autoscalers: list[ObjectInfo[Autoscaler]] = field(default_factory=list)
    """By row; an object that was applied again with changes has another."""
    autoscaler_rows: dict[tuple[str, str], int] = field(default_factory=dict)
    """Row of what was applied last, or is planned last, by namespace and name."""
    autoscalers_named: dict[tuple[str, ...], list[int]] = field(default_factory=dict)
    """Rows of all that ever had a namespace and name."""
    autoscalers_of: dict[tuple[str, ...], list[int]] = field(default_factory=dict)
    """Rows of all that ever named a target."""
    job_templates: dict[int, Fields] = field(default_factory=dict)
    """Of CronJobs, by the row of specs of the Jobs that are made from each."""
    rollouts: dict[int, Manifest] = field(default_factory=dict)
    """Deployments as they were applied last with each template, by its row: what the ReplicaSet of
    that template was made from."""
    template_rows: dict[bytes, int] = field(default_factory=dict)
    spec_rows: dict[bytes, int] = field(default_factory=dict)

    def copy(self, world: World) -> Catalogue:
        """Return a catalogue of `world`, a copy of this one's, that can be changed apart."""
        return Catalogue(
            world=world,
            nodes=list(self.nodes),
            node_names=list(self.node_names),
            node_created_ms=list(self.node_created_ms),
            node_zones=list(self.node_zones),
            zones=dict(self.zones),
            node_rows=dict(self.node_rows),
            templates=list(self.templates),
            workloads={row: replace(info) for row, info in self.workloads.items()},
            workload_rows=dict(self.workload_rows),
            bare=[info.copied() for info in self.bare],
            bare_rows=dict(self.bare_rows),
            extended=dict(self.extended),
            due=dict(self.due),
            annotations=dict(self.annotations),
            classes=self.classes.copied(),
            images=self.images.copied(),
            relations=self.relations.copied(),
            surroundings=self.surroundings.copied(),
            quotas=self.quotas.copied(),
            config=self.config,
            autoscalers=list(self.autoscalers),
            autoscaler_rows=dict(self.autoscaler_rows),
            autoscalers_named={name: list(rows) for name, rows in self.autoscalers_named.items()},
            autoscalers_of={name: list(rows) for name, rows in self.autoscalers_of.items()},
            job_templates=dict(self.job_templates),
            rollouts=dict(self.rollouts),
            template_rows=dict(self.template_rows),
            spec_rows=dict(self.spec_rows),
        )

    def check_columns(self, resources: Iterable[str], where: str) -> None:
        """Raise ManifestError if a cluster with these extended resources as well has too many.

        `where` says in an error whose they are.
        """
        new = [name for name in resources if name not in self.extended]
        free = MAX_EXTENDED_RESOURCES - len(self.extended)
        if len(new) > free:
            message = (
                f"{where}: {new[free]} is one extended resource too many; a cluster holds "
                f"{MAX_EXTENDED_RESOURCES} names of them"
            )
            raise ManifestError(message)

    def column(self, resource: str) -> int:
        """Return the column of an extended resource, a new one if it is new.

        `check_columns` has found room for it.
        """
        column = self.extended.get(resource)
        if column is None:
            column = len(self.extended)
            self.extended[resource] = column
            self.world = room_for(self.world, extended=column + 1)
        return column

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
