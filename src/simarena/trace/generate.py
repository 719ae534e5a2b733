"""New traces from manifests."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING

from simarena.trace import version1
from simarena.trace.check import check_events
from simarena.trace.model import Trace, TraceEvent

if TYPE_CHECKING:
    from collections.abc import Iterable

    from simarena.trace.kinds import Manifest


def new_trace(manifests: Iterable[Manifest], ts: int = 0, *, source: str = "new trace") -> Trace:
    """Return a complete version-2 trace with one event, at `ts`, that applies all `manifests`.

    They are copied, and get namespace "default" where they name none. Raises TraceError if one
    of them is not sound.
    """
    objects = [copy.deepcopy(manifest) for manifest in manifests]
    check_events([TraceEvent(ts, objects)], source)
    applied = [version1.with_namespace(manifest) for manifest in objects]
    return Trace(
        events=[TraceEvent(ts, applied)],
        config=version1.config_for(applied),
        index=version1.index_for(applied),
        pod_lifecycles={},
        source=source,
    )
