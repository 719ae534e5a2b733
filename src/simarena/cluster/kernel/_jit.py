"""The one place that talks to Numba."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import TYPE_CHECKING, ParamSpec, TypeVar

import numba
from numba.core import config
from platformdirs import user_cache_path

if TYPE_CHECKING:
    from collections.abc import Callable

P = ParamSpec("P")
R = TypeVar("R")

_PACKAGE = Path(__file__).parents[2]
_SOURCES = ("cluster/codes.py", "cluster/records.py", "cluster/kernel/*.py", "trace/limits.py")
_ENV_SOURCES = (*_SOURCES, "env/codes.py", "env/records.py", "env/kernel/*.py")
_CALLABLE = os.environ.get("SIMARENA_CALLABLE_KERNELS", "") not in {"", "0"}


def _fingerprint(patterns: tuple[str, ...]) -> str:
    """Return what changes with any of the sources from which machine code is made."""
    paths = sorted(path for pattern in patterns for path in _PACKAGE.glob(pattern))
    text = b"".join(path.read_bytes() for path in paths) + bytes([_CALLABLE])
    return hashlib.sha256(text).hexdigest()[:16]


_ROOT = Path(config.CACHE_DIR or user_cache_path("simarena") / "numba")
CACHE_FOLDER = _ROOT / _fingerprint(_SOURCES)
"""Where the machine code of the cluster's kernels is kept."""
ENV_CACHE_FOLDER = _ROOT / _fingerprint(_ENV_SOURCES)
"""Where that of the environments' kernels is kept, which also hold the cluster's."""


def kernel(function: Callable[P, R]) -> Callable[P, R]:
    """Return `function`, compiled at its first call, its machine code kept on disk.

    Numba does not notice a change in another file, so the cache folder is named after the text of
    all kernels (numba/numba#1833). Without Numba's run-time (`_nrt`) a kernel that would
    allocate does not compile, and no call counts references to the arrays it is given: measured,
    a scheduling cycle takes 0.23 µs instead of 2.3 µs.
    """
    return _compiled(function, callable_from_python=True)


def inner(function: Callable[P, R]) -> Callable[P, R]:
    """Return `function` as a kernel that only other kernels call.

    It has no way in from Python, which halves the time of the first compilation. Tests that call it
    set SIMARENA_CALLABLE_KERNELS; interpreted it is a plain function.
    """
    return _compiled(function, callable_from_python=_CALLABLE)


def _compiled(function: Callable[P, R], *, callable_from_python: bool) -> Callable[P, R]:
    in_env = function.__module__.startswith("simarena.env.")
    before = config.CACHE_DIR
    config.CACHE_DIR = os.fspath(ENV_CACHE_FOLDER if in_env else CACHE_FOLDER)
    try:
        compiled: Callable[P, R] = numba.njit(
            cache=True,
            nogil=True,
            _nrt=False,
            no_cpython_wrapper=not callable_from_python,
            no_cfunc_wrapper=True,
        )(function)
    finally:
        config.CACHE_DIR = before
    return compiled
