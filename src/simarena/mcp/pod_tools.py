"""Read tools about pods and their logs."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from simarena.mcp.answer import Answer, Row, Table, clipped_start, listed
from simarena.mcp.kubectl_words import age, duration, pod_state, seconds_since
from simarena.mcp.selectors import read_selectors
from simarena.trace import format_cpu_milli

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from simarena.cluster.fields import Fields
    from simarena.mcp.backend import Backend

_MI = 1024**2


def place_of(namespace: str | None) -> str:
    """Return where objects are, for a header."""
    return "in all namespaces" if namespace is None else f"in namespace {namespace}"


def states_text(statuses: Mapping[str, int]) -> str:
    """Return how many pods are in which state, the most frequent one first."""
    ordered = sorted(statuses.items(), key=lambda pair: (-pair[1], pair[0]))
    return ", ".join(f"{count} {status}" for status, count in ordered)


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
) -> Answer:
    """Return pods as `kubectl get pods -o wide` lists them, addresses left out."""
    selectors = read_selectors("Pod", label_selector, field_selector)
    pods = newest_first(backend.list("Pod", namespace, selectors))
    statuses = Counter(pod_state(pod).status for pod in pods)
    note = states_text(statuses)
    everywhere = namespace is None
    columns = ("NAME", "READY", "STATUS", "RESTARTS", "AGE", "NODE")
    table = Table(
        ("NAMESPACE", *columns) if everywhere else columns,
        [_pod_row(pod, backend, everywhere=everywhere) for pod in pods[:limit]],
        len(pods),
    )
    what = f"Pods {place_of(namespace)}"
    if not pods:
        return Answer(nothing_found(backend, namespace), {"total": 0, "shown": 0, "items": []})
    return listed(
        what,
        table,
        note=note,
        hint="see the others by label_selector, field_selector (status.phase=Pending) or limit",
        statuses=dict(statuses),
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
    data = {
        "name": metadata["name"],
        "ready": cells[1],
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
) -> Answer:
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
        text = missing if pods else nothing_found(backend, namespace)
        return Answer(text, {"total": 0, "shown": 0, "items": []})
    rows = []
    for sample in samples[:limit]:
        spec = pods[sample.namespace, sample.name]["spec"]
        cells = [
            sample.name,
            format_cpu_milli(sample.cpu_milli),
            f"{sample.memory_bytes // _MI}Mi",
            _asked(spec["containers"], "cpu"),
            _asked(spec["containers"], "memory"),
        ]
        data: dict[str, object] = {
            "name": sample.name,
            "cpu_milli": sample.cpu_milli,
            "memory_bytes": sample.memory_bytes,
        }
        if namespace is None:
            cells.insert(0, sample.namespace)
            data = {"namespace": sample.namespace, **data}
        if sample.throttled_ms:
            data["throttled_ms"] = sample.throttled_ms
        rows.append(Row(cells, data))
    columns = ["NAME", "CPU", "MEMORY", "CPU REQUEST/LIMIT", "MEMORY REQUEST/LIMIT"]
    if namespace is None:
        columns.insert(0, "NAMESPACE")
    return listed(
        f"Usage of running pods {place_of(namespace)}",
        Table(columns, rows, len(samples)),
        order=f"most {sort_by} first",
        hint="see the others by label_selector or limit",
    )


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
) -> Answer:
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
    half = clipped_start("\n".join(lines), 14_000)
    if not lines:
        return Answer(f"{header}; the container has written nothing", {"pod": pod, "lines": 0})
    return Answer(f"{header}\n{half}", {"pod": pod, "lines": len(lines)})
