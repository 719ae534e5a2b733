"""What is known of a fleet: a file that is written before and after each request to EC2.

A machine that was asked for stands in it before the request leaves, with the token that makes the
request safe to repeat; so a crash at any point loses sight of none.
"""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import msgspec

from simarena.ec2.settings import FleetSettings
from simarena.errors import ConfigError, FleetError
from simarena.files.storage import read_bytes, shown, write_bytes

_MAX_BYTES: Final = 8 * 1024**2

PLANNED: Final = "planned"
ASKED: Final = "asked"
LAUNCHED: Final = "launched"
REFUSED: Final = "refused"
ENDING: Final = "ending"
ENDED: Final = "ended"
STATES: Final = (PLANNED, ASKED, LAUNCHED, REFUSED, ENDING, ENDED)


class Worker(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """One machine of a fleet, from the plan to its end. Times are ISO 8601, in UTC."""

    worker: str
    token: str
    state: str = PLANNED
    instance: str = ""
    launched_at: str = ""
    ended_at: str = ""
    reason: str = ""


class _Contents(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    version: int
    settings: dict[str, Any]
    price_usd_per_h: float
    workers: list[Worker]


@dataclass
class Inventory:
    """The workers of one run and the file that they stand in."""

    path: str
    settings: FleetSettings
    workers: list[Worker] = field(default_factory=list)
    price_usd_per_h: float = 0.0

    @classmethod
    def new(cls, path: str | Path, settings: FleetSettings) -> Inventory:
        """Return the plan of a fleet, not written yet; FleetError if its file is there already."""
        if "://" not in str(path) and Path(path).exists():
            message = f"{path}: is there already; go on with it (--resume), or choose another run"
            raise FleetError(message)
        width = len(str(settings.count))
        names = [f"{settings.run}-{number:0{width}}" for number in range(1, settings.count + 1)]
        workers = [Worker(worker=name, token=secrets.token_hex(16)) for name in names]
        return cls(str(path), settings, workers, settings.price_usd_per_h)

    @classmethod
    def read(cls, path: str | Path) -> Inventory:
        """Return the fleet that a file tells of; raises StorageError or FleetError."""
        data = read_bytes(path, max_bytes=_MAX_BYTES)
        try:
            found = msgspec.json.decode(data, type=_Contents)
            settings = FleetSettings.from_json(found.settings)
        except (msgspec.MsgspecError, ConfigError, UnicodeDecodeError) as error:
            message = f"{shown(path)}: is no inventory of a fleet: {error}"
            raise FleetError(message) from error
        if found.version != 1 or any(each.state not in STATES for each in found.workers):
            message = f"{shown(path)}: was written by another release of SimArena"
            raise FleetError(message)
        return cls(str(path), settings, found.workers, found.price_usd_per_h)

    def write(self) -> None:
        """Write the file, whole; raises StorageError."""
        contents = {
            "version": 1,
            "settings": self.settings.to_json(),
            "price_usd_per_h": self.price_usd_per_h,
            "workers": msgspec.to_builtins(self.workers),
        }
        write_bytes(self.path, json.dumps(contents, indent=1).encode() + b"\n")

    def by_instance(self) -> dict[str, Worker]:
        """Return the workers that have a machine, by its id."""
        return {each.instance: each for each in self.workers if each.instance}
