"""The command line. Commands are thin: they read options, call one function, and print."""

from __future__ import annotations

import errno
import os
import sys
import warnings
from typing import TYPE_CHECKING, Annotated, Final

import typer
from typer.main import get_command

from simarena.cli._commands import COMMANDS, EXTRAS
from simarena.cli._invocation import expanded, remember
from simarena.cli._lazy import lazy_group
from simarena.errors import SimArenaError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import TextIO

__all__ = ["main"]

INTERRUPTED: Final = 130  # what shells report for a process that SIGINT ended

_DISK: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EFBIG, errno.EIO})
"""What may befall any file at any moment, and is nobody's mistake."""

_PATH: Final = frozenset(
    {errno.EACCES, errno.EISDIR, errno.ELOOP, errno.ENAMETOOLONG, errno.ENOTDIR, errno.EPERM}
)
"""What is wrong with a path that somebody named, or with its rights."""
_SHOWN: Final = 200  # letters of a path in a message


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return the exit status.

    0 is done, 1 an error that the user can mend, 2 a command line that makes no sense, and 130 an
    interruption. Errors are one line on stderr; anything else that is raised is a defect of
    SimArena and keeps its traceback.
    """
    remember(arguments)
    given = [expanded(text) for text in (sys.argv[1:] if arguments is None else arguments)]
    shown = warnings.showwarning
    warnings.showwarning = _warn
    try:
        status = get_command(_app()).main(given, prog_name="simarena", standalone_mode=False)
        sys.stdout.flush()
    except SimArenaError as error:
        return _fail(str(error))
    except typer.TyperException as error:
        return _refuse(error)
    except (KeyboardInterrupt, typer.Abort):
        status = INTERRUPTED
    except ModuleNotFoundError as error:
        extra = EXTRAS.get((error.name or "").partition(".")[0])
        if extra is None:
            raise
        return _fail(f"{error.name} is not installed; pip install 'simarena[{extra}]'")
    except OSError as error:
        return _fail_of_system(error)
    finally:
        warnings.showwarning = shown
    if status == INTERRUPTED:
        return _fail("interrupted", INTERRUPTED)
    return status if isinstance(status, int) else 0


def _warn(
    message: Warning | str,
    category: type[Warning],
    filename: str,
    lineno: int,
    file: TextIO | None = None,
    line: str | None = None,
) -> None:
    """Say a warning of ours in one line; show others as Python does."""
    if category is UserWarning and f"{os.sep}simarena{os.sep}" in filename:
        print(f"simarena: warning: {' '.join(str(message).splitlines())}", file=sys.stderr)
        return
    text = warnings.formatwarning(message, category, filename, lineno, line)
    print(text, end="", file=file or sys.stderr)


def _app() -> typer.Typer:
    app = typer.Typer(
        cls=lazy_group(COMMANDS),
        no_args_is_help=True,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.callback()(simarena)
    return app


def _show_version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        print(f"simarena {version('simarena')}")
        raise typer.Exit


def simarena(
    *,
    _version: Annotated[
        bool,
        typer.Option(
            "--version", help="Show the version and exit.", callback=_show_version, is_eager=True
        ),
    ] = False,
) -> None:
    """Agents learn, and are measured at, operating Kubernetes."""


def _refuse(error: typer.TyperException) -> int:
    message = error.format_message()
    if not message or message.startswith("Usage:"):  # the help of a group without a command
        print(message, end="\n" if message else "")
        return error.exit_code
    context = getattr(error, "ctx", None)
    hint = f"; see '{context.command_path} --help'" if context is not None else ""
    return _fail(message.removesuffix(".") + hint, error.exit_code)


def _fail_of_system(error: OSError) -> int:
    """Say what befell the disk or the reader of our output; raise anything else again."""
    if isinstance(error, BrokenPipeError):
        # Whoever read our output has left, as `head` does. Nothing more can be said to them, and
        # Python must not try when it flushes at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    where = f"{str(error.filename)[:_SHOWN]}: " if error.filename else ""
    if error.errno in _DISK:
        return _fail(f"{where}{os.strerror(error.errno or 0)}; see to the disk, then go on")
    if error.errno in _PATH and where:
        return _fail(f"{where}{os.strerror(error.errno or 0)}; name another path, or mend it")
    raise error


def _fail(message: str, status: int = 1) -> int:
    print(f"simarena: {' '.join(message.splitlines())}", file=sys.stderr)
    return status
