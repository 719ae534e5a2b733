"""Print, as constraints for pip, the lowest release of each dependency that is declared enough.

Dependencies of dependencies are left to pip: what is tested is what this project declares.
"""

import sys
import tomllib
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[1]


def floors(project: dict[str, list[str] | dict[str, list[str]]]) -> list[str]:
    """Return `name==floor` for all that `project` declares; ValueError if one has no floor."""
    extras = {
        name: extra
        for name, extra in project["optional-dependencies"].items()
        if name != "dev"  # tools that look at the code from outside, and need newer libraries
    }
    declared = [*project["dependencies"], *(text for extra in extras.values() for text in extra)]
    found = []
    for requirement in map(Requirement, declared):
        if canonicalize_name(requirement.name) == project["name"]:
            continue
        lowest = [
            part.version for part in requirement.specifier if part.operator in {">=", "~=", "=="}
        ]
        if len(lowest) != 1:
            message = f"pyproject.toml: {requirement} has no floor; give it one"
            raise ValueError(message)
        found.append(f"{requirement.name}=={lowest[0]}")
    return sorted(found)


if __name__ == "__main__":
    try:
        print(*floors(tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]), sep="\n")
    except ValueError as error:
        sys.exit(str(error))
