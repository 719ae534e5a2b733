"""Every way in which material from outside comes into SimArena, ready to be fed with anything.

A door takes a source of chance, makes one input from it and puts it in. It returns whether the
input was accepted. Only errors of SimArena's own may come out, of one printable line, and an input
that was refused may have changed nothing; `SurpriseError` tells of what breaks that. Who gives the
input may be told more about it in a warning, which is no surprise; all other warnings are.
"""

from __future__ import annotations

import contextlib
import json
from dataclasses import fields, replace
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec
from tests.cluster._contents import contents, tables
from tests.fuzz import corpus, files
from tests.fuzz.api_doors import PatchDoor, ProtobufDoor, RequestDoor
from tests.fuzz.file_doors import (
    FileDoor,
    PerfDoor,
    TableDoor,
    read_inventory,
    read_job,
    read_result,
    read_served,
)
from tests.fuzz.mutation import bomb, mutated, mutated_bytes, strange, strange_text
from tests.fuzz.surprises import Door, SurpriseError, may_be_refused, refused, taken

from simarena.errors import SimArenaError

if TYPE_CHECKING:
    import random
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from pathlib import Path


_MOST_REPLICAS = 50
"""Of workloads that are run: more would take long, and show nothing else."""


# clusters


class ManifestDoor:
    """`apply` and what follows on a cluster that lives for a few inputs."""

    def __init__(self) -> None:
        self._manifests = corpus.manifests()
        self._left = 0

    def __call__(self, rng: random.Random) -> bool:
        """Apply, delete or explain a mutated manifest."""
        if self._left == 0:
            self._begin()
        self._left -= 1
        given = mutated(rng, rng.choice(self._manifests))
        if rng.random() < 0.001 and isinstance(given, dict):
            given["spec"] = bomb()
        if rng.random() < 0.2:
            return self._unchanged(lambda: self._cluster.explain(given), deep=rng.random() < 0.05)
        if not self._unchanged(lambda: self._apply(given), deep=rng.random() < 0.05):
            return False
        self._left = min(self._left, 5)
        look_around(self._cluster, rng, self._key)
        return True

    def _begin(self) -> None:
        from simarena.cluster import Cluster, ClusterConfig

        self._left = 40
        nodes = [corpus.node("node-1"), corpus.plain_node("node-2")]
        self._cluster = Cluster(nodes, config=ClusterConfig(kubelet="real"))
        for each in (*corpus.surroundings(), self._manifests[1]):
            self._cluster.apply(each)

    def _apply(self, given: Any) -> None:
        self._key = self._cluster.apply(given)

    def _unchanged(self, act: Callable[[], object], *, deep: bool) -> bool:
        """Return whether an act was allowed; one that was not may not have left a trace."""
        before = contents(self._cluster) if deep else tables(self._cluster)
        try:
            act()
        except SimArenaError as error:
            after = contents(self._cluster) if deep else tables(self._cluster)
            if after != before:
                changed = [name for name in before if before[name] != after[name]]
                message = f"refused ({error}), and yet these have changed: {changed}"
                raise SurpriseError(message) from error
            return refused(error)
        return True


def look_around(cluster: Any, rng: random.Random, key: Any) -> None:
    """Ask everything about a cluster into which something odd has come, and let time pass."""
    from simarena.cluster.manifests.api_object import ObjectKey

    if any(
        deployment["spec"].get("replicas", 1) > _MOST_REPLICAS for deployment in _scaled(cluster)
    ):
        return
    assert isinstance(key, ObjectKey)
    for seconds in (rng.choice((0, 1, 30)), rng.choice((1, 90, 400))):
        cluster.advance(seconds)
        found = (
            cluster.get(key.kind, key.name, key.namespace) if key.kind not in {"Pod", "Job"} else {}
        )
        json.dumps(found)
        for kind in ("Pod", "Node", key.kind):
            for each in cluster.list(kind):
                json.dumps(each)
        json.dumps(cluster.events())
    cluster.metrics("Pod")
    cluster.metrics("Node")
    cluster.history()
    for pod in cluster.list("Pod")[:3]:
        name = (pod["metadata"]["name"], pod["metadata"]["namespace"])
        with may_be_refused():
            cluster.logs(*name)
        with may_be_refused():
            cluster.explain(pod)
        with may_be_refused():
            cluster.evict(*name)
    if key.kind == "Node":
        cluster.cordon(key.name)
        cluster.set_node_ready(key.name, ready=False)
        cluster.advance(120)
        cluster.set_node_ready(key.name, ready=True)
    cluster.restore(cluster.snapshot())
    if rng.random() < 0.5:
        with may_be_refused():
            cluster.delete(key.kind, key.name, key.namespace)
        cluster.advance(60)
        json.dumps(cluster.list(key.kind))


