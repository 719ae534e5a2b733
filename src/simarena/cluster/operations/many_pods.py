"""Many equal pods created at once, in time that grows slowly with their number."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from simarena.cluster.codes import Operation
from simarena.cluster.records import BLANK_BARE
from simarena.cluster.rows.catalogue import ObjectInfo
from simarena.cluster.rows.pods import admit, read_pod_spec, write_pod_spec
from simarena.cluster.rows.tables import room_for

if TYPE_CHECKING:
    from collections.abc import Sequence

    from simarena.cluster.manifests.pods.pod import Pod
    from simarena.cluster.operations.live import LiveWorld


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
    metadata = admitted.manifest["metadata"]
    for row, name in zip(rows, names, strict=True):
        manifest = {**admitted.manifest, "metadata": {**metadata, "name": name}}
        key = admitted.key._replace(name=name)
        catalogue.bare.append(ObjectInfo(replace(admitted, key=key, manifest=manifest), 1))
        catalogue.bare_rows[key.namespace, name] = row
    timeline = world.timeline[planned : planned + number]
    timeline["time_ms"] = live.now_ms
    timeline["operation"] = Operation.CREATE_POD
    timeline["subject"] = rows
    timeline["spec"] = spec
    world.state[0]["num_timeline"] = planned + number
    return rows
