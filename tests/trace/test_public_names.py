from __future__ import annotations

import subprocess
import sys

import simarena.trace


def test_every_public_name_exists() -> None:
    assert all(hasattr(simarena.trace, name) for name in simarena.trace.__all__)
    assert simarena.trace.__all__ == sorted(
        simarena.trace.__all__, key=lambda name: (not name.isupper(), not name[0].isupper(), name)
    )


def test_importing_loads_nothing_heavy() -> None:
    heavy = ("numpy", "numba", "torch", "obstore", "rich", "typer", "yaml")
    code = f"import simarena.trace, sys; print([m for m in {heavy} if m in sys.modules])"
    printed = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, check=True, text=True
    ).stdout
    assert printed.strip() == "[]"
