"""`python -m simarena` does what the command `simarena` does."""

from __future__ import annotations

import sys

from simarena.cli import main

sys.exit(main())
