"""The commands, from the line that is typed to what is printed and the status."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from tests.simkube.conftest import SPEED, deployment, trace_of

from simarena.cli import main
from simarena.simkube.simulation import simulation

if TYPE_CHECKING:
    from pathlib import Path

    import pytest
    from tests.simkube.conftest import Site

SIMULATIONS = "/apis/simkube.io/v1/simulations"


def ghost(site: Site) -> None:
    site.faults.silent = True
    made = simulation("left-behind", site.settings, "file:///data/x", 10, 0)
    made["metadata"]["annotations"] = {"simarena.io/expires": "2001-01-01T00:00:00Z"}
    site.create(SIMULATIONS, made)


def test_preflight_prints_a_line_a_check_and_tells_failure_by_its_status(
    site: Site, capsys: pytest.CaptureFixture[str]
) -> None:
    ghost(site)
    where = ["--kubeconfig", str(site.kubeconfig), "--traces", str(site.data)]
    assert main(["preflight", *where]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert "FAIL  ghosts: Simulation left-behind" in "\n".join(lines)
    assert main(["preflight", *where, "--json"]) == 1
    told = [json.loads(each) for each in capsys.readouterr().out.splitlines()]
    assert [each["mend"] for each in told if each["name"] == "ghosts"] == ["simarena clean"]


def test_clean_shows_what_it_will_do_and_does_it_only_when_told_so(
    site: Site, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    ghost(site)
    where = ["--kubeconfig", str(site.kubeconfig)]
    monkeypatch.setattr("typer.confirm", lambda _: False)
    assert main(["clean", *where]) == 1
    assert "delete Simulation left-behind" in capsys.readouterr().out
    assert site.names(SIMULATIONS) == {"left-behind"}
    assert main(["clean", *where, "--yes"]) == 0
    assert site.names(SIMULATIONS) == set()
    capsys.readouterr()
    assert main(["clean", *where, "--yes"]) == 0
    assert capsys.readouterr().out == "nothing is left behind\n"


def test_run_shows_an_episode_of_the_live_cluster(
    site: Site, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    trace = tmp_path / "web.sktrace"
    trace_of(deployment("web", 1)).save(trace)
    command = ["run", "--agent", "rules", "--backend", "simkube", "--trace", str(trace)]
    command += ["--deploy", "web", "--target", "2", "--nodes", "2x16cpu,32Gi"]
    command += ["--kubeconfig", str(site.kubeconfig), "--traces", str(site.data)]
    assert main([*command, "--speed", str(SPEED)]) == 0
    assert "Solved after 1 steps" in capsys.readouterr().out
    site.faults.fails_at = "start"
    assert main([*command, "--speed", str(SPEED)]) == 1
    assert "failed" in capsys.readouterr().err
