from __future__ import annotations

from typing import TYPE_CHECKING

from tests.simkube._between import Spoil
from tests.simkube.conftest import depl, node

from simarena.simkube.preflight import preflight
from simarena.simkube.simulation import simulation

if TYPE_CHECKING:
    from tests.simkube.conftest import Site

    from simarena.simkube.preflight import Check

SK_CTRL = "quay.io/appliedcomputing/sk-ctrl:v2.7.0"


def furnish(site: Site, image: str = SK_CTRL) -> None:
    """Add the Deployments and the issuer that a complete cluster has."""
    site.create(
        "/apis/apps/v1/namespaces/simkube/deployments",
        depl("simkube", "sk-ctrl-depl", ("app.kubernetes.io/name", "sk-ctrl"), image),
    )
    site.create(
        "/apis/apps/v1/namespaces/kube-system/deployments",
        depl("kube-system", "kwok-controller", ("app", "kwok-controller"), "kwok:1"),
    )
    issuer = {
        "apiVersion": "cert-manager.io/v1",
        "kind": "ClusterIssuer",
        "metadata": {"name": "selfsigned"},
    }
    site.create("/apis/cert-manager.io/v1/clusterissuers", issuer)
    site.server.settle(60)


def checks(site: Site) -> list[Check]:
    return list(preflight(site.api, site.settings))


def failures(site: Site) -> dict[str, str]:
    return {each.name: each.mend for each in checks(site) if not each.passed}


def test_a_complete_cluster_passes_every_check(site: Site) -> None:
    furnish(site)
    assert failures(site) == {}


def test_an_empty_cluster_fails_with_the_command_that_mends_each(site: Site) -> None:
    found = failures(site)
    assert set(found) == {"sk-ctrl", "KWOK", "cert-manager"}
    assert "kubectl apply -k" in found["sk-ctrl"]


def test_what_is_wrong_with_each_part_is_said(site: Site) -> None:
    furnish(site, image="quay.io/appliedcomputing/sk-ctrl:v2.6.0")
    bare = node("virtual-3")
    del bare["spec"]["taints"]
    site.create("/api/v1/nodes", bare)
    api = site.direct()
    api.ask(api.path, "DELETE", "/api/v1/namespaces/monitoring")
    while b'"monitoring"' in api.ask(api.path, "GET", "/api/v1/namespaces"):
        site.server.advance(1)
    site.between.spoils.append(
        Spoil("POST", "selfsubjectaccessreviews", code=403, reason="Forbidden")
    )
    found = failures(site)
    assert found["sk-ctrl's version"].endswith("sk-ctrl:v2.7.0")
    assert found["nodes"] == "kubectl taint node virtual-3 kwok-provider=true:NoSchedule"
    assert found["namespace"] == "kubectl create namespace monitoring"
    assert "permissions" in found


def test_a_ghost_and_a_running_simulation_are_two_things(site: Site) -> None:
    site.faults.silent = True
    for name, expires in (("a-ghost", "2001-01-01T00:00:00Z"), ("alive", "2999-01-01T00:00:00Z")):
        made = simulation(name, site.settings, "file:///data/x", 10, 60)
        made["metadata"]["annotations"]["simarena.io/expires"] = expires
        site.create("/apis/simkube.io/v1/simulations", made)
    failed = [each for each in checks(site) if not each.passed]
    assert ["a-ghost" in each.says for each in failed if each.name == "ghosts"] == [True]
    assert ["alive" in each.says for each in failed if each.name == "free"] == [True]


def test_an_api_that_cannot_be_reached_is_the_only_line(site: Site) -> None:
    site.between.spoils.append(Spoil("GET", "/version", times=9, code=401, reason="Unauthorized"))
    (only,) = checks(site)
    assert not only.passed
    assert "Unauthorized" in only.says


def test_a_place_for_traces_that_cannot_be_written_fails(site: Site) -> None:
    furnish(site)
    site.data.rmdir()
    assert failures(site) == {"traces": f"mkdir {site.data}"}
