"""All classes of settings, given what no run could use: our errors come out, and nothing else."""

from __future__ import annotations

import math
from dataclasses import fields
from typing import TYPE_CHECKING, Any, Final

import pytest

from simarena.cluster.config import ClusterConfig
from simarena.cluster.manifests.node_words import make_node
from simarena.cluster.node_settings import AutoscalerSettings, NodeGroup, NodeLifecycleSettings
from simarena.cluster.replay.driver import ReplayOptions
from simarena.env.deployment.options import Options
from simarena.env.fleet.options import ClusterOptions
from simarena.env.online.load import LoadProfile
from simarena.env.online.options import OnlineOptions, Weights
from simarena.env.online.scenario import Hpa, Service
from simarena.errors import SimArenaError
from simarena.mcp.serving import HttpSettings
from simarena.simkube import settings as simkube
from simarena.trace import Limits
from simarena.training.job import prepare
from simarena.training.settings import TrainSettings
from simarena.training.sweeps.sweep import SweepSettings

if TYPE_CHECKING:
    from collections.abc import Mapping

bench = pytest.importorskip("simarena.benchmark.settings")

EXTREMES: Final[tuple[Any, ...]] = (
    *(None, True, 0, -1, 7, 2**31, 2**63, 10**12, 10**30, 10**5_000),
    *(1e-320, 0.5, 1e308, math.inf, -math.inf, math.nan),
    *("", "x", "x" * 10_000, "\ud800", "\x00", "a\nb"),
    *((), (0,), (1,), (65_536,) * 3, (10**12,), ("x",), (None,), [], {}, b"x", object()),
)

GROUP: Final[Mapping[str, Any]] = {"name": "a", "template": make_node("a", "4", "8Gi")}

SETTINGS: Final[Mapping[type[Any], Mapping[str, Any]]] = {
    TrainSettings: {"suite": "classic", "eval_suite": None},
    SweepSettings: {"base": {}, "space": ("gamma=0.9..1",)},
    bench.BenchSettings: {"models": ("a/b",)},
    bench.Rules: {},
    bench.Selection: {},
    Options: {},
    ClusterOptions: {},
    OnlineOptions: {},
    Weights: {},
    Service: {},
    Hpa: {},
    LoadProfile: {"name": "a", "rps": (1.0,)},
    ReplayOptions: {},
    ClusterConfig: {},
    NodeLifecycleSettings: {},
    NodeGroup: GROUP,
    AutoscalerSettings: {"groups": (NodeGroup(**GROUP),)},
    HttpSettings: {},
    simkube.SimKubeSettings: {},
    simkube.Limits: {},
    Limits: {},
}
"""Each class, with what it needs to be made."""

FIELDS: Final = [
    (kind, field.name)
    for kind in SETTINGS
    for field in fields(kind)
    # What only says where something is, or holds records that are checked where they are used.
    if field.name not in {"scenarios", "scenario", "trace", "nodes", "config", "service", "profile"}
    and field.name not in {"limits", "hpa", "weights", "node_lifecycle", "autoscaler", "groups"}
    and field.name not in {"base", "space", "selection", "rules", "prices", "template"}
]


@pytest.mark.parametrize(
    ("kind", "name"), FIELDS, ids=[f"{kind.__name__}.{name}" for kind, name in FIELDS]
)
def test_each_field_takes_or_refuses_extreme_values_in_a_line(kind: type[Any], name: str) -> None:
    told = []
    for value in EXTREMES:
        try:
            kind(**{**SETTINGS[kind], name: value})
        except SimArenaError as error:
            told.append(str(error))
    assert len(told) > len(EXTREMES) // 2
    assert all("\n" not in message and len(message) < 600 for message in told)


@pytest.mark.parametrize("agent", ["dqn", "ppo"])
@pytest.mark.parametrize(
    "name", [field.name for field in fields(TrainSettings) if field.name != "agent"]
)
def test_a_training_with_extreme_values_is_refused_before_it_begins_or_can_begin(
    agent: str, name: str
) -> None:
    told = []
    for value in EXTREMES:
        try:
            settings = TrainSettings.for_agent(
                **{"agent": agent, "suite": "classic", "eval_suite": "classic", name: value}
            )
            prepare(settings).env.close()
        except SimArenaError as error:
            told.append(str(error))
    assert all("\n" not in message for message in told)
