"""Templates and nodes in classes: whatever comes and changes, they say what each pair says."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.cluster._objects import deployment, node, pod
from tests.examples import examples

from simarena.cluster import Cluster, ClusterConfig
from simarena.cluster.codes import NONE
from simarena.cluster.manifests.pods.images import image_score, image_states
from simarena.cluster.manifests.pods.node_affinity import NodeChoice
from simarena.cluster.manifests.pods.placement import static_verdict
from simarena.cluster.manifests.pods.taints import default_tolerations, evicted_after_s
from simarena.cluster.rows.relations import selections_of
from simarena.cluster.rows.selection_index import PodIndex, SelectionIndex
from simarena.errors import NotFoundError

if TYPE_CHECKING:
    from simarena.cluster.rows.catalogue import Catalogue

HOST = "kubernetes.io/hostname"
REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution"
PREFERRED = "preferredDuringSchedulingIgnoredDuringExecution"
NAMES = [f"n{number}" for number in range(6)]
DISKS = ["ssd", "hdd", "nvme"]
SIZES = ["1", "8", "64", "large"]
IMAGES = ["web:1", "web:2", "db"]
APPS = ["a", "b", "c"]


def requirement(draw: st.DrawFn) -> dict[str, Any]:
    key, values = draw(
        st.sampled_from([("disk", DISKS), ("size", SIZES), (HOST, NAMES), ("rare", ["x"])])
    )
    operator = draw(st.sampled_from(["In", "NotIn", "Exists", "DoesNotExist", "Gt", "Lt"]))
    if operator in {"Gt", "Lt"}:
        return {"key": key, "operator": operator, "values": [draw(st.sampled_from(["0", "8"]))]}
    if operator in {"Exists", "DoesNotExist"}:
        return {"key": key, "operator": operator}
    chosen = draw(st.lists(st.sampled_from(values), min_size=1, max_size=2, unique=True))
    return {"key": key, "operator": operator, "values": chosen}


def node_term(draw: st.DrawFn) -> dict[str, Any]:
    if draw(st.integers(0, 3)) == 0:
        name = draw(st.sampled_from(NAMES))
        operator = draw(st.sampled_from(["In", "NotIn"]))
        fields = [{"key": "metadata.name", "operator": operator, "values": [name]}]
        return {"matchFields": fields}
    return {"matchExpressions": [requirement(draw) for _ in range(draw(st.integers(1, 2)))]}


def selector(draw: st.DrawFn) -> dict[str, Any] | None:
    """Return a label selector of pods: of one label, of several values, of all, of none."""
    app = draw(st.sampled_from(APPS))
    more = draw(st.sampled_from([*APPS, "gone"]))
    return draw(
        st.sampled_from(
            [
                {"matchLabels": {"app": app}},
                {"matchLabels": {"app": app, "tier": "web"}},
                {"matchExpressions": [{"key": "app", "operator": "In", "values": [app, more]}]},
                {"matchExpressions": [{"key": "app", "operator": "NotIn", "values": [app]}]},
                {"matchExpressions": [{"key": "tier", "operator": "Exists"}]},
                {},
                None,
            ]
        )
    )


def pod_term(draw: st.DrawFn) -> dict[str, Any]:
    where: dict[str, Any] = draw(
        st.sampled_from(
            [
                {},
                {"namespaces": ["default", "other"]},
                {"namespaceSelector": {}},
                {"namespaceSelector": {"matchLabels": {"team": "x"}}},
            ]
        )
    )
    key = draw(st.sampled_from([HOST, "disk"]))
    given_selector = selector(draw)
    return {"topologyKey": key, **where} | (
        {} if given_selector is None else {"labelSelector": given_selector}
    )


@st.composite
def specs(draw: st.DrawFn) -> dict[str, Any]:
    """Return fields of a pod's spec that say where it may go."""
    spec: dict[str, Any] = {}
    if draw(st.booleans()):
        spec["nodeSelector"] = draw(
            st.sampled_from([{"disk": "ssd"}, {"disk": "tape"}, {HOST: "n1"}, {"size": "8"}])
        )
    if draw(st.booleans()):
        effect = draw(st.sampled_from(["NoSchedule", "NoExecute", "PreferNoSchedule", ""]))
        spec["tolerations"] = [{"key": "k", "operator": "Exists", "effect": effect}]
    affinity: dict[str, Any] = {}
    if draw(st.booleans()):
        terms = [node_term(draw) for _ in range(draw(st.integers(1, 2)))]
        affinity["nodeAffinity"] = {REQUIRED: {"nodeSelectorTerms": terms}}
    if draw(st.booleans()):
        preference = {"weight": draw(st.integers(1, 100)), "preference": node_term(draw)}
        affinity.setdefault("nodeAffinity", {})[PREFERRED] = [preference]
    if draw(st.booleans()):
        kind = draw(st.sampled_from(["podAffinity", "podAntiAffinity"]))
        weighted = {"weight": 7, "podAffinityTerm": pod_term(draw)}
        affinity[kind] = draw(
            st.sampled_from([{REQUIRED: [pod_term(draw)]}, {PREFERRED: [weighted]}])
        )
    if affinity:
        spec["affinity"] = affinity
    elif draw(st.booleans()):
        spec["topologySpreadConstraints"] = [
            {
                "maxSkew": 1,
                "topologyKey": draw(st.sampled_from([HOST, "disk"])),
                "whenUnsatisfiable": draw(st.sampled_from(["DoNotSchedule", "ScheduleAnyway"])),
                "labelSelector": selector(draw) or {},
                "nodeTaintsPolicy": draw(st.sampled_from(["Honor", "Ignore"])),
            }
        ]
    return spec


