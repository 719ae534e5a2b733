"""Options of the smallest trainings."""

from __future__ import annotations

from typing import Final

CLASSIC: Final = ("--suite", "classic", "--eval-suite", "classic", "--eval-seeds", "1")
"""Fourteen scenarios, played once each."""

SMALL: Final = (*CLASSIC, "--num-envs", "16")
