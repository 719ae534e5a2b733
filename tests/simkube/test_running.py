from __future__ import annotations

from typing import TYPE_CHECKING

from tests.simkube.conftest import deployment, ref_of, trace_of

from simarena.simkube.counting import counts_of
from simarena.simkube.running import replay_live

if TYPE_CHECKING:
    from tests.simkube.conftest import Site


def test_a_replay_ends_with_the_workloads_pods_and_leaves_nothing(site: Site) -> None:
    trace = trace_of(deployment("web", 3), deployment("big", 1, cpu="17"))
    replayed = replay_live(site.api, site.settings, trace, ref_of(trace), 60)
    counts = counts_of(replayed.own_pods)
    assert {name: number for name, number in counts.items() if number} == {"total": 3, "ready": 3}
    assert {each["spec"].get("nodeName") for each in replayed.own_pods} <= {
        "virtual-1",
        "virtual-2",
    }
    assert site.names("/apis/simkube.io/v1/simulations") == set()
    assert site.names("/apis/simkube.io/v1/simulationroots") == set()
    assert not [each for each in site.names("/api/v1/namespaces") if each.startswith("virtual-")]
    assert list(site.data.iterdir()) == []
