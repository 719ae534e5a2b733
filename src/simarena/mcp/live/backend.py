"""A live cluster as tools look at it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from simarena.cluster.objects.metrics import ContainerUsage, UsageSample
from simarena.errors import NotFoundError, RefusedError
from simarena.mcp.kubectl.quota import quota_refusals
from simarena.mcp.live.kinds import KubeKinds
from simarena.simkube.mirror import mirrored, without_class
from simarena.trace import parse_cpu_milli, parse_memory_bytes

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from simarena.client.api import KubeApi
    from simarena.cluster.manifests.fields import Fields, Manifest
    from simarena.cluster.objects.explanation import Verdict
    from simarena.mcp.kubectl.kinds import ApiKind
    from simarena.mcp.kubectl.selectors import Selectors

_MOST_LOG_BYTES = 1 << 20
_METRICS = ("metrics.k8s.io", "v1beta1")


class KubeBackend:
    """Reads a live cluster through its API, anew with every call."""

    def __init__(self, api: KubeApi) -> None:
        self.api = api
        self._kinds = KubeKinds(api)

    @property
    def now(self) -> datetime:
        """The present."""
        return datetime.now(UTC)

    def list(
        self, kind: str, namespace: str | None, selectors: Selectors | None = None
    ) -> Sequence[Fields]:
        """Return the objects of a kind that are selected, which the API itself does."""
        options: dict[str, str] = {}
        if selectors is not None and selectors.labels:
            options["label_selector"] = selectors.labels
        if selectors is not None and selectors.fields:
            options["field_selector"] = selectors.fields
        found = self._kinds.of_key(kind)
        items = self.api.all(self.api.path, "GET", found.path(namespace), **options)
        for item in items:  # in a list the API leaves them out
            item.setdefault("kind", found.kind)
            item.setdefault("apiVersion", found.api_version)
        return items

    def get(self, kind: str, name: str, namespace: str) -> Fields:
        """Return one object. Raises NotFoundError in the API's words."""
        return self.api.one(self.api.path, "GET", self._kinds.of_key(kind).path(namespace, name))

    def kind(self, word: str) -> ApiKind:
        """Return the kind that a word stands for, one of the cluster's own if it has to be."""
        return self._kinds.find(word)

    def events(self, namespace: str | None, selectors: Selectors | None = None) -> Sequence[Fields]:
        """Return Event objects in no order."""
        return self.list("Event", namespace, selectors)

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
        if container is None:
            container = self.get("Pod", pod, namespace)["spec"]["containers"][0]["name"]
        data = self.api.ask(
            self.api.core.read_namespaced_pod_log,
            pod,
            namespace,
            container=container,
            tail_lines=tail,
            previous=previous,
            timestamps=timestamps,
            limit_bytes=_MOST_LOG_BYTES,
        )
        return data.decode(errors="replace")

    def usage(self, kind: str, namespace: str | None) -> Sequence[UsageSample]:
        """Return what the metrics server has measured. Raises RefusedError if there is none."""
        custom = self.api.custom
        try:
            if kind == "Node":
                items = self.api.one(custom.list_cluster_custom_object, *_METRICS, "nodes")
            elif namespace is None:
                items = self.api.one(custom.list_cluster_custom_object, *_METRICS, "pods")
            else:
                items = self.api.one(
                    custom.list_namespaced_custom_object, *_METRICS, namespace, "pods"
                )
        except (NotFoundError, RefusedError) as error:
            if "Forbidden" in str(error):
                raise
            message = f"error: Metrics API not available ({error})"
            raise RefusedError(message) from error
        return [_sample(item) for item in items.get("items") or ()]

    def refusals(self, pod: Fields) -> Sequence[str]:
        """Return which of the namespace's quotas would refuse such a pod."""
        namespace = pod["metadata"]["namespace"]
        quotas = self.list("ResourceQuota", namespace)
        defaulted = bool(quotas) and bool(self.list("LimitRange", namespace))
        return quota_refusals(pod, quotas, defaulted=defaulted)

    def explain(self, pod: Fields) -> Verdict:
        """Return what SimArena's scheduler would do with such a pod, given this cluster's state.

        A live scheduler cannot be asked. Raises RefusedError if the state cannot be simulated.
        """
        namespace = pod["metadata"]["namespace"]
        cluster = mirrored(
            nodes=self.list("Node", None),
            pods=self.list("Pod", None),
            selecting=[*self.list("Service", namespace), *self.list("ReplicaSet", namespace)],
        )
        return cluster.explain(without_class(pod))

    def patch(self, name: str, namespace: str, body: Manifest, *, dry_run: bool) -> None:
        """Change a Deployment by a strategic merge patch."""
        self.api.write(
            self.api.apps.patch_namespaced_deployment, name, namespace, body=body, dry_run=dry_run
        )

    def patch_scale(self, name: str, namespace: str, replicas: int, *, dry_run: bool) -> None:
        """Set a Deployment's replicas, as `kubectl scale` does."""
        self.api.write(
            self.api.apps.patch_namespaced_deployment_scale,
            name,
            namespace,
            body={"spec": {"replicas": replicas}},
            dry_run=dry_run,
        )


def _sample(item: Manifest) -> UsageSample:
    containers = tuple(_containers(item))
    metadata = item["metadata"]
    if "usage" in item:
        cpu_milli, memory_bytes = _amounts(item["usage"])
    else:
        cpu_milli = sum(each.cpu_milli for each in containers)
        memory_bytes = sum(each.memory_bytes for each in containers)
    return UsageSample(
        metadata.get("namespace") or "", metadata["name"], cpu_milli, memory_bytes, containers
    )


def _containers(item: Manifest) -> Iterator[ContainerUsage]:
    for container in item.get("containers") or ():
        yield ContainerUsage(container["name"], *_amounts(container.get("usage") or {}))


def _amounts(usage: Manifest) -> tuple[int, int]:
    return parse_cpu_milli(usage.get("cpu", "0")), parse_memory_bytes(usage.get("memory", "0"))
