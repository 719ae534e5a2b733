"""What containers write: made up from what happened to them, always the same."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from simarena.cluster.codes import NONE, Containers, Exit
from simarena.cluster.messages.clock import timestamp
from simarena.cluster.objects.identity import Identities
from simarena.cluster.objects.metrics import cpu_limits, memory_limits, template_usage
from simarena.errors import NotFoundError
from simarena.trace.quantity import format_cpu_milli, format_memory_bytes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from simarena.cluster.manifests.fields import Fields
    from simarena.cluster.manifests.pods.usage import Usage
    from simarena.cluster.objects.pods.container_lives import PodRuns, Run
    from simarena.cluster.rows.catalogue import Catalogue

_NEARLY_FULL = 90
"""Per cent of the memory limit from which a container warns."""


class Line(NamedTuple):
    """One line of a log."""

    time_ms: int
    text: str


@dataclass(frozen=True, slots=True)
class ContainerFacts:
    """What the log of a container depends on besides its runs."""

    container: Fields
    """From the pod's spec."""
    usage: Usage
    cpu_limit_milli: int
    """0: no limit in force; so, too, the next one."""
    memory_limit_bytes: int
    exit_code: int


def log_lines(facts: ContainerFacts, run: Run, now_ms: int) -> list[Line]:
    """Return what a container wrote in one of its lives until now, by time."""
    written = [*_start(facts, run), *_usage(facts, run, now_ms), *_end(facts, run)]
    until_ms = now_ms if run.ended_ms == NONE else run.ended_ms
    kept = [line for line in written if run.started_ms <= line.time_ms <= until_ms]
    return sorted(kept, key=lambda line: line.time_ms)


def rendered(lines: list[Line], *, tail: int | None, timestamps: bool) -> str:
    """Return lines as text, the last `tail` of them, each behind its time if wanted."""
    chosen = lines if tail is None else lines[max(0, len(lines) - tail) :]
    return "".join(
        f"{_exact_time(line.time_ms)} {line.text}\n" if timestamps else f"{line.text}\n"
        for line in chosen
    )


def _exact_time(time_ms: int) -> str:
    """Return a time in nanoseconds, as `kubectl logs --timestamps` does."""
    return f"{timestamp(time_ms)[:-1]}.{time_ms % 1_000:03d}000000Z"


def _start(facts: ContainerFacts, run: Run) -> Iterator[Line]:
    name, image = facts.container["name"], facts.container.get("image", "")
    again = f" after {run.attempt} restarts" if run.attempt else ""
    yield Line(run.started_ms, f'level=info msg="starting {name}{again}" image="{image}"')
    if run.ready_ms != NONE:
        yield Line(run.ready_ms, 'level=info msg="ready to serve"')


def _usage(facts: ContainerFacts, run: Run, now_ms: int) -> Iterator[Line]:
    """Warn where memory nears its limit or CPU wants more than it gets, as each step begins."""
    until_ms = now_ms if run.ended_ms == NONE else run.ended_ms
    limit = facts.memory_limit_bytes
    for step in facts.usage.memory:
        time_ms = run.started_ms + step.since_ms
        if limit and 100 * step.value >= _NEARLY_FULL * limit and time_ms <= until_ms:
            used, most = format_memory_bytes(step.value), format_memory_bytes(limit)
            if step.value > limit:
                text = f'level=error msg="allocation failed" wanted={used} limit={most}'
            else:
                text = f'level=warning msg="memory nearly used up" used={used} limit={most}'
            yield Line(time_ms, text)
    throttled = False
    for step in facts.usage.cpu:
        was_throttled = throttled
        throttled = 0 < facts.cpu_limit_milli < step.value
        time_ms = run.started_ms + step.since_ms
        if throttled:
            wanted, got = format_cpu_milli(step.value), format_cpu_milli(facts.cpu_limit_milli)
            yield Line(
                time_ms,
                f'level=warning msg="requests are slow, CPU is throttled" wanted={wanted} '
                f"limit={got}",
            )
        elif was_throttled:
            yield Line(time_ms, 'level=info msg="CPU is no longer throttled"')


def _end(facts: ContainerFacts, run: Run) -> Iterator[Line]:
    if run.stopping_ms != NONE:
        yield Line(run.stopping_ms, 'level=info msg="received SIGTERM, shutting down"')
    if run.ended_ms == NONE:
        return
    if run.exit == Exit.OOM_KILLED:
        yield Line(run.ended_ms, "Killed")
    elif run.exit == Exit.KILLED and run.stopping_ms == NONE:
        yield Line(run.ended_ms, 'level=info msg="received SIGTERM, shutting down"')
    elif run.exit == Exit.BY_ITSELF and facts.exit_code:
        yield Line(run.ended_ms, f'level=error msg="fatal error" exit_code={facts.exit_code}')
    elif run.exit == Exit.BY_ITSELF:
        yield Line(run.ended_ms, 'level=info msg="done"')


def container_log(
    catalogue: Catalogue,
    pod_row: int,
    lives: dict[int, PodRuns],
    name: str | None,
    *,
    previous: bool,
) -> list[Line]:
    """Return the log of a container, by default the first; its last life but one if `previous`.

    `lives` tells of all lives by the pod's number. Raises NotFoundError, in the API's words, where
    there is no such container or log.
    """
    pod = catalogue.world.pods[pod_row]
    template_row = int(pod["template"])
    pod_name = Identities(catalogue).pod_of_row(pod).name
    containers = catalogue.templates[template_row].pod["spec"]["containers"]
    names = [container["name"] for container in containers]
    container = names[0] if name is None else name
    if container not in names:
        message = (
            f"container {container} is not valid for pod {pod_name}; it has {', '.join(names)}"
        )
        raise NotFoundError(message)
    index = names.index(container)
    found = lives.get(int(pod["uid"]))
    runs = [] if found is None else found.containers[index]
    past = runs if runs and runs[-1].ended_ms != NONE else runs[:-1]
    waits = pod["containers"] == Containers.BACKOFF and pod["container"] in {NONE, index}
    chosen = (past if waits else runs[:-1]) if previous else runs
    if not chosen and previous:
        message = f'previous terminated container "{container}" in pod "{pod_name}" not found'
        raise NotFoundError(message)
    if not chosen:
        message = (
            f'container "{container}" in pod "{pod_name}" is waiting to start: ContainerCreating'
        )
        raise NotFoundError(message)
    facts = ContainerFacts(
        containers[index],
        template_usage(catalogue, template_row),
        cpu_limits(catalogue, template_row)[index],
        memory_limits(catalogue, template_row)[index],
        int(catalogue.world.templates[template_row]["exit_code"]),
    )
    return log_lines(facts, chosen[-1], int(catalogue.world.state[0]["now_ms"]))
