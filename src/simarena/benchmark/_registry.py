"""What Inspect finds under `simarena/...`: its entry point imports this module."""

from __future__ import annotations

from simarena.benchmark.scorer import verdict
from simarena.benchmark.solver import operate
from simarena.benchmark.task import arena

__all__ = ["arena", "operate", "verdict"]
