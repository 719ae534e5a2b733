"""The one place that talks to Numba."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

import numba
from numba import _dynfunc, types
from numba.core import config
from numba.core.compiler import CompilerBase, DefaultPassBuilder
from numba.core.compiler_machinery import register_pass
from numba.core.typed_passes import NativeLowering
from platformdirs import user_cache_path

if TYPE_CHECKING:
    from collections.abc import Callable

P = ParamSpec("P")
R = TypeVar("R")

_PACKAGE = Path(__file__).parents[2]
_SOURCES = ("cluster/codes.py", "cluster/records.py", "cluster/kernel/*.py", "trace/limits.py")
_ENV_SOURCES = (*_SOURCES, "env/codes.py", "env/records.py", "env/kernel/*.py")
_APART: set[Callable[..., Any]] = set()
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


@register_pass(mutates_CFG=True, analysis_only=False)
class _UnoptimisedLowering(NativeLowering):  # type: ignore[misc]
    """Make machine code that is optimised only where a kernel called from Python takes it in.

    Numba optimises each function together with all that it calls, so code at the bottom of a deep
    tree of calls is optimised again at every level above it: measured, that is most of the time of
    a first compilation.
    """

    _name = "unoptimised_native_lowering"

    def run_pass(self, state: Any) -> bool:
        """Lower the function into a library that is only ever linked, as it is, into others."""
        library = state.targetctx.codegen().create_library(state.func_id.func_qualname)
        library._optimize_final_module = lambda: None
        library._finalize_final_module = lambda: setattr(library, "_finalized", True)
        state.library = library
        state.flags.no_compile = True
        super().run_pass(state)
        lowered = state["cr"]
        if state.func_id.func in _APART:
            machine_code = library._final_module.get_function(lowered.fndesc.mangled_name)
            machine_code.add_function_attribute("noinline")

        name = state.func_id.func_qualname
        uncallable = _dynfunc.make_function(
            lowered.fndesc.lookup_module(), name, "", 0, lowered.env, (library,)
        )
        state.targetctx.insert_user_function(uncallable, lowered.fndesc, [library])
        state["cr"] = lowered._replace(cfunc=uncallable)
        return True


class _InnerCompiler(CompilerBase):  # type: ignore[misc]
    """Numba's compiler for functions that only compiled functions call."""

    def define_pipelines(self) -> list[Any]:
        """Return Numba's own pipeline with another way of lowering."""
        pipeline = DefaultPassBuilder.define_nopython_pipeline(self.state)
        pipeline.passes = [
            (_UnoptimisedLowering if step is NativeLowering else step, description)
            for step, description in pipeline.passes
        ]
        pipeline.finalize()
        return [pipeline]


def kernel(function: Callable[P, R]) -> Callable[P, R]:
    """Return `function`, compiled at its first call, its machine code kept on disk.

    Numba does not notice a change in another file, so the cache folder is named after the text of
    all kernels (numba/numba#1833). Without Numba's run-time (`_nrt`) a kernel that would allocate
    does not compile, and no call counts references to the arrays it is given: measured, a
    scheduling cycle takes 0.23 µs instead of 2.3 µs.
    """
    in_env = function.__module__.startswith("simarena.env.")
    before = config.CACHE_DIR
    config.CACHE_DIR = os.fspath(ENV_CACHE_FOLDER if in_env else CACHE_FOLDER)
    try:
        compiled: Callable[P, R] = numba.njit(
            cache=True, nogil=True, _nrt=False, no_cfunc_wrapper=True
        )(function)
    finally:
        config.CACHE_DIR = before
    return compiled


def inner(function: Callable[P, R]) -> Callable[P, R]:
    """Return `function` as a kernel that only other kernels call.

    It has no way in from Python and is not kept on disk by itself, which shortens the first
    compilation to a fraction. Tests that call it set SIMARENA_CALLABLE_KERNELS; interpreted it is a
    plain function.
    """
    if _CALLABLE:
        return _widened(kernel(function))
    compiled: Callable[P, R] = numba.njit(
        nogil=True,
        _nrt=False,
        no_cpython_wrapper=True,
        no_cfunc_wrapper=True,
        pipeline_class=_InnerCompiler,
    )(function)
    return _widened(compiled)


def apart(function: Callable[P, R]) -> Callable[P, R]:
    """Return `function` as an inner kernel whose machine code is never copied into its callers.

    For what is long, called from many places and not often: measured, copies of it take more time
    to optimise than all the rest.
    """
    _APART.add(function)
    return inner(function)


def _widened(compiled: Callable[P, R]) -> Callable[P, R]:
    """Return a kernel that is compiled once for all signed integers, constants and enumerations."""
    if config.DISABLE_JIT:
        return compiled
    dispatcher: Any = compiled
    resolve = dispatcher.get_call_template

    def resolve_widened(arguments: tuple[Any, ...], keywords: dict[str, Any]) -> Any:
        return resolve(tuple(map(_widest, arguments)), keywords)

    dispatcher.get_call_template = resolve_widened
    return compiled


def _widest(argument: Any) -> Any:
    plain = types.unliteral(argument)
    if isinstance(plain, types.IntEnumMember):
        return types.int64
    if isinstance(plain, types.Integer) and plain.signed:
        return types.int64
    return argument
