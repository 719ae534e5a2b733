"""A run that is killed leaves ghosts: they are all found, and they alone are removed."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import textwrap
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pytest
from tests.simkube.conftest import deployment, trace_of

from simarena.errors import SimArenaError
from simarena.simkube.ghosts import find_ghosts, remove_ghosts
from simarena.simkube.simulation import Holder, has_expired, simulation

if TYPE_CHECKING:
    from pathlib import Path

    from tests.simkube.conftest import Site

RUN = """
import sys
from dataclasses import replace
from simarena.client.api import KubeApi
from simarena.simkube.running import replay_live
from simarena.simkube.settings import SimKubeSettings
from simarena.trace import Trace, workload

kubeconfig, data, trace = sys.argv[1:]
trace = Trace.from_path(trace)
settings = SimKubeSettings(traces=data, speed=20.0)
print("begins", flush=True)
replay_live(KubeApi(kubeconfig, None), settings, trace, workload(trace, "web"), 2000)
"""
PATHS = (
    "/apis/simkube.io/v1/simulations",
    "/apis/simkube.io/v1/simulationroots",
    "/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations",
    "/apis/batch/v1/namespaces/simkube/jobs",
    "/apis/coordination.k8s.io/v1/namespaces/simkube/leases",
    "/api/v1/namespaces",
)


def things(site: Site) -> set[str]:
    return {f"{path}/{name}" for path in PATHS for name in site.names(path)}


def strangers(site: Site) -> None:
    """Make what looks like a simulation's, and cannot be proven to be of one that is over."""
    named: dict[str, Any] = {"apiVersion": "v1", "kind": "Namespace"}
    labels = {"simkube.io/virtual": "true"}
    site.create(
        "/api/v1/namespaces", named | {"metadata": {"name": "virtual-mine", "labels": labels}}
    )
    webhook = {
        "apiVersion": "admissionregistration.k8s.io/v1",
        "kind": "MutatingWebhookConfiguration",
        "metadata": {"name": "sk-mine-mutatepods"},
    }
    site.create(PATHS[2], webhook)


def killed_run(site: Site, tmp_path: Path, after_s: float) -> None:
    trace = tmp_path / "web.sktrace"
    trace_of(deployment("web", 2)).save(trace)
    command = [sys.executable, "-c", textwrap.dedent(RUN)]
    command += [str(site.server.kubeconfig), str(site.data), str(trace)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, env=os.environ.copy())
    assert process.stdout is not None
    assert process.stdout.readline() == b"begins\n"
    time.sleep(after_s)
    process.send_signal(signal.SIGKILL)
    process.wait()
    process.stdout.close()


@pytest.mark.parametrize("after_s", [0.1, 0.4, 0.8, 1.5, 3.0])
def test_all_that_a_killed_run_leaves_is_found_and_removed_and_nothing_else(
    site: Site, tmp_path: Path, after_s: float
) -> None:
    strangers(site)
    before = things(site)
    killed_run(site, tmp_path, after_s)
    api = site.direct()
    until = time.monotonic() + 60
    while time.monotonic() < until:
        with suppress(SimArenaError):
            remove_ghosts(api, find_ghosts(api, site.settings), 10)
        if things(site) == before:
            break
    assert things(site) == before
    assert find_ghosts(api, site.settings) == []


def test_a_ghost_that_its_finalizer_holds_is_freed(site: Site) -> None:
    site.faults.silent = True
    made = simulation("held", site.settings, "file:///data/x", 10, 0)
    made["metadata"]["finalizers"] = ["example.com/holds"]
    made["metadata"]["annotations"]["simarena.io/holder"] = "elsewhere/1/"
    made["metadata"]["annotations"]["simarena.io/expires"] = "2001-01-01T00:00:00Z"
    site.create(PATHS[0], made)
    api = site.direct()
    (ghost,) = find_ghosts(api, site.settings)
    remove_ghosts(api, [ghost], 0.5)
    assert site.names(PATHS[0]) == set()


def test_a_simulation_of_others_is_a_ghost_only_if_asked_for_and_ended(site: Site) -> None:
    site.faults.silent = True
    for name, state in (("theirs-ended", "Finished"), ("theirs-running", "Running")):
        made = simulation(name, site.settings, "file:///data/x", 10, 0)
        del made["metadata"]["labels"]
        site.create(PATHS[0], made)
        api = site.direct()
        api.ask(
            api.path,
            "PATCH",
            f"{PATHS[0]}/{name}/status",
            body={"status": {"state": state}},
            content_type="application/merge-patch+json",
        )
    assert find_ghosts(api, site.settings) == []
    found = find_ghosts(api, site.settings, ended=True)
    assert [each.path.rpartition("/")[2] for each in found] == ["theirs-ended"]


def test_a_simulation_is_waited_for_while_its_process_lives() -> None:
    from simarena.simkube.settings import SimKubeSettings

    made = simulation("ours", SimKubeSettings(), "file:///data/x", 10, 60)
    assert not has_expired(made)
    own = Holder.own()
    assert Holder.read(own.text) == own
    made["metadata"]["annotations"]["simarena.io/holder"] = own._replace(started="1").text
    assert has_expired(made)  # the number of the process is another's by now
    made["metadata"]["annotations"]["simarena.io/holder"] = "another-machine/1/"
    assert not has_expired(json.loads(json.dumps(made)))
    made["metadata"]["annotations"]["simarena.io/expires"] = "2001-01-01T00:00:00Z"
    assert has_expired(made)
