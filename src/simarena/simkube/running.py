"""One replay of a trace by SimKube: from the trace to the pods at its end, and back to none."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final, NamedTuple, NoReturn

from simarena.client.following import Collection, Follower, Key
from simarena.errors import (
    AnsweredError,
    InfrastructureError,
    NotFoundError,
    RefusedError,
    SimArenaError,
    StorageError,
)
from simarena.simkube.counting import Place, counts_of, place_of
from simarena.simkube.deleting import delete_object
from simarena.simkube.evidence import lease_holder, virtual_nodes, why
from simarena.simkube.simulation import (
    ENDED,
    MARGIN_S,
    ROOTS,
    SIMULATION_LABEL,
    SIMULATIONS,
    VIRTUAL_LABEL,
    driver_job,
    new_name,
    simulation,
    state_of,
)
from simarena.simkube.traces import placed

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Mapping

    from simarena.client.api import KubeApi, Manifest
    from simarena.simkube.settings import SimKubeSettings
    from simarena.trace import Trace, WorkloadRef

_PLURALS: Final = {"apps/v1.Deployment": "deployments", "apps/v1.ReplicaSet": "replicasets"}
_WORKLOADS: Final = "/apis/apps/v1"
_CONFLICT: Final = 409

_RUNNING: Final = ("workloads", "replicasets", "pods")
"""Collections that are looked at only while a simulation runs."""
_LEFT: Final = ("simulations", "jobs", "roots", "namespaces")
"""Those that tell what is left of it, too."""


class Replayed(NamedTuple):
    """What a replay has led to, at the moment when its duration was over."""

    pods: tuple[Manifest, ...]
    """Every pod in the virtual namespaces."""
    replicasets: Mapping[str, Manifest]
    """By uid: whose the pods are."""
    workload: Place
    """What is looked after, as the cluster has it."""
    nodes: tuple[Manifest, ...]
    """The virtual nodes that were there from the beginning to the end."""
    series: tuple[tuple[float, Counter[str]], ...]
    """The workload's counts whenever they changed, with seconds since the replay began."""
    waited_s: float
    """From the first request to the replay's beginning, and from its end until all was gone."""

    @property
    def own_pods(self) -> list[Manifest]:
        """The pods of the workload."""
        return [each for each in self.pods if place_of(each, self.replicasets) == self.workload]


def replay_live(
    api: KubeApi,
    settings: SimKubeSettings,
    trace: Trace,
    ref: WorkloadRef,
    duration_s: int,
) -> Replayed:
    """Return what SimKube's replay of a trace has led to after `duration_s` of the trace's seconds.

    Whatever happens, the simulation is deleted, and waited for until nothing of it is left.

    Raises:
        InfrastructureError: the cluster or SimKube did not do its part; says what and why. Nothing
            was measured then.
        WaitError: the same, where something did not come within its limit.
    """
    run = _Run(api, settings, ref, _offset_s(trace, ref), duration_s)
    try:
        nodes = _usable_nodes(api)
        with placed(settings, run.name, trace) as uri:
            return run.play(uri, nodes)
    except InfrastructureError:
        raise
    except (RefusedError, NotFoundError, StorageError) as error:
        message = f"simulation {run.name}: {error}"
        raise InfrastructureError(message) from error


def _usable_nodes(api: KubeApi) -> list[Manifest]:
    nodes = virtual_nodes(api)
    if not nodes:
        message = (
            "there is no virtual node that is Ready, with the label type=virtual; see "
            "simarena preflight"
        )
        raise InfrastructureError(message)
    return nodes


def _offset_s(trace: Trace, ref: WorkloadRef) -> float:
    """Return after how many seconds of the trace the workload is applied for the first time."""
    first = trace.events[0].ts if trace.events else 0
    for event in trace.events:
        if any(ref.is_ref_of(each) for each in event.applied_objs):
            return float(event.ts - first)
    message = f"{trace.source}: no event applies {ref.key}"
    raise NotFoundError(message)


