"""Changes of a live cluster that clients make, as far as they are allowed."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from simarena.cluster.operations.drain import controller_kind, obstacle, undrainable
from simarena.errors import RefusedError
from simarena.mcp.kubectl.kinds import BUILT_IN
from simarena.mcp.writing import Drained, Edit

if TYPE_CHECKING:
    from collections.abc import Mapping

    from simarena.cluster.manifests.fields import Fields
    from simarena.mcp.kubectl.kinds import ApiKind
    from simarena.mcp.live.backend import KubeBackend
    from simarena.mcp.live.permissions import Permissions
    from simarena.mcp.patching import PatchType
    from simarena.mcp.writing import Applied, DrainFlags

_CONTENT_TYPES: Final[Mapping[PatchType, str]] = {
    "strategic": "application/strategic-merge-patch+json",
    "merge": "application/merge-patch+json",
    "json": "application/json-patch+json",
}
_APPLY: Final = "application/apply-patch+yaml"
_BUDGET: Final = "Error from server (TooManyRequests)"
_FINISHED: Final = frozenset({"Succeeded", "Failed"})


@dataclass(frozen=True, slots=True)
class KubeWriter:
    """Changes a live cluster through its API."""

    backend: KubeBackend
    permissions: Permissions

    def patch(self, edit: Edit, *, dry_run: bool) -> Fields:
        """Patch an object; return it as it is then."""
        self.permissions.check(edit.kind, edit.name, edit.namespace, freely=edit.freely)
        api = self.backend.api
        data = api.write(
            api.path,
            "PATCH",
            edit.kind.path(edit.namespace, edit.name),
            body=edit.body,
            content_type=_CONTENT_TYPES[edit.patch_type],
            dry_run=dry_run,
        )
        found: Fields = json.loads(data)
        return found

    def apply(
        self, kind: ApiKind, manifest: Fields, *, dry_run: bool, force_conflicts: bool
    ) -> Applied:
        """Let the API apply a manifest, in our own name (server-side apply)."""
        metadata = manifest["metadata"]
        name, namespace = str(metadata["name"]), str(metadata.get("namespace") or "")
        self.permissions.check(kind, name, namespace, freely=True)
        api = self.backend.api
        api.write(
            api.path,
            "PATCH",
            kind.path(namespace, name),
            body=dict(manifest),
            content_type=_APPLY,
            force_conflicts="true" if force_conflicts else "false",
            dry_run=dry_run,
        )
        return "serverside-applied"

    def delete(self, kind: ApiKind, name: str, namespace: str, *, dry_run: bool) -> None:
        """Delete an object; what it owns goes after it."""
        self.permissions.check(kind, name, namespace, freely=kind.kind != "Pod")
        api = self.backend.api
        api.ask(
            api.path,
            "DELETE",
            kind.path(namespace, name),
            body={"apiVersion": "v1", "kind": "DeleteOptions", "propagationPolicy": "Background"},
            **({"dry_run": "All"} if dry_run else {}),
        )

    def set_unschedulable(self, node: str, *, unschedulable: bool, dry_run: bool) -> None:
        """Cordon a node, or uncordon it."""
        body = {"spec": {"unschedulable": unschedulable or None}}
        edit = Edit(
            kind=BUILT_IN["Node"], name=node, namespace="", patch_type="strategic", body=body
        )
        self.patch(edit, dry_run=dry_run)

    def drain(self, node: str, flags: DrainFlags, *, dry_run: bool) -> Drained:
        """Cordon a node and ask once for the eviction of each pod.

        Raises RefusedError before anything happens if a pod is where this server may change
        nothing, and after the node was cordoned if pods need a flag, as kubectl does.
        """
        pods = self._pods_on(node)
        chosen, ignored, refused = [], [], dict[str, list[str]]()
        for pod in pods:
            reason = obstacle(dict(pod), **flags.options)
            if reason and (pod.get("status") or {}).get("phase") not in _FINISHED:
                refused.setdefault(reason, []).append(_named(pod))
            elif reason is not None:
                self._check_pod(pod)
                chosen.append(pod)
            elif controller_kind(dict(pod)) == "DaemonSet":
                ignored.append(_named(pod))
        self.set_unschedulable(node, unschedulable=True, dry_run=dry_run)
        if refused:
            raise undrainable(node, refused)
        evicted: list[str] = []
        held_back: list[str] = []
        for pod in chosen:
            (evicted if self._evict(pod, dry_run=dry_run) else held_back).append(_named(pod))
        return Drained(evicted, held_back, ignored)

    def _pods_on(self, node: str) -> list[Fields]:
        from simarena.mcp.kubectl.selectors import read_selectors

        kind = BUILT_IN["Node"]
        self.permissions.check(kind, node, "", freely=False)
        self.backend.get(kind.key, node, "")
        selectors = read_selectors("Pod", fields=f"spec.nodeName={node}")
        return list(self.backend.list("Pod", None, selectors))

    def _check_pod(self, pod: Fields) -> None:
        metadata = pod["metadata"]
        self.permissions.check(
            BUILT_IN["Pod"], metadata["name"], metadata["namespace"], freely=False
        )

    def _evict(self, pod: Fields, *, dry_run: bool) -> bool:
        """Ask for the eviction of a pod; return whether its budgets allow it."""
        api, metadata = self.backend.api, pod["metadata"]
        place = {"name": metadata["name"], "namespace": metadata["namespace"]}
        try:
            api.write(
                api.path,
                "POST",
                BUILT_IN["Pod"].path(place["namespace"], place["name"], "eviction"),
                body={"apiVersion": "policy/v1", "kind": "Eviction", "metadata": place},
                dry_run=dry_run,
            )
        except RefusedError as error:
            if not str(error).startswith(_BUDGET):
                raise
            return False
        return True


def _named(pod: Fields) -> str:
    return f"{pod['metadata']['namespace']}/{pod['metadata']['name']}"
