"""Which cluster the options of `simarena serve` ask for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

import yaml

from simarena.apiserver.plain_nodes import plain_nodes, untainted
from simarena.cluster import Cluster, ClusterConfig
from simarena.cluster.messages.clock import EPOCH, present
from simarena.cluster.replay.kubelet_choice import kubelet_for
from simarena.env import find_scenario
from simarena.errors import ConfigError, ManifestError, StorageError, shown
from simarena.files.bounded import read_file
from simarena.trace import Trace

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from simarena.training.named import KubeletName

_SUFFIXES: Final = frozenset({".json", ".yaml", ".yml"})
_MAX_FILE_BYTES: Final = 64 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """The options about a served cluster."""

    scenario: str | None = None
    trace: str | None = None
    nodes: tuple[str, ...] = ()
    manifests: Path | None = None
    kubelet: KubeletName | None = None
    duration_s: int | None = None
    seed: int = 0
    epoch: str = "now"

    def cluster(self) -> Cluster:
        """Return that cluster; ConfigError if the options contradict each other."""
        if self.scenario is not None and (self.trace is not None or self.nodes):
            message = "--scenario has a trace and nodes of its own; leave out --trace and --nodes"
            raise ConfigError(message)
        begin = _moment(self.epoch)
        if self.scenario is not None:
            found = find_scenario(self.scenario)
            cluster = Cluster(
                untainted(found.nodes), config=found.config, seed=found.seed, begin=begin
            )
            cluster.replay(found.trace, duration=self.duration_s or found.duration_s)
        else:
            trace = None if self.trace is None else Trace.from_path(self.trace)
            kubelet = (
                (self.kubelet or "real") if trace is None else kubelet_for(trace, self.kubelet)
            )
            nodes = plain_nodes(self.nodes)
            cluster = Cluster(
                nodes, config=ClusterConfig(kubelet=kubelet), seed=self.seed, begin=begin
            )
            if trace is not None:
                cluster.replay(trace, duration=self.duration_s)
        for where, manifest in _read(self.manifests):
            try:
                cluster.apply(manifest)
            except ManifestError as error:
                message = f"{where}: {error}"
                raise ManifestError(message) from error
        return cluster


def _moment(text: str) -> datetime:
    """Return the moment that `--epoch` names; ConfigError if it is none."""
    if text == "now":
        return present()
    found: datetime | None
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        found = None
    if found is None or found.tzinfo is None or found < EPOCH:
        message = (
            f"--epoch must be now, or a time from {EPOCH:%Y-%m-%dT%H:%M:%SZ} on, written like that "
            f"one, got {shown(text)}"
        )
        raise ConfigError(message)
    return found


def _read(folder: Path | None) -> Iterator[tuple[str, Any]]:
    """Yield the manifests in the files of a folder, or in one file, with where each is from."""
    if folder is None:
        return
    paths = [folder] if folder.is_file() else sorted(folder.glob("*"))
    paths = [path for path in paths if path.suffix in _SUFFIXES]
    if not paths:
        message = f"{folder}: there are no manifests; name a folder of YAML or JSON files, or one"
        raise StorageError(message)
    for path in paths:
        try:
            found = list(yaml.safe_load_all(read_file(path, _MAX_FILE_BYTES)))
        except (yaml.YAMLError, RecursionError) as error:
            reason = " ".join(str(error).split())[:300]
            message = f"{path}: this is no YAML or JSON: {reason}"
            raise StorageError(message) from error
        for each in found:
            if isinstance(each, dict) and str(each.get("kind")).endswith("List"):
                items = each.get("items") or []
                if not isinstance(items, list):
                    message = f"{path}: items: must be a list, got {shown(items)}"
                    raise ManifestError(message)
                for item in items:
                    yield str(path), item
            elif each is not None:
                yield str(path), each
