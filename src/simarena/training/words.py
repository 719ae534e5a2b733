"""What an environment shows and an agent does, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from simarena.trace import format_cpu_milli, format_memory_bytes

if TYPE_CHECKING:
    from collections.abc import Mapping

ACTION_WORDS: Final = (
    "nothing",
    "+500m CPU",
    "+256Mi memory",
    "+1 replica",
    "−500m CPU",
    "−256Mi memory",
    "−1 replica",
)
"""What each action does, by its number."""


def describe(info: Mapping[str, Any]) -> str:
    """Return one environment's state as a sentence, from its infos."""
    counts = f"{info['ready']} of {info['target']} ready"
    if info["total"] != info["target"]:
        counts += f", {info['total']} in all"
    if info["pending"]:
        counts += f", {info['pending']} pending"
    short = [
        f"{info[key]} short of {what}"
        for key, what in (("short_cpu", "CPU"), ("short_memory", "memory"))
        if info[key]
    ]
    if short:
        counts += f" ({', '.join(short)})"
    cpu, memory = (
        format_cpu_milli(int(info["cpu_milli"])),
        format_memory_bytes(int(info["memory_bytes"])),
    )
    return f"{counts}; {info['replicas']} × ({cpu} CPU, {memory})"


def plain(info: Mapping[str, Any], row: int = 0) -> dict[str, Any]:
    """Return one environment's infos as plain numbers and booleans, without private keys."""
    return {
        key: values[row].item()
        for key, values in info.items()
        if not key.startswith("_") and getattr(values, "ndim", 0) == 1 and values.dtype != object
    }
