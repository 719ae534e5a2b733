"""A simulated cluster as it would look if nobody had simulated it, for models that are measured.

A model that knows that nothing is real may behave otherwise. What a replay adds to objects is
therefore taken away again before a tool sees them: the prefix of namespaces, the label and the
taint of virtual nodes, annotations that say what containers will use, names that exist nowhere. A
replay begins anew with each step; here the clock goes on, and what has stayed as it was ages.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from simarena.cluster.messages.clock import EPOCH
from simarena.cluster.replay.driver import (
    NODE_SELECTOR,
    TOLERATION,
    VIRTUAL_PREFIX,
    virtual_namespace,
)
from simarena.errors import NotFoundError
from simarena.mcp.answers.answer import name_of
from simarena.mcp.kubectl.describing import visible
from simarena.mcp.simulated.backend import SimulatedBackend, chosen

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from simarena.cluster import Cluster
    from simarena.cluster.manifests.fields import Fields, Manifest
    from simarena.cluster.objects.explanation import Verdict
    from simarena.cluster.objects.metrics import UsageSample
    from simarena.mcp.kubectl.selectors import Selectors

_REGISTRY: Final = ("registry.example/", "registry.internal/")
"""Where images of generated scenarios come from, and where they seem to."""

_RUNTIME: Final = ("simarena://", "containerd://")

_TIME: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}")
_PREFIXED: Final = re.compile(rf"(?<![-A-Za-z0-9.]){VIRTUAL_PREFIX}(?=[a-z0-9])")
_FIRST_DAY: Final = datetime(2026, 4, 13, 9, 30, tzinfo=UTC)
_DAYS: Final = 150
_WORK_S: Final = 8 * 3_600
_NODE_DAYS: Final = (15, 90)
"""How old nodes are, at least and at most."""


@dataclass(slots=True)
class Sightings:
    """What was seen of a cluster after which steps, and when it all seems to happen.

    Args:
        name: what the date follows from, so that equal episodes look equal.
        step_s: how much time a step takes.
    """

    name: str
    step_s: int
    _by_kind: dict[str, dict[str, tuple[int, int, str]]] = field(default_factory=dict)

    @property
    def begin(self) -> datetime:
        """When the episode seems to begin."""
        number = _number(self.name)
        day = _FIRST_DAY + timedelta(days=number % _DAYS)
        return day + timedelta(seconds=number // _DAYS % _WORK_S)

    def offset(self, step: int) -> timedelta:
        """Return how much later than in its replay things seem to happen after so many steps."""
        return self.begin - EPOCH + timedelta(seconds=step * self.step_s)

    def since(self, kind: str, step: int, found: Sequence[Fields]) -> dict[str, tuple[int, int]]:
        """Return since which steps each object is there, and is as it is; take note of them."""
        before = self._by_kind.get(kind, {})
        now: dict[str, tuple[int, int, str]] = {}
        for each in found:
            name, content = name_of(each), _digest(each)
            known = before.get(name)
            if known is None:
                now[name] = step, step, content
            else:
                there, same, was = known
                now[name] = there, same if was == content else step, content
        self._by_kind[kind] = now
        return {name: (there, same) for name, (there, same, _) in now.items()}


class OrdinaryBackend(SimulatedBackend):
    """Reads a cluster as SimulatedBackend does, and tells nothing by which it is known as such.

    `cluster` itself stays what it is, namespaces and all.
    """

    def __init__(self, cluster: Cluster, sightings: Sightings, step: int) -> None:
        super().__init__(cluster)
        self._real = SimulatedBackend(cluster)
        self._since: dict[str, dict[str, tuple[int, int]]] = {}
        self._sightings = sightings
        self._step = step

    @property
    def now(self) -> datetime:
        """The time that it seems to be."""
        return super().now + self._sightings.offset(self._step)

    def list(
        self, kind: str, namespace: str | None, selectors: Selectors | None = None
    ) -> Sequence[Fields]:
        """Return the objects of a kind that are selected, by namespace and name."""
        shown = self._shown(kind, lambda: self._real.list(kind, None))
        return chosen(shown, namespace, selectors)

    def get(self, kind: str, name: str, namespace: str) -> Fields:
        """Return one object. Raises NotFoundError in the API's words."""
        if kind == "Namespace":
            name = virtual_namespace(name)
        try:
            real = self._real.get(kind, name, virtual_namespace(namespace))
        except NotFoundError as error:
            raise NotFoundError(_PREFIXED.sub("", str(error))) from error
        self.list(kind, None)  # which takes note of since when it is there
        return self._ordinary(kind, real)

    def events(self, namespace: str | None, selectors: Selectors | None = None) -> Sequence[Fields]:
        """Return Event objects, the latest at the end."""
        shown = self._shown("Event", lambda: self._real.events(None))
        return chosen(shown, namespace, selectors)

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
        self.list("Pod", None)
        text = self._real.logs(
            pod,
            virtual_namespace(namespace),
            container=container,
            tail=tail,
            previous=previous,
            timestamps=timestamps,
        )
        _, same = self._since["Pod"][f"{virtual_namespace(namespace)}/{pod}"]
        return _Shown(self._sightings.offset(same)).text(text)

    def usage(self, kind: str, namespace: str | None) -> Sequence[UsageSample]:
        """Return what each running Pod, or each Node, uses now."""
        within = None if namespace is None else virtual_namespace(namespace)
        return [
            replace(sample, namespace=sample.namespace.removeprefix(VIRTUAL_PREFIX))
            for sample in self._real.usage(kind, within)
        ]

    def explain(self, pod: Fields) -> Verdict:
        """Return what the scheduler would do with such a pod now."""
        verdict = self._real.explain(_simulated(pod))
        return replace(
            verdict,
            message=_PREFIXED.sub("", verdict.message),
            victims=tuple(_PREFIXED.sub("", victim) for victim in verdict.victims),
        )

    def _simulated(self, kind: str) -> Sequence[Fields]:
        found = self._real.list(kind, None)
        if kind == "Namespace":  # those that no replay has made would seem to be there twice
            return [each for each in found if each["metadata"]["name"].startswith(VIRTUAL_PREFIX)]
        return found

    def _shown(self, kind: str, look: Callable[[], Sequence[Fields]]) -> Sequence[Fields]:
        def shown() -> Sequence[Fields]:
            found = look()
            self._since[kind] = self._sightings.since(kind, self._step, found)
            told = [self._ordinary(kind, each) for each in found]
            return list({name_of(each): each for each in told}.values())

        return self._once(kind, shown)

    def _ordinary(self, kind: str, manifest: Fields) -> Manifest:
        there, same = self._since[kind][name_of(manifest)]
        offset = self._sightings.offset(same)
        if kind == "Node":
            least, most = _NODE_DAYS
            number = _number(self._sightings.name + str(manifest["metadata"]["name"]))
            before = timedelta(days=least + number % (most - least), seconds=number % 86_400)
            shown = _Shown(offset, begun=self._sightings.offset(0) - before, now=self.now)
            told = shown.manifest(manifest)
            labels = told["metadata"].get("labels") or {}
            told["metadata"]["labels"] = {
                name: value for name, value in labels.items() if not _is_virtual(name, value)
            }
            return told
        shown = _Shown(offset)
        told = shown.manifest(manifest)
        if created := manifest["metadata"].get("creationTimestamp"):
            told["metadata"]["creationTimestamp"] = _Shown(self._sightings.offset(there)).text(
                created
            )
        return told