def _scaled(cluster: Any) -> Iterator[Any]:
    for kind in ("Deployment", "ReplicaSet", "StatefulSet"):
        yield from cluster.list(kind)
    for job in cluster.list("Job"):
        yield {"spec": {"replicas": job["spec"].get("parallelism", 1)}}
    for job in cluster.list("CronJob"):
        yield {"spec": {"replicas": job["spec"]["jobTemplate"]["spec"].get("parallelism", 1)}}
        if job["spec"]["schedule"].startswith("@every"):
            yield {"spec": {"replicas": _MOST_REPLICAS + 1}}


class WordDoor:
    """Words and numbers that a cluster is asked with; it lives for a few of them."""

    def __init__(self) -> None:
        self._left = 0

    def __call__(self, rng: random.Random) -> bool:
        """Ask for objects by strange kinds, names and namespaces."""
        from simarena.cluster import Cluster

        if self._left == 0:
            self._left = 20
            self._cluster = Cluster([corpus.plain_node("node-1")])
        self._left -= 1
        return taken(rng.choice(_questions(self._cluster, rng)))


def _questions(cluster: Any, rng: random.Random) -> tuple[Callable[[], object], ...]:
    from simarena.cluster import Cluster

    kinds = ("Pod", "Node", "Deployment", "Namespace", "Service", "HorizontalPodAutoscaler")
    given = [rng.choice(kinds), "node-1", "default"]
    given[rng.randrange(3)] = strange_text(rng) if rng.random() < 0.5 else strange(rng)
    number = strange(rng)
    return (
        lambda: cluster.get(*given),
        lambda: cluster.delete(*given),
        lambda: cluster.list(given[0], given[2]),
        lambda: cluster.list("Pod", selector={"app": given[2]}),
        lambda: cluster.list("Node", selector=number),
        lambda: cluster.evict(given[1], given[2]),
        lambda: cluster.cordon(given[1]),
        lambda: cluster.drain("node-1", timeout_seconds=number),
        lambda: cluster.taint("node-1", given[1]),
        lambda: cluster.logs(given[1], given[2], tail=number),
        lambda: cluster.metrics(given[0], given[2]),
        lambda: cluster.advance(number),
        lambda: cluster.settle(number),
        lambda: cluster.events(given[2]),
        lambda: cluster.set_node_ready(given[1], ready=True),
        lambda: cluster.restore(number),
        lambda: cluster.replay(number),
        lambda: Cluster(config=number),
        lambda: Cluster(seed=number),
    )


def nodes(rng: random.Random) -> bool:
    """Start a cluster of mutated nodes."""
    from simarena.cluster import Cluster

    given = mutated(rng, [corpus.node("node-1"), corpus.plain_node("node-2")])

    def start() -> None:
        cluster = Cluster(given)
        cluster.apply(corpus.deployment("plain", corpus.plain_pod_spec()))
        cluster.advance(30)
        json.dumps(cluster.list("Node"))
        cluster.explain(corpus.manifests()[-10] | {"kind": "Pod"})

    return taken(start)


# traces


class TraceFileDoor:
    """Files of traces, damaged as bytes and in their contents."""

    def __init__(self) -> None:
        trace = corpus.trace()
        self._files = (trace.to_bytes(), trace.to_json_bytes())
        self._values = msgspec.msgpack.decode(self._files[0])

    def __call__(self, rng: random.Random) -> bool:
        """Read a trace; if that can be done, look at all of it, and replay it."""
        from simarena.trace import Trace

        if rng.random() < 0.5:
            data = mutated_bytes(rng, rng.choice(self._files))
        else:
            data = encoded(mutated(rng, self._values))

        def read() -> None:
            trace = Trace.from_bytes(data)
            read_trace(rng, trace)
            play_trace(rng, trace)

        return taken(read)


