"""kubectl drain: a node is cordoned, and its pods are evicted as their budgets allow."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from simarena.cluster.codes import NONE, Phase
from simarena.cluster.manifests.owners import controller_of
from simarena.cluster.objects.identity import Identities
from simarena.cluster.operations.evictions import Evictions
from simarena.errors import RefusedError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from simarena.cluster.manifests.fields import Manifest
    from simarena.cluster.objects.view import View
    from simarena.cluster.operations.live import LiveWorld

RETRY_MS: Final = 5_000
"""After how long kubectl tries an eviction again that a budget forbade."""

_MIRROR = "kubernetes.io/config.mirror"


@dataclass(slots=True)
class _Drain:
    next_ms: int
    end_ms: int | None
    uids: tuple[int, ...]
    """Numbers of the pods that have to go."""


@dataclass(slots=True)
class Drains:
    """Drains that are under way; each goes on while budgets hold pods back."""

    under_way: dict[str, _Drain] = field(default_factory=dict)

    def next_ms(self) -> int | None:
        """Return when an eviction is tried next."""
        return min((drain.next_ms for drain in self.under_way.values()), default=None)

    def run(self, live: LiveWorld) -> None:
        """Try evictions again."""
        for name, drain in list(self.under_way.items()):
            if drain.next_ms <= live.now_ms:
                self._go_on(live, name, drain)

    def copied(self) -> Drains:
        """Return drains that go on apart."""
        return Drains({name: replace(drain) for name, drain in self.under_way.items()})

    def start(
        self, live: LiveWorld, name: str, pod_rows: list[int], timeout_ms: int
    ) -> tuple[str, ...]:
        """Evict pods from a cordoned node; return those that budgets hold back for now."""
        uids = tuple(int(live.catalogue.world.pods[row]["uid"]) for row in pod_rows)
        end_ms = live.now_ms + timeout_ms if timeout_ms else None
        return self._go_on(live, name, _Drain(live.now_ms, end_ms, uids))

    def stop(self, name: str) -> None:
        """Leave the pods of a node alone from now on."""
        self.under_way.pop(name, None)

    def _go_on(self, live: LiveWorld, name: str, drain: _Drain) -> tuple[str, ...]:
        evictions = Evictions(live)
        names = Identities(live.catalogue)
        left: dict[int, str] = {}
        for row in pods_on_node(live, name):
            pod = live.catalogue.world.pods[row]
            if int(pod["uid"]) in drain.uids and not pod["deleting"] and evictions.evict(row):
                place = names.pod_of_row(pod)
                left[int(pod["uid"])] = f"{place.namespace}/{place.name}"
        drain.next_ms = live.now_ms + RETRY_MS
        drain.uids = tuple(left)
        over = drain.end_ms is not None and drain.next_ms > drain.end_ms
        if left and not over:
            self.under_way[name] = drain
        else:
            self.under_way.pop(name, None)
        return tuple(left.values())


def pods_on_node(live: LiveWorld, name: str) -> list[int]:
    """Return the rows of a node's pods, finished ones left out, in the order in which they came."""
    world = live.catalogue.world
    rows = []
    row = int(world.nodes[live.catalogue.node_rows[name]]["first_pod"])
    while row != NONE:
        rows.append(row)
        row = int(world.pods[row]["next_on_node"])
    return rows[::-1]


def controller_kind(pod: Manifest) -> str:
    """Return the kind of a pod's controller, empty for a pod without one."""
    controller = controller_of(pod)
    return str(controller["kind"]) if controller else ""


def has_local_storage(pod: Manifest, kinds: tuple[str, ...] = ("emptyDir",)) -> bool:
    """Return whether a pod's volumes would be lost with it."""
    return any(kind in volume for volume in pod["spec"].get("volumes") or () for kind in kinds)


def obstacle(
    pod: Manifest, *, ignore_daemonsets: bool, force: bool, delete_emptydir_data: bool
) -> str | None:
    """Return why kubectl would not evict a pod, empty if it would; None if it ignores the pod."""
    if _MIRROR in (pod["metadata"].get("annotations") or {}):
        return None
    kind = controller_kind(pod)
    if kind == "DaemonSet":
        if ignore_daemonsets:
            return None
        return "cannot delete DaemonSet-managed Pods (use --ignore-daemonsets to ignore)"
    if has_local_storage(pod) and not delete_emptydir_data:
        return "cannot delete Pods with local storage (use --delete-emptydir-data to override)"
    if not kind and not force:
        return "cannot delete Pods that declare no controller (use --force to override)"
    return ""


def undrainable(node: str, refused: Mapping[str, Sequence[str]]) -> RefusedError:
    """Return the error for pods that need a flag; `refused` names them by what is said of them."""
    reasons = ", ".join(f"{reason}: {', '.join(pods)}" for reason, pods in refused.items())
    return RefusedError(f'unable to drain node "{node}" due to error: [{reasons}]')


def pods_to_drain(
    live: LiveWorld,
    view: View,
    name: str,
    *,
    ignore_daemonsets: bool,
    force: bool,
    delete_emptydir_data: bool,
) -> list[int]:
    """Return the rows of the pods that a drain evicts from a node.

    Raises RefusedError, in kubectl's words, if there are pods that need another flag.
    """
    chosen: list[int] = []
    refused: dict[str, list[str]] = {}
    for row in pods_on_node(live, name):
        pod = view.pod(row)
        reason = obstacle(
            pod,
            ignore_daemonsets=ignore_daemonsets,
            force=force,
            delete_emptydir_data=delete_emptydir_data,
        )
        if reason and live.catalogue.world.pods[row]["phase"] <= Phase.RUNNING:
            place = f"{pod['metadata']['namespace']}/{pod['metadata']['name']}"
            refused.setdefault(reason, []).append(place)
        elif reason is not None:
            chosen.append(row)
    if refused:
        raise undrainable(name, refused)
    return chosen


def drains_of(live: LiveWorld) -> Drains:
    """Return the drains of a cluster."""
    return next(each for each in live.controllers if isinstance(each, Drains))
