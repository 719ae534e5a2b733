"""How functions become kernels: all that bends Numba, and nothing else.

It knows nothing of clusters and environments; `docs/jit.md` lists what of Numba it leans on.
"""

from simarena.jit.release import require_release

require_release()
