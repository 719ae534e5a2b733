"""A World without objects, its settings and seed written, and its catalogue."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from simarena.cluster.rows.catalogue import Catalogue
from simarena.cluster.rows.tables import empty_world

if TYPE_CHECKING:
    from simarena.cluster.config import ClusterConfig
    from simarena.cluster.records import World
    from simarena.cluster.rows.tables import Capacities


def new_catalogue(config: ClusterConfig, seed: int, capacities: Capacities) -> Catalogue:
    """Return the catalogue of a World without objects."""
    world = empty_world(replace(capacities, pods=min(capacities.pods, config.max_pods)))
    write_settings(world, config)
    seed_world(world, seed)
    return Catalogue(world, config=config)


def write_settings(world: World, config: ClusterConfig) -> None:
    """Write a configuration into a World's settings."""
    settings = world.settings[0]
    for name in settings.dtype.names or ():
        if name.endswith("_ms"):
            settings[name] = getattr(config, name)
    is_real = config.kubelet == "real"
    settings["eviction_memory_bytes"] = config.eviction_memory_bytes
    settings["real_kubelet"] = is_real
    settings["oom_kills"] = is_real and config.oom_kills
    settings["throttles"] = is_real and config.cpu_throttling
    settings["evicts"] = is_real and config.node_pressure_eviction
    settings["probes"] = is_real and config.readiness_probes
    settings["terminated_pod_gc_threshold"] = config.terminated_pod_gc_threshold
    settings["client_gap_us"] = config.client_gap_us
    settings["client_burst"] = config.kube_api_burst
    settings["binding_gap_us"] = config.binding_gap_us
    settings["binding_burst"] = config.scheduler_burst
    settings["random_ties"] = config.ties == "random"
    settings["release_136"] = config.profile == "1.36"


def seed_world(world: World, seed: int) -> None:
    """Write the two streams of a seed: the generator's state and that of the uids."""
    first, second = np.random.SeedSequence(seed).generate_state(2, np.uint64)
    world.state[0]["random"] = first | np.uint64(1)
    world.state[0]["uid_seed"] = second
