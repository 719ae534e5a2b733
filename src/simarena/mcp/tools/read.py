"""The tools that look and change nothing, with their arguments as clients see them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Final, Literal

from pydantic import BeforeValidator, Field

from simarena.errors import RefusedError
from simarena.mcp.answers.answer import Answer
from simarena.mcp.answers.arguments import MAX_NAME_CHARS
from simarena.mcp.tools.describe import (
    DeploymentDescription,
    DeploymentList,
    PodDescription,
    deployments_answer,
    describe_deployment_answer,
    describe_pod_answer,
)
from simarena.mcp.tools.events import EventList, events_answer
from simarena.mcp.tools.nodes import NodeList, NodeUsageList, nodes_answer, top_nodes_answer
from simarena.mcp.tools.pods import (
    Logs,
    PodList,
    PodUsageList,
    logs_answer,
    pods_answer,
    top_pods_answer,
)
from simarena.mcp.tools.scheduling import Scheduling, scheduling_answer

if TYPE_CHECKING:
    from simarena.mcp.tools.tool_server import ToolServer

_MOST_ROWS: Final = 1_000
_MOST_LINES: Final = 10_000

# Empty text means that nothing is said: a schema with null is one that not every model can read.
# Models that send null all the same are understood.
Text = Annotated[str, BeforeValidator(lambda value: "" if value is None else value)]
Namespaces = Annotated[
    Text,
    Field(
        description='Namespace; "*" for all of them. Default: where the workload is.',
        max_length=MAX_NAME_CHARS,
    ),
]
Namespace = Annotated[
    Text,
    Field(description="Namespace. Default: where the workload is.", max_length=MAX_NAME_CHARS),
]
PodName = Annotated[str, Field(description="Name of the pod.", max_length=MAX_NAME_CHARS)]
Deploy = Annotated[str, Field(description="Name of the Deployment.", max_length=MAX_NAME_CHARS)]
LabelSelector = Annotated[
    Text,
    Field(description="Label selector, as kubectl takes it: app=web,tier!=db,env in (a,b)."),
]
Limit = Annotated[int, Field(description="Most rows to show.", ge=1, le=_MOST_ROWS)]
NextCursor = Annotated[
    Text,
    Field(
        description="Where the list goes on: next_cursor of the answer before. "
        "Default: from the beginning.",
        max_length=32,
    ),
]
SortBy = Annotated[Literal["cpu", "memory"], Field(description="What to sort by.")]


def add_read_tools(tools: ToolServer) -> None:  # noqa: C901 - a list of tools
    """Serve all tools that only look."""
    session = tools.session

    def one(namespace: str) -> str:
        if namespace == "*":
            message = "error: a resource cannot be retrieved by name across all namespaces"
            raise RefusedError(message)
        return namespace or session.namespace

    def some(namespace: str) -> str | None:
        return None if namespace == "*" else one(namespace)

    def get_pods(
        namespace: Namespaces = "",
        label_selector: LabelSelector = "",
        field_selector: Annotated[
            Text,
            Field(description="Field selector: status.phase=Pending, spec.nodeName=node-1."),
        ] = "",
        limit: Limit = 50,
        cursor: NextCursor = "",
    ) -> Answer[PodList]:
        """List pods with their readiness, status, restarts, age and node, the newest first."""
        return pods_answer(
            session.backend, some(namespace), label_selector, field_selector, limit, cursor
        )

    def describe_pod(
        pod_name: PodName,
        namespace: Namespace = "",
    ) -> Answer[PodDescription]:
        """Tell all about one pod: its containers' states and resources, conditions and events."""
        return describe_pod_answer(session.backend, one(namespace), pod_name)

    def get_deployments(
        namespace: Namespaces = "",
        label_selector: LabelSelector = "",
        limit: Limit = 50,
        cursor: NextCursor = "",
    ) -> Answer[DeploymentList]:
        """List Deployments with their ready, up-to-date and available pods."""
        return deployments_answer(session.backend, some(namespace), label_selector, limit, cursor)

    def describe_deployment(
        deploy: Deploy,
        namespace: Namespace = "",
    ) -> Answer[DeploymentDescription]:
        """Tell all about one Deployment: replicas, pod template, conditions and its own events."""
        return describe_deployment_answer(session.backend, one(namespace), deploy)

    def get_events(
        namespace: Namespaces = "",
        deploy: Annotated[
            Text,
            Field(
                description="Only events of this Deployment, its replica sets and pods.",
                max_length=MAX_NAME_CHARS,
            ),
        ] = "",
        last_n: Annotated[
            int, Field(description="How many of the latest events to show.", ge=1, le=_MOST_ROWS)
        ] = 20,
        type: Annotated[  # noqa: A002 - the API's own name
            Literal["", "Normal", "Warning"],
            BeforeValidator(lambda value: value or ""),
            Field(description="Only events of this type."),
        ] = "",
        field_selector: Annotated[
            Text,
            Field(description="Field selector: involvedObject.name=web-1,reason=BackOff."),
        ] = "",
        cursor: NextCursor = "",
    ) -> Answer[EventList]:
        """Show the latest events, the newest first."""
        if deploy:
            one(namespace)
        return events_answer(
            session.backend, some(namespace), deploy, type, field_selector, last_n, cursor
        )

    def get_pod_logs(
        pod_name: PodName,
        namespace: Namespace = "",
        tail_lines: Annotated[
            int, Field(description="How many of the last lines to show.", ge=1, le=_MOST_LINES)
        ] = 100,
        container: Annotated[
            Text,
            Field(
                description="Name of the container. Default: the first one.",
                max_length=MAX_NAME_CHARS,
            ),
        ] = "",
        previous: Annotated[
            bool, Field(description="Show the log of the container before its last restart.")
        ] = False,
        timestamps: Annotated[bool, Field(description="Begin each line with its time.")] = False,
    ) -> Answer[Logs]:
        """Show the last lines that a pod's container has written."""
        return logs_answer(
            session.backend, one(namespace), pod_name, container, tail_lines, previous, timestamps
        )

    def get_nodes(
        label_selector: LabelSelector = "", limit: Limit = 50, cursor: NextCursor = ""
    ) -> Answer[NodeList]:
        """List nodes: status, CPU, memory and pods requested of what is allocatable, taints."""
        return nodes_answer(session.backend, label_selector, limit, cursor)

    def top_pods(
        namespace: Namespaces = "",
        label_selector: LabelSelector = "",
        sort_by: SortBy = "cpu",
        limit: Limit = 50,
        cursor: NextCursor = "",
    ) -> Answer[PodUsageList]:
        """Show what running pods use of CPU and memory now, beside what they request."""
        return top_pods_answer(
            session.backend, some(namespace), label_selector, sort_by, limit, cursor
        )

    def top_nodes(
        label_selector: LabelSelector = "",
        sort_by: SortBy = "cpu",
        limit: Limit = 50,
        cursor: NextCursor = "",
    ) -> Answer[NodeUsageList]:
        """Show what nodes use of CPU and memory now."""
        return top_nodes_answer(session.backend, label_selector, sort_by, limit, cursor)

    def explain_scheduling(
        pod_name: Annotated[
            Text,
            Field(
                description="A pod; the scheduler is asked about one like it.",
                max_length=MAX_NAME_CHARS,
            ),
        ] = "",
        deploy: Annotated[
            Text,
            Field(
                description="A Deployment; the scheduler is asked about its next pod.",
                max_length=MAX_NAME_CHARS,
            ),
        ] = "",
        namespace: Namespace = "",
        limit: Annotated[int, Field(description="Most nodes to show.", ge=1, le=_MOST_ROWS)] = 20,
        cursor: NextCursor = "",
    ) -> Answer[Scheduling]:
        """Ask whether a pod could be created now, where it would go, and why not elsewhere."""
        return scheduling_answer(session.backend, one(namespace), pod_name, deploy, limit, cursor)

    tools.add(get_pods, "Pods")
    tools.add(describe_pod, "One pod")
    tools.add(get_deployments, "Deployments")
    tools.add(describe_deployment, "One Deployment")
    tools.add(get_events, "Events")
    tools.add(get_pod_logs, "Logs of a pod")
    tools.add(get_nodes, "Nodes")
    tools.add(top_pods, "Usage of pods")
    tools.add(top_nodes, "Usage of nodes")
    tools.add(explain_scheduling, "What the scheduler says")
