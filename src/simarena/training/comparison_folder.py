"""The folder that a comparison leaves: its table, its pictures, and every outcome it is made of.

runs/<name>/
    command.txt      the command line, as it could be typed again
    versions.json    Python and packages
    outcomes.jsonl   every play of every agent, one JSON object a line
    plots/           pictures
    report.md, report.json
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from simarena.training.comparison import PICTURES, Comparison, draw, table
from simarena.training.outcome import outcomes_to_lines
from simarena.training.run_folder import new_folder

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from simarena.training.outcome import Outcome


def write_comparison(
    path: Path, comparison: Comparison, outcomes: Iterable[Outcome], *, command: Sequence[str]
) -> None:
    """Write the comparison's folder; it appears under its name complete.

    Raises:
        RunError: there is something at `path` already, or it cannot be written.
    """
    with new_folder(path, command=command) as folder:
        folder.write_text(folder.outcomes.name, outcomes_to_lines(outcomes))
        draw(comparison, folder.plots)
        folder.write_json("report.json", {"comparison": path.name} | comparison.to_json())
        lines = [
            f"# {path.name}: {', '.join(each.agent for each in comparison.summaries)}",
            "",
            f"Played: `{comparison.suite}`. The first agent is compared with the others.",
            "",
            "    " + (folder.path / "command.txt").read_text("utf-8").strip(),
            "",
            *table(comparison.to_json()),
        ]
        for name, title in PICTURES:
            if (folder.plots / name).exists():
                lines += [f"## {title}", "", f"![{title}](plots/{name})", ""]
        folder.write_text("report.md", "\n".join(lines))
