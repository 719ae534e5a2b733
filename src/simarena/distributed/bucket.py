"""A bucket, or a folder, over obstore: what is asked for happens, or an error of ours says why not.

`s3://`, `gs://` and `az://` take their credentials and endpoints from the usual environment
variables; no message repeats one. `file://` needs nothing, `memory://` lives in this process alone.
"""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final, NoReturn
from urllib.parse import unquote, urlsplit

from simarena.distributed.requests import Entry
from simarena.errors import StorageError, StoreBusyError
from simarena.files.bounded import bound, too_large
from simarena.files.storage import remote_error, shown

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from obstore.store import ObjectStore

SCHEMES: Final = ("s3", "gs", "az", "file", "memory")
_FATAL: Final = ("PermissionDeniedError", "UnauthenticatedError", "NotSupportedError")
_NO_BUCKET: Final = "NoSuchBucket"


class Bucket:
    """What lies under one URI."""

    def __init__(self, uri: str, store: ObjectStore) -> None:
        self.uri = uri
        self._store = store

    def get(self, key: str, max_bytes: int) -> bytes | None:
        """Return the bytes under a key; None where there is nothing."""
        import obstore

        try:
            result = obstore.get(self._store, key)
            size = result.meta["size"]
            if size <= bound(max_bytes):
                return bytes(result.bytes())
        except FileNotFoundError as error:
            self._require_bucket(key, error)
            return None
        except Exception as error:  # noqa: BLE001 obstore raises what it likes
            self._fail(key, "read", error)
        raise too_large(self._where(key), size, max_bytes)

    def put(self, key: str, data: bytes) -> None:
        """Write under a key, over whatever is there."""
        import obstore

        try:
            obstore.put(self._store, key, data, use_multipart=False)
        except Exception as error:  # noqa: BLE001 obstore raises what it likes
            self._fail(key, "written", error)

    def put_new(self, key: str, data: bytes) -> bool:
        """Write where nothing is, and return whether it did."""
        import obstore
        from obstore.exceptions import AlreadyExistsError

        try:
            obstore.put(self._store, key, data, mode="create", use_multipart=False)
        except AlreadyExistsError:
            return False
        except Exception as error:  # noqa: BLE001 obstore raises what it likes
            self._fail(key, "written", error)
        return True

    def head(self, key: str) -> int | None:
        """Return when a key was written, by the store's clock; None where there is nothing."""
        import obstore

        try:
            return _milliseconds(obstore.head(self._store, key)["last_modified"])
        except FileNotFoundError as error:
            self._require_bucket(key, error)
            return None
        except Exception as error:  # noqa: BLE001 obstore raises what it likes
            self._fail(key, "read", error)

    def list(self, prefix: str) -> list[Entry]:
        """Return all entries whose keys begin with a prefix, in the order of their keys."""
        import obstore

        try:
            found = [each for some in obstore.list(self._store, prefix) for each in some]
        except FileNotFoundError as error:  # a folder that went away while it was read
            self._require_bucket(prefix, error)
            message = f"{self._where(prefix)}: changed while it was listed"
            raise StoreBusyError(message) from error
        except Exception as error:  # noqa: BLE001 obstore raises what it likes
            self._fail(prefix, "listed", error)
        return sorted(
            Entry(each["path"], _milliseconds(each["last_modified"]), each["size"])
            for each in found
        )

    def delete(self, keys: Sequence[str]) -> None:
        """Remove keys; those that are not there are no fault."""
        import obstore

        for key in keys:
            try:
                obstore.delete(self._store, key)
            except FileNotFoundError:
                continue
            except Exception as error:  # noqa: BLE001 obstore raises what it likes
                self._fail(key, "removed", error)

    def key_of(self, location: str) -> str | None:
        """Return the key that a URI or a key names in this bucket; None for anything outside it."""
        key = location.removeprefix(f"{self.uri}/") if "://" in location else location
        parts = key.split("/")
        outside = "://" in key or not all(parts) or any(part in {".", ".."} for part in parts)
        return None if outside or not key.isprintable() else key

    def _where(self, key: str) -> str:
        return shown(f"{self.uri}/{key}")

    def _require_bucket(self, key: str, error: Exception) -> None:
        if _NO_BUCKET in str(error):
            where = f"{self.uri}/{key}"
            raise remote_error(where, "read", error) from error

    def _fail(self, key: str, what: str, error: Exception) -> NoReturn:
        """Raise StoreBusyError for what may pass, StorageError for what will not."""
        fatal = isinstance(error, PermissionError) or type(error).__name__ in _FATAL
        mended = remote_error(f"{self.uri}/{key}", what, error)
        if fatal or isinstance(error, StorageError) or _NO_BUCKET in str(error):
            raise mended from error
        raise StoreBusyError(str(mended)) from error


def open_bucket(uri: str) -> Bucket:
    """Return the bucket, or folder, at a URI or a path. Nothing is asked of it yet.

    Raises:
        StorageError: it is no URI of a kind known here, or holds a credential.
    """
    scheme, separator, _ = uri.partition("://")
    if not separator:
        return _folder(Path(uri))
    if scheme not in SCHEMES:
        message = f"{shown(uri)}: unknown scheme {scheme!r}; use a path, {', '.join(SCHEMES)}"
        raise StorageError(message)
    try:
        parts = urlsplit(uri)
    except ValueError as error:
        message = f"{shown(uri)}: is not a URI"
        raise StorageError(message) from error
    if "@" in parts.netloc or parts.query or parts.fragment:
        message = (
            f"{shown(uri)}: credentials and options belong in the environment, not in the URI; "
            "name a bucket and a folder in it"
        )
        raise StorageError(message)
    if scheme == "file":
        if parts.netloc not in {"", "localhost"} or not parts.path:
            message = f"{shown(uri)}: a file URI has three slashes, as file:///srv/arena"
            raise StorageError(message)
        return _folder(Path(unquote(parts.path)))
    return _remote(uri.rstrip("/"), scheme, parts.netloc)


def _folder(path: Path) -> Bucket:
    from obstore.store import LocalStore

    folder = Path(os.path.realpath(path))
    try:
        folder.mkdir(parents=True, exist_ok=True)
        store = LocalStore(folder, automatic_cleanup=False)
    except (OSError, ValueError) as error:
        said = getattr(error, "strerror", None) or str(error)
        message = f"{shown(str(path))}: cannot be made: {said}; name another folder"
        raise StorageError(message) from error
    return Bucket(f"file://{folder}", store)


def _remote(uri: str, scheme: str, netloc: str) -> Bucket:
    from obstore.store import MemoryStore, from_url

    if scheme == "memory":
        return Bucket(uri, MemoryStore())
    if not netloc:
        message = f"{shown(uri)}: name a bucket, as {scheme}://bucket/folder"
        raise StorageError(message)
    try:
        # No client options here: obstore would take them in place of those in the environment.
        store = from_url(
            uri, retry_config={"max_retries": 2, "retry_timeout": timedelta(seconds=10)}
        )
    except Exception as error:
        raise remote_error(uri, "opened", error) from error
    return Bucket(uri, store)


def _milliseconds(moment: datetime) -> int:
    return round(moment.timestamp() * 1000)