@dataclass(frozen=True, slots=True)
class _Shown:
    """How one object is shown: how much later, and what has been so from the very beginning."""

    offset: timedelta
    begun: timedelta | None = None
    """How much later is shown what happened at the beginning of the replay; None: `offset`."""
    now: datetime | None = None
    """When its heart beat last, where it has one."""

    def manifest(self, manifest: Fields) -> Manifest:
        """Return an object as it is shown."""
        told: Manifest = self._record(manifest)
        if manifest.get("kind") == "Namespace":
            told["metadata"]["name"] = _PREFIXED.sub("", told["metadata"]["name"])
        return told

    def text(self, text: str) -> str:
        """Return a text as it is shown."""
        for simulated, ordinary in (_REGISTRY, _RUNTIME):
            text = text.replace(simulated, ordinary)
        if VIRTUAL_PREFIX in text:
            text = _PREFIXED.sub("", text)
        return _TIME.sub(self._time, text) if "T" in text else text

    def _record(self, record: Mapping[str, Any]) -> dict[str, Any]:
        told: dict[str, Any] = {}
        for key, value in record.items():
            if key == "nodeSelector" and isinstance(value, dict):
                kept = {name: each for name, each in value.items() if not _is_virtual(name, each)}
                if kept:
                    told[key] = kept
            elif key == "annotations" and isinstance(value, dict):
                seen = visible(value)
                if seen:
                    told[key] = self._record(seen)
            elif key in {"tolerations", "taints"} and isinstance(value, list):
                others = [each for each in value if each.get("key") != TOLERATION["key"]]
                if others:
                    told[key] = self._value(others)
            elif key == "lastHeartbeatTime" and self.now is not None:
                told[key] = f"{self.now - timedelta(seconds=7):%Y-%m-%dT%H:%M:%SZ}"
            else:
                told[key] = self._value(value)
        return told

    def _value(self, value: Any) -> Any:  # noqa: ANN401 - of a manifest
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, dict):
            return self._record(value)
        if isinstance(value, list | tuple):
            return [self._value(each) for each in value]
        return value

    def _time(self, found: re.Match[str]) -> str:
        try:
            at = datetime.fromisoformat(found[0]).replace(tzinfo=UTC)
        except ValueError:  # it only looks like one
            return found[0]
        at += self.begun if self.begun is not None and at == EPOCH else self.offset
        return f"{at:%Y-%m-%dT%H:%M:%S}"


def _simulated(pod: Fields) -> Manifest:
    """Return a pod that was shown as the simulated scheduler has to see it."""
    metadata, spec = dict(pod["metadata"]), dict(pod["spec"])
    metadata["namespace"] = virtual_namespace(metadata.get("namespace") or "default")
    spec["nodeSelector"] = {**(spec.get("nodeSelector") or {}), **NODE_SELECTOR}
    spec["tolerations"] = [*(spec.get("tolerations") or ()), TOLERATION]
    for key in ("initContainers", "containers"):
        if spec.get(key):
            spec[key] = [_with_image(container) for container in spec[key]]
    return {**pod, "metadata": metadata, "spec": spec}


def _with_image(container: Fields) -> Manifest:
    image = container.get("image")
    shown, simulated = _REGISTRY[1], _REGISTRY[0]
    return {**container, "image": image.replace(shown, simulated)} if image else dict(container)


def _is_virtual(name: str, value: object) -> bool:
    return NODE_SELECTOR.get(name) == value


def _digest(manifest: Fields) -> str:
    text = json.dumps(manifest, sort_keys=True, default=str)
    return hashlib.blake2s(text.encode(errors="surrogatepass")).hexdigest()


def _number(name: str) -> int:
    return int.from_bytes(hashlib.blake2s(name.encode(), digest_size=6).digest(), "big")
