"""What a fleet is asked to be, checked before a machine is paid for."""

from __future__ import annotations

import re
from dataclasses import dataclass, fields
from importlib.metadata import version
from typing import Any, Final

from simarena.checks.bounds import check_kind, check_number, check_whole
from simarena.errors import ConfigError, shown
from simarena.files.storage import is_remote

PROJECT: Final = "simarena"
"""Value of the tag `Project` on everything that a fleet pays for."""

MOST_WORKERS: Final = 1_000

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{0,39}")
_PATTERNS: Final = {
    "region": (re.compile(r"[a-z]{2}(-[a-z]+)+-\d"), "a region such as eu-central-1"),
    "image": (
        re.compile(r"ami-[0-9a-f]{8,17}|resolve:ssm:/[\w./-]+"),
        "an image such as ami-0123456789abcdef0, or resolve:ssm:/PARAMETER",
    ),
    "instance_type": (re.compile(r"[a-z0-9-]+\.[a-z0-9-]+"), "a type such as c6a.xlarge"),
    "subnet": (re.compile(r"|subnet-[0-9a-f]{8,17}"), "a subnet such as subnet-0123456789abcdef0"),
    "root_device": (re.compile(r"/dev/[a-z0-9]{2,16}"), "a device such as /dev/xvda"),
    "key_name": (re.compile(r"[\x20-\x7e]{0,255}"), "the name of a key pair"),
    "instance_profile": (
        re.compile(r"|[\w+=,.@-]{1,128}|arn:[\w-]+:iam::\d{12}:instance-profile/[\w+=,.@/-]+"),
        "the name or ARN of an IAM instance profile",
    ),
    "name": (_NAME, "up to 40 letters, digits and hyphens"),
    "run": (_NAME, "up to 40 letters, digits and hyphens"),
    "release": (
        re.compile(r"[A-Za-z0-9._-]+(\[[A-Za-z0-9,._-]+\])?==[A-Za-z0-9.+!_-]+"),
        "a pinned release such as simarena[rl]==0.1.0",
    ),
}
_GROUP = re.compile(r"sg-[0-9a-f]{8,17}")

DEBIAN_12: Final = "resolve:ssm:/aws/service/debian/release/12/latest/amd64"
"""The newest image of Debian 12, whose Python is 3.11."""


@dataclass(frozen=True)
class FleetSettings:
    """What the machines of one run are, how long they may live, and where they find work.

    Raises ConfigError for what EC2 or a worker could not use.
    """

    run: str
    """Tag `RunId` of all its machines."""
    store: str
    """Where workers look for jobs: the URI of a bucket's folder."""
    count: int = 1
    region: str = "eu-central-1"
    image: str = DEBIAN_12
    instance_type: str = "c6a.xlarge"
    volume_gib: int = 100
    """Of the root volume, gp3, deleted with its machine."""
    root_device: str = "/dev/xvda"
    """As the image names its root volume; with another name it would be a second one."""
    key_name: str = ""
    """A key pair for SSH; workers need none."""
    security_groups: tuple[str, ...] = ()
    subnet: str = ""
    spot: bool = False
    instance_profile: str = ""
    """Gives workers the right to use the bucket: no keys lie on a machine."""
    name: str = "simarena-worker"
    """Tag `Name` of the machines, followed by their number."""
    max_age_h: float = 24.0
    """After so long a machine ends itself, whatever it does."""
    idle_limit_min: float = 30.0
    """A worker that has found no work for so long ends its machine."""
    release: str = f"simarena[rl]=={version('simarena')}"
    """What is installed on a machine."""
    price_usd_per_h: float = 0.0
    """Of one machine, to tell costs with; 0: ask EC2 where it says it, as for spot machines."""

    def __post_init__(self) -> None:
        """Check every field."""
        for name, (pattern, words) in _PATTERNS.items():
            _check_text(name, getattr(self, name), pattern, words)
        if not (isinstance(self.store, str) and is_remote(self.store) and self.store.isascii()):
            message = f"store must be a URI that machines can reach, got {shown(self.store)}"
            raise ConfigError(message)
        if "@" in self.store or not self.store.isprintable() or " " in self.store:
            message = "store must hold neither credentials nor blanks: machines have a profile"
            raise ConfigError(message)
        check_kind("security_groups", self.security_groups, tuple, "a tuple of ids")
        for group in self.security_groups:
            _check_text("security_groups", group, _GROUP, "ids such as sg-0123456789abcdef0")
        check_kind("spot", self.spot, bool, "True or False")
        check_whole("count", self.count, 1, MOST_WORKERS)
        check_whole("volume_gib", self.volume_gib, 8, 16_384)
        check_number("max_age_h", self.max_age_h, 0.1, 24 * 30)
        check_number("idle_limit_min", self.idle_limit_min, 1, 24 * 60)
        check_number("price_usd_per_h", self.price_usd_per_h, 0, 1_000)

    @property
    def max_age_min(self) -> int:
        """How many whole minutes a machine may live."""
        return max(1, round(self.max_age_h * 60))

    def to_json(self) -> dict[str, Any]:
        """Return all fields as JSON has them."""
        found = {each.name: getattr(self, each.name) for each in fields(self)}
        return {**found, "security_groups": list(self.security_groups)}

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> FleetSettings:
        """Return the settings that `to_json` wrote; ConfigError if they are none."""
        if unknown := values.keys() - {each.name for each in fields(cls)}:
            message = f"there is no setting {min(unknown)!r} of a fleet"
            raise ConfigError(message)
        try:
            return cls(**{**values, "security_groups": tuple(values.get("security_groups", ()))})
        except TypeError as error:
            message = "settings of a fleet need a run and a store"
            raise ConfigError(message) from error


def _check_text(what: str, value: object, pattern: re.Pattern[str], words: str) -> None:
    if not (isinstance(value, str) and pattern.fullmatch(value)):
        message = f"{what} must be {words}, got {shown(value)}"
        raise ConfigError(message)
