"""What an event is about, and what of it only the containers' lives up to now can tell."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from simarena.cluster.codes import NONE, Failure
from simarena.cluster.objects.pods.container_lives import RunReader
from simarena.cluster.objects.pods.life import evicted_text, refused_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy as np

    from simarena.cluster.manifests.fields import Manifest
    from simarena.cluster.messages.control_plane import Happening
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


class ContainerTeller:
    """What kubelets know of containers; it must be given all entries of the log in order."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._runs = RunReader(catalogue.templates)

    def note(self, row: np.void) -> None:
        """Take note of an entry, once it has been told."""
        self._runs.note(row)

    def chosen(self, row: np.void) -> Iterator[Manifest]:
        """Yield the containers that an entry is about."""
        for index, container in enumerate(self._containers(row)):
            if row["other"] in {NONE, index}:
                yield container

    def running(self, row: np.void) -> Iterator[Manifest]:
        """Yield the containers of an entry's pod that ran until now."""
        pod = self._runs.pods.get(int(row["subject"]))
        if pod is None:
            return
        running = pod.open_runs()
        for container, runs in zip(self._containers(row), pod.containers, strict=True):
            if runs and runs[-1] in running:
                yield container

    def failure_text(self, row: np.void) -> str:
        """Return why the kubelet failed or refused the pod of an entry."""
        template, failure = int(row["template"]), Failure(int(row["other"]))
        if failure != Failure.EVICTED:
            return refused_text(
                self._catalogue, template, int(row["node"]), failure, int(row["value"])
            )
        pod = self._runs.pods[int(row["subject"])]
        ages = [
            int(row["time_ms"]) - runs[-1].started_ms
            if runs and runs[-1].ended_ms == NONE
            else NONE
            for runs in pod.containers
        ]
        return evicted_text(self._catalogue, template, int(row["value"]), ages)

    def _containers(self, row: np.void) -> list[Manifest]:
        found: list[Manifest] = self._catalogue.templates[int(row["template"])].pod["spec"][
            "containers"
        ]
        return found
