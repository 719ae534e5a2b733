"""Plays sk-ctrl and sk-driver against an API server, as SimKube 2.7 acts, with faults on demand."""

from __future__ import annotations

import json
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from simarena.client.api import KubeApi
from simarena.client.following import Collection, Follower
from simarena.client.patience import LIVE_PATIENCE
from simarena.cluster.replay.driver import virtual_object
from simarena.errors import SimArenaError
from simarena.trace import Trace

if TYPE_CHECKING:
    from pathlib import Path
    from typing import Self

API = "simkube.io/v1"
SIMULATIONS = "/apis/simkube.io/v1/simulations"
ROOTS = "/apis/simkube.io/v1/simulationroots"
WEBHOOKS = "/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations"
LEASES = "/apis/coordination.k8s.io/v1/namespaces/simkube/leases"
JOBS = "/apis/batch/v1/namespaces/simkube/jobs"


@dataclass
class Faults:
    """What goes wrong; nothing does unless it is said."""

    silent: bool = False
    """The controller answers nothing."""
    fails_at: str = ""
    """Where the driver dies: "controller", "start", "apply", "run" or "" for nowhere."""
    ends_early: bool = False
    skips: tuple[str, ...] = ()
    """Names of objects that are never applied."""
    stays: str = ""
    """A state in which every simulation stays."""
    seen: list[str] = field(default_factory=list)
    """Names of the simulations that were taken up."""


def owner(found: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        {
            "apiVersion": found["apiVersion"],
            "kind": found["kind"],
            "name": found["metadata"]["name"],
            "uid": found["metadata"]["uid"],
            "blockOwnerDeletion": True,
        }
    ]


class StandIn:
    """Takes up each Simulation in a thread of its own, until it is deleted."""

    def __init__(self, kubeconfig: Path, faults: Faults, data: Path) -> None:
        self.api = KubeApi(str(kubeconfig), None, LIVE_PATIENCE)
        self.faults = faults
        self.data = data
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._drivers: dict[str, threading.Thread] = {}
        self._there: set[str] = set()

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._ended.set()
        self._thread.join(10)
        for each in self._drivers.values():
            each.join(10)

    def _run(self) -> None:
        with suppress(SimArenaError):  # the definitions may go, too
            self._follow()

    def _follow(self) -> None:
        with Follower(self.api, {"all": Collection(path=SIMULATIONS)}) as seen:
            while not self._ended.is_set():
                seen.pass_time(time.monotonic() + 0.05, lambda: self._take_up(seen))

    def _take_up(self, seen: Follower) -> None:
        self._there = {str(each["metadata"]["uid"]) for each in seen.of("all").values()}
        for each in seen.of("all").values():
            uid = str(each["metadata"]["uid"])
            if uid not in self._drivers and not self.faults.silent:
                self.faults.seen.append(each["metadata"]["name"])
                thread = threading.Thread(target=self._drive, args=(each,), daemon=True)
                self._drivers[uid] = thread
                thread.start()

    def _drive(self, found: dict[str, Any]) -> None:
        with suppress(SimArenaError, Gone):
            _Driver(self, found).run()

    def goes_on(self, uid: str) -> bool:
        return not self._ended.is_set() and uid in self._there


class Gone(Exception):  # noqa: N818 - not an error: the simulation was deleted
    """The simulation is no longer there."""


