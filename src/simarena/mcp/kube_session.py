"""A live cluster behind a server: to be looked at, and changed only where that is allowed."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

from simarena.errors import RefusedError
from simarena.mcp.kube_api import KubeApi
from simarena.mcp.kube_backend import KubeBackend
from simarena.mcp.progress import Progress

if TYPE_CHECKING:
    from collections.abc import Iterator

    from simarena.mcp.change import Change

MOST_WAIT_S: Final = 60


class KubeSession:
    """A cluster that others use, too. Changes are refused in namespaces that are not named.

    Args:
        backend: the cluster.
        namespace: where tools look first.
        allow_writes: the namespaces in which Deployments may be changed.
    """

    def __init__(
        self,
        backend: KubeBackend,
        *,
        namespace: str = "default",
        allow_writes: frozenset[str] = frozenset(),
    ) -> None:
        self.backend = backend
        self.namespace = namespace
        self.allow_writes = allow_writes
        self.one_at_a_time = False
        self.tool_calls: Counter[str] = Counter()
        self.fault: Exception | None = None

    @classmethod
    def from_kubeconfig(
        cls,
        kubeconfig: str | None = None,
        *,
        context: str | None = None,
        namespace: str | None = None,
        allow_writes: frozenset[str] = frozenset(),
    ) -> KubeSession:
        """Return a session of a kubeconfig's cluster; None: the usual one, and its context.

        Raises ConfigError if it cannot be used.
        """
        api = KubeApi(kubeconfig, context)
        return cls(
            KubeBackend(api), namespace=namespace or api.namespace, allow_writes=allow_writes
        )

    @property
    def instructions(self) -> str:
        """What a client is told beforehand."""
        allowed = (
            f"Deployments may be changed in: {', '.join(sorted(self.allow_writes))}; nothing else."
            if self.allow_writes
            else "Nothing may be changed."
        )
        return (
            "A live Kubernetes cluster. Look with the read tools; they look into namespace "
            f"{self.namespace} unless told otherwise. {allowed} explain_scheduling asks a "
            "simulated scheduler about the cluster's present state."
        )

    @property
    def time_note(self) -> str:
        """How time passes here."""
        return "The cluster acts on it by itself; wait, and look again."

    def open(self) -> None:
        """Do nothing: a live cluster is there."""

    def before_call(self) -> None:
        """Do nothing: time passes by itself."""

    def change(self, change: Change, *, dry_run: bool = False) -> None:
        """Change a Deployment; in a dry run the API checks the change and does not make it.

        Raises RefusedError where that is not allowed.
        """
        if change.namespace not in self.allow_writes:
            message = (
                f'Error from server (Forbidden): deployments.apps "{change.deploy}" is forbidden: '
                f'this server may not change namespace "{change.namespace}"; it would have to be '
                f"started with --allow-writes {change.namespace}"
            )
            raise RefusedError(message)
        if change.changes_resources:
            deployment = self.backend.get("Deployment", change.deploy, change.namespace)
            resources = {
                part: dict(amounts)
                for part, amounts in (("requests", change.requests), ("limits", change.limits))
                if amounts
            }
            container = {"name": change.container_name(deployment), "resources": resources}
            body = {"spec": {"template": {"spec": {"containers": [container]}}}}
            self.backend.patch(change.deploy, change.namespace, body, dry_run=dry_run)
        if change.replicas is not None:
            self.backend.patch_scale(
                change.deploy, change.namespace, change.replicas, dry_run=dry_run
            )

    def waiting(self, seconds: int) -> Iterator[Progress]:
        """Wait with the client, second by second. Raises RefusedError for more than a minute."""
        if seconds > MOST_WAIT_S:
            message = f"error: time passes by itself here; wait at most {MOST_WAIT_S} s at once"
            raise RefusedError(message)
        for done in range(seconds):
            yield Progress(done, seconds, f"{done} of {seconds} s have passed", pause_s=1.0)