class _Run:
    """One simulation under way."""

    def __init__(
        self,
        api: KubeApi,
        settings: SimKubeSettings,
        ref: WorkloadRef,
        offset_s: float,
        duration_s: int,
    ) -> None:
        self.name = new_name()
        self._api = api
        self._settings = settings
        self._offset_s = offset_s / settings.speed
        self._duration_s = duration_s
        self._prefix = f"{settings.virtual_ns_prefix}-"
        namespace = self._prefix + ref.namespace
        self._workload = Place(namespace, ref.kind.rpartition(".")[2], ref.name)
        self._plural = _PLURALS[ref.kind]
        self._seen: Follower
        self._may_exist = False
        self._was_there = False
        self._series: list[tuple[float, Counter[str]]] = []
        self._began = 0.0

    def play(self, uri: str, nodes: list[Manifest]) -> Replayed:
        """Create the Simulation, follow it to the end of the duration, and delete it."""
        asked = time.monotonic()
        try:
            with self._following(*_RUNNING, *_LEFT):
                self._create(uri)
                self._await_driver()
                self._await_workload()
                ready = time.monotonic()
                # The workload was applied just now, at its offset: the replay began before that.
                self._began = ready - self._offset_s
                over = self._began + self._duration_s / self._settings.speed
                self._seen.pass_time(over, self._look)
                ended = time.monotonic()
                pods, replicasets = self._pods(), self._replicasets()
                if self._current("workloads") is None:
                    self._fail(f"{self._workload_words} is not there at the end")
                self._check_nodes(nodes)
        except BaseException as error:
            self._end_after(error)
            raise
        self._end()
        waited_s = ready - asked + time.monotonic() - ended
        return Replayed(
            pods, replicasets, self._workload, tuple(nodes), tuple(self._series), waited_s
        )

    def _following(self, *names: str) -> Follower:
        """Return what follows some of the collections that a run looks at, to be entered."""
        job = f"metadata.name={driver_job(self.name)}"
        driver_namespace, namespace = self._settings.driver_namespace, self._workload.namespace
        collections = {
            "simulations": Collection(path=SIMULATIONS, fields=f"metadata.name={self.name}"),
            "jobs": Collection(
                path=f"/apis/batch/v1/namespaces/{driver_namespace}/jobs", fields=job
            ),
            "workloads": Collection(
                path=f"{_WORKLOADS}/namespaces/{namespace}/{self._plural}",
                fields=f"metadata.name={self._workload.name}",
            ),
            "replicasets": Collection(path=f"{_WORKLOADS}/replicasets"),
            "pods": Collection(path="/api/v1/pods"),
            "roots": Collection(path=ROOTS, labels=f"{SIMULATION_LABEL}={self.name}"),
            "namespaces": Collection(path="/api/v1/namespaces", labels=f"{VIRTUAL_LABEL}=true"),
        }
        self._seen = Follower(self._api, {name: collections[name] for name in names})
        return self._seen

    def _create(self, uri: str) -> None:
        limits = self._settings.limits
        real_s = self._duration_s / self._settings.speed + MARGIN_S
        waits_s = (
            limits.answer_s + limits.blocked_s + limits.driver_s + limits.workload_s
        ) + limits.cleanup_s
        body = simulation(
            self.name, self._settings, uri, self._duration_s, 2 * real_s + self._offset_s + waits_s
        )
        self._may_exist = True
        try:
            self._api.ask(self._api.path, "POST", SIMULATIONS, body=body)
        except NotFoundError as error:
            self._may_exist = False
            message = f"the API knows no Simulations: {error}; see simarena preflight"
            raise InfrastructureError(message) from error
        except AnsweredError as error:
            if error.code != _CONFLICT:  # else it was created, and the answer to that was lost
                raise

    def _await_driver(self) -> None:
        limits = self._settings.limits
        self._seen.wait(
            f"sk-ctrl to take up simulation {self.name}",
            limits.answer_s,
            lambda: self._state() or None,
            lambda: f"is it running? kubectl -n {self._settings.controller_namespace} get pods",
        )
        self._seen.wait(
            f"simulation {self.name} to be let in",
            limits.blocked_s,
            lambda: True if self._state() != "Blocked" else None,
            lambda: lease_holder(self._api, self._settings),
        )
        self._seen.wait(
            f"the driver of simulation {self.name} to run",
            limits.driver_s,
            lambda: True if self._state() == "Running" and self._current("jobs") else None,
            self._told,
        )

    def _await_workload(self) -> None:
        self._seen.wait(
            f"{self._workload_words} to be applied",
            self._offset_s + self._settings.limits.workload_s,
            lambda: self._current("workloads") if self._state() else None,
            self._told,
        )

    @property
    def _workload_words(self) -> str:
        return f"{self._workload.kind} {self._workload.namespace}/{self._workload.name}"

    def _told(self) -> str:
        found = self._current("simulations")
        state = "not there" if found is None else state_of(found)
        return f"its state is {state}; {why(self._api, self._settings, self.name)}"

    def _current(self, collection: str) -> Manifest | None:
        return next(iter(self._seen.of(collection).values()), None)

    def _state(self) -> str:
        """Return the state of a simulation that goes on; raise an error for one that does not."""
        found = self._current("simulations")
        if found is None:
            if self._was_there:
                message = f"simulation {self.name} was deleted by somebody else while it ran"
                raise InfrastructureError(message)
            return ""
        self._was_there = True
        job = self._current("jobs")
        conditions = ((job or {}).get("status") or {}).get("conditions") or ()
        for each in conditions:
            if each["type"] == "Failed" and each["status"] == "True":
                self._fail(f"its driver failed ({each.get('reason') or 'no reason given'})")
        state = state_of(found)
        if state in ENDED:
            words = "failed" if state == "Failed" else "ended before its duration was over"
            self._fail(f"it {words}")
        return state

    def _fail(self, what: str) -> NoReturn:
        """Raise the error that something befell the simulation, with what there is to read."""
        evidence = why(self._api, self._settings, self.name)
        message = f"simulation {self.name}: {what}; {evidence}"
        raise InfrastructureError(message)

    def _look(self) -> None:
        """Note the workload's counts; raise an error if the simulation goes on no longer."""
        state = self._state()
        if state == "Paused":
            self._fail("it was paused while it was looked at")
        replicasets = self._replicasets()
        own = [each for each in self._pods() if place_of(each, replicasets) == self._workload]
        counts = counts_of(own)
        if not self._series or self._series[-1][1] != counts:
            self._series.append((time.monotonic() - self._began, counts))

    def _pods(self) -> tuple[Manifest, ...]:
        return self._virtual("pods")

    def _replicasets(self) -> dict[str, Manifest]:
        return {each["metadata"]["uid"]: each for each in self._virtual("replicasets")}

    def _virtual(self, collection: str) -> tuple[Manifest, ...]:
        objects: Mapping[Key, Manifest] = self._seen.of(collection)
        return tuple(
            each for key, each in objects.items() if key.namespace.startswith(self._prefix)
        )

    def _check_nodes(self, nodes: list[Manifest]) -> None:
        there = {each["metadata"]["uid"] for each in virtual_nodes(self._api)}
        lost = [each["metadata"]["name"] for each in nodes if each["metadata"]["uid"] not in there]
        if lost:
            self._fail(f"virtual nodes were lost while it ran: {', '.join(lost)}")

    def _end_after(self, error: BaseException) -> None:
        """End the simulation; what fails in that is said beside what had failed before."""
        if not self._may_exist:
            return
        try:
            self._end()
        except SimArenaError as second:
            if isinstance(error, SimArenaError):
                message = f"{error}; besides, {second}"
                raise InfrastructureError(message) from error
            error.add_note(str(second))

    def _end(self) -> None:
        """Delete the simulation and wait until nothing is left of it."""
        try:
            delete_object(self._api, f"{SIMULATIONS}/{self.name}")
        except RefusedError as error:
            message = f"simulation {self.name} cannot be deleted: {error}; see simarena clean"
            raise InfrastructureError(message) from error
        with self._following(*_LEFT) as seen:
            seen.wait(
                f"simulation {self.name} to be gone",
                self._settings.limits.cleanup_s,
                lambda: None if self._left() else True,
                lambda: f"left are {', '.join(self._left())}; see simarena clean",
            )

    def _left(self) -> list[str]:
        """Return what is left of the simulation, each with its kind."""
        left = [f"Simulation {each.name}" for each in self._seen.of("simulations")]
        left += [f"SimulationRoot {each.name}" for each in self._seen.of("roots")]
        left += [f"Job {each.name}" for each in self._seen.of("jobs")]
        driver = driver_job(self.name)
        left += [
            f"Namespace {key.name}"
            for key, each in self._seen.of("namespaces").items()
            if str((each["metadata"].get("labels") or {}).get(SIMULATION_LABEL)).startswith(driver)
        ]
        return left
