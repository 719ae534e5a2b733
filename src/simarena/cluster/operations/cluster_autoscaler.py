"""The cluster autoscaler: nodes that come for pods without room, and go when they are idle."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from simarena.cluster.manifests.nodes import read_node
from simarena.cluster.messages.clock import EPOCH
from simarena.cluster.messages.control_plane import Happening
from simarena.cluster.objects.identity import Identities
from simarena.cluster.objects.kubelet_events import About, Told
from simarena.cluster.operations.drain import pods_on_node
from simarena.cluster.operations.evictions import Evictions
from simarena.cluster.operations.node_lifecycle import lifecycle_of
from simarena.cluster.operations.scale_down import removable_nodes
from simarena.cluster.operations.scale_up import plan_scale_up, waiting_pods
from simarena.cluster.operations.what_if import WhatIf

if TYPE_CHECKING:
    from typing import Literal

    from simarena.cluster.node_settings import AutoscalerSettings, NodeGroup
    from simarena.cluster.operations.live import LiveWorld
    from simarena.cluster.operations.scale_down import Removable

TO_BE_DELETED: Final = "ToBeDeletedByClusterAutoscaler"
"""Taint of a node that is about to be removed."""

_COMPONENT = "cluster-autoscaler"
_STATUS = ("ConfigMap", "kube-system", "cluster-autoscaler-status")
_NOT_TOLD_AGAIN_MS = 300_000


@dataclass(frozen=True, slots=True)
class _Booting:
    ready_ms: int
    group: NodeGroup
    number: int


@dataclass(frozen=True, slots=True)
class _Removal:
    since_ms: int
    pods: tuple[int, ...]
    """Numbers of the pods that have to go first."""
    told: frozenset[int] = frozenset()


@dataclass(slots=True)
class ClusterAutoscaler:
    """Looks at the cluster every few seconds, and changes the sizes of its node groups."""

    settings: AutoscalerSettings
    scan_ms: int = 0
    booting: list[_Booting] = field(default_factory=list)
    removals: dict[str, _Removal] = field(default_factory=dict)
    unneeded_ms: dict[str, int] = field(default_factory=dict)
    """Since when a node is unneeded."""
    next_numbers: dict[str, int] = field(default_factory=dict)
    """Number of the next node of each group."""
    added_ms: int | None = None
    deleted_ms: int | None = None
    failed_ms: int | None = None
    told_ms: dict[tuple[int, str], int] = field(default_factory=dict)
    """When a pod was last told something."""

    def next_ms(self) -> int:
        """Return when a node has booted, or the next look at the cluster is due."""
        return min([self.scan_ms, *(each.ready_ms for each in self.booting)])

    def run(self, live: LiveWorld) -> None:
        """Let nodes join that have booted; look at the cluster if it is time."""
        for each in [each for each in self.booting if each.ready_ms <= live.now_ms]:
            self.booting.remove(each)
            lifecycle_of(live).put(live, each.group.node(each.number))
        if self.scan_ms <= live.now_ms:
            self.scan_ms = live.now_ms + self.settings.scan_interval_ms
            self._go_on_removing(live)
            if not self._scale_up(live) and self.settings.scale_down:
                self._scale_down(live)

    def copied(self) -> ClusterAutoscaler:
        """Return an autoscaler that goes on apart."""
        return replace(
            self,
            booting=list(self.booting),
            removals=dict(self.removals),
            unneeded_ms=dict(self.unneeded_ms),
            next_numbers=dict(self.next_numbers),
            told_ms=dict(self.told_ms),
        )

    # groups

    def nodes_of(self, live: LiveWorld, group: NodeGroup) -> list[str]:
        """Return the names of a group's nodes, the oldest first."""
        pattern = re.compile(re.escape(group.name) + r"-[0-9]+")
        return [name for name in live.catalogue.node_rows if pattern.fullmatch(name)]

    def _size(self, live: LiveWorld, group: NodeGroup) -> int:
        """Return how many nodes a group has or is about to have."""
        names = self.nodes_of(live, group)
        booting = sum(each.group.name == group.name for each in self.booting)
        return len(names) + booting - sum(name in self.removals for name in names)

    def _next_number(self, live: LiveWorld, group: NodeGroup) -> int:
        """Return a number that no node of a group has had."""
        if group.name not in self.next_numbers:
            pattern = re.compile(re.escape(group.name) + r"-([0-9]+)")
            matches = map(pattern.fullmatch, live.catalogue.node_names)
            used = [int(match[1]) for match in matches if match]
            self.next_numbers[group.name] = max(used, default=0) + 1
        return self.next_numbers[group.name]

    # up

    def _scale_up(self, live: LiveWorld) -> bool:
        """Ask for nodes if pods wait that they would help; return whether any were asked for."""
        pods = waiting_pods(live.catalogue, self.settings)
        if not pods:
            return False
        ahead = WhatIf(live.what_if())
        for each in self.booting:
            ahead.add_node(each.group.node(each.number))
        sizes = {group.name: self._size(live, group) for group in self.settings.groups}
        numbers = {group.name: self._next_number(live, group) for group in self.settings.groups}
        plan = plan_scale_up(ahead, pods, self.settings, sizes, numbers)
        for row, reasons in plan.unhelped.items():
            message = f"pod didn't trigger scale-up: {reasons}"
            self._tell_pod(live, row, "NotTriggerScaleUp", message)
        best = plan.best
        if best is None:
            return False
        group, before = best.group, sizes[best.group.name]
        after = before + best.number
        first = numbers[group.name]
        ready_ms = live.now_ms + group.boot_ms
        self.booting += [_Booting(ready_ms, group, first + each) for each in range(best.number)]
        self.next_numbers[group.name] = first + best.number
        self.added_ms = live.now_ms
        for verb in (
            f"setting group {group.name} size to",
            f"group {group.name} size set to",
        ):
            message = f"Scale-up: {verb} {after} instead of {before} (max: {group.max_size})"
            self._tell(live, About(*_STATUS, ""), "ScaledUpGroup", message)
        change = f"{{{group.name} {before}->{after} (max: {group.max_size})}}"
        for row in best.pods:
            self._tell_pod(
                live, row, "TriggeredScaleUp", f"pod triggered scale-up: [{change}]", again=True
            )
        return True

    # down

    def _scale_down(self, live: LiveWorld) -> None:
        now_ms = live.now_ms
        names: list[str] = []
        for group in self.settings.groups:
            if self._size(live, group) > group.min_size:
                names += [n for n in self.nodes_of(live, group) if n not in self.removals]
        found: list[Removable] = []
        if names:
            ahead = WhatIf(live.what_if())
            for name in self.removals:
                ahead.without_node(name)
            found = removable_nodes(live, ahead, names, self.settings)
        self.unneeded_ms = {each.name: self.unneeded_ms.get(each.name, now_ms) for each in found}
        for since_ms, delay_ms in (
            (self.added_ms, self.settings.delay_after_add_ms),
            (self.deleted_ms, self.settings.delay_after_delete_ms),
            (self.failed_ms, self.settings.delay_after_failure_ms),
        ):
            if since_ms is not None and now_ms < since_ms + delay_ms:
                return
        ripe = [each for each in found if self._is_ripe(live, each.name)]
        empty = [each for each in ripe if not each.pods][: self.settings.max_bulk_removals]
        drained = [each for each in ripe if each.pods][:1]
        if any(removal.pods for removal in self.removals.values()):
            drained = []
        for each in empty or drained:
            group = self._group_of(each.name)
            if self._size(live, group) > group.min_size:
                self._begin_removing(live, each)

    def _is_ripe(self, live: LiveWorld, name: str) -> bool:
        row = live.catalogue.node_rows[name]
        not_ready = live.catalogue.world.nodes[row]["not_ready"]
        delay_ms = self.settings.unready_ms if not_ready else self.settings.unneeded_ms
        return live.now_ms >= self.unneeded_ms[name] + delay_ms

    def _group_of(self, name: str) -> NodeGroup:
        group_name = name.rpartition("-")[0]
        return next(group for group in self.settings.groups if group.name == group_name)

    def _begin_removing(self, live: LiveWorld, node: Removable) -> None:
        pods = live.catalogue.world.pods
        uids = tuple(int(pods[row]["uid"]) for row in node.pods)
        lifecycle = lifecycle_of(live)
        manifest = lifecycle.plain(live, node.name)
        second = str(int(EPOCH.timestamp()) + live.now_ms // 1_000)
        taint = {"key": TO_BE_DELETED, "value": second, "effect": "NoSchedule"}
        manifest["spec"]["taints"] = [*(manifest["spec"].get("taints") or ()), taint]
        lifecycle.put(live, read_node(manifest))
        self.unneeded_ms.pop(node.name)
        self.removals[node.name] = _Removal(live.now_ms, uids)
        self._tell_node(
            live, node.name, "ScaleDown", "marked the node as toBeDeleted/unschedulable"
        )
        self._go_on_removing(live)

    def _go_on_removing(self, live: LiveWorld) -> None:
        """Evict what is left on nodes that are to go; remove those that nothing is left on."""
        for name, removal in list(self.removals.items()):
            if name not in live.catalogue.node_rows:
                del self.removals[name]
                continue
            left = self._evict(live, name, removal)
            if not left:
                self._finish_removing(live, name, drained=bool(removal.pods))
            elif live.now_ms >= removal.since_ms + self.settings.eviction_timeout_ms:
                self._give_up(live, name)

    def _evict(self, live: LiveWorld, name: str, removal: _Removal) -> bool:
        """Evict the pods of a node as their budgets allow; return whether any are still there."""
        evictions = Evictions(live)
        left = False
        told = set(removal.told)
        for row in pods_on_node(live, name):
            uid = int(live.catalogue.world.pods[row]["uid"])
            if uid not in removal.pods:
                continue
            if not live.catalogue.world.pods[row]["deleting"]:
                if uid not in told:
                    message = "deleting pod for node scale down"
                    self._tell_pod(live, row, "ScaleDown", message, again=True)
                    told.add(uid)
                evictions.evict(row)
            pod = live.catalogue.world.pods[row]
            left |= bool(pod["present"] and int(pod["uid"]) == uid)
        self.removals[name] = replace(removal, told=frozenset(told))
        return left

    def _finish_removing(self, live: LiveWorld, name: str, *, drained: bool) -> None:
        del self.removals[name]
        self._tell_node(live, name, "ScaleDown", "node removed by cluster autoscaler")
        reason = "ScaleDown" if drained else "ScaleDownEmpty"
        what = f"node {name} removed with drain" if drained else f"empty node {name} removed"
        self._tell(live, About(*_STATUS, ""), reason, f"Scale-down: {what}")
        lifecycle_of(live).remove(live, name)
        self.deleted_ms = live.now_ms

    def _give_up(self, live: LiveWorld, name: str) -> None:
        del self.removals[name]
        lifecycle = lifecycle_of(live)
        manifest = lifecycle.plain(live, name)
        taints = manifest["spec"].get("taints") or ()
        manifest["spec"]["taints"] = [each for each in taints if each["key"] != TO_BE_DELETED]
        lifecycle.put(live, read_node(manifest))
        message = "failed to drain the node, aborting ScaleDown"
        self._tell_node(live, name, "ScaleDownFailed", message, kind="Warning")
        self.failed_ms = live.now_ms

    # events

    def _tell_pod(
        self, live: LiveWorld, row: int, reason: str, message: str, *, again: bool = False
    ) -> None:
        """Tell of a pod; the same words within five minutes only where they may come `again`."""
        pod = live.catalogue.world.pods[row]
        key = (int(pod["uid"]), message)
        if not again and live.now_ms < self.told_ms.get(key, -_NOT_TOLD_AGAIN_MS) + (
            _NOT_TOLD_AGAIN_MS
        ):
            return
        self.told_ms[key] = live.now_ms
        names = Identities(live.catalogue)
        about = About("Pod", *names.pod_of_row(pod), names.pod_uid(int(pod["uid"])))
        self._tell(live, about, reason, message)

    def _tell_node(
        self,
        live: LiveWorld,
        name: str,
        reason: str,
        message: str,
        kind: Literal["Normal", "Warning"] = "Normal",
    ) -> None:
        uid = Identities(live.catalogue).node_uid(live.catalogue.node_rows[name])
        self._tell(live, About("Node", "", name, uid), reason, message, kind)

    def _tell(
        self,
        live: LiveWorld,
        about: About,
        reason: str,
        message: str,
        kind: Literal["Normal", "Warning"] = "Normal",
    ) -> None:
        happening = Happening(kind, reason, message, _COMPONENT)
        live.journal.notes.append(Told(live.now_ms, about, happening))
