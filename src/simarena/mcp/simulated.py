"""A simulated cluster as tools look at it."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from simarena.cluster.clock import EPOCH
from simarena.errors import NotFoundError, RefusedError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from simarena.cluster import Cluster
    from simarena.cluster.fields import Fields
    from simarena.cluster.metrics import UsageSample
    from simarena.cluster.verdict import Verdict
    from simarena.mcp.selectors import Selectors


class SimulatedBackend:
    """Reads a Cluster, each kind of objects once until something changes.

    Whoever changes the cluster, or lets its time pass, calls `changed`.
    """

    def __init__(self, cluster: Cluster) -> None:
        self.cluster = cluster
        self._seen: dict[str, Sequence[Fields]] = {}

    def changed(self) -> None:
        """Forget what was seen."""
        self._seen = {}

    @property
    def now(self) -> datetime:
        """Virtual time."""
        return EPOCH + timedelta(milliseconds=self.cluster.now_ms)

    def list(
        self, kind: str, namespace: str | None, selectors: Selectors | None = None
    ) -> Sequence[Fields]:
        """Return the objects of a kind that are selected, by namespace and name."""
        everywhere = self._once(kind, lambda: self.cluster.list(kind))
        return chosen(everywhere, namespace, selectors)

    def get(self, kind: str, name: str, namespace: str) -> Fields:
        """Return one object. Raises NotFoundError in the API's words."""
        return self.cluster.get(kind, name, namespace)

    def events(self, namespace: str | None, selectors: Selectors | None = None) -> Sequence[Fields]:
        """Return Event objects, the latest at the end."""
        return chosen(self._once("Event", self.cluster.events), namespace, selectors)

    def logs(
        self,
        pod: str,
        namespace: str,
        *,
        container: str | None,
        tail: int,
        previous: bool,
        timestamps: bool,
    ) -> str:
        """Return the last lines of a container's log. Raises RefusedError where there is none."""
        manifest = self.get("Pod", pod, namespace)
        if not manifest["spec"].get("nodeName"):
            message = f"Error from server (BadRequest): pod {pod} does not have a host assigned"
            raise RefusedError(message)
        try:
            return self.cluster.logs(
                pod,
                namespace,
                container=container,
                tail=tail,
                previous=previous,
                timestamps=timestamps,
            )
        except NotFoundError as error:
            message = f"Error from server (BadRequest): {error}"
            raise RefusedError(message) from error

    def usage(self, kind: str, namespace: str | None) -> Sequence[UsageSample]:
        """Return what each running Pod, or each Node, uses now."""
        return self.cluster.metrics(kind, namespace)

    def refusals(self, pod: Fields) -> Sequence[str]:
        """Return nothing: quotas are kept in a simulated cluster, and refuse nobody."""
        del pod
        return ()

    def explain(self, pod: Fields) -> Verdict:
        """Return what the scheduler would do with such a pod now.

        It is asked about a copy of the cluster: telling templates apart leaves traces in one.
        """
        saved = self.cluster.snapshot()
        try:
            return self.cluster.explain(pod)
        finally:
            self.cluster.restore(saved)

    def _once(self, kind: str, read: Callable[[], Sequence[Fields]]) -> Sequence[Fields]:
        if kind not in self._seen:
            self._seen[kind] = read()
        return self._seen[kind]


def chosen(
    found: Sequence[Fields], namespace: str | None, selectors: Selectors | None
) -> Sequence[Fields]:
    """Return those of some objects that are in a namespace and selected; None: all of them."""
    if namespace is None and selectors is None:
        return found
    return [
        manifest
        for manifest in found
        if (namespace is None or manifest["metadata"].get("namespace", namespace) == namespace)
        and (selectors is None or selectors.select(manifest))
    ]
