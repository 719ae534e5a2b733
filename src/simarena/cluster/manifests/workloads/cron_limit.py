"""How often CronJobs may be due within one call, so that it comes to an end."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simarena.errors import SimulationError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from simarena.cluster.manifests.workloads.cron_schedule import Schedule


def check_num_runs(
    spans: Iterable[tuple[Schedule, int, int]], limit: int, remedy: str = "advance less at once"
) -> None:
    """Raise SimulationError if schedules are due more than `limit` times in their spans together.

    A span is a schedule with the times after and until which it is in force.
    """
    number = sum(schedule.num_between(start_ms, end_ms) for schedule, start_ms, end_ms in spans)
    if number > limit:
        message = (
            f"CronJobs would be due about {number} times, more than {limit}; {remedy}, or raise "
            "max_cronjob_runs in ClusterConfig"
        )
        raise SimulationError(message)
