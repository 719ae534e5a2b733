"""How kernels become machine code: Numba's compiler, with less work for many small functions.

Numba links each function with all that it calls, optimises both together and emits machine code
for them, so code at the bottom of a deep tree of calls is treated again at every level above it.
Here a function that only kernels call stays text until an entry takes it in, and passes that can
find nothing in kernels (closures, array expressions, `with`) are left out.
"""

from __future__ import annotations

import hashlib
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from llvmlite import binding
from numba import _dynfunc
from numba.core import cgutils, itanium_mangler, typed_passes, types, untyped_passes
from numba.core.codegen import CodeLibrary, JITCodeLibrary
from numba.core.compiler import CompilerBase
from numba.core.compiler_lock import global_compiler_lock
from numba.core.compiler_machinery import PassManager, register_pass
from numba.np import arrayobj

from simarena.jit.references import IN_TABLES, tag

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


class _InnerLibrary(JITCodeLibrary):  # type: ignore[misc]
    """The code of one function as text, to be linked into entries."""

    def __init__(self, codegen: Any, name: str) -> None:
        CodeLibrary.__init__(self, codegen, name)
        self._linking_libraries: list[Any] = []
        self.texts: list[str] = []

    def add_ir_module(self, ir_module: Any) -> None:
        """Keep a module's text."""
        self.texts.append(cgutils.normalize_ir_text(str(ir_module)))

    def add_linking_library(self, library: Any) -> None:
        """Note that the code calls that of another library."""
        self._linking_libraries.append(library)

    def finalize(self) -> None:
        """There is nothing to do before an entry takes the code in."""
        self._finalized = True


@register_pass(mutates_CFG=True, analysis_only=False)
class _InnerLowering(typed_passes.NativeLowering):  # type: ignore[misc]
    """Make code that is linked, optimised and emitted only where an entry takes it in."""

    _name = "inner_native_lowering"

    def run_pass(self, state: Any) -> bool:
        """Lower the function into a library that holds nothing but its own code."""
        library = _InnerLibrary(state.targetctx.codegen(), state.func_id.func_qualname)
        state.library = library
        state.flags.no_compile = True
        super().run_pass(state)
        lowered = state["cr"]
        uncallable = _dynfunc.make_function(
            lowered.fndesc.lookup_module(),
            state.func_id.func_qualname,
            "",
            0,
            lowered.env,
            (library,),
        )
        state.targetctx.insert_user_function(uncallable, lowered.fndesc, [library])
        state["cr"] = lowered._replace(cfunc=uncallable)
        return True


@register_pass(mutates_CFG=True, analysis_only=False)
class _EntryLowering(typed_passes.NativeLowering):  # type: ignore[misc]
    """Make machine code of a function and of all that it calls, directly or not."""

    _name = "entry_native_lowering"

    def run_pass(self, state: Any) -> bool:
        """Lower the function into a library that links all it needs once."""
        library = state.targetctx.codegen().create_library(state.func_id.func_qualname)
        library.enable_object_caching()
        finalize = library.finalize

        def finalize_with_all() -> None:
            _link(library)
            finalize()

        library.finalize = finalize_with_all
        library._optimize_functions = lambda module: setattr(
            module, "data_layout", library._codegen._data_layout
        )
        library._optimize_final_module = lambda: _optimise(library)
        state.library = library
        return bool(super().run_pass(state))


def _link(entry: Any) -> None:
    """Link the code of inner kernels into an entry's.

    LLVM may treat what nothing else calls as it likes: it takes functions with one caller into it,
    and leaves out arguments, results and checks of results that are always the same.
    """
    module = entry._final_module
    own = {function.name for function in module.functions if not function.is_declaration}
    others = []
    for library in _all_libraries(entry):
        if isinstance(library, _InnerLibrary):
            for text in library.texts:
                inner = binding.parse_assembly(text)
                inner.data_layout = entry._codegen._data_layout
                module.link_in(inner)
        else:
            others.append(library)
    for function in module.functions:
        if not function.is_declaration and function.name not in own:
            function.linkage = binding.Linkage.internal
    entry._linking_libraries = others