@st.composite
def some_node(draw: st.DrawFn) -> dict[str, Any]:
    name = draw(st.sampled_from(NAMES))
    labels = {HOST: name, "own": name}
    for key, values in (("disk", DISKS), ("size", SIZES), ("rare", ["x", "y"])):
        if draw(st.booleans()):
            labels[key] = draw(st.sampled_from(values))
    taints = None
    if draw(st.booleans()):
        effect = draw(st.sampled_from(["NoSchedule", "NoExecute", "PreferNoSchedule"]))
        taints = [{"key": draw(st.sampled_from(["k", "l"])), "effect": effect}]
    manifest = node(name, labels=labels, taints=taints, unschedulable=draw(st.booleans()))
    images = draw(st.lists(st.sampled_from(["web:1", "web:2", "db:latest"]), unique=True))
    manifest["status"]["images"] = [
        {"names": [image], "sizeBytes": (100 + len(image)) << 20} for image in images
    ]
    return manifest


@st.composite
def steps(draw: st.DrawFn) -> tuple[str, Any]:
    """Return something that a user does."""
    match draw(st.integers(0, 8)):
        case 0 | 1 | 2:
            return "apply", draw(some_node())
        case 3:
            return "delete", ("Node", draw(st.sampled_from(NAMES)))
        case 4 | 5:
            manifest = deployment(draw(st.sampled_from(APPS)), draw(st.integers(0, 3)), "500m")
            template = manifest["spec"]["template"]
            template["spec"].update(draw(specs()))
            template["metadata"]["labels"] |= draw(st.sampled_from([{}, {"tier": "web"}]))
            template["spec"]["containers"][0]["image"] = draw(st.sampled_from(IMAGES))
            manifest["metadata"]["namespace"] = draw(st.sampled_from(["default", "other"]))
            return "apply", manifest
        case 6:
            manifest = pod(f"p{draw(st.integers(0, 3))}", cpu="100m", **draw(specs()))
            manifest["metadata"]["labels"] = {"app": draw(st.sampled_from(APPS))}
            return "apply", manifest
        case 7:
            return "apply", draw(st.sampled_from(around()))
    return "advance", draw(st.sampled_from([1, 20]))


def around() -> list[dict[str, Any]]:
    """Return objects that the scheduler reads."""
    label = {"app": "a"}
    metadata = {"name": "x", "namespace": "default"}
    budget = {"minAvailable": 1, "selector": {"matchLabels": label}}
    return [
        {
            "apiVersion": "v1",
            "kind": "Service",
            "metadata": metadata,
            "spec": {"selector": label, "ports": [{"port": 80}]},
        },
        {
            "apiVersion": "policy/v1",
            "kind": "PodDisruptionBudget",
            "metadata": metadata,
            "spec": budget,
        },
        {
            "apiVersion": "v1",
            "kind": "Namespace",
            "metadata": {"name": "other", "labels": {"team": "x"}},
        },
    ]


