"""Small Ray clusters on loopback."""

from __future__ import annotations

import contextlib
import logging
import os
from typing import TYPE_CHECKING, Any
from unittest import mock

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

MIB = 1 << 20


@contextlib.contextmanager
def ray_cluster(num_cpus: int) -> Iterator[None]:
    """Give a cluster that this process is connected to; skip where Ray is not installed."""
    ray = pytest.importorskip("ray", reason="the extra 'ray' is not installed")
    with mock.patch.dict(os.environ, {"RAY_USAGE_STATS_ENABLED": "0"}):
        _start(ray, num_cpus)
        yield
        ray.shutdown()


def _start(ray: Any, num_cpus: int, tries: int = 4) -> None:
    """Start a cluster; Ray itself gives one half a minute, which a machine may be too busy for."""
    for left in reversed(range(tries)):
        try:
            ray.init(
                num_cpus=num_cpus,
                object_store_memory=80 * MIB,
                include_dashboard=False,
                log_to_driver=False,
                logging_level=logging.ERROR,
            )
        except Exception as error:
            ray.shutdown()
            if not left or "timed out" not in str(error):
                raise
        else:
            return
