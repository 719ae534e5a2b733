"""Read tools about pods and their logs."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, NotRequired, TypedDict

from simarena.apiserver.printing.ages import age, duration, seconds_since
from simarena.apiserver.printing.pods import pod_state
from simarena.mcp.answers.answer import Answer, Listed, Row, listed, none_listed
from simarena.mcp.answers.bounds import clipped_start
from simarena.mcp.kubectl.selectors import read_selectors
from simarena.trace import format_cpu_milli

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from simarena.cluster.manifests.fields import Fields
    from simarena.cluster.objects.metrics import UsageSample
    from simarena.mcp.backend import Backend

_MI = 1024**2
_MAX_LOG_BYTES = 14_000
_MOST_STATUSES = 20


class PodRecord(TypedDict):
    """A pod in a list; its namespace where there are several."""

    namespace: NotRequired[str]
    name: str
    ready: int
    containers: int
    status: str
    restarts: int
    age_seconds: int | None
    node: str | None


class PodList(Listed):
    """Pods, and how many of all that were found are in which status."""

    statuses: dict[str, int]
    items: list[PodRecord]


class PodUsage(TypedDict):
    """What a running pod uses."""

    namespace: NotRequired[str]
    name: str
    cpu_milli: int
    memory_bytes: int
    throttled_ms: NotRequired[int]


class PodUsageList(Listed):
    """Usage of pods."""

    items: list[PodUsage]


class Logs(TypedDict):
    """Of which pod a log is, and how many lines of it are shown."""

    pod: str
    lines: int


def place_of(namespace: str | None) -> str:
    """Return where objects are, for a header."""
    return "in all namespaces" if namespace is None else f"in namespace {namespace}"


def states_text(statuses: Mapping[str, int]) -> str:
    """Return how many pods are in which state, the most frequent one first."""
    ordered = sorted(statuses.items(), key=lambda pair: (-pair[1], pair[0]))
    more = len(ordered) - _MOST_STATUSES
    told = [f"{count} {status}" for status, count in ordered[:_MOST_STATUSES]]
    return ", ".join(told) + (f" and {more} more statuses" if more > 0 else "")


def newest_first(objects: Iterable[Fields]) -> list[Fields]:
    """Return objects by the time of their creation, the newest first; of equal age by name."""
    by_name = sorted(objects, key=lambda each: str(each["metadata"]["name"]))
    return sorted(
        by_name,
        key=lambda each: str(each["metadata"].get("creationTimestamp") or ""),
        reverse=True,
    )


def pods_answer(
    backend: Backend,
    namespace: str | None,
    label_selector: str,
    field_selector: str,
    limit: int,
    cursor: str,
) -> Answer[PodList]:
    """Return pods as `kubectl get pods -o wide` lists them, addresses left out."""
    selectors = read_selectors("Pod", label_selector, field_selector)
    pods = newest_first(backend.list("Pod", namespace, selectors))
    statuses = dict(Counter(pod_state(pod).status for pod in pods))
    everywhere = namespace is None
    if not pods:
        return none_listed(nothing_found(backend, namespace), statuses=statuses)
    columns = ("NAME", "READY", "STATUS", "RESTARTS", "AGE", "NODE")
    return listed(
        f"Pods {place_of(namespace)}",
        ("NAMESPACE", *columns) if everywhere else columns,
        pods,
        lambda pod: _pod_row(pod, backend, everywhere=everywhere),
        limit=limit,
        cursor=cursor,
        note=states_text(statuses),
        hint="see fewer by label_selector or field_selector (status.phase=Pending)",
        statuses=statuses,
    )


def nothing_found(backend: Backend, namespace: str | None) -> str:
    """Say, as kubectl does, that a namespace has nothing of a kind, and which ones have pods."""
    if namespace is None:
        return "No resources found"
    others = {str(pod["metadata"]["namespace"]) for pod in backend.list("Pod", None)} - {namespace}
    text = f"No resources found in {namespace} namespace."
    if others:
        names = sorted(others)
        more = f" and {len(names) - 8} more" if len(names) > 8 else ""  # noqa: PLR2004
        text += f" There are pods in: {', '.join(names[:8])}{more}"
    return text


def _pod_row(pod: Fields, backend: Backend, *, everywhere: bool) -> Row:
    metadata = pod["metadata"]
    state = pod_state(pod)
    node = pod["spec"].get("nodeName") or ""
    restarts = str(state.restarts)
    if state.restarts and state.last_restart is not None:
        since = seconds_since(state.last_restart, backend.now)
        restarts += f" ({duration(since or 0)} ago)"
    cells = [
        metadata["name"],
        f"{state.ready}/{state.containers}",
        state.status,
        restarts,
        age(metadata.get("creationTimestamp"), backend.now),
        node or "<none>",
    ]
    data: PodRecord = {
        "name": metadata["name"],
        "ready": state.ready,
        "containers": state.containers,
        "status": state.status,
        "restarts": state.restarts,
        "age_seconds": seconds_since(metadata.get("creationTimestamp"), backend.now),
        "node": node or None,
    }
    if everywhere:
        return Row([metadata["namespace"], *cells], {"namespace": metadata["namespace"], **data})
    return Row(cells, data)


def top_pods_answer(
    backend: Backend,
    namespace: str | None,
    label_selector: str,
    sort_by: str,
    limit: int,
    cursor: str,
) -> Answer[PodUsageList]:
    """Return what pods use, as `kubectl top pods` shows it, beside what they ask for."""
    selectors = read_selectors("Pod", label_selector)
    pods = {
        (pod["metadata"]["namespace"], pod["metadata"]["name"]): pod
        for pod in backend.list("Pod", namespace, selectors)
    }
    samples = [
        sample
        for sample in backend.usage("Pod", namespace)
        if (sample.namespace, sample.name) in pods
    ]
    field = "cpu_milli" if sort_by == "cpu" else "memory_bytes"
    samples.sort(key=lambda sample: (-getattr(sample, field), sample.namespace, sample.name))
    if not samples:
        missing = f"No metrics: of {len(pods)} pods {place_of(namespace)} none runs"
        return none_listed(missing if pods else nothing_found(backend, namespace))
    everywhere = namespace is None
    columns = ("NAME", "CPU", "MEMORY", "CPU REQUEST/LIMIT", "MEMORY REQUEST/LIMIT")
    return listed(
        f"Usage of running pods {place_of(namespace)}",
        ("NAMESPACE", *columns) if everywhere else columns,
        samples,
        lambda sample: _usage_row(
            sample, pods[sample.namespace, sample.name]["spec"], everywhere=everywhere
        ),
        limit=limit,
        cursor=cursor,
        identity=lambda sample: f"{sample.namespace}/{sample.name}",
        order=f"most {sort_by} first",
        hint="see fewer by label_selector",
    )


def _usage_row(sample: UsageSample, spec: Fields, *, everywhere: bool) -> Row:
    cells = [
        sample.name,
        format_cpu_milli(sample.cpu_milli),
        f"{sample.memory_bytes // _MI}Mi",
        _asked(spec["containers"], "cpu"),
        _asked(spec["containers"], "memory"),
    ]
    data: PodUsage = {
        "name": sample.name,
        "cpu_milli": sample.cpu_milli,
        "memory_bytes": sample.memory_bytes,
    }
    if sample.throttled_ms:
        data["throttled_ms"] = sample.throttled_ms
    if everywhere:
        return Row([sample.namespace, *cells], {"namespace": sample.namespace, **data})
    return Row(cells, data)


def _asked(containers: Sequence[Fields], resource: str) -> str:
    """Return requests and limits of a pod's containers, as they are written."""
    told = []
    for container in containers:
        resources = container.get("resources") or {}
        told.append(
            "/".join(
                str((resources.get(part) or {}).get(resource, "-"))
                for part in ("requests", "limits")
            )
        )
    return " + ".join(told)


def logs_answer(
    backend: Backend,
    namespace: str,
    pod: str,
    container: str,
    tail_lines: int,
    previous: bool,
    timestamps: bool,
) -> Answer[Logs]:
    """Return the last lines of a container's log, as `kubectl logs` does."""
    text = backend.logs(
        pod,
        namespace,
        container=container or None,
        tail=tail_lines,
        previous=previous,
        timestamps=timestamps,
    )
    lines = text.splitlines()
    of = f"container {container} of " if container else ""
    which = "previous log" if previous else "log"
    header = f"The {which} of {of}pod {pod}, last lines: {len(lines)} shown"
    shown = clipped_start("\n".join(lines), _MAX_LOG_BYTES)
    if not lines:
        return Answer(f"{header}; the container has written nothing", {"pod": pod, "lines": 0})
    return Answer(f"{header}\n{shown}", {"pod": pod, "lines": len(lines)})
