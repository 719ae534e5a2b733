"""Bytes at a path or a URI, read with a size limit and written whole or not at all.

`s3://`, `gs://` and `az://` take their credentials and endpoints from the usual environment
variables (AWS_*, GOOGLE_*, AZURE_*). No message repeats a credential: what the object store
says about a failure stays in `__cause__`.
"""

from __future__ import annotations

import os
import stat
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from simarena.errors import StorageError
from simarena.errors import shown as shown_value
from simarena.files.bounded import MAX_BYTES, bound, read_file, too_large

if TYPE_CHECKING:
    from obstore.store import ObjectStore

_REMOTE = ("s3", "gs", "az")
_HINTS = (
    ("NoSuchBucket", "the bucket does not exist"),
    ("error sending request", "no connection to the service; check the endpoint and the network"),
    ("Connection refused", "no connection to the service; check the endpoint and the network"),
    ("timed out", "the service did not answer in time"),
    ("credential", "no usable credentials in the environment"),
    ("InvalidAccessKeyId", "the credentials in the environment are not accepted"),
    ("SignatureDoesNotMatch", "the credentials in the environment are not accepted"),
    ("BadScheme", "the endpoint is plain http, which must be allowed (AWS_ALLOW_HTTP=true)"),
)


def text_of(location: object) -> str:
    """Return a path or a URI as text; StorageError if it is neither."""
    text = os.fspath(location) if isinstance(location, os.PathLike) else location
    if not isinstance(text, str):
        message = f"a file is named by its path or URI, not by {shown_value(location)}; give that"
        raise StorageError(message)
    return text


def is_remote(location: str | os.PathLike[str]) -> bool:
    """Return whether `location` is a URI of an object store."""
    return _scheme(text_of(location)) in _REMOTE


def located(location: str) -> str:
    """Return the name of a file or a folder as it can be found from anywhere; others as they are.

    What is not there, and what has a scheme, is no file.
    """
    try:
        is_there = "://" not in location and Path(location).exists()
    except OSError:
        is_there = False
    return str(Path(location).absolute()) if is_there else location


def read_bytes(location: str | os.PathLike[str], *, max_bytes: int = MAX_BYTES) -> bytes:
    """Return what a path or URI holds; StorageError if it is absent or above `max_bytes`."""
    text = text_of(location)
    if is_remote(text):
        return _read_remote(text, max_bytes)
    return read_file(_local_path(text), max_bytes)


def write_bytes(location: str | os.PathLike[str], data: bytes) -> None:
    """Put `data` at a path or URI, replacing what is there; on StorageError nothing has changed."""
    text = text_of(location)
    if is_remote(text):
        _write_remote(text, data)
        return
    path = _local_path(text)
    try:
        _replace_file(Path(os.path.realpath(path)), data)
    except (OSError, ValueError) as error:
        message = f"{shown(text)}: cannot be written: {_reason(error)}"
        raise StorageError(message) from error


def delete_bytes(location: str | os.PathLike[str]) -> None:
    """Delete what is at a path or URI; nothing there is fine. Raises StorageError."""
    text = text_of(location)
    if is_remote(text):
        import obstore

        store, key = _open(text)
        try:
            obstore.delete(store, key)
        except FileNotFoundError:
            return
        except Exception as error:
            raise remote_error(text, "deleted", error) from error
        return
    try:
        _local_path(text).unlink(missing_ok=True)
    except (OSError, ValueError) as error:
        message = f"{shown(text)}: cannot be deleted: {_reason(error)}"
        raise StorageError(message) from error


def _replace_file(path: Path, data: bytes) -> None:
    mode = None
    if path.exists():
        status = path.stat()
        if stat.S_ISDIR(status.st_mode):
            raise IsADirectoryError(None, "Is a directory")
        if not stat.S_ISREG(status.st_mode):
            raise OSError(None, "it is not a regular file")
        mode = stat.S_IMODE(status.st_mode)
    temporary = path.with_name(f".{path.name[:200]}.{os.urandom(6).hex()}.tmp")
    try:
        with temporary.open("xb") as file:
            file.write(data)
            if mode is not None:
                os.fchmod(file.fileno(), mode)
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def _local_path(text: str) -> Path:
    scheme = _scheme(text)
    if scheme == "":
        return Path(text)
    if scheme != "file":
        message = f"{shown(text)}: unknown scheme {scheme!r}; use a path, file, s3, gs or az"
        raise StorageError(message)
    parts = urlsplit(text)
    if parts.netloc not in ("", "localhost") or not parts.path:
        message = f"{shown(text)}: a file URI has three slashes, as file:///tmp/a.sktrace"
        raise StorageError(message)
    return Path(unquote(parts.path))


def _read_remote(text: str, max_bytes: int) -> bytes:
    import obstore

    store, key = _open(text)
    most = bound(max_bytes)
    try:
        result = obstore.get(store, key)
        size = result.meta["size"]
        if size <= most:
            return bytes(result.bytes())
    except Exception as error:
        raise remote_error(text, "read", error) from error
    raise too_large(shown(text), size, max_bytes)


def _write_remote(text: str, data: bytes) -> None:
    import obstore

    store, key = _open(text)
    try:
        obstore.put(store, key, data)
    except Exception as error:
        raise remote_error(text, "written", error) from error


def _open(text: str) -> tuple[ObjectStore, str]:
    from obstore.store import from_url

    try:
        parts = urlsplit(text)
    except ValueError as error:
        message = f"{shown(text)}: is not a URI"
        raise StorageError(message) from error
    if "@" in parts.netloc:
        message = f"{shown(text)}: credentials belong in the environment, not in the URI"
        raise StorageError(message)
    # Not `parts.path`: keys may hold '?' and '#', which mean nothing in these URIs.
    bucket, _, key = text.partition("://")[2].partition("/")
    if not bucket or not key or key.endswith("/"):
        message = f"{shown(text)}: name a bucket and an object, as s3://bucket/folder/a.sktrace"
        raise StorageError(message)
    # No client options here: obstore would take them in place of those in the environment.
    try:
        store = from_url(
            f"{parts.scheme}://{bucket}",
            retry_config={"max_retries": 3, "retry_timeout": timedelta(seconds=20)},
        )
    except Exception as error:
        raise remote_error(text, "opened", error) from error
    return store, key


def remote_error(text: str, what: str, error: Exception) -> StorageError:
    """Return the error that something at a URI cannot be read, written or opened, and why."""
    said = f"{type(error).__name__} {error}"
    if isinstance(error, FileNotFoundError) and "NoSuchBucket" not in said:
        reason = "it does not exist"
    elif isinstance(error, PermissionError) or type(error).__name__ in (
        "PermissionDeniedError",
        "UnauthenticatedError",
    ):
        reason = "access is denied; check the credentials in the environment"
    else:
        reason = next((hint for mark, hint in _HINTS if mark in said), type(error).__name__)
    return StorageError(f"{shown(text)}: cannot be {what}: {reason}")


def _scheme(text: str) -> str:
    scheme, separator, _ = text.partition("://")
    return scheme.lower() if separator and scheme.isalnum() else ""


def _reason(error: OSError | ValueError) -> str:
    said = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return said[:1].lower() + said[1:]


def shown(location: str | os.PathLike[str]) -> str:
    """Return a location fit for a message: no user part, no query, one line."""
    text = text_of(location)
    if _scheme(text):
        scheme, _, rest = text.partition("://")
        host, slash, key = rest.partition("/")
        text = f"{scheme}://{host.rpartition('@')[2]}{slash}{key.partition('?')[0]}"
    return text if text.isprintable() else ascii(text)
