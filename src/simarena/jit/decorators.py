"""How a function becomes a kernel: the decorators."""

from __future__ import annotations

import contextlib
import gc
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

from numba import types
from numba.core import config
from numba.core.registry import CPUDispatcher

from simarena.jit.kept_code import KeptCode
from simarena.jit.pipeline import EntryCompiler, InnerCompiler, quick

if TYPE_CHECKING:
    from collections.abc import Callable

_PATIENCE = "simarena: compiling for this machine, once; this takes about half a minute"
_OPTIONS = {
    "nopython": True,
    "nogil": True,
    "_nrt": False,
    "no_cpython_wrapper": True,
    "no_cfunc_wrapper": True,
    "error_model": "numpy",
}

P = ParamSpec("P")
R = TypeVar("R")


def kernel(*, cached_in: Path) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Return a decorator: a function is compiled at its first call, its machine code kept on disk.

    The folder is to be one that depends on all that the function reaches (see `cache_folder`).
    Without Numba's run-time (`_nrt`) a kernel that would allocate does not compile, and no call
    counts references to the arrays it is given: measured, a scheduling cycle takes 0.23 µs instead
    of 2.3 µs. No kernel divides by 0; by NumPy's rules (`error_model`) nothing looks for that, and
    no function can fail.
    """

    def compile_at_first_call(function: Callable[P, R]) -> Callable[P, R]:
        if config.DISABLE_JIT:
            return function
        before = config.CACHE_DIR
        config.CACHE_DIR = os.fspath(cached_in)
        try:
            compiled: Callable[P, R] = _EntryDispatcher(
                function,
                targetoptions={**_OPTIONS, "no_cpython_wrapper": False},
                pipeline_class=EntryCompiler,
            )
            compiled.enable_caching()  # type: ignore[attr-defined]
        finally:
            config.CACHE_DIR = before
        return compiled

    return compile_at_first_call


def inner(function: Callable[P, R]) -> Callable[P, R]:
    """Return `function` as a kernel for other kernels, by which alone it is compiled.

    It has no way in from Python and is not kept on disk by itself, which shortens the first
    compilation to a fraction. Called from Python, as tests do, it is the plain function.
    """
    if config.DISABLE_JIT:
        return function
    compiled: Callable[P, R] = _InnerDispatcher(
        function, targetoptions=_OPTIONS, pipeline_class=InnerCompiler
    )
    return compiled


def entry_point(function: Callable[..., R], *arguments: Any) -> Callable[..., R]:
    """Return `function`, compiled, for arguments of just the types that these have.

    Its calls do not look at types again: measured, one with all tables of an environment takes
    1.0 µs instead of 8.8 µs. Arrays of another type would be misread.
    """
    if not isinstance(function, _EntryDispatcher):
        return function
    compiled: Callable[..., R] = function.compile(tuple(map(function.typeof_pyval, arguments)))
    return compiled


class _EntryDispatcher(CPUDispatcher):  # type: ignore[misc]
    """Compiles a function that Python calls, and tells who waits at a terminal why."""

    def enable_caching(self) -> None:
        """Keep machine code on disk; where no folder can be written, it is compiled each time."""
        with contextlib.suppress(RuntimeError):  # Numba's, that there is no such folder
            self._cache = KeptCode(self.py_func)

    def compile(self, sig: Any) -> Any:
        """Return machine code for a signature, from disk where it is there."""
        folder = Path(self._cache.cache_path or os.devnull)
        kept = any(folder.glob(f"*{self.py_func.__name__}-{self.py_func.__code__.co_firstlineno}*"))
        if not kept and sys.stderr.isatty():
            print(_PATIENCE, file=sys.stderr)  # noqa: T201
        # The compiler makes millions of objects that stay: looking for cycles takes a tenth of it.
        collecting = gc.isenabled()
        gc.disable()
        try:
            with quick(self.typingctx, self.targetctx):
                return super().compile(sig)
        finally:
            if collecting:
                gc.enable()


class _InnerDispatcher(CPUDispatcher):  # type: ignore[misc]
    """Compiles a function for other kernels, once for all widths of integers."""

    def __call__(self, *arguments: Any, **keywords: Any) -> Any:
        """Run the function as Python does."""
        return self.py_func(*arguments, **keywords)

    def get_call_template(self, arguments: tuple[Any, ...], keywords: dict[str, Any]) -> Any:
        """Return how a kernel calls this one; constants, enumerations and int32 become int64."""
        return super().get_call_template(tuple(map(_widest, arguments)), keywords)


def _widest(argument: Any) -> Any:
    plain = types.unliteral(argument)
    if isinstance(plain, types.IntEnumMember):
        return types.int64
    if isinstance(plain, types.Integer) and plain.signed:
        return types.int64
    return argument
