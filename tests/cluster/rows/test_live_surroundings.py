"""Services, budgets and namespaces applied to a living cluster: as if all were written anew."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

import pytest
from tests.cluster._objects import deployment, node

from simarena.cluster import Cluster
from simarena.cluster.codes import NONE
from simarena.cluster.rows import template_relations

if TYPE_CHECKING:
    from simarena.cluster.rows.catalogue import Catalogue

LISTS = ("first_term", "first_counted", "first_budget", "first_selected", "first_metric")


def service(name: str, selector: dict[str, str]) -> dict[str, Any]:
    spec = {"selector": selector, "ports": [{"port": 80}]}
    metadata = {"name": name, "namespace": "default"}
    return {"apiVersion": "v1", "kind": "Service", "metadata": metadata, "spec": spec}


def budget(name: str, selector: dict[str, str], least: int) -> dict[str, Any]:
    return {
        "apiVersion": "policy/v1",
        "kind": "PodDisruptionBudget",
        "metadata": {"name": name, "namespace": "default"},
        "spec": {"selector": {"matchLabels": selector}, "minAvailable": least},
    }


def namespace(name: str, team: str) -> dict[str, Any]:
    metadata = {"name": name, "labels": {"team": team}}
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": metadata}


def app(name: str, tier: str, *, near: bool = False) -> dict[str, Any]:
    made = deployment(name, 2, "10m")
    template = made["spec"]["template"]
    template["metadata"]["labels"]["tier"] = tier
    if near:
        term = {
            "labelSelector": {"matchLabels": {"tier": tier}},
            "namespaceSelector": {"matchLabels": {"team": "blue"}},
            "topologyKey": "kubernetes.io/hostname",
        }
        template["spec"]["affinity"] = {
            "podAntiAffinity": {
                "preferredDuringSchedulingIgnoredDuringExecution": [
                    {"weight": 7, "podAffinityTerm": term}
                ]
            }
        }
    return made


def relations(catalogue: Catalogue) -> list[Any]:
    """Return all terms of each template, counters by what they count."""
    identities = {row: name for name, row in catalogue.relations.counter_rows.items()}
    world = catalogue.world
    found: list[Any] = [world.budgets[: int(world.state[0]["num_budgets"])].tolist()]
    for row in range(len(catalogue.templates)):
        for first in LISTS:
            terms: list[Any] = []
            term = int(world.templates[row][first])
            while term != NONE:
                values = dict(
                    zip(world.terms.dtype.names or (), world.terms[term].tolist(), strict=True)
                )
                term = values.pop("next")
                counter = values.pop("counter")
                if first in {"first_term", "first_counted"}:
                    terms.append((values, identities[counter], world.counters[counter]["total"]))
                else:
                    terms.append((values, counter))
            found.append(terms)
    return found


def anew(cluster: Cluster) -> Catalogue:
    """Return a copy of a cluster's catalogue with all relations written again."""
    catalogue = cluster._live.what_if()
    template_relations._relate_anew(catalogue, "Service")
    return catalogue


@pytest.mark.parametrize("seed", range(6))
def test_what_is_found_by_index_is_what_writing_all_anew_writes(seed: int) -> None:
    chance = random.Random(seed)
    cluster = Cluster([node("a"), node("b")])
    for number in range(6):
        cluster.apply(
            app(f"app-{number}", f"tier-{number % 2}", near=seed % 2 == 1 and number == 3)
        )
    cluster.advance(5)
    for number in range(12):
        tier = {"tier": f"tier-{chance.randrange(3)}"}
        selector = chance.choice([tier, {"app": f"app-{chance.randrange(8)}"}])
        name = f"one-{chance.randrange(4)}"
        match number % 4:
            case 0:
                cluster.apply(service(name, selector))
            case 1:
                cluster.apply(budget(name, selector, chance.randrange(3)))
            case 2:
                cluster.apply(namespace(name, chance.choice(["blue", "red"])))
            case _:
                kind = chance.choice(["Service", "PodDisruptionBudget"])
                left = cluster.list(kind)
                if left:
                    cluster.delete(kind, left[0]["metadata"]["name"])
        assert relations(cluster._live.catalogue) == relations(anew(cluster))
        cluster.advance(1)


def test_a_service_of_pods_that_are_spread_so_already_changes_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    cluster = Cluster([node()])
    cluster.apply(deployment("web", 2, "10m"))
    cluster.advance(5)
    written: list[str] = []
    monkeypatch.setattr(template_relations, "_relate_anew", lambda _, kind: written.append(kind))
    cluster.apply(service("same", {"app": "web"}))
    cluster.apply(service("nobody", {"app": "other"}))
    cluster.apply(budget("few", {"app": "web"}, 1))
    cluster.apply(namespace("team", "blue"))
    assert written == []
    cluster.apply(budget("few", {"app": "web"}, 2))
    assert written == ["PodDisruptionBudget"]
