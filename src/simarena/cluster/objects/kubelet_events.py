"""The events of kubelets that let containers fail, told from the log."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from simarena.cluster.codes import NONE, Failure, LogKind
from simarena.cluster.messages.control_plane import (
    Happening,
    created_container,
    killing_container,
    pulled,
    started_container,
)
from simarena.cluster.messages.kubelet import (
    back_off,
    failed_pod,
    node_pressure,
    pod_reference,
    reclaiming_memory,
)
from simarena.cluster.objects.identity import Identities
from simarena.cluster.objects.pods.container_lives import RunReader
from simarena.cluster.objects.pods.life import evicted_text, refused_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy as np

    from simarena.cluster.manifests.fields import Manifest
    from simarena.cluster.messages.control_plane import Profile
    from simarena.cluster.rows.catalogue import Catalogue


class About(NamedTuple):
    """What an event is about, and where it happened."""

    kind: str
    namespace: str
    name: str
    uid: str
    container: str = ""
    host: str = ""


class Told(NamedTuple):
    """One thing that an event tells."""

    time_ms: int
    about: About
    happening: Happening
    times: int = 1
    """How often, since it was told before."""


class KubeletTeller:
    """Turns entries of the log, which it must be given all and in order, into what kubelets say."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._names = Identities(catalogue)
        self._runs = RunReader(catalogue.templates)
        release = bool(catalogue.world.settings[0]["release_136"])
        self._profile: Profile = "1.36" if release else "1.34"

    def tell(self, row: np.void) -> Iterator[Told]:
        """Yield what is said about an entry."""
        kind = LogKind(int(row["kind"]))
        time_ms = int(row["time_ms"])
        if kind == LogKind.NODE_PRESSURE:
            for happening in _node(self._catalogue.node_names[int(row["subject"])], row):
                yield Told(time_ms, self._node_about(int(row["subject"])), happening)
        elif kind == LogKind.CONTAINERS_STARTED:
            for container, about in self._chosen(row):
                yield Told(time_ms, about, pulled(container.get("image", ""), self._profile))
                yield Told(time_ms, about, created_container(container["name"], self._profile))
                yield Told(time_ms, about, started_container(container["name"], self._profile))
        elif kind == LogKind.CONTAINER_BACKOFF:
            for container, about in self._chosen(row):
                reference = pod_reference(about.name, about.namespace, about.uid)
                yield Told(time_ms, about, back_off(container["name"], reference))
        elif kind == LogKind.POD_FAILED and row["other"] != Failure.NONE:
            yield Told(time_ms, self._about(row), self._failed(row))
            yield from self._killing(row)
        elif kind == LogKind.POD_DELETED and row["node"] != NONE:
            yield from self._killing(row)
        self._runs.note(row)

    def _about(self, row: np.void, container: str = "") -> About:
        name = self._names.pod_of_log(row)
        host = self._catalogue.node_names[int(row["node"])]
        return About("Pod", *name, self._names.pod_uid(int(row["subject"])), container, host)

    def _node_about(self, node_row: int) -> About:
        name = self._catalogue.node_names[node_row]
        return About("Node", "", name, self._names.node_uid(node_row), "", name)

    def _containers(self, row: np.void) -> list[Manifest]:
        found: list[Manifest] = self._catalogue.templates[int(row["template"])].pod["spec"][
            "containers"
        ]
        return found

    def _chosen(self, row: np.void) -> Iterator[tuple[Manifest, About]]:
        """Yield the containers that an entry is about."""
        for index, container in enumerate(self._containers(row)):
            if row["other"] in {NONE, index}:
                yield container, self._about(row, container["name"])

    def _killing(self, row: np.void) -> Iterator[Told]:
        pod = self._runs.pods.get(int(row["subject"]))
        if pod is None:
            return
        running = pod.open_runs()
        for container, runs in zip(self._containers(row), pod.containers, strict=True):
            if runs and runs[-1] in running:
                name = container["name"]
                yield Told(int(row["time_ms"]), self._about(row, name), killing_container(name))

    def _failed(self, row: np.void) -> Happening:
        template, failure = int(row["template"]), Failure(int(row["other"]))
        if failure != Failure.EVICTED:
            text = refused_text(
                self._catalogue, template, int(row["node"]), failure, int(row["value"])
            )
            return failed_pod(failure, text)
        pod = self._runs.pods[int(row["subject"])]
        ages = [
            int(row["time_ms"]) - runs[-1].started_ms
            if runs and runs[-1].ended_ms == NONE
            else NONE
            for runs in pod.containers
        ]
        return failed_pod(failure, evicted_text(self._catalogue, template, int(row["value"]), ages))


def _node(name: str, row: np.void) -> Iterator[Happening]:
    is_low = bool(row["value"])
    if is_low:
        yield reclaiming_memory()
    yield node_pressure(name, is_low=is_low)
