"""Recorded cases of controllers, each led through its edits as it was in a real control plane.

After an edit the recorder waited until nothing had moved for some time, or for a time of its own;
so does this, in virtual time. What is claimed is the state then. What chance decides (which of
equal pods, nodes or victims it is) agrees if it does so with some seed.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final

from simarena.cluster.cluster import Cluster
from simarena.cluster.config import ClusterConfig
from simarena.cluster.conformance.states import comparable, state_of, word_of
from simarena.errors import ManifestError, NotFoundError, RefusedError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from simarena.cluster.manifests.fields import Fields, Manifest
    from simarena.cluster.operations.deleting import Propagation

_LEAST_QUIET_S: Final = 1.5
"""Recordings that waited for less may show a state in mid-flight."""
_LIMIT_MS: Final = 900_000
_NUM_SEEDS: Final = 48
_DRAWN: Final = frozenset({"adoption", "preemption", "queue", "scaledown"})
"""Families in whose settled states chance shows."""
_MINUTE_MS: Final = 60_000
RECORDED_WITH: Final = ClusterConfig(kube_api_qps=300, kube_api_burst=500)
"""What kube-controller-manager was told when the cases were recorded."""


@dataclass(frozen=True, slots=True)
class Moment:
    """A state, and how long after its edit it was first there."""

    after_ms: int
    state: Manifest


@dataclass(slots=True)
class JudgedStep:
    """How one edit of a recorded case came out."""

    case: str
    step: int
    operation: str
    recorded: Manifest
    simulated: Manifest
    refused: bool
    """In the record."""
    refusal: str | None
    """Of the simulator; None: it took the edit."""
    is_judged: bool
    """Whether the record waited long enough for its state to be settled."""
    causes: Sequence[str] = ()
    """What was said beside it."""
    result: Any = None
    """What the record says that the eviction API answered, None: nothing to say."""
    asks_result: bool = False
    walk: Sequence[Moment] = ()
    """The simulated states, in order."""
    timeline: Sequence[Moment] = ()
    """The recorded ones."""

    @property
    def same_answer(self) -> bool:
        """Whether both took the edit, or both refused it; of evictions, in the same words."""
        if self.asks_result:
            result = self.result or {}
            causes = list(result.get("causes") or ())
            return result.get("message") == self.refusal and causes == list(self.causes)
        return self.refused == (self.refusal is not None)

    @property
    def asks_answer(self) -> bool:
        """Whether the edit was refused by either, or was an eviction."""
        return self.asks_result or self.refused or self.refusal is not None

    @property
    def same_state(self) -> bool:
        """Whether the settled states are equal."""
        return self.recorded == self.simulated

    @property
    def agrees(self) -> bool:
        """Whether all that is claimed is equal."""
        return self.same_answer and (self.same_state or not self.is_judged)


def difference(step: JudgedStep) -> str:
    """Return in what a step differs, as recorded and as simulated."""
    if not step.same_answer:
        recorded = step.result if step.asks_result else step.refused
        return f"answered {recorded}, says {[step.refusal, *step.causes]}"
    parts = _differences("", step.recorded, step.simulated)
    return "; ".join(f"{where}: recorded {one}, says {other}" for where, one, other in parts)


def _differences(where: str, one: object, other: object) -> Iterator[tuple[str, object, object]]:
    if isinstance(one, dict) and isinstance(other, dict):
        for name in sorted({*one, *other}):
            path = f"{where}.{name}" if where else name
            yield from _differences(path, one.get(name), other.get(name))
    elif one != other:
        yield where, one, other


@dataclass(slots=True)
class _Led:
    """A cluster led through the edits of a case."""

    case: Fields
    cluster: Cluster
    walk: list[Moment] = field(default_factory=list)

    def step(self, number: int) -> JudgedStep:
        """Carry out an edit of the case and wait as its recorder did."""
        step, family = self.case["steps"][number], self.case["family"]
        self.walk = []
        began_ms = self.cluster.now_ms
        refusal, causes = self._do(step)
        self._note(began_ms)
        quiet_s = step.get("quiet", self.case["quiet"])
        if step["op"] == "align":
            self._align(step["second"])
        elif "after_s" in step:
            self._wait(began_ms, began_ms + round(1_000 * step["after_s"]))
        elif quiet_s < 1:
            self._wait(began_ms, began_ms + round(1_000 * quiet_s))
        else:
            self._settle(began_ms, round(1_000 * quiet_s))
        return JudgedStep(
            case=self.case["name"],
            step=number,
            operation=step["op"],
            recorded=comparable(step["settled"], family),
            simulated=comparable(self._state(), family),
            refused=step.get("refused") is not None,
            refusal=refusal,
            causes=causes,
            is_judged="after_s" in step or quiet_s >= _LEAST_QUIET_S,
            result=step.get("result"),
            asks_result=step["op"] == "evict",
            walk=self.walk,
            timeline=[
                Moment(entry["t_ms"], comparable(entry["state"], family))
                for entry in step["timeline"]
            ],
        )

    def _do(self, step: Fields) -> tuple[str | None, Sequence[str]]:
        """Carry out an edit; return the words of a refusal, if any, and its causes."""
        try:
            self._carry_out(step)
        except RefusedError as error:
            return str(error), error.causes
        except (ManifestError, NotFoundError) as error:
            return str(error), ()
        return None, ()

    def _carry_out(self, step: Fields) -> None:
        cluster, namespace, operation = self.cluster, self.case["name"], step["op"]
        if operation == "apply":
            cluster.apply(step["object"])
        elif operation == "own":
            cluster.apply(self._owned(step))
        elif operation == "delete":
            propagation: Propagation = step.get("propagation") or "Background"
            cluster.delete(step["kind"], step["name"], namespace, propagation=propagation)
        elif operation == "evict":
            name = self._pod_that_is(step["which"])
            if name is not None:
                cluster.evict(name, namespace)
        elif operation == "annotate":
            for pod in cluster.list("Pod", namespace):
                if pod["spec"].get("nodeName") == step["node"]:
                    annotations = pod["metadata"].get("annotations") or {}
                    pod["metadata"]["annotations"] = {**annotations, **step["annotations"]}
                    cluster.apply(pod)
        elif operation == "node_ready":
            cluster.set_node_ready(step["node"], step["ready"])

    def _owned(self, step: Fields) -> Manifest:
        kind, name = step["owner"]
        owner = self.cluster.get(kind, name, self.case["name"])
        reference = {
            "apiVersion": owner["apiVersion"],
            "kind": kind,
            "name": name,
            "uid": owner["metadata"]["uid"],
        }
        metadata = {**step["object"]["metadata"], "ownerReferences": [reference]}
        return {**step["object"], "metadata": metadata}

    def _pod_that_is(self, word: str) -> str | None:
        """Return the first pod, by name, that is what a word says; None if none is."""
        pods = self.cluster.list("Pod", self.case["name"])
        return next((pod["metadata"]["name"] for pod in pods if word_of(pod) == word), None)

    # waiting as the recorder did

    def _state(self) -> Manifest:
        return state_of(self.cluster, self.case["family"], self.case["name"])

    def _note(self, began_ms: int) -> None:
        """Write the present state down, unless it is the last one noted."""
        state = comparable(self._state(), self.case["family"])
        if not self.walk or self.walk[-1].state != state:
            self.walk.append(Moment(self.cluster.now_ms - began_ms, state))

    def _go_to(self, began_ms: int, time_ms: int) -> None:
        before = self.cluster.num_events
        self.cluster.advance((time_ms - self.cluster.now_ms) / 1_000)
        if self.cluster.num_events != before:
            self._note(began_ms)

    def _wait(self, began_ms: int, until_ms: int) -> None:
        while True:
            next_ms = self.cluster.next_ms()
            if next_ms is None or next_ms >= until_ms:
                break
            self._go_to(began_ms, max(next_ms, self.cluster.now_ms))
        self._go_to(began_ms, until_ms)
        self._note(began_ms)

    def _settle(self, began_ms: int, quiet_ms: int) -> None:
        """Wait until no state has changed for a time."""
        while self.cluster.now_ms < began_ms + _LIMIT_MS:
            quiet_from_ms = began_ms + self.walk[-1].after_ms
            next_ms = self.cluster.next_ms()
            if next_ms is None or next_ms > quiet_from_ms + quiet_ms:
                break
            self._go_to(began_ms, max(next_ms, self.cluster.now_ms))
        self._wait(began_ms, began_ms + self.walk[-1].after_ms + quiet_ms)

    def _align(self, second: int) -> None:
        now_ms = self.cluster.now_ms
        self.cluster.advance((1_000 * second - now_ms) % _MINUTE_MS / 1_000)


def judge_case(
    case: Fields, *, config: ClusterConfig | None = None, num_seeds: int = _NUM_SEEDS
) -> list[JudgedStep]:
    """Return how each edit of a recorded case comes out in the simulator.

    With the first seed that agrees with all of it; if none does, with the one that agrees longest.
    Where chance does not show, one is enough.
    """
    best: list[JudgedStep] = []
    reach = -1
    for seed in range(num_seeds if case["family"] in _DRAWN else 1):
        judged: list[JudgedStep] = []
        for step in _lead(case, config or RECORDED_WITH, seed):
            judged.append(step)
            if not step.agrees and _agreed(judged) <= reach:
                break
        else:
            if all(step.agrees for step in judged):
                return judged
            best, reach = judged, _agreed(judged)
    return best


def _agreed(judged: Sequence[JudgedStep]) -> int:
    """Return how many edits agree before the first that does not."""
    agreed = [step.agrees for step in judged]
    return agreed.index(False) if False in agreed else len(agreed)


def _lead(case: Fields, config: ClusterConfig, seed: int) -> Iterator[JudgedStep]:
    config = replace(
        config,
        pod_startup_ms=case["ready_ms"],
        pod_startup_jitter_ms=0,
        kubelet=case.get("kubelet") or "kwok",
    )
    led = _Led(case, Cluster(case["nodes"], config=config, seed=seed))
    for number in range(len(case["steps"])):
        yield led.step(number)
