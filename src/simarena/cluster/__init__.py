"""The virtual-time cluster: Kubernetes' decisions over rows of numbers, and their Python face."""

from __future__ import annotations

from simarena.cluster.cluster import Cluster, Snapshot
from simarena.cluster.config import ClusterConfig
from simarena.cluster.objects.explanation import NodeVerdict, Verdict

__all__ = ["Cluster", "ClusterConfig", "NodeVerdict", "Snapshot", "Verdict"]
