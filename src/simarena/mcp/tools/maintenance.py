"""The tools by which nodes are taken out of service and put back: cordon, drain, taint."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Annotated, Final, TypedDict

from pydantic import Field

from simarena.cluster.operations.taint_command import change_taints
from simarena.mcp.answers.answer import Answer
from simarena.mcp.answers.arguments import MAX_NAME_CHARS
from simarena.mcp.kubectl.kinds import BUILT_IN
from simarena.mcp.tools.tool_server import MARKS, SETS, ToolServer
from simarena.mcp.tools.written import DryRun, WriteRecord, written
from simarena.mcp.writing import DrainFlags, Edit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from simarena.cluster.manifests.fields import Manifest
    from simarena.mcp.tools.operating import OperatedSession

_NODE: Final = BUILT_IN["Node"]
_MOST_TAINTS: Final = 50
_MOST_PODS: Final = 100

NodeName = Annotated[str, Field(description="Name of the node.", max_length=MAX_NAME_CHARS)]


class DrainRecord(TypedDict):
    """What a drain has come to; pods are named as namespace/name."""

    node: str
    evicted: list[str]
    held_back: list[str]
    """Those whose PodDisruptionBudgets do not let them go now."""
    ignored: list[str]
    """Those of DaemonSets."""
    done: bool
    """Nothing is held back."""
    dry_run: bool


def add_maintenance_tools(tools: ToolServer, session: OperatedSession) -> None:
    """Serve the tools that change nodes."""

    def cordon(node: NodeName, dry_run: DryRun = False) -> Answer[WriteRecord]:
        """Let no more pods be scheduled to a node; those on it stay."""
        return _switched(session, node, unschedulable=True, dry_run=dry_run)

    def uncordon(node: NodeName, dry_run: DryRun = False) -> Answer[WriteRecord]:
        """Let pods be scheduled to a node again."""
        return _switched(session, node, unschedulable=False, dry_run=dry_run)

    def drain(
        node: NodeName,
        ignore_daemonsets: Annotated[
            bool, Field(description="Leave pods of DaemonSets where they are.")
        ] = False,
        force: Annotated[
            bool, Field(description="Evict pods that no controller would replace.")
        ] = False,
        delete_emptydir_data: Annotated[
            bool, Field(description="Evict pods whose emptyDir volumes are lost with them.")
        ] = False,
        dry_run: DryRun = False,
    ) -> Answer[DrainRecord]:
        """Cordon a node and evict its pods, as far as PodDisruptionBudgets allow it now."""
        flags = DrainFlags(
            ignore_daemonsets=ignore_daemonsets,
            force=force,
            delete_emptydir_data=delete_emptydir_data,
        )
        return _drained(session, node, flags, dry_run=dry_run)

    def taint(
        node: NodeName,
        taints: Annotated[
            list[str],
            Field(
                description="key=value:Effect to add, key:Effect- or key- to take away; effects: "
                "NoSchedule, PreferNoSchedule, NoExecute.",
                min_length=1,
                max_length=_MOST_TAINTS,
            ),
        ],
        overwrite: Annotated[
            bool, Field(description="Change a taint that has the same key and effect.")
        ] = False,
        dry_run: DryRun = False,
    ) -> Answer[WriteRecord]:
        """Add taints to a node, or take them away; NoExecute drives pods away."""
        manifest: Manifest = copy.deepcopy(dict(session.backend.get("Node", node, "")))
        manifest.setdefault("spec", {})
        change_taints(manifest, tuple(taints), overwrite=overwrite)
        body = {"spec": {"taints": manifest["spec"]["taints"]}}
        edit = Edit(kind=_NODE, name=node, namespace="", patch_type="merge", body=body)
        session.writer.patch(edit, dry_run=dry_run)
        removals = sum(each.endswith("-") for each in taints)
        result = {0: "tainted", len(taints): "untainted"}.get(removals, "modified")
        return written(session, _NODE, "", node, result, dry_run=dry_run)

    tools.add(cordon, "Cordon a node", MARKS)
    tools.add(uncordon, "Uncordon a node", MARKS)
    tools.add(drain, "Drain a node", SETS)
    tools.add(taint, "Taint a node", SETS)


def _switched(
    session: OperatedSession, node: str, *, unschedulable: bool, dry_run: bool
) -> Answer[WriteRecord]:
    spec = session.backend.get("Node", node, "").get("spec") or {}
    word = "cordoned" if unschedulable else "uncordoned"
    already = bool(spec.get("unschedulable")) == unschedulable
    session.writer.set_unschedulable(node, unschedulable=unschedulable, dry_run=dry_run)
    result = f"already {word}" if already else word
    return written(session, _NODE, "", node, result, dry_run=dry_run)


def _drained(
    session: OperatedSession, node: str, flags: DrainFlags, *, dry_run: bool
) -> Answer[DrainRecord]:
    spec = session.backend.get("Node", node, "").get("spec") or {}
    drained = session.writer.drain(node, flags, dry_run=dry_run)
    mark = " (server dry run)" if dry_run else ""
    already = "already " if spec.get("unschedulable") else ""
    lines = [f"node/{node} {already}cordoned{mark}"]
    if drained.ignored:
        lines.append(f"Warning: ignoring DaemonSet-managed Pods: {_some(drained.ignored)}")
    lines += [f"pod/{_plain(pod)} evicted{mark}" for pod in drained.evicted[:_MOST_PODS]]
    if len(drained.evicted) > _MOST_PODS:
        lines.append(f"and {len(drained.evicted) - _MOST_PODS} more{mark}")
    if drained.held_back:
        lines.append(
            f"error when evicting pods {_some(drained.held_back)}: Cannot evict pod as it would "
            "violate the pod's disruption budget."
        )
        lines.append(f"Drain node/{node} again after a while, when other pods are ready.")
    else:
        lines.append(f"node/{node} drained{mark}")
    lines.append("Nothing has changed." if dry_run else session.time_note)
    data: DrainRecord = {
        "node": node,
        "evicted": list(drained.evicted[:_MOST_PODS]),
        "held_back": list(drained.held_back[:_MOST_PODS]),
        "ignored": list(drained.ignored[:_MOST_PODS]),
        "done": not drained.held_back,
        "dry_run": dry_run,
    }
    return Answer("\n".join(lines), data)


def _some(pods: Sequence[str]) -> str:
    more = f" and {len(pods) - _MOST_PODS} more" if len(pods) > _MOST_PODS else ""
    return ", ".join(pods[:_MOST_PODS]) + more


def _plain(pod: str) -> str:
    return pod.partition("/")[2]
