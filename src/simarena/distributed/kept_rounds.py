"""What a training in rounds keeps in its run's folder, so that it can be gone on with.

rounds.json                 how it is cut into rounds, and who does them
rounds/after_000003/        weights.npz, and states/MEMBER.npz, after that round; only the last one
"""

from __future__ import annotations

import re
import shutil
from typing import TYPE_CHECKING, Final

from simarena.agents.arrays import MAX_BYTES
from simarena.distributed import keys
from simarena.distributed.crews.crew_rounds import Begun
from simarena.errors import RunError
from simarena.files.bounded import read_file
from simarena.files.whole_folder import whole_folder

if TYPE_CHECKING:
    from pathlib import Path

    from simarena.evaluation.run_folder import RunFolder

_FOLDER: Final = re.compile(r"after_(\d{6,9})")


class KeptRounds:
    """The rounds of one run that are over."""

    def __init__(self, run: RunFolder) -> None:
        self._path = run.path / "rounds"

    def newest(self) -> Begun | None:
        """Return how far the training is; None if no round is over.

        Raises:
            StorageError: a file cannot be read, or is too large.
        """
        over = self._over()
        if not over:
            return None
        number, folder = over[-1]
        states = {
            path.stem: read_file(path, MAX_BYTES)
            for path in sorted((folder / "states").glob("*.npz"))
            if keys.is_name(path.stem)
        }
        return Begun(number + 1, read_file(folder / "weights.npz", MAX_BYTES), states)

    def keep(self, begun: Begun) -> None:
        """Write what the next round begins with, and remove what was kept before.

        Raises:
            RunError: it cannot be written; what was kept before is there still.
        """
        before = self._over()
        try:
            with whole_folder(self._path / f"after_{begun.number - 1:06d}") as folder:
                (folder / "weights.npz").write_bytes(begun.weights)
                (folder / "states").mkdir()
                for member, state in begun.states.items():
                    (folder / "states" / f"{member}.npz").write_bytes(state)
        except OSError as error:
            message = f"{self._path}: cannot be written: {error.strerror}; free some space"
            raise RunError(message) from error
        for _, folder in before:
            shutil.rmtree(folder, ignore_errors=True)

    def clear(self) -> None:
        """Remove what was kept: the training is done."""
        shutil.rmtree(self._path, ignore_errors=True)

    def _over(self) -> list[tuple[int, Path]]:
        if not self._path.is_dir():
            return []
        found = [(_FOLDER.fullmatch(each.name), each) for each in self._path.iterdir()]
        return sorted((int(match[1]), each) for match, each in found if match is not None)
