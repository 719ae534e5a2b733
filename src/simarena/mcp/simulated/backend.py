"""A simulated cluster as tools look at it."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from simarena.cluster.manifests.kinds import WORKLOAD_KINDS
from simarena.cluster.messages.clock import EPOCH, timestamp
from simarena.errors import NotFoundError, RefusedError
from simarena.mcp.kubectl.kinds import find_kind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from datetime import datetime

    from simarena.cluster import Cluster
    from simarena.cluster.manifests.fields import Fields
    from simarena.cluster.objects.explanation import Verdict
    from simarena.cluster.objects.metrics import UsageSample
    from simarena.mcp.kubectl.kinds import ApiKind
    from simarena.mcp.kubectl.selectors import Selectors


_POPULATING: Final = ("Pod", *WORKLOAD_KINDS, "Service")
"""Kinds of which an object makes its namespace be there; in the cluster it need not be applied."""


def with_implied(
    namespaces: Iterable[Fields], populations: Iterable[Iterable[Fields]]
) -> list[Fields]:
    """Return Namespace objects by name: those that were applied, and those that hold something."""
    by_name = {str(each["metadata"]["name"]): each for each in namespaces}
    since: dict[str, str] = {"default": timestamp(0)}
    for population in populations:
        for each in population:
            metadata = each["metadata"]
            created = str(metadata.get("creationTimestamp") or timestamp(0))
            name = str(metadata["namespace"])
            since[name] = min(created, since.get(name, created))
    for name, created in since.items():
        by_name.setdefault(name, _namespace(name, created))
    return [by_name[name] for name in sorted(by_name)]


def _namespace(name: str, created: str) -> Fields:
    return {
        "apiVersion": "v1",
        "kind": "Namespace",
        "metadata": {
            "name": name,
            "creationTimestamp": created,
            "labels": {"kubernetes.io/metadata.name": name},
        },
        "spec": {"finalizers": ["kubernetes"]},
        "status": {"phase": "Active"},
    }


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
        everywhere = self._once(kind, lambda: self._all(kind))
        return chosen(everywhere, namespace, selectors)

    def get(self, kind: str, name: str, namespace: str) -> Fields:
        """Return one object. Raises NotFoundError in the API's words."""
        if kind == "Namespace":
            for found in self.list(kind, None):
                if found["metadata"]["name"] == name:
                    return found
        return self.cluster.get(kind, name, namespace)

    def kind(self, word: str) -> ApiKind:
        """Return the kind that a word stands for."""
        return find_kind(word)

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

    def _all(self, kind: str) -> Sequence[Fields]:
        found: Sequence[Fields] = self.cluster.list(kind)
        if kind == "Namespace":
            found = with_implied(found, map(self.cluster.list, _POPULATING))
        return found

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
