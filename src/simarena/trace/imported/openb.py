"""Alibaba's openb GPU cluster: its list of nodes and its list of pods.

Of nodes: `sn`, `cpu_milli`, `memory_mib`, `gpu` (how many), `model` (empty or nan: none). Of pods:
`name`, `cpu_milli`, `memory_mib`, `num_gpu`, `gpu_milli` (thousandths of each of them), `gpu_spec`
(models that will do, with | between them), `qos`, `pod_phase`, `creation_time`, `deletion_time`
(seconds; empty: never). What else is there is not read. Lists of the first five columns alone, as
those of pods with several GPUs are, say no times: their pods all come at once and stay.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from simarena.trace.imported.arrivals import Stay
from simarena.trace.imported.lines import lines
from simarena.trace.imported.objects import name_in, node, pod

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from simarena.trace.imported.lines import Progress
    from simarena.trace.kinds import Manifest

GPU_MILLI: Final = "simarena.io/gpu-milli"
"""Extended resource: thousandths of GPUs, whichever GPU of a node they are of."""

GPU_MODEL: Final = "simarena.io/gpu-model"
"""Label of nodes."""

_WHOLE: Final = 1_000
_NODES: Final = ("sn", "cpu_milli", "memory_mib", "gpu", "model")
_SIZES: Final = ("name", "cpu_milli", "memory_mib", "num_gpu", "gpu_milli")
_PODS: Final = (*_SIZES, "gpu_spec", "qos", "pod_phase", "creation_time", "deletion_time")


def openb_nodes(path: Path, progress: Progress | None = None) -> Iterator[Manifest]:
    """Yield the nodes of a list."""
    for line in lines(path, _NODES, progress):
        labels = {} if line.is_missing("model") else {GPU_MODEL: line.text("model")}
        num_gpus = line.whole("gpu")
        yield node(
            name_in(line, "sn"),
            {
                "cpu": f"{line.whole('cpu_milli', least=1)}m",
                "memory": f"{line.whole('memory_mib', least=1)}Mi",
                **({GPU_MILLI: str(_WHOLE * num_gpus)} if num_gpus else {}),
            },
            labels,
        )


def openb_pods(path: Path, progress: Progress | None = None) -> Iterator[Stay]:
    """Yield the pods of a list."""
    for line in lines(path, _PODS, progress, short=_SIZES):
        start_s = 0 if "creation_time" in line.absent else line.whole("creation_time")
        end_s = None if line.is_missing("deletion_time") else line.whole("deletion_time")
        if end_s is not None and end_s < start_s:
            line.refuse("deletion_time", "must not be before creation_time")
        gpu_milli = line.whole("num_gpu") * line.whole("gpu_milli")
        if line.whole("gpu_milli") > _WHOLE:
            line.refuse("gpu_milli", f"must be at most {_WHOLE}")
        spec: Manifest = {}
        if not line.is_missing("gpu_spec"):
            models = [model for model in line.text("gpu_spec").split("|") if model]
            chosen = {"key": GPU_MODEL, "operator": "In", "values": models}
            terms = {"nodeSelectorTerms": [{"matchExpressions": [chosen]}]}
            required = {"requiredDuringSchedulingIgnoredDuringExecution": terms}
            spec["affinity"] = {"nodeAffinity": required}
        manifest = pod(
            name_in(line, "name"),
            {
                "cpu": f"{line.whole('cpu_milli')}m",
                "memory": f"{line.whole('memory_mib')}Mi",
                **({GPU_MILLI: str(gpu_milli)} if gpu_milli else {}),
            },
            spec,
            {
                "simarena.io/qos": line.values["qos"],
                "simarena.io/recorded-phase": line.values["pod_phase"],
            },
        )
        yield Stay(start_s, end_s, manifest)