class TraceObjectDoor:
    """Traces whose objects are sound as a trace goes, and malformed as Kubernetes' go."""

    def __init__(self) -> None:
        self._trace = corpus.trace()

    def __call__(self, rng: random.Random) -> bool:
        """Replay some of a trace, with one mutated event, in a cluster or in an environment."""
        events = [
            replace(
                event, applied_objs=[each for each in event.applied_objs if _is_kept(each, rng)]
            )
            for event in self._trace.events
        ]
        number = rng.randrange(len(events))
        event = events[number]
        applied, deleted = mutated(rng, [event.applied_objs, event.deleted_objs]), None
        if not isinstance(applied, list) or len(applied) != 2:
            applied, deleted = event.applied_objs, mutated(rng, event.deleted_objs)
        else:
            applied, deleted = applied
        events[number] = replace(event, applied_objs=applied, deleted_objs=deleted)
        config = self._trace.config if rng.random() < 0.9 else mutated(rng, self._trace.config)
        lives = self._trace.pod_lifecycles
        lives = lives if rng.random() < 0.9 else mutated(rng, lives)
        trace = replace(self._trace, events=events, config=config, pod_lifecycles=lives)

        def play() -> None:
            from simarena.trace import check

            check(trace)
            read_trace(rng, trace)
            play_trace(rng, trace)

        return taken(play)


def _is_kept(manifest: Any, rng: random.Random) -> bool:
    """Return whether an object stays: what environments look after, and some of the others."""
    return manifest["metadata"]["name"] == "plain" or rng.random() < 0.4


def encoded(values: Any) -> bytes:
    """Return MessagePack of what it can hold, else JSON, else nothing."""
    for encode in (msgspec.msgpack.encode, msgspec.json.encode):
        with contextlib.suppress(Exception):
            return encode(values)
    return b"\x80"


def read_trace(rng: random.Random, trace: Any) -> None:
    """Use everything that can be done with a trace without a cluster."""
    from simarena.trace import Action, Trace, apply_action, settings, timeline, workloads

    timeline(trace)
    for ref in workloads(trace):
        settings(trace, ref)
        apply_action(trace, ref, rng.choice(list(Action)))
    Trace.from_bytes(trace.to_bytes())
    Trace.from_bytes(trace.to_json_bytes())


def play_trace(rng: random.Random, trace: Any) -> None:
    """Replay a trace in a cluster, or play one of the environments on it."""
    from simarena.cluster import Cluster

    nodes = [corpus.plain_node("node-1"), corpus.node("node-2")]
    if _too_large(trace):
        return
    match rng.randrange(5):
        case 0:
            play_environments(trace, nodes)
        case _:
            cluster = Cluster(nodes)
            cluster.replay(trace, duration=rng.choice((None, 1, 60)), speed=rng.choice((1.0, 0.5)))
            cluster.advance(30)
            for kind in ("Pod", "Deployment", "Job"):
                json.dumps(cluster.list(kind))
            json.dumps(cluster.events())


def play_environments(trace: Any, nodes: list[Any]) -> None:
    """Play a step in each environment."""
    from simarena.env.deployment.env import DeploymentEnv
    from simarena.env.fleet.env import ClusterEnv
    from simarena.env.online.env import OnlineEnv

    for make in (
        lambda: DeploymentEnv(trace=trace, deploy="plain", target=2, nodes=nodes, duration_s=40),
        lambda: OnlineEnv(trace=trace, deploy="plain", nodes=nodes, horizon_s=60),
        lambda: ClusterEnv(trace=trace, nodes=nodes),
    ):
        with may_be_refused():
            env = make()
            env.reset(seed=1)
            env.step(0)
            env.close()


def _too_large(trace: Any) -> bool:
    """Return whether a trace asks for more than is worth simulating here."""
    text = json.dumps([event.applied_objs for event in trace.events])
    numbers = msgspec.json.decode(text)
    return trace.events[-1].ts - trace.events[0].ts > 3_600 or any(
        map(_asks_much, _inside(numbers))
    )


def _asks_much(value: Any) -> bool:
    if not isinstance(value, dict):
        return False
    many = (value.get(name) for name in ("replicas", "parallelism", "completions", "minReplicas"))
    if any(isinstance(number, int) and number > _MOST_REPLICAS for number in many):
        return True
    return str(value.get("schedule", "")).startswith("@every")


def _inside(value: Any) -> Iterator[Any]:
    yield value
    if isinstance(value, dict | list):
        for each in value.values() if isinstance(value, dict) else value:
            yield from _inside(each)


# files


def read_scenarios(path: Path) -> None:
    """Read scenarios, and compile one that is small."""
    from simarena.env import DeploymentEnv
    from simarena.env.scenarios.file import load_scenario_file

    scenarios = load_scenario_file(path)
    if all(len(each.nodes) <= _MOST_REPLICAS for each in scenarios):
        env = DeploymentEnv(scenarios=scenarios[:1])
        env.reset(seed=1)


def read_nodes(path: Path) -> None:
    """Read a node list, and start a cluster of it."""
    from simarena.cluster import Cluster
    from simarena.cluster.manifests.node_words import parse_nodes

    Cluster(parse_nodes([str(path)])).advance(1)


