"""Whatever goes wrong between us, the API and SimKube ends in a right result or a clear error."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from tests.simkube._between import Spoil
from tests.simkube.conftest import deployment, ref_of, trace_of

from simarena.errors import InfrastructureError, WaitError
from simarena.simkube.counting import counts_of
from simarena.simkube.running import replay_live

if TYPE_CHECKING:
    from tests.simkube.conftest import Site

    from simarena.simkube.running import Replayed

SIMULATIONS = "/simulations"


def replay(site: Site, **changes: Any) -> Replayed:
    trace = trace_of(deployment("web", 2))
    settings = replace(site.settings, **changes)
    return replay_live(site.api, settings, trace, ref_of(trace), 60)


def short(site: Site, **limits: float) -> Any:
    return replace(site.settings.limits, **limits)


def require_nothing_left(site: Site) -> None:
    assert site.names("/apis/simkube.io/v1/simulations") == set()
    assert site.names("/apis/simkube.io/v1/simulationroots") == set()
    assert not [each for each in site.names("/api/v1/namespaces") if each.startswith("virtual-")]
    assert list(site.data.iterdir()) == []


@pytest.mark.parametrize(
    "spoil",
    [
        Spoil("POST", SIMULATIONS, code=429, reason="TooManyRequests", retry_after="1"),
        Spoil("POST", SIMULATIONS, times=2, code=500),
        Spoil("POST", SIMULATIONS, code=504, reason="Timeout", asked_first=True),
        Spoil("POST", SIMULATIONS, code=409, reason="Conflict"),
        Spoil("GET", "nodes", cut_after=20),
        Spoil("GET", "pods.*watch=true", times=2, cut_after=150),
        Spoil("GET", "pods.*watch=true", code=410, reason="Expired"),
        Spoil("GET", "simulations.*watch=true", code=500),
        Spoil("GET", "replicasets\\?limit", wait_s=0.5),
        Spoil("DELETE", SIMULATIONS, times=2, code=500),
    ],
    ids=lambda each: f"{each.method} {each.path} {each.code or each.cut_after}",
)
def test_what_passes_by_itself_is_tried_again(site: Site, spoil: Spoil) -> None:
    site.between.spoils.append(spoil)
    replayed = replay(site)
    assert site.between.spoiled
    assert counts_of(replayed.own_pods)["total"] == 2
    require_nothing_left(site)


@pytest.mark.parametrize("where", ["controller", "start", "apply", "run"])
def test_a_driver_that_dies_is_an_error_with_its_last_lines(site: Site, where: str) -> None:
    site.faults.fails_at = where
    site.between.spoils.append(
        Spoil("GET", "/log", times=9, text="reading the trace\nError: no such bucket\n")
    )
    with pytest.raises(InfrastructureError) as caught:
        replay(site)
    assert "failed" in str(caught.value)
    assert where == "controller" or "reading the trace | Error: no such bucket" in str(caught.value)
    require_nothing_left(site)


def test_a_controller_that_says_nothing_is_an_error_that_says_where_to_look(site: Site) -> None:
    site.faults.silent = True
    with pytest.raises(WaitError, match=r"waited 0\.5 s for sk-ctrl to take up .* get pods"):
        replay(site, limits=short(site, answer_s=0.5))
    require_nothing_left(site)


def test_a_workload_that_never_comes_is_no_workload_without_pods(site: Site) -> None:
    site.faults.skips = ("web",)
    with pytest.raises(WaitError, match="Deployment virtual-default/web to be applied"):
        replay(site, limits=short(site, workload_s=0.5))
    require_nothing_left(site)


def test_a_simulation_that_ends_too_early_was_not_looked_at(site: Site) -> None:
    site.faults.ends_early = True
    with pytest.raises(InfrastructureError, match="ended before its duration was over"):
        replay(site)
    require_nothing_left(site)


def test_a_simulation_that_is_blocked_says_who_holds_the_lease(site: Site) -> None:
    lease = {
        "apiVersion": "coordination.k8s.io/v1",
        "kind": "Lease",
        "metadata": {"name": "sk-lease", "namespace": "simkube"},
        "spec": {"holderIdentity": "somebody-elses"},
    }
    site.create("/apis/coordination.k8s.io/v1/namespaces/simkube/leases", lease)
    with pytest.raises(WaitError, match="the lease is held by 'somebody-elses'"):
        replay(site, limits=short(site, blocked_s=0.5))
    require_nothing_left(site)


def test_a_cluster_without_simkube_says_so(site: Site) -> None:
    api = site.direct()
    path = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/simulations.simkube.io"
    api.ask(api.path, "DELETE", path)
    with pytest.raises(
        InfrastructureError,
        match=r"knows no Simulations: .*; see simarena preflight$",
    ):
        replay(site)


def test_a_cluster_without_virtual_nodes_says_so_before_anything_is_made(site: Site) -> None:
    api = site.direct()
    for name in ("virtual-1", "virtual-2"):
        api.ask(api.path, "DELETE", f"/api/v1/nodes/{name}")
    with pytest.raises(InfrastructureError, match="no virtual node"):
        replay(site)
    assert site.faults.seen == []


def test_a_token_that_is_no_longer_valid_is_said_at_once(site: Site) -> None:
    site.between.spoils.append(
        Spoil("GET", ".", times=99, code=401, reason="Unauthorized", message="Unauthorized")
    )
    with pytest.raises(InfrastructureError, match="Unauthorized"):
        replay(site)
    assert len(site.between.requests) == 1


def test_an_interruption_leaves_nothing_behind(site: Site, monkeypatch: Any) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("simarena.simkube.running._Run._look", interrupt)
    with pytest.raises(KeyboardInterrupt):
        replay(site)
    require_nothing_left(site)
