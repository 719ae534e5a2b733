"""HorizontalPodAutoscalers to rows of a World."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simarena.cluster.codes import NONE
from simarena.cluster.rows.catalogue import ObjectInfo
from simarena.cluster.rows.tables import room_for
from simarena.cluster.rows.template_relations import put_measure, select_pods
from simarena.cluster.rows.workloads import check_size
from simarena.trace.kinds import KINDS

if TYPE_CHECKING:
    from simarena.cluster.manifests.pods.usage import Schedule
    from simarena.cluster.manifests.workloads.autoscaler import Autoscaler
    from simarena.cluster.rows.catalogue import Catalogue


def put_autoscaler(catalogue: Catalogue, autoscaler: Autoscaler) -> tuple[int, int]:
    """Return the row of a HorizontalPodAutoscaler, and the row that it takes the place of.

    What was never applied in that form has a new row; there may be none to replace.
    """
    name = autoscaler.key[1:]
    check_size(catalogue, autoscaler.sizes, "/".join(autoscaler.key))
    former = catalogue.autoscaler_rows.get(name, NONE)
    rows = catalogue.autoscalers_named.setdefault(name, [])
    for row in rows:
        if catalogue.autoscalers[row].manifest == autoscaler.manifest:
            catalogue.autoscaler_rows[name] = row
            return row, former
    values = autoscaler.row(
        tolerance=catalogue.config.hpa_tolerance,
        downscale_ms=catalogue.config.hpa_downscale_ms,
    )
    row = len(catalogue.autoscalers)
    catalogue.world = room_for(catalogue.world, autoscalers=row + 1)
    catalogue.world.state[0]["num_autoscalers"] = row + 1
    rows.append(row)
    history = rows[0]
    catalogue.autoscalers.append(ObjectInfo(autoscaler))
    catalogue.autoscalers_of.setdefault(autoscaler.target, []).append(row)
    catalogue.autoscaler_rows[name] = row
    record = catalogue.world.autoscalers[row]
    for field_name, value in values.items():
        record[field_name] = value
    record["history"] = history
    for index, metric in enumerate(autoscaler.metrics):
        measure = metric.of_pods
        number = NONE if measure is None else put_measure(catalogue, measure)
        first = _put_schedule(catalogue, metric.schedule)
        record = catalogue.world.autoscalers[row]
        record["metric_number"][index] = number
        record["metric_usage"][index] = first
        record["metric_num_usage"][index] = len(metric.schedule)
    target = autoscaler.target
    scales = target.kind in KINDS and KINDS[target.kind].scales
    record["target"] = catalogue.workload_rows.get(target, NONE) if scales else NONE
    if record["target"] != NONE:
        target_row = int(record["target"])
        select_pods(catalogue, target_row, catalogue.workloads[target_row].read)
        record = catalogue.world.autoscalers[row]
    record["best_metric"] = NONE
    record["status_row"] = row
    return row, former


def _put_schedule(catalogue: Catalogue, schedule: Schedule) -> int:
    """Return the first of the rows of usage that hold a schedule."""
    first = int(catalogue.world.state[0]["num_usage"])
    catalogue.world = room_for(catalogue.world, usage=first + len(schedule))
    catalogue.world.state[0]["num_usage"] = first + len(schedule)
    for index, step in enumerate(schedule):
        catalogue.world.usage[first + index] = (*step, 0)
    return first
