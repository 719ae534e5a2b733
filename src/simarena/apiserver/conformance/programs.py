"""The kubectl programs of this machine, by version."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_ASKED_S: Final = 20.0


def kubectl_programs(search: str | None = None) -> Mapping[str, Path]:
    """Return where kubectl is found, by version ("1.32"), in the folders of a search path.

    Programs of several versions that lie side by side (`kubectl.1.32`) are all found; of the same
    version the first. None of it is an error where it cannot be run.
    """
    found: dict[str, Path] = {}
    for path in _candidates(os.environ.get("PATH", "") if search is None else search):
        version = _version_of(path)
        if version:
            found.setdefault(version, path)
    return found


def _candidates(search: str) -> Iterator[Path]:
    seen = set()
    for folder in search.split(os.pathsep):
        path = Path(folder, "kubectl") if folder else None
        if path is None or not path.is_file():
            continue
        real = path.resolve()
        for each in (*sorted(real.parent.glob("kubectl.1.*")), real):
            if each not in seen and os.access(each, os.X_OK):
                seen.add(each)
                yield each


def _version_of(path: Path) -> str:
    command = [str(path), "version", "--client", "--output=json"]
    environment = {**os.environ, "KUBECONFIG": os.devnull}
    try:
        done = subprocess.run(  # noqa: S603 - a program of the search path
            command,
            capture_output=True,
            timeout=_ASKED_S,
            check=True,
            env=environment,
        )
        version = json.loads(done.stdout)["clientVersion"]
        return f"{version['major']}.{version['minor'].rstrip('+')}"
    except (OSError, subprocess.SubprocessError, ValueError, KeyError, TypeError):
        return ""
