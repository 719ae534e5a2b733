"""How long pods of a trace ran, as SimKube's driver looks it up."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from simarena.checks.bounds import MAX_INT32
from simarena.cluster.codes import NONE
from simarena.cluster.manifests.fields import milliseconds
from simarena.trace.kinds import kind_key, namespaced_name

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from simarena.cluster.manifests.fields import Manifest
    from simarena.trace import Trace


def lifecycles_of(trace: Trace, manifest: Manifest, number: int, speed: float) -> tuple[int, ...]:
    """Return how long the pods of a recorded object ran, in milliseconds; NONE for ever.

    The n-th pod takes entry n, modulo their number. They are kept by hash of the pod's spec, as the
    API completed it, which cannot be told from the object's: the one of the trace's index is taken
    if there is one, else hashes go, in order of their first start, with the object's templates in
    order of appearance; `number` is that of this template.
    """
    kind, name = kind_key(manifest), namespaced_name(manifest)
    hashes: Mapping[int, Sequence[Any]] = trace.pod_lifecycles.get((kind, name)) or {}
    if not hashes:
        return ()
    indexed = hashes.get((trace.index.get(kind) or {}).get(name, NONE))
    ordered = sorted(hashes.values(), key=_first_start)
    entries = indexed or ordered[min(number, len(ordered) - 1)]
    return tuple(_run_ms(entry, speed) for entry in entries)


def _first_start(entries: Sequence[Any]) -> int:
    starts = [_start(entry) for entry in entries if isinstance(entry, dict)]
    return min(starts, default=0)


def _start(entry: Mapping[str, Any]) -> int:
    start: int = entry["Finished"][0] if "Finished" in entry else entry["Running"]
    return start


def _run_ms(entry: Any, speed: float) -> int:  # noqa: ANN401 - a trace's own
    if not isinstance(entry, dict) or "Finished" not in entry:
        return NONE
    start_s, end_s = entry["Finished"]
    return milliseconds(int(min(max(0.0, (end_s - start_s) / speed), float(MAX_INT32))))
