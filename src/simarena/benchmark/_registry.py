"""What Inspect finds under `simarena/...`: its entry point imports this module."""

from __future__ import annotations

from simarena.benchmark.scorer import end_of_episode
from simarena.benchmark.solver import operate
from simarena.benchmark.task import arena

__all__ = ["arena", "end_of_episode", "operate"]
