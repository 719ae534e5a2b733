"""The tools that change a living cluster, wait, and try a change out."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import BeforeValidator, Field

from simarena.errors import RefusedError
from simarena.mcp.answer import Answer
from simarena.mcp.change import MOST_REPLICAS, Change
from simarena.mcp.describe_tools import replica_counts
from simarena.mcp.event_tools import event_rows
from simarena.mcp.kubectl_words import pod_state
from simarena.mcp.living_session import MOST_WAIT_S, LivingSession
from simarena.mcp.ownership import belongs_to, deployment_family, pods_of
from simarena.mcp.pod_tools import states_text
from simarena.mcp.read_tools import Namespace, Text
from simarena.mcp.tool_server import ACTS, WAITS, ToolServer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from simarena.cluster.fields import Fields
    from simarena.mcp.operating import OperatedSession

_MOST_TOLD = 10
_NUM_WARNINGS = 3

Deploy = Annotated[str, Field(description="Name of the Deployment.")]
Container = Annotated[Text, Field(description="Name of the container. Default: the first one.")]
CpuRequest = Annotated[Text, Field(description="CPU request, such as 250m or 2.")]
MemoryRequest = Annotated[Text, Field(description="Memory request, such as 512Mi.")]
CpuLimit = Annotated[Text, Field(description="CPU limit.")]
MemoryLimit = Annotated[Text, Field(description="Memory limit.")]
Unchanged = BeforeValidator(lambda value: -1 if value is None else value)


def add_operate_tools(tools: ToolServer, session: OperatedSession) -> None:
    """Serve the tools that change a living cluster, and let time pass in it."""

    def set_resources(
        deploy: Deploy,
        namespace: Namespace = "",
        container: Container = "",
        cpu_request: CpuRequest = "",
        memory_request: MemoryRequest = "",
        cpu_limit: CpuLimit = "",
        memory_limit: MemoryLimit = "",
    ) -> Answer:
        """Set requests and limits of a Deployment's container; a rolling update follows."""
        change = Change(
            deploy=deploy,
            namespace=namespace or session.namespace,
            container=container,
            requests=_amounts(cpu_request, memory_request),
            limits=_amounts(cpu_limit, memory_limit),
        )
        if not change.changes_resources:
            message = "error: you must specify an update to requests or limits"
            raise RefusedError(message)
        session.change(change)
        return _done(f"deployment.apps/{deploy} resource requirements updated", change)

    def scale(
        deploy: Deploy,
        replicas: Annotated[
            int, Field(description="How many pods it should have.", ge=0, le=MOST_REPLICAS)
        ],
        namespace: Namespace = "",
    ) -> Answer:
        """Set the number of a Deployment's replicas."""
        change = Change(deploy=deploy, namespace=namespace or session.namespace, replicas=replicas)
        session.change(change)
        return _done(f"deployment.apps/{deploy} scaled", change)

    def wait(
        seconds: Annotated[
            int, Field(description="How long, in the cluster's time.", ge=1, le=MOST_WAIT_S)
        ],
    ) -> Answer:
        """Let time pass in the cluster, and say how its workloads fare then."""
        session.wait(seconds)
        text, data = _overview(session)
        return Answer(f"Waited {seconds} s.\n{text}", {"waited_seconds": seconds, **data})

    def _done(text: str, change: Change) -> Answer:
        fares = _fares(session, change)
        return Answer(f"{text}\n{session.time_note}\nNow: {fares}")

    tools.add(set_resources, "Set resources", ACTS)
    tools.add(scale, "Scale", ACTS)
    tools.add(wait, "Wait", WAITS)


