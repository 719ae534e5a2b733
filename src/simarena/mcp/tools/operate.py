"""The tools that change a living cluster, wait, and try a change out."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Annotated, TypedDict

from pydantic import BeforeValidator, Field

from simarena.apiserver.printing.pods import pod_state
from simarena.errors import RefusedError
from simarena.mcp.answers.answer import Answer
from simarena.mcp.answers.arguments import MAX_NAME_CHARS
from simarena.mcp.answers.progress import Steps
from simarena.mcp.change import MOST_REPLICAS, Change
from simarena.mcp.kubectl.ownership import belongs_to, deployment_family, pods_of
from simarena.mcp.simulated.living_session import MOST_WAIT_S, LivingSession
from simarena.mcp.tools.describe import ReplicaCounts, replica_counts
from simarena.mcp.tools.events import EventRecord, event_rows
from simarena.mcp.tools.pods import states_text
from simarena.mcp.tools.read import Deploy, Namespace, Text
from simarena.mcp.tools.tool_server import SETS, WAITS, ToolServer
from simarena.mcp.tools.written import DryRun

if TYPE_CHECKING:
    from collections.abc import Sequence

    from simarena.cluster.manifests.fields import Fields
    from simarena.mcp.backend import Backend
    from simarena.mcp.tools.operating import OperatedSession

_MOST_TOLD = 10
_NUM_WARNINGS = 3

Container = Annotated[
    Text,
    Field(description="Name of the container. Default: the first one.", max_length=MAX_NAME_CHARS),
]
CpuRequest = Annotated[Text, Field(description="CPU request, such as 250m or 2.")]
MemoryRequest = Annotated[Text, Field(description="Memory request, such as 512Mi.")]
CpuLimit = Annotated[Text, Field(description="CPU limit.")]
MemoryLimit = Annotated[Text, Field(description="Memory limit.")]
Unchanged = BeforeValidator(lambda value: -1 if value is None else value)


class Fares(TypedDict):
    """How a Deployment fares."""

    replicas: ReplicaCounts
    statuses: dict[str, int]
    """How many of its pods are in which status."""
    warnings: list[EventRecord]
    """The latest ones about it, its ReplicaSets and pods."""


class ChangeRecord(Fares):
    """A change of a Deployment, and how it fares right after it."""

    deploy: str
    namespace: str
    dry_run: bool


class DeploymentCounts(TypedDict):
    """A Deployment that has not all its replicas."""

    name: str
    replicas: ReplicaCounts


class WaitRecord(TypedDict):
    """How the workloads of a namespace fare after a while."""

    waited_seconds: int
    namespace: str
    statuses: dict[str, int]
    deployments: int
    """How many there are."""
    lacking: list[DeploymentCounts]
    """Those of them that have not all their replicas, the first few."""


class TrialRecord(TypedDict):
    """How a Deployment fares, and how it would some time after a change."""

    deploy: str
    namespace: str
    seconds: int
    now: Fares
    then: Fares


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
        dry_run: DryRun = False,
    ) -> Answer[ChangeRecord]:
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
        session.change(change, dry_run=dry_run)
        return _done("resource requirements updated", change, dry_run=dry_run)

    def scale(
        deploy: Deploy,
        replicas: Annotated[
            int, Field(description="How many pods it should have.", ge=0, le=MOST_REPLICAS)
        ],
        namespace: Namespace = "",
        dry_run: DryRun = False,
    ) -> Answer[ChangeRecord]:
        """Set the number of a Deployment's replicas."""
        change = Change(deploy=deploy, namespace=namespace or session.namespace, replicas=replicas)
        session.change(change, dry_run=dry_run)
        return _done("scaled", change, dry_run=dry_run)

    def wait(
        seconds: Annotated[
            int, Field(description="How long, in the cluster's time.", ge=1, le=MOST_WAIT_S)
        ],
    ) -> Steps[WaitRecord]:
        """Let time pass in the cluster, and say how its workloads fare then."""
        yield from session.waiting(seconds)
        return _overview(session, seconds)

    def _done(what: str, change: Change, *, dry_run: bool) -> Answer[ChangeRecord]:
        text, fares = _fares(session.backend, change)
        note = "Nothing has changed." if dry_run else session.time_note
        told = f"deployment.apps/{change.deploy} {what}" + (" (server dry run)" if dry_run else "")
        data: ChangeRecord = {
            "deploy": change.deploy,
            "namespace": change.namespace,
            "dry_run": dry_run,
            **fares,
        }
        return Answer(f"{told}\n{note}\nNow: {text}", data)

    tools.add(set_resources, "Set resources", SETS)
    tools.add(scale, "Scale", SETS)
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
    ) -> Steps[TrialRecord]:
        """Say what a change of a Deployment would lead to some time later; nothing changes."""
        change = Change(
            deploy=deploy,
            namespace=namespace or session.namespace,
            replicas=None if replicas < 0 else replicas,
            container=container,
            requests=_amounts(cpu_request, memory_request),
            limits=_amounts(cpu_limit, memory_limit),
        )
        now, fares = _fares(session.backend, change)
        changed = yield from session.trial(change, seconds)
        then, would_fare = _fares(changed, change)
        return Answer(
            f"What if {_told(change)}?\nNow: {now}\nAfter {seconds} s: {then}\n"
            "This was tried on a copy; the cluster is unchanged.",
            {
                "deploy": deploy,
                "namespace": change.namespace,
                "seconds": seconds,
                "now": fares,
                "then": would_fare,
            },
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


def _fares(backend: Backend, change: Change) -> tuple[str, Fares]:
    """Return how a Deployment fares: its counts, its pods' states, and its latest warnings."""
    family = deployment_family(backend, change.deploy, change.namespace)
    statuses = _statuses(pods_of(backend, family))
    warnings = [
        event
        for event in backend.events(change.namespace)
        if event.get("type") == "Warning" and belongs_to(event["involvedObject"], family)
    ]
    lines = [f"{_replicas(family.deployment)}; pods: {states_text(statuses) or 'none'}"]
    rows = event_rows(warnings, backend, most=_NUM_WARNINGS)
    lines += [
        f"  {row.cells[0]} ago, {row.cells[2]} of {row.cells[3]}: {row.cells[4]}" for row in rows
    ]
    fares: Fares = {
        "replicas": replica_counts(family.deployment),
        "statuses": statuses,
        "warnings": [row.data for row in rows],
    }
    return "\n".join(lines), fares


def _overview(session: OperatedSession, seconds: int) -> Answer[WaitRecord]:
    """Return how the workloads of the session's namespace fare, those in trouble first."""
    namespace = session.namespace
    statuses = _statuses(session.backend.list("Pod", namespace))
    deployments = session.backend.list("Deployment", namespace)
    lacking = [each for each in deployments if not _is_whole(each)]
    whole = len(deployments) - len(lacking)
    pods = states_text(statuses) or "none"
    of_all = f"{whole} of {len(deployments)} Deployments have all replicas; pods: {pods}"
    lines = [f"Waited {seconds} s.", f"In namespace {namespace}: {of_all}"]
    lines += [f"  {_replicas(each)}" for each in lacking[:_MOST_TOLD]]
    if len(lacking) > _MOST_TOLD:
        lines.append(f"  and {len(lacking) - _MOST_TOLD} more")
    data: WaitRecord = {
        "waited_seconds": seconds,
        "namespace": namespace,
        "statuses": statuses,
        "deployments": len(deployments),
        "lacking": [
            {"name": each["metadata"]["name"], "replicas": replica_counts(each)}
            for each in lacking[:_MOST_TOLD]
        ],
    }
    return Answer("\n".join(lines), data)


def _is_whole(deployment: Fields) -> bool:
    counts = replica_counts(deployment)
    return counts["desired"] == counts["total"] == counts["ready"] == counts["updated"]


def _replicas(deployment: Fields) -> str:
    counts = replica_counts(deployment)
    return (
        f"{deployment['metadata']['name']} has {counts['ready']} of {counts['desired']} replicas "
        f"ready, {counts['updated']} up to date, {counts['total']} in all"
    )


def _statuses(pods: Sequence[Fields]) -> dict[str, int]:
    return dict(Counter(pod_state(pod).status for pod in pods))
