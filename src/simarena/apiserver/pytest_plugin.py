"""What pytest finds where SimArena is installed: the fixture `simarena_cluster`.

Every run of pytest loads this module, so it imports nothing that takes time.
"""

from __future__ import annotations

from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, Final

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime
    from typing import Literal

    from simarena.apiserver.serving import ApiServer
    from simarena.cluster import Cluster
    from simarena.cluster.manifests.fields import Manifest

MARKER: Final = "simarena_cluster"
_NEEDED: Final = ("cryptography", "starlette", "uvicorn")
_MEANING: Final = (
    f"{MARKER}(nodes=('3x8cpu,16Gi',), manifests=(), kubelet='real', seed=0, begin=None, speed=0): "
    "what is in the cluster of the fixture `simarena_cluster`"
)


def pytest_configure(config: pytest.Config) -> None:
    """Make the marker known."""
    config.addinivalue_line("markers", _MEANING)


@pytest.fixture(scope="session")
def _simarena_server() -> Iterator[ApiServer]:
    """A server that all tests share, one after another."""
    missing = [name for name in _NEEDED if find_spec(name) is None]
    if missing:
        message = f"{MARKER}: {missing[0]} is not installed; pip install 'simarena[serve]'"
        raise pytest.UsageError(message)
    from simarena.apiserver.serving import serve
    from simarena.cluster import Cluster

    with serve(Cluster()) as server:
        yield server


@pytest.fixture
def simarena_cluster(request: pytest.FixtureRequest, _simarena_server: ApiServer) -> ApiServer:
    """A Kubernetes API on a cluster of the test's own, which is as new in each test.

    It has `kubeconfig`, `url` and `token` for clients, `cluster` to look at, and `advance`,
    `settle` and `call` to move its time. The marker of the same name says what is in it.
    """
    asked: dict[str, Any] = {}
    for mark in reversed(list(request.node.iter_markers(MARKER))):
        if mark.args:
            message = f"pytest.mark.{MARKER} takes arguments by their names: {_MEANING}"
            raise pytest.UsageError(message)
        asked |= mark.kwargs
    speed = asked.pop("speed", 0.0)
    try:
        cluster = _cluster(**asked)
    except TypeError as error:
        message = f"pytest.mark.{MARKER}: {error}; it is {_MEANING}"
        raise pytest.UsageError(message) from None
    _simarena_server.replace(cluster, speed=speed)
    return _simarena_server


def _cluster(
    *,
    nodes: str | Iterable[str] = (),
    manifests: Iterable[Manifest] = (),
    kubelet: Literal["kwok", "real"] = "real",
    seed: int = 0,
    begin: datetime | None = None,
) -> Cluster:
    """Return a new cluster as a marker describes it."""
    from simarena.apiserver.plain_nodes import plain_nodes
    from simarena.cluster import Cluster, ClusterConfig
    from simarena.cluster.messages.clock import present

    shapes = (nodes,) if isinstance(nodes, str) else tuple(nodes)
    config = ClusterConfig(kubelet=kubelet)
    cluster = Cluster(plain_nodes(shapes), config=config, seed=seed, begin=begin or present())
    for manifest in manifests:
        cluster.apply(manifest)
    return cluster