def shapes(rng: random.Random) -> bool:
    """Read shapes of nodes, written oddly."""
    from simarena.cluster.manifests.node_words import parse_nodes

    text = mutated_bytes(rng, rng.choice((b"3x16cpu,32Gi", b"500mcpu,1.5Gi,20pods", b"nodes.yaml")))
    return taken(lambda: parse_nodes([text.decode(errors="surrogateescape")]))


def read_kubeconfig(path: Path) -> None:
    """Open a session of a kubeconfig; nothing is asked of its cluster."""
    from simarena.mcp.live.session import KubeSession

    KubeSession.from_kubeconfig(str(path))


# settings


class SettingsDoor:
    """Classes of settings, each with a good value of every field, made with strange ones."""

    def __init__(self) -> None:
        self._classes = dict(_classes_of_settings())

    def __call__(self, rng: random.Random) -> bool:
        """Make settings of some class with a strange value or two."""
        kind = rng.choice(list(self._classes))
        names = [field.name for field in fields(kind)]
        given = dict(self._classes[kind])
        for name in rng.sample(names, k=min(len(names), rng.choice((1, 1, 2)))):
            sound = given.get(name)
            given[name] = mutated(rng, sound) if rng.random() < 0.5 else strange(rng)

        def make() -> None:
            made = kind(**given)
            for name in ("to_json", "seconds"):
                if hasattr(made, name):
                    getattr(made, name)()

        return taken(make)


def _classes_of_settings() -> Iterator[tuple[Any, Mapping[str, Any]]]:
    """Yield each class of settings with values to begin from."""
    from simarena.cluster import ClusterConfig
    from simarena.cluster.node_settings import AutoscalerSettings, NodeGroup, NodeLifecycleSettings
    from simarena.cluster.replay.driver import ReplayOptions
    from simarena.env.deployment.options import Options
    from simarena.env.fleet.options import ClusterOptions
    from simarena.env.online.load import LoadProfile
    from simarena.env.online.options import OnlineOptions, Weights
    from simarena.env.online.scenario import Hpa, Service
    from simarena.env.scenarios.scenario import Goal, Scenario
    from simarena.trace import Limits
    from simarena.training.settings import TrainSettings

    group = NodeGroup(name="pool", template=corpus.node("pool"))
    node = corpus.plain_node("node-1")
    yield (
        TrainSettings,
        {field.name: getattr(TrainSettings(), field.name) for field in fields(TrainSettings)},
    )
    yield ClusterConfig, {}
    yield NodeLifecycleSettings, {}
    yield NodeGroup, {"name": "pool", "template": corpus.node("pool")}
    yield AutoscalerSettings, {"groups": (group,)}
    yield ReplayOptions, {}
    yield Goal, {}
    yield Limits, {}
    yield Weights, {}
    yield Hpa, {}
    yield Service, {}
    yield LoadProfile, {"name": "load", "rps": (1.0, 2.0), "every_s": 60}
    trace = corpus.trace()
    yield (
        Scenario,
        {
            "name": "a",
            "family": "b",
            "trace": trace,
            "nodes": (node,),
            "deploy": "plain",
            "target": 2,
        },
    )
    yield Options, {}
    yield OnlineOptions, {}
    yield ClusterOptions, {}


class EnvironmentDoor:
    """Arguments of the three environments, and options of their resets."""

    def __init__(self) -> None:
        self._trace = corpus.trace()

    def __call__(self, rng: random.Random) -> bool:
        """Make an environment with a strange argument or two, and begin an episode."""
        from simarena.env.deployment.env import DeploymentEnv
        from simarena.env.deployment.options import Options
        from simarena.env.fleet.env import ClusterEnv
        from simarena.env.fleet.options import ClusterOptions
        from simarena.env.online.env import OnlineEnv
        from simarena.env.online.options import OnlineOptions

        node = corpus.plain_node("node-1")
        traced = {"trace": self._trace, "deploy": "plain", "nodes": [node]}
        kind, options, given = rng.choice(
            (
                (DeploymentEnv, Options, {"scenarios": "classic"}),
                (DeploymentEnv, Options, {**traced, "target": 2, "duration_s": 40}),
                (OnlineEnv, OnlineOptions, {"profile": "ramp", "horizon_s": 60}),
                (OnlineEnv, OnlineOptions, {**traced, "horizon_s": 60}),
                (ClusterEnv, ClusterOptions, {"trace": self._trace, "nodes": [node]}),
                (ClusterEnv, ClusterOptions, {"num_scenarios": 1, "num_workloads": 2}),
            )
        )
        names = [field.name for field in fields(options)]
        name = rng.choice(names)
        sound = given.get(name, getattr(options(), name))
        given = {**given, name: mutated(rng, sound) if rng.random() < 0.5 else strange(rng)}
        for name in ("nodes", "num_scenarios", "num_workloads", "horizon_s", "num_envs"):
            number = given.get(name)
            if isinstance(number, int) and number > 10_000:
                return False  # large, and allowed to be

        chosen = rng.choice((None, {"scenario": 0}, {"scenario": [0], "reset_mask": None}))
        if rng.random() < 0.5:
            chosen = mutated(rng, chosen) if rng.random() < 0.7 else strange(rng)

        def play() -> None:
            env = kind(**given)
            with may_be_refused():
                env.reset(seed=1, options=chosen)
            env.reset(seed=1)
            env.step(0)
            env.close()

        return taken(play)