def add_trial_tool(tools: ToolServer, session: LivingSession) -> None:
    """Serve the tool that tries a change out on a copy of the cluster."""

    def what_if(
        deploy: Deploy,
        namespace: Namespace = "",
        container: Container = "",
        cpu_request: CpuRequest = "",
        memory_request: MemoryRequest = "",
        cpu_limit: CpuLimit = "",
        memory_limit: MemoryLimit = "",
        replicas: Annotated[
            int, Unchanged, Field(description="Replicas. Default: as now.", ge=-1, le=MOST_REPLICAS)
        ] = -1,
        seconds: Annotated[
            int, Field(description="How long to let pass.", ge=0, le=MOST_WAIT_S)
        ] = 60,
    ) -> Answer:
        """Say what a change of a Deployment would lead to some time later; nothing changes."""
        change = Change(
            deploy=deploy,
            namespace=namespace or session.namespace,
            replicas=None if replicas < 0 else replicas,
            container=container,
            requests=_amounts(cpu_request, memory_request),
            limits=_amounts(cpu_limit, memory_limit),
        )
        now = _fares(session, change)
        then = session.tried(change, seconds, lambda: _fares(session, change))
        return Answer(
            f"What if {_told(change)}?\nNow: {now}\nAfter {seconds} s: {then}\n"
            "This was tried on a copy; the cluster is unchanged.",
        )

    tools.add(what_if, "Try a change")


def _amounts(cpu: str, memory: str) -> dict[str, str]:
    return {name: text for name, text in (("cpu", cpu), ("memory", memory)) if text}


def _told(change: Change) -> str:
    """Return a change in words."""
    parts = [] if change.replicas is None else [f"replicas {change.replicas}"]
    for name, amounts in (("request", change.requests), ("limit", change.limits)):
        parts += [f"{resource} {name} {amount}" for resource, amount in amounts.items()]
    return f"{change.deploy} had {', '.join(parts) or 'no change'}"


def _fares(session: OperatedSession, change: Change) -> str:
    """Return how a Deployment fares: its counts, its pods' states, and its latest warnings."""
    family = deployment_family(session.backend, change.deploy, change.namespace)
    pods = pods_of(session.backend, family)
    warnings = [
        event
        for event in session.backend.events(change.namespace)
        if event.get("type") == "Warning" and belongs_to(event["involvedObject"], family)
    ]
    lines = [f"{_replicas(family.deployment)}; pods: {_states(pods)}"]
    rows = event_rows(warnings, session.backend, most=_NUM_WARNINGS)
    lines += [
        f"  {row.cells[0]} ago, {row.cells[2]} of {row.cells[3]}: {row.cells[4]}" for row in rows
    ]
    return "\n".join(lines)


def _overview(session: OperatedSession) -> tuple[str, dict[str, Any]]:
    """Return how the workloads of the session's namespace fare, those in trouble first."""
    namespace = session.namespace
    pods = session.backend.list("Pod", namespace)
    deployments = session.backend.list("Deployment", namespace)
    lacking = [each for each in deployments if not _is_whole(each)]
    lines = [
        f"In namespace {namespace}: {len(deployments) - len(lacking)} of {len(deployments)} "  # noqa: ISC004
        f"Deployments have all replicas; pods: {_states(pods)}"
    ]
    lines += [f"  {_replicas(each)}" for each in lacking[:_MOST_TOLD]]
    if len(lacking) > _MOST_TOLD:
        lines.append(f"  and {len(lacking) - _MOST_TOLD} more")
    data = {
        "pods": dict(Counter(pod_state(pod).status for pod in pods)),
        "deployments": len(deployments),
        "lacking": [each["metadata"]["name"] for each in lacking[:_MOST_TOLD]],
    }
    return "\n".join(lines), data


def _is_whole(deployment: Fields) -> bool:
    counts = replica_counts(deployment)
    return counts["desired"] == counts["total"] == counts["ready"] == counts["updated"]


def _replicas(deployment: Fields) -> str:
    counts = replica_counts(deployment)
    return (
        f"{deployment['metadata']['name']} has {counts['ready']} of {counts['desired']} replicas "
        f"ready, {counts['updated']} up to date, {counts['total']} in all"
    )


def _states(pods: Sequence[Fields]) -> str:
    return states_text(Counter(pod_state(pod).status for pod in pods)) or "none"
