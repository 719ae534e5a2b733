"""Install into the environment that runs this, as `pip install` with the same arguments would.

uv does the work if the environment has it, in seconds instead of minutes. It does not read pip's
configuration, so it is told from there where packages are looked for. Without it, pip does it.
"""

import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import unquote, urlsplit

PIP = [sys.executable, "-m", "pip", "--disable-pip-version-check"]
PLACES = {
    "find-links": "--find-links",
    "extra-index-url": "--index",
    "index-url": "--default-index",
}
"""Settings of pip that say where packages are, and the options of uv that say the same."""


def places(listed: str) -> list[str]:
    """Return as options of uv what `pip config list` says about places that exist."""
    found: dict[tuple[str, str], None] = {}
    for line in listed.splitlines():
        name, _, value = line.partition("=")
        option = PLACES.get(name.rpartition(".")[2])
        for place in value.strip("'\"").split() if option else ():
            if exists(place):
                found[str(option), place] = None
    return [word for pair in found for word in pair]


def exists(place: str) -> bool:
    """Return whether a place is not on this machine, or there."""
    parts = urlsplit(place)
    return parts.scheme not in {"", "file"} or Path(unquote(parts.path)).exists()


def install(arguments: list[str]) -> int:
    """Install what the arguments say and return the status; only errors are shown."""
    if find_spec("uv") is None:
        return subprocess.run([*PIP, "-qq", "install", *arguments], check=False).returncode
    listed = subprocess.run([*PIP, "config", "list"], check=True, capture_output=True, text=True)
    command = [sys.executable, "-m", "uv", "-q", "pip", "install", "--python", sys.executable]
    # As pip does: the best release of all places, wherever it is.
    command += [*places(listed.stdout), "--index-strategy", "unsafe-best-match", *arguments]
    return subprocess.run(command, check=False).returncode


if __name__ == "__main__":
    sys.exit(install(sys.argv[1:]))
