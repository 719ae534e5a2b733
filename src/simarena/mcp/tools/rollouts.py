"""The tools about rollouts: how far they are, what came before, and the ways to steer them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, TypedDict

from pydantic import Field

from simarena.errors import RefusedError
from simarena.mcp.answers.answer import Answer, Row, rendered
from simarena.mcp.answers.arguments import MAX_NAME_CHARS
from simarena.mcp.answers.bounds import clipped
from simarena.mcp.kubectl.describing import pod_template
from simarena.mcp.kubectl.rollouts import (
    RESTARTED_AT,
    ROLLED_OUT,
    revision_to_restore,
    rollout_history,
    rollout_state,
)
from simarena.mcp.patching import PatchType
from simarena.mcp.tools.objects import Name, place
from simarena.mcp.tools.read import Namespace
from simarena.mcp.tools.tool_server import ACTS, MARKS, ToolServer
from simarena.mcp.tools.written import DryRun, WriteRecord, written
from simarena.mcp.writing import Edit

if TYPE_CHECKING:
    from simarena.cluster.manifests.fields import Fields
    from simarena.mcp.kubectl.kinds import ApiKind
    from simarena.mcp.tools.operating import OperatedSession

_MOST_REVISIONS = 50
_MAX_TEXT_BYTES = 10_000

Workload = Annotated[
    str,
    Field(description="deployment, statefulset or daemonset.", max_length=MAX_NAME_CHARS),
]


class RolloutRecord(TypedDict):
    """How far a rollout is."""

    kind: str
    name: str
    namespace: str
    done: bool


class RevisionRecord(TypedDict):
    """A revision of a workload."""

    revision: int
    change_cause: str


class HistoryRecord(TypedDict):
    """The revisions of a workload that are still known, the oldest first."""

    kind: str
    name: str
    namespace: str
    revisions: list[RevisionRecord]


def add_rollout_views(tools: ToolServer) -> None:
    """Serve the tools that look at rollouts."""
    session = tools.session

    def rollout_status(
        name: Name, kind: Workload = "deployment", namespace: Namespace = ""
    ) -> Answer[RolloutRecord]:
        """Say how far the rollout of a workload is; it does not wait for the end."""
        found = session.backend.kind(kind)
        where = place(session, found, namespace)
        state = rollout_state(found, session.backend.get(found.key, name, where))
        data: RolloutRecord = {
            "kind": found.kind,
            "name": name,
            "namespace": where,
            "done": state.done,
        }
        return Answer(state.text, data)

    def rollout_history(
        name: Name,
        kind: Workload = "deployment",
        namespace: Namespace = "",
        revision: Annotated[
            int, Field(description="Show the pod template of this one. Default: list all.", ge=0)
        ] = 0,
    ) -> Answer[HistoryRecord]:
        """List the revisions of a workload that rollout_undo can go back to."""
        found = session.backend.kind(kind)
        where = place(session, found, namespace)
        return _history_answer(tools, found, where, name, revision)

    tools.add(rollout_status, "How far a rollout is")
    tools.add(rollout_history, "Revisions of a workload")


def _history_answer(
    tools: ToolServer, kind: ApiKind, namespace: str, name: str, number: int
) -> Answer[HistoryRecord]:
    backend = tools.session.backend
    history = rollout_history(backend, kind, backend.get(kind.key, name, namespace))
    data: HistoryRecord = {
        "kind": kind.kind,
        "name": name,
        "namespace": namespace,
        "revisions": [
            {"revision": each.number, "change_cause": each.change_cause}
            for each in history[-_MOST_REVISIONS:]
        ],
    }
    title = f"{kind.printed}/{name}"
    if number:
        chosen = next((each for each in history if each.number == number), None)
        if chosen is None:
            message = f"error: unable to find the specified revision {number}"
            raise RefusedError(message)
        lines = [f"{title} with revision #{number}", *pod_template(chosen.template)]
        return Answer(clipped("\n".join(lines), _MAX_TEXT_BYTES), data)
    rows = [Row([str(each.number), each.change_cause], {}).fitted(1_000) for each in history]
    columns = ("REVISION", "CHANGE-CAUSE")
    return Answer(f"{title}\n{rendered(columns, rows[-_MOST_REVISIONS:])}", data)


def add_rollout_tools(tools: ToolServer, session: OperatedSession) -> None:
    """Serve the tools that steer rollouts."""

    def rollout_undo(
        name: Name,
        kind: Workload = "deployment",
        namespace: Namespace = "",
        to_revision: Annotated[
            int, Field(description="Revision to go back to. Default: the one before.", ge=0)
        ] = 0,
        dry_run: DryRun = False,
    ) -> Answer[WriteRecord]:
        """Go back to the pod template of an earlier revision; a rolling update follows."""
        found, where, workload = _workload(session, kind, name, namespace)
        history = rollout_history(session.backend, found, workload)
        chosen = revision_to_restore(found, workload, history, to_revision)
        if chosen is None:
            number = history[-1].number
            result = f"skipped rollback (current template already matches revision {number})"
            return written(session, found, where, name, result, dry_run=dry_run)
        body = [{"op": "replace", "path": "/spec/template", "value": dict(chosen.template)}]
        _patch(session, found, (where, name), body, dry_run=dry_run, patch_type="json")
        return written(session, found, where, name, "rolled back", dry_run=dry_run)

    def rollout_restart(
        name: Name,
        kind: Workload = "deployment",
        namespace: Namespace = "",
        dry_run: DryRun = False,
    ) -> Answer[WriteRecord]:
        """Replace all pods of a workload by new ones, by a rolling update."""
        found, where, workload = _workload(session, kind, name, namespace)
        if workload["spec"].get("paused"):
            message = (
                f'error: {found.resource} "{name}" can\'t restart paused deployment (run '
                "rollout_resume first)"
            )
            raise RefusedError(message)
        now = f"{session.backend.now:%Y-%m-%dT%H:%M:%SZ}"
        metadata = workload["spec"]["template"].get("metadata") or {}
        if (metadata.get("annotations") or {}).get(RESTARTED_AT) == now:
            message = (
                "error: if restart has already been triggered within the past second, please wait "
                "before attempting to trigger another"
            )
            raise RefusedError(message)
        body = {"spec": {"template": {"metadata": {"annotations": {RESTARTED_AT: now}}}}}
        _patch(session, found, (where, name), body, dry_run=dry_run)
        return written(session, found, where, name, "restarted", dry_run=dry_run)

    def rollout_pause(
        name: Name, namespace: Namespace = "", dry_run: DryRun = False
    ) -> Answer[WriteRecord]:
        """Pause a Deployment: changes of its pod template wait until it is resumed."""
        found, where, workload = _workload(session, "deployment", name, namespace)
        if workload["spec"].get("paused"):
            message = f'error: {found.resource} "{name}" is already paused'
            raise RefusedError(message)
        _patch(session, found, (where, name), {"spec": {"paused": True}}, dry_run=dry_run)
        return written(session, found, where, name, "paused", dry_run=dry_run)

    def rollout_resume(
        name: Name, namespace: Namespace = "", dry_run: DryRun = False
    ) -> Answer[WriteRecord]:
        """Resume a Deployment that is paused; what has waited is rolled out."""
        found, where, workload = _workload(session, "deployment", name, namespace)
        if not workload["spec"].get("paused"):
            message = f'error: {found.resource} "{name}" is not paused'
            raise RefusedError(message)
        _patch(session, found, (where, name), {"spec": {"paused": None}}, dry_run=dry_run)
        return written(session, found, where, name, "resumed", dry_run=dry_run)

    tools.add(rollout_undo, "Undo a rollout", ACTS)
    tools.add(rollout_restart, "Restart a workload", ACTS)
    tools.add(rollout_pause, "Pause a rollout", MARKS)
    tools.add(rollout_resume, "Resume a rollout", MARKS)


def _workload(
    session: OperatedSession, kind: str, name: str, namespace: str
) -> tuple[ApiKind, str, Fields]:
    """Return a workload that has rollouts, its kind and its namespace."""
    found = session.backend.kind(kind)
    if found.key not in ROLLED_OUT:
        message = f'error: {found.resource} "{name}" has no rollouts; {kind} is not one of '
        raise RefusedError(message + ", ".join(sorted(ROLLED_OUT)))
    where = place(session, found, namespace)
    return found, where, session.backend.get(found.key, name, where)


def _patch(
    session: OperatedSession,
    kind: ApiKind,
    where: tuple[str, str],
    body: object,
    *,
    dry_run: bool,
    patch_type: PatchType = "strategic",
) -> None:
    namespace, name = where
    edit = Edit(kind=kind, name=name, namespace=namespace, patch_type=patch_type, body=body)
    session.writer.patch(edit, dry_run=dry_run)
