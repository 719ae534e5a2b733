"""Which releases of Numba kernels compile with."""

from __future__ import annotations

from typing import Final

import numba

from simarena.errors import ConfigError

MINOR_RELEASE: Final = "0.68"
"""All patches of it do: private names are leaned on, which any other minor release may change."""


def require_release(version: str = numba.__version__) -> None:
    """Raise ConfigError if a release of Numba is not one that kernels are made for."""
    if not version.startswith(f"{MINOR_RELEASE}."):
        message = (
            f"numba {version} is installed, and SimArena compiles with {MINOR_RELEASE} only; "
            f"pip install 'numba~={MINOR_RELEASE}.0'"
        )
        raise ConfigError(message)
