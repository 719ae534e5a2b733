"""A small cluster made by hand, for tests of the controllers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from simarena.cluster.codes import NONE, LogKind, Status, WorkloadKind
from simarena.cluster.kernel.arrivals import apply_workload, delete_workload
from simarena.cluster.kernel.entry import advance_world
from simarena.cluster.records import BLANK_WORKLOAD
from simarena.cluster.rows.tables import Capacities, empty_world, relieved

if TYPE_CHECKING:
    from simarena.cluster.records import World

TEMPLATES = 16
MEBIBYTE = 1024 * 1024


class Stage:
    """One cluster with a few nodes and one workload in row 0; times as by default or given."""

    def __init__(
        self,
        *,
        kind: WorkloadKind = WorkloadKind.DEPLOYMENT,
        num_nodes: int = 4,
        cpu_milli: int = 64_000,
        pods: int = 64,
        log: int = 4_096,
        **settings: int,
    ) -> None:
        self.world = empty_world(
            Capacities(
                nodes=num_nodes,
                templates=TEMPLATES,
                sorts=num_nodes,
                specs=64,
                pods=pods,
                heap=8 * pods,
                queue=8 * pods,
                log=log,
            )
        )
        state = self.world.state[0]
        state["random"] = 12_345
        state["uid_seed"] = 678
        state["num_nodes"] = num_nodes
        state["num_node_rows"] = num_nodes
        state["num_templates"] = TEMPLATES
        state["num_workloads"] = 1
        times = {
            "deployment_sync_ms": 10,
            "replicaset_sync_ms": 10,
            "create_batch_ms": 10,
            "scheduling_ms": 1,
            "pod_startup_ms": 1_000,
        }
        for name, value in {**times, **settings}.items():
            self.world.settings[0][name] = value
        for row in range(num_nodes):
            node = self.world.nodes[row]
            node["cpu_milli"] = cpu_milli
            node["memory_bytes"] = 1 << 40
            node["max_pods"] = 110
            node["first_pod"] = NONE
            node["sort"] = row
            self.world.node_list[row] = row
            node["exists"] = 1
        for row in range(TEMPLATES):
            template = self.world.templates[row]
            template["cpu_milli"] = 100
            template["cpu_nonzero_milli"] = template["cpu_scored_milli"] = 100
            template["memory_bytes"] = MEBIBYTE
            template["memory_nonzero_bytes"] = template["memory_scored_bytes"] = MEBIBYTE
            template["grace_ms"] = 30_000
        self.world.workloads[0] = BLANK_WORKLOAD[0]
        self.world.workloads[0]["kind"] = kind
        self.history: list[tuple[int, int, int, int]] = []
        """(time, ReplicaSet row, former replicas, replicas)"""

    def spec(self, **values: int) -> int:
        """Return the row of a new spec: 25 % surge and unavailable, unless given otherwise."""
        row = int(self.world.state[0]["num_specs"])
        self.world.state[0]["num_specs"] = row + 1
        spec = {
            "max_surge": 25,
            "surge_is_percent": 1,
            "max_unavailable": 25,
            "unavailable_is_percent": 1,
            "revision_history_limit": 10,
            "node": NONE,
            "run_ms": NONE,
            **values,
        }
        for name, value in spec.items():
            self.world.specs[row][name] = value
        return row

    def apply(self, **values: int) -> None:
        """Apply a spec to the workload in row 0."""
        assert apply_workload(self.world, 0, self.spec(**values)) == Status.OK

    def delete(self) -> None:
        assert delete_workload(self.world, 0) == Status.OK

    def run(self, for_ms: int) -> None:
        """Let time pass, tables growing as they must."""
        until_ms = int(self.world.state[0]["now_ms"]) + for_ms
        while (status := advance_world(self.world, until_ms)) != Status.OK:
            if status == Status.LOG_FULL:
                self.read_log()
            self.world = relieved(self.world, status, max_pods=100_000)
        self.read_log()
        self.check()

    def step(self) -> bool:
        """Let the next event happen, or say that there is none."""
        if self.world.state[0]["num_heap"] == 0:
            return False
        self.run(int(self.world.heap[0]["first"]) - int(self.world.state[0]["now_ms"]))
        return True

    def read_log(self) -> None:
        for entry in self.world.log[: self.world.state[0]["num_log"]]:
            if entry["kind"] == LogKind.WORKLOAD_SCALED:
                self.history.append(
                    (
                        int(entry["time_ms"]),
                        int(entry["subject"]),
                        int(entry["other"]),
                        int(entry["value"]),
                    )
                )
        self.world.state[0]["num_log"] = 0

    def children(self) -> list[int]:
        """Return the rows of the Deployment's ReplicaSets, oldest first."""
        rows = []
        row = int(self.world.workloads[0]["first_child"])
        while row != NONE:
            rows.append(row)
            row = int(self.world.workloads[row]["next_sibling"])
        return rows

    def live(self) -> list[int]:
        """Return the rows of those that may have pods, in the order of their list."""
        rows = []
        row = int(self.world.workloads[0]["first_live"])
        while row != NONE:
            assert row not in rows
            rows.append(row)
            row = int(self.world.workloads[row]["next_live"])
        return rows

    def column(self, name: str) -> list[int]:
        """Return a field of each ReplicaSet, oldest first."""
        return [int(self.world.workloads[row][name]) for row in self.children()]

    def replicas(self) -> list[int]:
        return self.column("replicas")

    def pods(self, row: int) -> list[int]:
        """Return the pod rows of a ReplicaSet, newest first."""
        rows = []
        pod = int(self.world.workloads[row]["first_pod"])
        while pod != NONE:
            rows.append(pod)
            pod = int(self.world.pods[pod]["next_of_owner"])
        return rows

    def check(self) -> None:
        """Check what must always hold: counts agree with lists, no row is lost or listed twice."""
        for row in [0, *self.children()]:
            workload = self.world.workloads[row]
            pods = [self.world.pods[pod] for pod in self.pods(row)]
            active = [pod for pod in pods if not pod["deleting"]]
            assert workload["num_pods"] == len(active)
            assert workload["num_ready"] == sum(int(pod["ready"]) for pod in active)
            assert workload["num_terminating"] == len(pods) - len(active)
        children = self.children()
        assert self.world.workloads[0]["num_children"] == len(children)
        assert self.live() == [row for row in children if self.world.workloads[row]["is_live"]]
        for row in set(children) - set(self.live()):
            idle = self.world.workloads[row]
            assert self.pods(row) == []
            for name in ("replicas", "batch", "reported_pods", "reported_available"):
                assert idle[name] == 0
        free = set()
        row = int(self.world.state[0]["free_workload"])
        while row != NONE:
            assert row not in free
            free.add(row)
            assert self.world.workloads[row]["kind"] == WorkloadKind.FREE
            assert self.world.workloads[row]["sync_queued"] == 0
            row = int(self.world.workloads[row]["next_sibling"])
        assert free.isdisjoint(self.children())


def same(first: World, second: World) -> bool:
    """Return whether two worlds are equal, bit by bit."""
    return all(
        np.array_equal(getattr(first, name), getattr(second, name)) for name in first._fields
    )