def _optimise(library: Any) -> None:
    """Run LLVM's passes over a whole module, once.

    Numba's first round is for reference counts, and loops over short tables gain nothing from
    vectors.
    """
    passes, builder = library._codegen._module_pass_manager(
        opt=2, loop_vectorize=False, slp_vectorize=False
    )
    passes.run(library._final_module, builder)


def _all_libraries(library: Any) -> list[Any]:
    """Return the libraries that a library calls into, directly or not, each once."""
    found: dict[Any, None] = {}
    waiting = list(library._linking_libraries)
    while waiting:
        other = waiting.pop()
        if other not in found:
            found[other] = None
            waiting.extend(other._linking_libraries)
    return list(found)


_FRONT = (
    untyped_passes.TranslateByteCode,
    untyped_passes.FixupArgs,
    untyped_passes.IRProcessing,
    untyped_passes.GenericRewrites,
    untyped_passes.ReconstructSSA,
    typed_passes.NopythonTypeInference,
    typed_passes.PreLowerStripPhis,
    typed_passes.IRLegalization,
    typed_passes.AnnotateTypes,
)


class InnerCompiler(CompilerBase):  # type: ignore[misc]
    """Numba's compiler for functions that only compiled functions call."""

    lowering = _InnerLowering

    def define_pipelines(self) -> list[Any]:
        """Return the passes that kernels need."""
        pipeline = PassManager("kernel")
        for step in (*_FRONT, self.lowering, typed_passes.NoPythonBackend):
            pipeline.add_pass(step, step.__name__)
        pipeline.finalize()
        return [pipeline]


class EntryCompiler(InnerCompiler):
    """Numba's compiler for functions that Python calls."""

    lowering = _EntryLowering


@contextmanager
def quick(typing: Any, target: Any) -> Iterator[None]:
    """Let Numba's contexts work faster, and make faster code, while a kernel compiles.

    Kernels do not count rows from the end, so nothing looks whether an index is below 0
    (`by_reference` does, interpreted).
    """
    with global_compiler_lock:
        if "mangler" in vars(target):  # this thread is within another kernel
            yield
            return
        functions: Any = types.BaseFunction
        get_call_type = functions.get_call_type
        functions.get_call_type = _remembered(get_call_type)
        typing.resolve_getattr = _remembered(typing.resolve_getattr)
        target.mangler = _short_name
        target.pack_value = _store_into(target)
        fix_integer_index = arrayobj.fix_integer_index
        arrayobj.fix_integer_index = _plain_index
        try:
            yield
        finally:
            arrayobj.fix_integer_index = fix_integer_index
            functions.get_call_type = get_call_type
            del typing.resolve_getattr, target.mangler, target.pack_value


def _plain_index(context: Any, builder: Any, index_type: Any, index: Any, _size: Any) -> Any:
    """Return an index as it is."""
    return context.cast(builder, index, index_type, types.intp)


def _store_into(target: Any) -> Callable[..., None]:
    """Return how a value is written into a table: what tables there are is not changed by it."""

    def store(builder: Any, value_type: Any, value: Any, place: Any, align: Any = None) -> None:
        data = target.data_model_manager[value_type].as_data(builder, value)
        tag(builder.store(data, place, align=align), IN_TABLES)

    return store


def _remembered(ask: Callable[..., Any]) -> Callable[..., Any]:
    """Return `ask`, which finds the answer to a question about types once.

    At each use of an operator Numba tries all that it knows of it, for arrays, strings, sets and so
    on: measured, most of the time of type inference.
    """
    answers: dict[Any, Any] = {}

    def remembered(*question: Any) -> Any:
        hashable = tuple(
            tuple(part.items()) if isinstance(part, dict) else part for part in question
        )
        answer = answers.get(hashable)
        if answer is None:
            answer = answers[hashable] = ask(*question)
        return answer

    return remembered


def _short_name(name: str, arguments: Any, *, abi_tags: Any = (), uid: Any = None) -> str:
    """Return the name under which LLVM knows a function.

    Numba's own spells out the types of the arguments: 15 KB for each mention of a function that
    takes a World, and half of all text that LLVM reads and writes.
    """
    types_text = ";".join(map(str, arguments))
    digest = hashlib.blake2b(types_text.encode(), digest_size=12).hexdigest()
    mangled: str = itanium_mangler.mangle(name, (digest,), abi_tags=abi_tags, uid=uid)
    return mangled
