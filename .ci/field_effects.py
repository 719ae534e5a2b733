"""Make the table of docs/fields.md again: what becomes of each field of the simulated kinds.

    python .ci/field_effects.py            writes it
    python .ci/field_effects.py --check    says whether it is as the list has it

The list is `manifests/schema/effects.py`.
"""

from __future__ import annotations

import sys
from pathlib import Path

from simarena.cluster.manifests.schema.effects import effects

PAGE = Path(__file__).parents[1] / "docs/fields.md"
HEAD = "| type | simulated | kept without effect | refused |"


def main() -> None:
    """Write the table, or compare it."""
    text = PAGE.read_text("utf-8")
    again = text[: text.index(HEAD)] + table_text()
    if "--check" not in sys.argv[1:]:
        PAGE.write_text(again, "utf-8")
    elif again != text:
        sys.exit(f"{PAGE} is not as manifests/schema/effects.py has it; run .ci/field_effects.py")


def table_text() -> str:
    """Return the table, a row for each type."""
    lines = [HEAD, "| --- | --- | --- | --- |"]
    for each in effects():
        group, _, kind = each.name.rpartition(".")
        cells = [", ".join(names) for names in (each.simulated, each.kept, each.refused)]
        lines.append(f"| {kind} ({group.replace('.', '/')}) | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()
