"""A live cluster behind a server: to be looked at, and changed only where that is allowed."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

from simarena.client.api import KubeApi
from simarena.errors import RefusedError
from simarena.mcp.answers.progress import Progress
from simarena.mcp.kubectl.kinds import BUILT_IN
from simarena.mcp.live.backend import KubeBackend
from simarena.mcp.live.permissions import Permissions
from simarena.mcp.live.writer import KubeWriter

if TYPE_CHECKING:
    from collections.abc import Iterator

    from simarena.mcp.change import Change

MOST_WAIT_S: Final = 60


class KubeSession:
    """A cluster that others use, too. What was not allowed is refused.

    Args:
        backend: the cluster.
        namespace: where tools look first.
        permissions: what may be changed; None: nothing.
    """

    def __init__(
        self,
        backend: KubeBackend,
        *,
        namespace: str = "default",
        permissions: Permissions | None = None,
    ) -> None:
        self.backend = backend
        self.namespace = namespace
        self.permissions = permissions or Permissions()
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
        permissions: Permissions | None = None,
    ) -> KubeSession:
        """Return a session of a kubeconfig's cluster; None: the usual one, and its context.

        Raises ConfigError if it cannot be used.
        """
        api = KubeApi(kubeconfig, context)
        return cls(KubeBackend(api), namespace=namespace or api.namespace, permissions=permissions)

    @property
    def instructions(self) -> str:
        """What a client is told beforehand."""
        return (
            "A live Kubernetes cluster. Look with the read tools; they look into namespace "
            f"{self.namespace} unless told otherwise. {self.permissions} explain_scheduling asks a "
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

    @property
    def writer(self) -> KubeWriter:
        """Changes the cluster in every other way, as far as that is allowed."""
        return KubeWriter(self.backend, self.permissions)

    def change(self, change: Change, *, dry_run: bool = False) -> None:
        """Change a Deployment; in a dry run the API checks the change and does not make it.

        Raises RefusedError where that is not allowed.
        """
        self.permissions.check(
            BUILT_IN["Deployment"], change.deploy, change.namespace, freely=False
        )
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
