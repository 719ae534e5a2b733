"""What an environment shows and an agent does, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from simarena.trace import Action, format_cpu_milli, format_memory_bytes

if TYPE_CHECKING:
    from collections.abc import Mapping

ACTION_WORDS: Final = tuple(action.words for action in Action)
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
    failed = [
        f"{info[key]} {what}"
        for key, what in (("oom_killed", "OOMKilled"), ("evicted", "evicted"))
        if info.get(key)
    ]
    if short or failed:
        counts += f" ({', '.join(short + failed)})"
    cpu, memory = (
        format_cpu_milli(int(info["cpu_milli"])),
        format_memory_bytes(int(info["memory_bytes"])),
    )
    waste = f", {info['waste']:.1f} × what is used" if info.get("waste") else ""
    return f"{counts}; {info['replicas']} × ({cpu} CPU, {memory}{waste})"


def plain(info: Mapping[str, Any], row: int = 0) -> dict[str, Any]:
    """Return one environment's infos as plain numbers and booleans, without private keys."""
    return {
        key: values[row].item()
        for key, values in info.items()
        if not key.startswith("_") and getattr(values, "ndim", 0) == 1 and values.dtype != object
    }