class SettingsFileDoor:
    """What a run folder keeps of its settings, and settings written as text."""

    def __init__(self) -> None:
        from simarena.training.settings import TrainSettings

        self._settings = TrainSettings().to_json()

    def __call__(self, rng: random.Random) -> bool:
        """Read settings from JSON, or a setting or a range from text."""
        from simarena.training.settings import TrainSettings
        from simarena.training.sweeps.search_space import Parameter, parse_setting, parse_space

        if rng.random() < 0.5:
            values = mutated(rng, self._settings)
            return taken(lambda: TrainSettings.from_json(values, "settings.json"))
        sound = rng.choice(
            (
                b"net_arch=64-64",
                b"gamma=0.9..0.99",
                b"learning_rate=log:1e-4..1e-2",
                b"nodes=2x4cpu,8Gi",
            )
        )
        text = mutated_bytes(rng, sound).decode(errors="surrogateescape")

        def read() -> None:
            parse_setting(text)
            TrainSettings.for_agent(None, **dict([parse_setting(text)]))
            Parameter.parse(text)
            parse_space([text], {})

        return taken(read)


class Entrance(NamedTuple):
    """How a door is opened, and how many inputs come through it."""

    open: Callable[[Path], Door]
    """Given a folder of its own."""
    share: int
    """Of a thousand inputs over all doors: few where each costs much, as a replay does, so that a
    million take less than an hour of one core."""


def _files(
    name: str, text: str, read: Callable[[Path], object], share: int, *, in_yaml: float = 0.5
) -> Entrance:
    """Return the entrance for files of this name that begin as this text."""
    return Entrance(lambda folder: FileDoor(folder / name, text, read, in_yaml=in_yaml), share)


DOORS: Mapping[str, Entrance] = {
    "manifests": Entrance(lambda _: ManifestDoor(), 60),
    "words": Entrance(lambda _: WordDoor(), 60),
    "nodes": Entrance(lambda _: nodes, 30),
    "trace-files": Entrance(lambda _: TraceFileDoor(), 15),
    "trace-objects": Entrance(lambda _: TraceObjectDoor(), 15),
    "trace-tables": Entrance(TableDoor, 30),
    "scenario-files": _files("scenarios.yaml", corpus.SCENARIOS, read_scenarios, 6),
    "node-files": _files("given.yaml", corpus.listed_nodes(), read_nodes, 8),
    "node-shapes": Entrance(lambda _: shapes, 171),
    "kubeconfigs": _files("config", corpus.KUBECONFIG, read_kubeconfig, 20),
    "served-manifests": _files("served.yaml", files.SERVED, read_served, 8),
    "perf-files": Entrance(PerfDoor, 5),
    "patches": Entrance(lambda _: PatchDoor(), 50),
    "protobuf": Entrance(lambda _: ProtobufDoor(), 50),
    "requests": Entrance(lambda _: RequestDoor(), 20),
    "job-files": _files("manifest.json", files.JOB, read_job, 20, in_yaml=0.0),
    "result-files": _files("result.json", files.RESULT, read_result, 20, in_yaml=0.0),
    "inventories": _files("fleet.json", files.INVENTORY, read_inventory, 10, in_yaml=0.0),
    "settings": Entrance(lambda _: SettingsDoor(), 267),
    "setting-texts": Entrance(lambda _: SettingsFileDoor(), 130),
    "environments": Entrance(lambda _: EnvironmentDoor(), 5),
}


def shares(num_inputs: int, names: Iterable[str] = DOORS) -> dict[str, int]:
    """Return how many of so many inputs each of these doors gets, at least one."""
    entrances = {name: DOORS[name].share for name in names}
    total = sum(entrances.values())
    return {name: max(1, num_inputs * share // total) for name, share in entrances.items()}