def play(todo: list[tuple[str, Any]], *, check: bool = True, **settings: Any) -> Cluster:
    """Return a cluster in which all that was done, as far as it can be."""
    cluster = Cluster(config=ClusterConfig(**settings), seed=3)
    for what, argument in todo:
        with contextlib.suppress(NotFoundError):
            if what == "advance":
                cluster.advance(argument)
            elif what == "delete":
                cluster.delete(*argument)
            elif argument["kind"] == "Pod":
                with contextlib.suppress(NotFoundError):
                    cluster.delete("Pod", argument["metadata"]["name"])
                cluster.advance(40)
                cluster.apply(argument)
            else:
                cluster.apply(argument)
        if check:
            check_pairs(cluster.catalogue)
    return cluster


def check_pairs(catalogue: Catalogue) -> None:
    """Check each template with each node, and each template with each counter, one by one."""
    world = catalogue.world
    there = [each for each in catalogue.nodes if each is not None]
    states = image_states(each.images for each in there)
    for row, info in enumerate(catalogue.templates):
        placement = info.template.spec.placement
        template = world.templates[row]
        names = placement.nodes.names() or set()
        named = [catalogue.node_rows.get(name, NONE) for name in names]
        assert template["named_node"] == (named[0] if len(named) == 1 else NONE)
        for node_row, each in enumerate(catalogue.nodes):
            if each is None:
                continue
            cell = world.verdicts[template["ask"], world.nodes[node_row]["sort"]]
            wanted = static_verdict(placement, each)
            tolerations = placement.tolerations
            if catalogue.config.default_tolerations and each.taints:
                tolerations = (*tolerations, *default_tolerations(tolerations))
            seconds = evicted_after_s(tolerations, each.taints)
            assert cell.tolist() == (*wanted, seconds)
            assert not wanted.num_preferred_taints or template["scores_taints"]
            assert not wanted.affinity_weight or template["scores_affinity"]
            image = world.image_scores[template["image_ask"], world.nodes[node_row]["image_sort"]]
            images = info.template.spec.images
            assert image == image_score(images, each.images, states, len(there))
    check_relations(catalogue)


def check_relations(catalogue: Catalogue) -> None:
    """Check that each counter that means a kind of pods is in the lists of its templates, once."""
    world, around_it = catalogue.world, catalogue.surroundings
    for kind in catalogue.relations.kinds.values():
        labels = {
            **around_it.namespaces.get(kind.namespace, {}),
            "kubernetes.io/metadata.name": kind.namespace,
        }
        for number, counter in enumerate(catalogue.relations.counters):
            counts = counter.pods is not None and all(
                one.matches(kind.namespace, kind.labels, labels)
                for one in selections_of(counter.pods)
            )
            about = counter.about is not None and counter.about.matches(
                kind.namespace, kind.labels, labels
            )
            for row in kind.rows:
                if counter.pods is not None:
                    assert listed(world, row, "first_counted").count(number) == counts
                if counter.about is not None:
                    kinds = listed(world, row, "first_term", counter.kind)
                    assert kinds.count(number) == about
        budgets = [b.matches(kind.namespace, kind.labels) for b in around_it.budgets]
        for row in kind.rows:
            assert listed(world, row, "first_budget") == np.flatnonzero(budgets).tolist()


def listed(world: Any, row: int, first: str, kind: int | None = None) -> list[int]:
    """Return the counters of a template's terms."""
    counters = []
    term = int(world.templates[row][first])
    while term != NONE:
        if kind is None or world.terms[term]["kind"] == kind:
            counters.append(int(world.terms[term]["counter"]))
        term = int(world.terms[term]["next"])
    return counters


LIVES = st.lists(steps(), min_size=4, max_size=16)


@examples(100)
@given(LIVES)
def test_classes_say_what_each_pair_says(todo: list[tuple[str, Any]]) -> None:
    play(todo)


def everything(cluster: Cluster) -> list[Any]:
    return [cluster.list("Pod"), cluster.events(), cluster.catalogue.world.terms.tobytes()]


@examples(40)
@given(LIVES, st.booleans())
def test_an_index_finds_all_that_looking_at_everything_finds(
    todo: list[tuple[str, Any]], default_tolerations: bool
) -> None:
    found = play(todo, default_tolerations=default_tolerations)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(SelectionIndex, "add", _add_everywhere)
        patch.setattr(SelectionIndex, "found", lambda self, *_: self.numbers.get("all", []))
        patch.setattr(PodIndex, "found", lambda self, _: _all_items(self))
        looked_at = play(todo, default_tolerations=default_tolerations)
    assert everything(found) == everything(looked_at)


