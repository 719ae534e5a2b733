"""Many equal pods created at once, in time that grows slowly with their number."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from simarena.checks.garbage import without_collection
from simarena.cluster.codes import Operation
from simarena.cluster.manifests.pods.pod import Pod
from simarena.cluster.records import BLANK_BARE
from simarena.cluster.rows.catalogue import ObjectInfo
from simarena.cluster.rows.pods import admit, read_pod_spec, write_pod_spec
from simarena.cluster.rows.tables import room_for

if TYPE_CHECKING:
    from collections.abc import Sequence

    from simarena.cluster.operations.live import LiveWorld


class NamedPod(ObjectInfo[Pod]):
    """A pod that differs from others in its name alone; its manifest is made once asked for."""

    __slots__ = ("_model", "_name", "_read")

    def __init__(self, model: Pod, name: str) -> None:
        self._model = model
        self._name = name
        self._read: Pod | None = None
        self.generation = 1
        self.given_rolling = frozenset()

    @property
    def read(self) -> Pod:
        """As it was applied last."""
        if self._read is None:
            manifest = self._model.manifest
            metadata = {**manifest["metadata"], "name": self._name}
            key = self._model.key._replace(name=self._name)
            named = {**manifest, "metadata": metadata}
            self._read = replace(self._model, key=key, manifest=named)
        return self._read

    @read.setter
    def read(self, read: Pod) -> None:
        self._read = read

    @property
    def namespace(self) -> str:
        """Its namespace."""
        return self._model.key.namespace

    @property
    def name(self) -> str:
        """Its name."""
        return self._name

    def copied(self) -> NamedPod:
        """Return one that can be changed apart."""
        result = NamedPod(self._model, self._name)
        result._read = self._read
        result.generation, result.given_rolling = self.generation, self.given_rolling
        return result


def create_pods(live: LiveWorld, pod: Pod, names: Sequence[str]) -> range:
    """Let pods come into being that differ in their names alone, once time passes.

    Returns their rows of bare pods. The names must be new. Raises ManifestError if the cluster
    cannot have such a pod.
    """
    catalogue = live.catalogue
    admitted = admit(catalogue, pod)
    spec = write_pod_spec(catalogue, read_pod_spec(catalogue, admitted))
    first, number = len(catalogue.bare), len(names)
    planned = int(catalogue.world.state[0]["num_timeline"])
    if planned and int(catalogue.world.state[0]["next_timeline"]) == planned:
        catalogue.clear_timeline()
        planned = 0
    world = room_for(catalogue.world, bare=first + number, timeline=planned + number)
    catalogue.world = world
    rows = range(first, first + number)
    world.bare[first : first + number] = BLANK_BARE
    world.state[0]["num_bare"] = first + number
    with without_collection():
        catalogue.bare.extend([NamedPod(admitted, name) for name in names])
    namespace = admitted.key.namespace
    catalogue.bare_rows.update(zip([(namespace, name) for name in names], rows, strict=True))
    timeline = world.timeline[planned : planned + number]
    timeline["time_ms"] = live.now_ms
    timeline["operation"] = Operation.CREATE_POD
    timeline["subject"] = rows
    timeline["spec"] = spec
    world.state[0]["num_timeline"] = planned + number
    return rows
