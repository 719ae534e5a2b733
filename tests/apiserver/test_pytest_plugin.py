"""The fixture that pytest finds where SimArena is installed."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

pytest.importorskip("starlette")
pytest.importorskip("cryptography")

pytest_plugins = ["pytester"]

PLUGIN = "simarena.apiserver.pytest_plugin"
ROOT = Path(__file__).parents[2]
HOME = str(Path.home())

TESTS = """
import http.client, json, ssl, urllib.parse
import pytest

POD = {
    "apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p"},
    "spec": {"containers": [{"name": "c", "image": "nginx"}]},
}
BEFORE = []

def asked(served, path):
    url = urllib.parse.urlsplit(served.url)
    context = ssl.create_default_context(cadata=served.api.certificate)
    line = http.client.HTTPSConnection(url.hostname, url.port, context=context, timeout=30)
    line.request("GET", path, headers={"authorization": f"Bearer {served.token}"})
    return line, line.getresponse()

def names(served, path):
    line, answer = asked(served, path)
    items = json.loads(answer.read())["items"]
    line.close()
    return [each["metadata"]["name"] for each in items]

def test_something_is_made(simarena_cluster):
    assert len(names(simarena_cluster, "/api/v1/nodes")) == 3
    simarena_cluster.cluster.apply(POD)
    simarena_cluster.advance(60)
    assert names(simarena_cluster, "/api/v1/pods") == ["p"]
    assert simarena_cluster.token in simarena_cluster.kubeconfig.read_text()
    BEFORE.append((simarena_cluster.url, simarena_cluster.token))

def test_which_the_next_does_not_see(simarena_cluster):
    assert names(simarena_cluster, "/api/v1/pods") == []
    (url, token), = BEFORE
    assert simarena_cluster.url == url
    assert simarena_cluster.token != token
    assert simarena_cluster.token in simarena_cluster.kubeconfig.read_text()

@pytest.mark.simarena_cluster(kubelet="kwok", nodes=["2x4cpu,8Gi"])
class TestMarked:
    watches = []

    def test_of_a_class(self, simarena_cluster):
        assert len(names(simarena_cluster, "/api/v1/nodes")) == 2
        assert simarena_cluster.cluster.config.kubelet == "kwok"
        self.watches.append(asked(simarena_cluster, "/api/v1/pods?watch=true"))

    @pytest.mark.simarena_cluster(nodes="4cpu,8Gi", manifests=[POD], speed=60)
    def test_the_nearest_marker_counts(self, simarena_cluster):
        assert len(names(simarena_cluster, "/api/v1/nodes")) == 1
        assert names(simarena_cluster, "/api/v1/pods") == ["p"]
        assert simarena_cluster.cluster.config.kubelet == "kwok"
        assert simarena_cluster.call(lambda api: api.clock.speed) == 60

    def test_a_watch_has_ended_with_its_test(self, simarena_cluster):
        (line, stream), = self.watches
        with pytest.raises((http.client.IncompleteRead, ConnectionError, ssl.SSLError)):
            stream.read()
        line.close()
"""


def test_it_is_found_by_pytest() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    assert project["entry-points"]["pytest11"] == {"simarena": PLUGIN}


def test_loading_it_loads_nothing_heavy() -> None:
    heavy = ("cryptography", "gymnasium", "numba", "numpy", "starlette", "uvicorn", "yaml")
    code = f"import sys, {PLUGIN}; print(*sorted(set(sys.modules) & set({heavy!r})))"
    done = subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True, timeout=60
    )
    assert done.stdout.split() == []


@pytest.fixture
def alone(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    """A run of pytest in which nothing is loaded but what is asked for."""
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    monkeypatch.setenv("HOME", HOME)  # where compiled kernels are kept
    return pytester


def test_each_test_has_a_cluster_of_its_own_also_as_the_docs_show_it(
    alone: pytest.Pytester,
) -> None:
    page = (ROOT / "docs" / "api-server.md").read_text("utf-8")
    (shown,) = re.findall(r"```python test\n(.*?)```", page, re.DOTALL)
    alone.makepyfile(test_own=TESTS, test_shown=shown)
    result = alone.runpytest_subprocess("-p", PLUGIN, "--strict-markers")
    result.assert_outcomes(passed=6)


def test_a_wrong_marker_is_an_error_that_says_what_there_is(alone: pytest.Pytester) -> None:
    alone.makepyfile("""
        import pytest

        @pytest.mark.simarena_cluster("3x8cpu,16Gi")
        def test_without_a_name(simarena_cluster): pass

        @pytest.mark.simarena_cluster(node="3x8cpu,16Gi")
        def test_of_another_name(simarena_cluster): pass
    """)
    result = alone.runpytest_subprocess("-p", PLUGIN)
    result.assert_outcomes(errors=2)
    result.stdout.fnmatch_lines(
        [
            "*pytest.mark.simarena_cluster takes arguments by their names*nodes=*",
            "*pytest.mark.simarena_cluster*unexpected keyword argument 'node'*nodes=*",
        ]
    )
