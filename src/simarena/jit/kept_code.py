"""Machine code kept on disk, which costs a compilation when it is damaged, and nothing else."""

from __future__ import annotations

import contextlib
import hashlib
import pickle
import shutil
from pathlib import Path
from typing import Any

from numba.core import config
from numba.core.caching import FunctionCache, IndexDataCacheFile

_DIGEST_BYTES = hashlib.sha256().digest_size


class KeptCode(FunctionCache):  # type: ignore[misc]
    """Numba's cache of one function; an entry that cannot be used is dropped and made anew."""

    def __init__(self, function: Any) -> None:
        """Keep the function's code in Numba's folder; RuntimeError if nothing can be kept there.

        Numba would go on to other places, whose names do not change with the sources.
        """
        super().__init__(function)
        if not Path(self._cache_path).is_relative_to(config.CACHE_DIR):
            message = f"{config.CACHE_DIR} cannot be written"
            raise RuntimeError(message)
        self._cache_file = _SealedFiles(
            self._cache_path, self._impl.filename_base, self._impl.locator.get_source_stamp()
        )

    def load_overload(self, sig: Any, target_context: Any) -> Any:
        """Return what is kept for a signature; None if nothing is, or nothing that can be used."""
        try:
            return super().load_overload(sig, target_context)
        except Exception:  # noqa: BLE001 - damaged pickles raise whatever they stumble over
            self._drop()
            return None

    def save_overload(self, sig: Any, data: Any) -> None:
        """Keep what was compiled for a signature, if the disk lets us."""
        try:
            super().save_overload(sig, data)
        except OSError:
            self._drop()
            with contextlib.suppress(OSError):
                super().save_overload(sig, data)

    def _drop(self) -> None:
        """Remove all files of the function, whatever stands in their places."""
        for path in Path(self._cache_path).glob(f"{self._impl.filename_base}.*"):
            with contextlib.suppress(OSError):
                if path.is_dir() and not path.is_symlink():
                    shutil.rmtree(path)
                else:
                    path.unlink()


class _SealedFiles(IndexDataCacheFile):  # type: ignore[misc]
    """Files of a cache that carry a digest: machine code with one wrong bit would run."""

    def _save_data(self, name: str, data: Any) -> None:
        text = self._dump(data)
        with self._open_for_write(self._data_path(name)) as file:
            file.write(hashlib.sha256(text).digest() + text)

    def _load_data(self, name: str) -> Any:
        kept = Path(self._data_path(name)).read_bytes()
        text = kept[_DIGEST_BYTES:]
        if hashlib.sha256(text).digest() != kept[:_DIGEST_BYTES]:
            message = f"{name} is damaged"
            raise ValueError(message)
        return pickle.loads(text)  # noqa: S301 - written by this user, as Numba's own caches are
