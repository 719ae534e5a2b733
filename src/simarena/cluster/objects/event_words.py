"""What an entry of the log says, word by word, for the events that are told of it."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

from simarena.cluster.codes import NONE, Failure, JobOutcome
from simarena.cluster.codes.log import Regarding
from simarena.cluster.messages.control_plane import JOB_SUCCESSES, Happening, note
from simarena.cluster.messages.kubelet import FAILURE_REASONS, pod_reference
from simarena.cluster.objects.explanation import diagnosis_of
from simarena.cluster.objects.kubelet_events import About
from simarena.cluster.objects.pods.refusals import refusal_text
from simarena.cluster.objects.pods.view import pod_without_request
from simarena.cluster.objects.workloads.ambiguity import ambiguity
from simarena.cluster.objects.workloads.autoscaler import (
    metric_failure_reason,
    metric_failure_text,
    metric_sought,
    missing_target_text,
    rescale_text,
)
from simarena.cluster.objects.workloads.job_condition import job_condition

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from simarena.cluster.codes.log import EventReason
    from simarena.cluster.manifests.fields import Manifest
    from simarena.cluster.objects.identity import Identities, Name
    from simarena.cluster.objects.kubelet_events import ContainerTeller


class Words:
    """The words of the table of event reasons, as one entry of the log means them.

    Each property is a word; those that an entry says nothing of are never asked for.
    """

    def __init__(
        self,
        names: Identities,
        row: np.void,
        counts: NDArray[np.int32],
        containers: ContainerTeller | None,
        exceeded: Sequence[np.void] = (),
    ) -> None:
        self._names = names
        self._catalogue = names.catalogue
        self._row = row
        self._counts = counts
        self._containers = containers
        self._exceeded = exceeded
        self._container: Manifest = {}

    def __getitem__(self, word: str) -> Any:  # noqa: ANN401 - texts, numbers, truth values
        """Return what a word stands for."""
        return getattr(self, word)

    def hold(self, event: EventReason) -> bool:
        """Return whether an event is told of the entry."""
        for word in event.when:
            is_negated = word.startswith("not ")
            if bool(self[word[4:] if is_negated else word]) == is_negated:
                return False
        return True

    def happening(self, event: EventReason) -> Happening:
        """Return what an event says of the entry."""
        said = (event.reason, event.message, event.component)
        return Happening(event.type, *map(self._said, said))

    def _said(self, text: str) -> str:
        return text.format_map(self) if "{" in text else text

    def objects(self, regarding: Regarding) -> Iterator[About]:
        """Yield what events of the entry are about; of a container, words are those of this one."""
        if regarding == Regarding.CONTAINERS and self._containers is not None:
            for container in self._containers.chosen(self._row):
                self._container = container
                yield self._pod_on_node(self.container)
        elif regarding == Regarding.RUNNING_CONTAINERS and self._containers is not None:
            for container in self._containers.running(self._row):
                self._container = container
                yield self._pod_on_node(self.container)
        else:
            yield self._object(regarding)

    def _object(self, regarding: Regarding) -> About:
        names, subject = self._names, int(self._row["subject"])
        if regarding == Regarding.POD:
            return About("Pod", *self._pod, names.pod_uid(subject))
        if regarding == Regarding.POD_ON_NODE:
            return self._pod_on_node()
        if regarding == Regarding.NODE:
            return About("Node", "", self.node, names.node_uid(subject), "", self.node)
        if regarding == Regarding.AUTOSCALER:
            hpa = self._catalogue.autoscalers[subject]
            return About(hpa.kind, hpa.namespace, hpa.name, names.autoscaler_uid(subject))
        if regarding in {Regarding.CONTROLLER, Regarding.JOB}:
            kind = names.controller_kind(self._applied)
            return About(kind, *self._controller, names.controller_uid(*self._made))
        info = self._catalogue.workloads[self._applied]
        return About(info.kind, info.namespace, info.name, names.workload_uid(self._applied))

    def _pod_on_node(self, container: str = "") -> About:
        uid = self._names.pod_uid(int(self._row["subject"]))
        return About("Pod", *self._pod, uid, container, self.node)

    @cached_property
    def _applied(self) -> int:
        """The row of the workload that a user applied."""
        owner = int(self._row["owner"])
        return int(self._row["subject"]) if owner == NONE else owner

    @property
    def _made(self) -> tuple[int, int, int]:
        return self._applied, int(self._row["template"]), int(self._row["minute"])

    @cached_property
    def _controller(self) -> Name:
        return self._names.controller(*self._made)

    @cached_property
    def _pod(self) -> Name:
        return self._names.pod_of_log(self._row)

    @property
    def _hpa_manifest(self) -> Manifest:
        return self._catalogue.autoscalers[int(self._row["subject"])].manifest

    @property
    def _hpa(self) -> np.void:
        found: np.void = self._catalogue.world.autoscalers[int(self._row["subject"])]
        return found

    @property
    def _outcome(self) -> JobOutcome:
        return JobOutcome(self.value)

    @cached_property
    def _verdict(self) -> tuple[str, str]:
        row = self._row
        return job_condition(
            self._names,
            self._applied,
            int(row["template"]),
            self._outcome,
            decided_by=self.other,
            end=int(row["code"]),
            ordinal=int(row["ordinal"]),
            minute=int(row["minute"]),
        )

    # Numbers, and what may be asked of any entry.

    @property
    def value(self) -> int:
        """What the log's `value` is."""
        return int(self._row["value"])

    @property
    def other(self) -> int:
        """What the log's `other` is."""
        return int(self._row["other"])

    @property
    def is_owned(self) -> bool:
        """Whether a workload owns the entry's object."""
        return bool(self._row["owner"] != NONE)

    @property
    def on_node(self) -> bool:
        """Whether the pod has a node."""
        return bool(self._row["node"] != NONE)

    @property
    def real_kubelet(self) -> bool:
        """Whether kubelets tell of containers."""
        return self._containers is not None

    @property
    def release_136(self) -> bool:
        """Whether the words are those of 1.36, not of 1.34."""
        return bool(self._catalogue.world.settings[0]["release_136"])

    # Pods, their containers and their node.

    @property
    def pod(self) -> str:
        """The pod's name."""
        return self._pod.name

    @property
    def namespace(self) -> str:
        """The pod's namespace."""
        return self._pod.namespace

    @property
    def pod_reference(self) -> str:
        """What the kubelet calls the pod."""
        uid = self._names.pod_uid(int(self._row["subject"]))
        return pod_reference(self.pod, self.namespace, uid)

    @property
    def node(self) -> str:
        """The node's name."""
        return self._catalogue.node_names[int(self._row["node"])]

    @property
    def preemptor_uid(self) -> str:
        """The uid of the pod for which another must leave."""
        return self._names.pod_uid(self.value)

    @property
    def diagnosis(self) -> str:
        """Why the pod found no node, cut to an event's length."""
        return note(
            diagnosis_of(self._catalogue, int(self._row["template"]), self._counts.tolist())
        )

    @property
    def refusal(self) -> str:
        """Why the API did not let the pod be created."""
        return refusal_text(self._names, self._row, self._exceeded)

    @property
    def container(self) -> str:
        """The name of the container that is told of."""
        return str(self._container["name"])

    @property
    def image(self) -> str:
        """Its image."""
        return str(self._container.get("image", ""))

    @property
    def by_kubelet(self) -> bool:
        """Whether the kubelet failed or refused the whole pod."""
        return self.other != Failure.NONE

    @property
    def failure_reason(self) -> str:
        """The reason of a pod that the kubelet failed."""
        return FAILURE_REASONS[Failure(self.other)]

    @property
    def failure(self) -> str:
        """Why the kubelet failed the pod."""
        return "" if self._containers is None else self._containers.failure_text(self._row)

    # Workloads.

    @property
    def controller(self) -> str:
        """The kind of what controls the pod, in small letters, as its controller is named."""
        kind = self._names.controller_kind(self._applied)
        return "replication" if kind == "ReplicationController" else kind.lower()

    @property
    def owner(self) -> str:
        """The name of what controls the pod."""
        return self._controller.name

    @property
    def of_statefulset(self) -> bool:
        """Whether that is a StatefulSet."""
        return self.controller == "statefulset"

    @property
    def creates(self) -> str:
        """What a StatefulSet's controller says that it does to a new pod."""
        return "Create" if self.release_136 else "create"

    @property
    def deletes(self) -> str:
        """What it says that it does to one that goes."""
        return "Delete" if self.release_136 else "delete"

    @property
    def replicaset(self) -> str:
        """The name of the ReplicaSet of the entry's template."""
        return self._names.replicaset(self._applied, int(self._row["template"])).name

    @property
    def direction(self) -> str:
        """Which way it was scaled."""
        return "up" if self.value > self.other else "down"

    @property
    def job(self) -> str:
        """The Job's name."""
        return self._controller.name

    @property
    def is_success(self) -> bool:
        """Whether the Job has the condition Complete."""
        return self._outcome in JOB_SUCCESSES

    @property
    def condition(self) -> str:
        """The condition of a Job that has ended."""
        return "Complete" if self.is_success else "Failed"

    @property
    def verdict_reason(self) -> str:
        """Why a Job failed, in one word."""
        return self._verdict[0]

    @property
    def verdict(self) -> str:
        """Why a Job failed."""
        return self._verdict[1]

    # Autoscalers.

    @property
    def has_metric(self) -> bool:
        """Whether it is a metric that failed, and not the target that is missing."""
        return self.other != NONE

    @property
    def rescale_reason(self) -> str:
        """Why the target was scaled."""
        return rescale_text(self._hpa_manifest, int(self._row["code"]))

    @property
    def missing_target(self) -> str:
        """That what is to be scaled is not there."""
        return missing_target_text(self._hpa_manifest)

    @property
    def num_metrics(self) -> int:
        """Metrics of the autoscaler."""
        return int(self._hpa["num_metrics"])

    @property
    def metric_sought(self) -> str:
        """What the metric looks at."""
        return metric_sought(self._hpa_manifest, self.other)

    @property
    def metric_failure_reason(self) -> str:
        """That such a metric could not be read, in one word."""
        return metric_failure_reason(self._hpa_manifest, self.other)

    @property
    def ambiguity(self) -> str:
        """Which autoscalers look at the same pods."""
        return ambiguity(self._catalogue, int(self._row["subject"]))

    @property
    def metric_failure(self) -> str:
        """Why the metric could not be read."""
        request = pod_without_request(self._catalogue, int(self._row["subject"]))
        return metric_failure_text(self._hpa_manifest, self.other, int(self._row["code"]), request)
