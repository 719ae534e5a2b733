"""Containers that end, for want of memory or of themselves, and are restarted or not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simarena.cluster.codes import NONE, Containers, Event, Exit, LogKind, Phase, RestartPolicy
from simarena.cluster.kernel.ground.events import log_container, schedule_pod_event
from simarena.cluster.kernel.pods.life import finish_pod
from simarena.cluster.kernel.pods.starting import mark_unready
from simarena.cluster.kernel.pods.usage import out_of_memory_ms, weakest_container
from simarena.jit.decorators import inner

if TYPE_CHECKING:
    from simarena.cluster.records import World


@inner
def _is_restarted(world: World, pod_row: int, is_failure: int) -> bool:
    policy = world.templates[world.pods[pod_row]["template"]]["restart_policy"]
    return bool(
        policy == RestartPolicy.ALWAYS or (policy == RestartPolicy.ON_FAILURE and is_failure)
    )


@inner
def _restart_later(world: World, pod_row: int) -> None:
    """Start a container again once its back-off is over, counted from its end.

    One that ran for more than twice the longest back-off begins anew, without any.
    """
    settings = world.settings[0]
    pod = world.pods[pod_row]
    now_ms = world.state[0]["now_ms"]
    if now_ms - pod["started_ms"] > 2 * settings["crash_backoff_max_ms"]:
        pod["backoff_ms"] = 0
    wait_ms = pod["backoff_ms"]
    if wait_ms > 0:
        pod["containers"] = Containers.BACKOFF
        log_container(world, LogKind.CONTAINER_BACKOFF, pod_row, wait_ms, pod["container"])
    restart_ms = now_ms + max(wait_ms, settings["container_restart_ms"])
    schedule_pod_event(world, restart_ms, Event.CONTAINERS_START, pod_row)


@inner
def end_containers(world: World, pod_row: int) -> None:
    """End the container that has come to its end now, or all of them where they end together."""
    pod = world.pods[pod_row]
    template_row = pod["template"]
    template = world.templates[template_row]
    now_ms = world.state[0]["now_ms"]
    limit_ms = out_of_memory_ms(world, template_row)
    is_killed = limit_ms != NONE and now_ms >= pod["started_ms"] + limit_ms
    is_failure = is_killed or template["exit_code"] != 0
    pod["finished_ms"] = now_ms
    pod["containers"] = Containers.ENDED
    pod["exit"] = Exit.OOM_KILLED if is_killed else Exit.BY_ITSELF
    pod["container"] = NONE
    if is_killed and template["num_containers"] > 1:
        pod["container"] = weakest_container(world, template_row)
    log_container(world, LogKind.CONTAINERS_ENDED, pod_row, pod["exit"], pod["container"])
    if _is_restarted(world, pod_row, is_failure):
        if pod["ready"]:
            mark_unready(world, pod_row)
        _restart_later(world, pod_row)
    elif pod["container"] == NONE:
        finish_pod(world, pod_row, Phase.FAILED if is_failure else Phase.SUCCEEDED)
    else:
        pod["ticket"] = NONE  # the other containers run on
        if pod["ready"]:
            mark_unready(world, pod_row)
