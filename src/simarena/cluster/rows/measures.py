"""What pods tell an autoscaler besides their use of resources, as rows of usage."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from simarena.cluster.codes import NONE, Resource

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from simarena.cluster.manifests.pods.spec import PodSpec
    from simarena.cluster.manifests.pods.usage import Schedule
    from simarena.cluster.rows.relations import Measure

_MILLI = 1_000
_OF_CONTAINER = 2


class UsageRow(NamedTuple):
    """The values of a row of USAGE."""

    since_ms: int
    each: int
    others: int = 0


def usage_rows(
    measure: Measure, spec: PodSpec, metrics: Mapping[str, Schedule]
) -> Sequence[UsageRow]:
    """Return what pods of a spec tell of a measure, nothing if they do not have it.

    Of a container it is what TermKind.MEASURED says; of other metrics a schedule.
    """
    if len(measure) != _OF_CONTAINER:
        return [UsageRow(*step) for step in metrics.get(measure[0], ())]
    container, resource = measure[0], Resource[measure[1]]
    for index, each in enumerate((*spec.containers, *spec.sidecars)):
        if each.name == container:
            name = resource.name.lower()
            factor = 1 if resource == Resource.CPU else _MILLI
            asked = each.resources.requests.get(name)
            request = NONE if asked is None else factor * asked
            return [UsageRow(index, request, each.resources.limits.get("cpu", 0))]
    return []