class _Driver:
    """Controller and driver of one simulation."""

    def __init__(self, standin: StandIn, found: dict[str, Any]) -> None:
        self.standin, self.api, self.faults = standin, standin.api, standin.faults
        self.found = found
        self.uid = str(found["metadata"]["uid"])
        self.name = str(found["metadata"]["name"])
        self.spec = found["spec"]
        self.job = f"sk-{self.name}-driver"

    def run(self) -> None:
        metaroot = self._create(
            ROOTS, self._owned(API, "SimulationRoot", f"sk-{self.name}-metaroot")
        )
        if self.faults.stays:
            self._state(self.faults.stays)
            return
        while not self._claim(metaroot):
            self._state("Blocked")
            self._sleep(0.1)
        self._state("Initializing")
        if self.faults.fails_at == "controller":
            self._state("Failed")
            return
        webhook = self._owned(
            "admissionregistration.k8s.io/v1",
            "MutatingWebhookConfiguration",
            f"sk-{self.name}-mutatepods",
            metaroot,
        )
        self._create(WEBHOOKS, webhook)
        job = self._owned("batch/v1", "Job", self.job)
        container = {"name": "driver", "image": self.spec["driver"]["image"]}
        job["spec"] = {
            "suspend": True,  # the driver is this thread, not a pod of the cluster's
            "backoffLimit": 0,
            "template": {"spec": {"containers": [container], "restartPolicy": "Never"}},
        }
        made = self._create(JOBS, job)
        pod = self._owned("v1", "Pod", f"{self.job}-abcde", made)
        pod["metadata"]["labels"]["job-name"] = self.job
        pod["spec"] = {"containers": [container], "nodeSelector": {"is": "nowhere"}}
        self._create("/api/v1/namespaces/simkube/pods", pod)
        self._state("Running")
        try:
            self._replay()
        except _Died:
            self._end_job("Failed")
            self._state("Failed")
        else:
            self._end_job("Complete")
            self._state("Finished")
        self._delete(f"{ROOTS}/sk-{self.name}-metaroot")

    def _replay(self) -> None:
        self._die("start")
        root = self._create(ROOTS, self._owned(API, "SimulationRoot", f"{self.job}-abcde-root"))
        uri = self.spec["driver"]["tracePath"]
        trace = Trace.from_path(self.standin.data / uri.rpartition("/")[2])
        speed = self.spec.get("speed", 1.0)
        end = trace.events[0].ts + int(self.spec["duration"].strip("+sec"))
        last = trace.events[0].ts
        for event in trace.events:
            if event.ts >= end:
                break
            self._sleep(int((event.ts - last) / speed))
            last = event.ts
            for manifest in event.applied_objs:
                if manifest["metadata"]["name"] in self.faults.skips:
                    continue
                self._apply(manifest, root)
                self._die("apply")
        if self.faults.fails_at == "run":
            self._sleep(0.2)
        self._die("run")
        if not self.faults.ends_early:
            self._sleep((end - last) / speed)
        self._delete(f"{ROOTS}/{self.job}-abcde-root", "Foreground")

    def _apply(self, manifest: dict[str, Any], root: dict[str, Any]) -> None:
        made = virtual_object(manifest)
        namespace = made["metadata"]["namespace"]
        space = self._owned("v1", "Namespace", namespace, root)
        space["metadata"]["labels"] = {
            "simkube.io/simulation": f"{self.job}-abcde",
            "simkube.io/virtual": "true",
        }
        self._create("/api/v1/namespaces", space)
        made["metadata"]["ownerReferences"] = owner(root)
        labels = made["metadata"].setdefault("labels", {})
        labels |= {"simkube.io/simulation": self.name, "simkube.io/virtual": "true"}
        path = f"/apis/apps/v1/namespaces/{namespace}/{made['kind'].lower()}s"
        self._create(path, made)

    def _die(self, where: str) -> None:
        if self.faults.fails_at == where:
            raise _Died

    def _owned(
        self, api_version: str, kind: str, name: str, by: dict[str, Any] | None = None
    ) -> dict[str, Any]:
        metadata = {
            "name": name,
            "labels": {"simkube.io/simulation": self.name},
            "ownerReferences": owner(by or self.found),
        }
        return {"apiVersion": api_version, "kind": kind, "metadata": metadata}

    def _create(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        self._require()
        made: dict[str, Any] = {}
        try:
            made = json.loads(self.api.ask(self.api.path, "POST", path, body=body))
        except SimArenaError as error:
            if "AlreadyExists" not in str(error):
                raise
        if made and not self.standin.goes_on(self.uid):
            # A real garbage collector also takes what is made after its owner has gone.
            self._delete(f"{path}/{made['metadata']['name']}")
            raise Gone
        return made

    def _delete(self, path: str, how: str = "Background") -> None:
        options = {"kind": "DeleteOptions", "apiVersion": "v1", "propagationPolicy": how}
        with suppress(SimArenaError):
            self.api.ask(self.api.path, "DELETE", path, body=options)

    def _claim(self, metaroot: dict[str, Any]) -> bool:
        lease = self._owned("coordination.k8s.io/v1", "Lease", "sk-lease", metaroot)
        lease["spec"] = {"holderIdentity": self.name}
        self._create(LEASES, lease)
        with suppress(SimArenaError):
            held = self.api.one(self.api.path, "GET", f"{LEASES}/sk-lease")
            return bool(held["spec"]["holderIdentity"] == self.name)
        return False

    def _state(self, state: str) -> None:
        self._merge(f"{SIMULATIONS}/{self.name}/status", {"status": {"state": state}})

    def _end_job(self, kind: str) -> None:
        condition = {"type": kind, "status": "True", "reason": "TheStandInSaysSo"}
        self._merge(f"{JOBS}/{self.job}/status", {"status": {"conditions": [condition]}})

    def _merge(self, path: str, body: dict[str, Any]) -> None:
        self._require()
        kind = "application/merge-patch+json"
        self.api.ask(self.api.path, "PATCH", path, body=body, content_type=kind)

    def _sleep(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            self._require()
            time.sleep(0.05)

    def _require(self) -> None:
        if not self.standin.goes_on(self.uid):
            raise Gone


class _Died(Exception):  # noqa: N818
    """The driver was made to die here."""
