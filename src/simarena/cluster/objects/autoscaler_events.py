"""What the HorizontalPodAutoscaler controller did, told from the journal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from simarena.cluster.codes import NONE, LogKind
from simarena.cluster.objects.identity import Identities
from simarena.cluster.objects.kubelet_events import About, Told
from simarena.cluster.objects.pods.view import pod_without_request
from simarena.cluster.objects.workloads.autoscaler import (
    failed_metric,
    invalid_metrics,
    no_target,
    rescaled,
)

if TYPE_CHECKING:
    import numpy as np

    from simarena.cluster.rows.catalogue import Catalogue

AUTOSCALER_KINDS: Final = frozenset(
    {LogKind.AUTOSCALER_SCALED, LogKind.AUTOSCALER_FAILED, LogKind.AUTOSCALER_INVALID}
)


def autoscaler_note(catalogue: Catalogue, row: np.void) -> Told:
    """Return what a row of the log says of an autoscaler."""
    autoscaler = int(row["subject"])
    info = catalogue.autoscalers[autoscaler]
    hpa = catalogue.world.autoscalers[autoscaler]
    uid = Identities(catalogue).autoscaler_uid(autoscaler)
    about = About(info.kind, info.namespace, info.name, uid)
    value, metric, code = int(row["value"]), int(row["other"]), int(row["code"])
    if row["kind"] == LogKind.AUTOSCALER_SCALED:
        happening = rescaled(hpa, value, code)
    elif metric == NONE:
        happening = no_target(info.manifest)
    else:
        request = pod_without_request(catalogue, autoscaler)
        if row["kind"] == LogKind.AUTOSCALER_FAILED:
            happening = failed_metric(hpa, metric, code, request)
        else:
            happening = invalid_metrics(hpa, metric, code, value, request)
    return Told(int(row["time_ms"]), about, happening)