@st.composite
def steps_with_named(draw: st.DrawFn) -> tuple[str, Any]:
    """Return something that a user does, which is to ask for a node by name half of the time."""
    if draw(st.booleans()):
        return draw(steps())
    names = draw(st.lists(st.sampled_from(NAMES), min_size=1, max_size=2))
    fields = [{"key": "metadata.name", "operator": "In", "values": [name]} for name in names]
    terms = [{"matchFields": fields}]
    if draw(st.booleans()):
        terms = [{"matchFields": [field]} for field in fields]
    affinity = {"nodeAffinity": {REQUIRED: {"nodeSelectorTerms": terms}}}
    manifest = deployment(draw(st.sampled_from(APPS)), draw(st.integers(1, 3)), "500m")
    manifest["spec"]["template"]["spec"]["affinity"] = affinity
    return "apply", manifest


@examples(40)
@given(st.lists(steps_with_named(), min_size=4, max_size=16))
def test_a_named_node_is_the_one_that_looking_at_all_nodes_finds(
    todo: list[tuple[str, Any]],
) -> None:
    found = play([*todo, ("advance", 30)])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(NodeChoice, "only_name", lambda _: None)
        looked_at = play([*todo, ("advance", 30)], check=False)
    assert everything(found) == everything(looked_at)
    positions = [each.catalogue.world.state[0]["next_start_node"] for each in (found, looked_at)]
    assert positions[0] == positions[1]


def _add_everywhere(index: Any, number: int, _: object) -> None:
    index.numbers.setdefault("all", []).append(number)


def _all_items(index: Any) -> list[Any]:
    items = {number: item for each in index.items.values() for number, item in each.items()}
    return [items[number] for number in sorted(items)]


def test_what_nobody_asks_for_makes_no_sorts() -> None:
    cluster = Cluster([node(f"n{number}", labels={HOST: f"n{number}"}) for number in range(20)])
    for number in range(10):
        cluster.apply(deployment(f"web-{number}", 1))
    first: tuple[int, ...] = cluster.catalogue.world.verdicts.shape
    assert first == (1, 1)
    cluster.cordon("n3")
    assert len(cluster.catalogue.classes.sorts) == 2
    cluster.uncordon("n3")
    cluster.cordon("n4")
    assert len(cluster.catalogue.classes.sorts) == 2
    assert cluster.catalogue.world.verdicts.shape[1] == 4  # doubled once, and not again


def test_a_value_that_one_template_names_parts_its_nodes_from_the_others() -> None:
    cluster = Cluster([node(f"n{number}", labels={HOST: f"n{number}"}) for number in range(20)])
    cluster.apply(pod("p", nodeSelector={HOST: "n7"}))
    assert sorted(cluster.catalogue.classes.num_nodes) == [1, 19]
    cluster.advance(5)
    assert cluster.get("Pod", "p")["spec"]["nodeName"] == "n7"


def test_a_template_knows_where_the_one_node_is_that_it_names() -> None:
    cluster = Cluster([node("n0"), node("n1")])
    field = {"key": "metadata.name", "operator": "In", "values": ["n1"]}
    terms = [{"matchFields": [field]}]
    affinity = {"nodeAffinity": {REQUIRED: {"nodeSelectorTerms": terms}}}
    cluster.apply(pod("p", affinity=affinity))
    templates = cluster.catalogue.world.templates
    assert templates[0]["named_node"] == 1
    cluster.delete("Node", "n1")
    assert templates[0]["named_node"] == NONE
    cluster.apply(node("n1"))
    assert templates[0]["named_node"] == 2


def test_deployments_that_nobody_mentions_are_nobodys_business() -> None:
    cluster = Cluster([node()])
    for number in range(30):
        cluster.apply(deployment(f"web-{number}", 1))
    world = cluster.catalogue.world
    for row in range(30):
        assert len(listed(world, row, "first_counted")) == 2  # its own: by node, by zone
        assert len(listed(world, row, "first_term")) == 2
    sizes = [len(numbers) for numbers in cluster.catalogue.relations.counting.numbers.values()]
    assert max(sizes) <= 2
